"""A mail server that is broken as it is told to be: a few commands of IMAP over a real socket.

Dovecot cannot be made to lie about a size, nor to fail for one mail and not for another at will. Only what a test asks for is here.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import datetime
from types import TracebackType
from typing import Self

from tests.e2e.mail.dovecot import PASSWORD

PIECE = 64 * 1024
DATED = "%d-%b-%Y %H:%M:%S %z"
_FETCH = re.compile(rb"UID FETCH (\S+) \((.*)\)")


class Refused(Exception):
    """What this mail, or any, is answered with: a line after the tag, or nothing and the end."""


class BrokenServer:
    """`async with BrokenServer(mails) as server`: UID 1 is the first of the mails.

    undescribed  their size and date are refused
    withheld     they are refused
    nothing      there is nothing of them (NIL)
    sizes, dates what is said of them, if it is not true
    endless      so many bytes are sent for them, whatever was asked for
    trouble      which FETCH commands are refused, by their count from 0, whatever they are about
    answer       how: after the tag; empty: the server hangs up
    """

    def __init__(self, mails: list[bytes], *, answer: str = "NO [SERVERBUG] broken") -> None:
        self.mails = dict(enumerate(mails, 1))
        self.undescribed: set[int] = set()
        self.withheld: set[int] = set()
        self.nothing: set[int] = set()
        self.sizes: dict[int, int] = {}
        self.dates: dict[int, str] = {}
        self.endless: dict[int, int] = {}
        self.trouble: list[range] = []
        self.answer = answer
        self.uidvalidity = 7
        self.fetches = 0
        self.sign_ins = 0
        self.sent = 0  # bytes of mails
        self._talks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        writer.write(b"* OK ready\r\n")
        try:
            while line := (await reader.readline()).rstrip():
                tag, _, said = line.partition(b" ")
                try:
                    await self._answer(said, writer)
                except Refused:
                    if not self.answer:
                        break
                    writer.write(tag + f" {self.answer}\r\n".encode())
                else:
                    writer.write(tag + b" OK done\r\n")
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass  # we hung up, or the test is over
        finally:
            self._talks.discard(task)
            writer.close()

    async def _answer(self, said: bytes, writer: asyncio.StreamWriter) -> None:
        if said == b"CAPABILITY":
            writer.write(b"* CAPABILITY IMAP4rev1\r\n")
        elif said.startswith(b"LOGIN"):
            assert PASSWORD.encode() in said
            self.sign_ins += 1
        elif said.startswith(b"EXAMINE"):
            state = f"* OK [UIDVALIDITY {self.uidvalidity}]\r\n* OK [UIDNEXT {max(self.mails, default=0) + 1}]\r\n"
            writer.write(state.encode())
        elif said.startswith(b"UID SEARCH"):
            how, _, what = said.decode().removeprefix("UID SEARCH ").partition(" ")
            found = self._named(what) if how == "UID" else self._since(what)
            writer.write(f"* SEARCH {' '.join(map(str, found))}\r\n".encode())
        elif asked := _FETCH.fullmatch(said):
            self.fetches += 1
            for uid in self._named(asked[1].decode()):
                await self._give(uid, asked[2].decode(), writer)
        else:
            assert said == b"NOOP", said

    def _named(self, what: str) -> Iterator[int]:
        """`n:*` names the last mail whatever n is. https://www.rfc-editor.org/rfc/rfc3501#section-6.4.8"""
        last = max(self.mails, default=0)
        for each in what.split(","):
            first, _, end = each.partition(":")
            wanted = range(min(int(first), last), last + 1) if end == "*" else range(int(first), int(first) + 1)
            yield from (uid for uid in wanted if uid in self.mails)

    def _since(self, day: str) -> Iterator[int]:
        first = _moment(f"{day} 00:00:00 +0000")
        return (uid for uid in self.mails if _moment(self._at(uid)) >= first)

    def _at(self, uid: int) -> str:
        return self.dates.get(uid, "06-Jan-2026 10:00:00 +0000")

    async def _give(self, uid: int, items: str, writer: asyncio.StreamWriter) -> None:
        if any(self.fetches - 1 in some for some in self.trouble):
            raise Refused
        if "RFC822.SIZE" in items:
            if uid in self.undescribed:
                raise Refused
            size = self.sizes.get(uid, len(self.mails[uid]))
            writer.write(f'* {uid} FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE "{self._at(uid)}")\r\n'.encode())
            return
        if uid in self.withheld:
            raise Refused
        if uid in self.nothing:
            writer.write(f"* {uid} FETCH (UID {uid} BODY[]<0> NIL)\r\n".encode())
            return
        most = int(items.rpartition("<0.")[2].rstrip(">"))
        size = self.endless.get(uid, min(most, len(self.mails[uid])))
        writer.write(f"* {uid} FETCH (UID {uid} BODY[]<0> {{{size}}}\r\n".encode())
        for at in range(0, size, PIECE):
            piece = bytes(PIECE) if uid in self.endless else self.mails[uid][at : min(at + PIECE, size)]
            writer.write(piece)
            self.sent += len(piece)
            await writer.drain()
        writer.write(b")\r\n")


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%d-%b-%Y %H:%M:%S %z")
