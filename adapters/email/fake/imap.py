"""What the fake provider says to who reads the mailbox: the part of IMAP that a reader needs, as strict as its grammar.
https://www.rfc-editor.org/rfc/rfc3501
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol

from adapters.email.fake.folders import Folder
from adapters.email.fake.imap_words import Bad, No, among, date_of, words
from adapters.email.fake.sections import WHOLE, described
from adapters.email.fake.smtp import SIZE, decoded
from adapters.email.fake.state import OWN, PASSWORD, PROVIDER

CAPABILITIES = "IMAP4rev1 SASL-IR AUTH=PLAIN ID IDLE"
OUT, IN, OPEN = range(3)  # not signed in, signed in, with a folder open

_LITERAL = re.compile(r" ?\{(\d{1,9})\}\Z")


class Shelf(Protocol):
    """What is behind: folders, and answers that are to be given in the place of the next command's own."""

    @property
    def folders(self) -> Mapping[str, Folder]: ...
    def answers(self, verb: str) -> str: ...


class ImapTalk:
    """One connection."""

    def __init__(self, shelf: Shelf, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._shelf = shelf
        self._reader = reader
        self._writer = writer
        self._state = OUT
        self._folder = Folder(0)
        self._writable = False
        self._told = 0  # of so many mails
        self._given: set[int] = set()  # mails since the last command
        self._over = False

    async def talk(self) -> None:
        await self._say(f"* OK [CAPABILITY {CAPABILITIES}] {PROVIDER} is ready")
        while not self._over:
            said, literal = await self._command()
            tag, _, rest = said.partition(" ")
            verb, _, rest = rest.partition(" ")
            if verb.upper() == "UID":
                more, _, rest = rest.partition(" ")
                verb = f"UID {more}"
            self._folder.was_read(self._given)
            self._given = set()
            await self._say(f"{tag} {await self._answer(verb.upper(), rest, literal)}")

    async def _answer(self, verb: str, rest: str, literal: bytes) -> str:
        state, act = VERBS.get(verb, (OUT, None))
        if answer := self._shelf.answers(verb):
            return answer
        try:
            if act is None or self._state < state:
                raise Bad(f"{verb} is unknown, or not for now")
            return f"OK {await act(self, rest, literal) or 'Done'}"
        except No as no:
            return f"NO {no}"
        except Bad as bad:
            return f"BAD {bad}"

    # -- before a folder is open ---------------------------------------------------------------------------------------

    async def _capability(self, rest: str, literal: bytes) -> None:
        await self._say(f"* CAPABILITY {CAPABILITIES}")

    async def _noop(self, rest: str, literal: bytes) -> None:
        await self._news()

    async def _logout(self, rest: str, literal: bytes) -> None:
        self._over = True
        await self._say("* BYE Goodbye")

    async def _login(self, rest: str, literal: bytes) -> None:
        self._signs_in(words(rest) == [OWN, PASSWORD])

    async def _authenticate(self, rest: str, literal: bytes) -> None:
        """https://www.rfc-editor.org/rfc/rfc4959, https://www.rfc-editor.org/rfc/rfc4616"""
        way, _, initial = rest.partition(" ")
        if way.upper() != "PLAIN" or not initial:
            raise No("[CANNOT] PLAIN with the credentials in the same line")
        self._signs_in(decoded(initial) == f"\0{OWN}\0{PASSWORD}")

    def _signs_in(self, good: bool) -> None:
        if self._state != OUT:
            raise Bad("signed in already")
        if not good:
            raise No("[AUTHENTICATIONFAILED] Invalid credentials")
        self._state = IN

    async def _id(self, rest: str, literal: bytes) -> None:
        """https://www.rfc-editor.org/rfc/rfc2971"""
        if len(words(rest)) != 1:
            raise Bad("ID wants one list")
        await self._say(f'* ID ("name" "{PROVIDER}")')

    async def _select(self, rest: str, literal: bytes) -> str:
        return await self._open(rest, writable=True)

    async def _examine(self, rest: str, literal: bytes) -> str:
        return await self._open(rest, writable=False)

    async def _open(self, rest: str, *, writable: bool) -> str:
        self._state, folder = IN, self._named(rest)
        self._state, self._folder, self._writable, self._told = OPEN, folder, writable, len(folder.mails)
        await self._say(
            "* FLAGS (\\Seen)",
            f"* {self._told} EXISTS",
            "* 0 RECENT",
            f"* OK [UIDVALIDITY {folder.uidvalidity}] ",
            f"* OK [UIDNEXT {folder.uidnext}] ",
        )
        return "[READ-WRITE] Opened" if writable else "[READ-ONLY] Opened"

    async def _append(self, rest: str, literal: bytes) -> None:
        """https://www.rfc-editor.org/rfc/rfc3501#section-6.3.11"""
        given = words(rest)
        folder = self._named(rest.partition(" (")[0])
        if given[1:] not in ([], ["(\\Seen)"]) or not literal:
            raise Bad("APPEND wants a folder, flags, and the mail")
        folder.seen.add(folder.add(literal, datetime.now(UTC)))

    def _named(self, rest: str) -> Folder:
        match words(rest):
            case [name] if folder := self._shelf.folders.get(name.upper() if name.upper() == "INBOX" else name):
                return folder
            case [name]:
                raise No(f"[NONEXISTENT] There is no folder {name}")
            case _:
                raise Bad("one folder was expected")

    # -- within a folder -----------------------------------------------------------------------------------------------

    async def _fetch(self, rest: str, literal: bytes) -> None:
        match words(rest):
            case [uids, wanted] if items := wanted.strip("()").split():
                for uid in among(uids, list(self._folder.mails)):
                    await self._tell(uid, items)
            case _:
                raise Bad("UID FETCH wants mails, and what of them")

    async def _tell(self, uid: int, items: list[str]) -> None:
        number = list(self._folder.mails).index(uid) + 1
        mail = self._folder.mails[uid]
        told = b" ".join(described(item.upper(), uid, mail, seen=uid in self._folder.seen) for item in items)
        names = {item.upper() for item in items}
        if self._writable and any(name.startswith("BODY[") for name in names):
            self._folder.seen.add(uid)
        if any(name.startswith(WHOLE) for name in names):
            self._given.add(uid)
        self._writer.write(f"* {number} FETCH (".encode() + told)
        await self._say(")")

    async def _search(self, rest: str, literal: bytes) -> None:
        match words(rest):
            case [word, day] if word.upper() == "SINCE":
                since = date_of(day)
            case _:
                raise Bad("only SINCE and a day can be looked for")
        uids = [str(uid) for uid, mail in self._folder.mails.items() if mail.at.date() >= since]
        await self._say(" ".join(["* SEARCH", *uids]))

    async def _store(self, rest: str, literal: bytes) -> None:
        match words(rest):
            case [uids, "+FLAGS.SILENT", "(\\Seen)"] if self._writable:
                self._folder.seen |= set(among(uids, list(self._folder.mails)))
            case _:
                raise Bad("only \\Seen can be put on a mail, in a folder that was opened with SELECT")

    async def _idle(self, rest: str, literal: bytes) -> None:
        """https://www.rfc-editor.org/rfc/rfc2177"""
        await self._say("+ idling")
        done = asyncio.create_task(self._reader.readuntil(b"\n"))
        try:
            while not done.done():
                changed = asyncio.create_task(self._folder.changed.wait())
                await self._news()
                await asyncio.wait((done, changed), return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
        finally:
            done.cancel()
        if done.result() != b"DONE\r\n":
            raise Bad("DONE was expected")

    async def _news(self) -> None:
        """Of how many mails there are by now. Who has a folder open that was numbered anew is cut off."""
        if self._state == OPEN and self._folder not in self._shelf.folders.values():
            await self._say("* BYE The mailbox was numbered anew")
            raise ConnectionAbortedError
        if self._state == OPEN and self._told != len(self._folder.mails):
            self._told = len(self._folder.mails)
            await self._say(f"* {self._told} EXISTS")

    # -- lines ---------------------------------------------------------------------------------------------------------

    async def _command(self) -> tuple[str, bytes]:
        """A line, and the block of bytes that it ends with, if it ends with one."""
        line = await self._line()
        found = _LITERAL.search(line)
        if found is None:
            return line, b""
        if int(found[1]) > SIZE:
            raise ConnectionAbortedError
        await self._say("+ go on")
        literal = await self._reader.readexactly(int(found[1]))
        if await self._line():
            raise ConnectionAbortedError
        return line[: found.start()], literal

    async def _line(self) -> str:
        line = await self._reader.readuntil(b"\n")
        if not line.endswith(b"\r\n"):
            raise ConnectionAbortedError  # no client that is one ends a line like that
        return line[:-2].decode("ascii", "replace")

    async def _say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()


Act = Callable[[ImapTalk, str, bytes], Awaitable[str | None]]
VERBS: Mapping[str, tuple[int, Act]] = {
    "CAPABILITY": (OUT, ImapTalk._capability),
    "NOOP": (OUT, ImapTalk._noop),
    "LOGOUT": (OUT, ImapTalk._logout),
    "LOGIN": (OUT, ImapTalk._login),
    "AUTHENTICATE": (OUT, ImapTalk._authenticate),
    "ID": (OUT, ImapTalk._id),
    "SELECT": (IN, ImapTalk._select),
    "EXAMINE": (IN, ImapTalk._examine),
    "APPEND": (IN, ImapTalk._append),
    "UID FETCH": (OPEN, ImapTalk._fetch),
    "UID SEARCH": (OPEN, ImapTalk._search),
    "UID STORE": (OPEN, ImapTalk._store),
    "IDLE": (OPEN, ImapTalk._idle),
}
