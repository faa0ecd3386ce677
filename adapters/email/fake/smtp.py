"""What the fake provider says to who hands it a mail. https://www.rfc-editor.org/rfc/rfc5321

As strict as the strictest: it wants a greeting and credentials first, addresses as they are written, and lines as the standard has
them.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from adapters.email.fake.state import OWN, PASSWORD, PROVIDER, REFUSALS, Fault, Stage

SIZE = 25_000_000  # bytes
LINE = 998  # https://www.rfc-editor.org/rfc/rfc5322#section-2.1.1
COMMAND = 512  # https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.4; more with AUTH
MOST_RECIPIENTS = 100

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}"
_HOST = r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*"
_EHLO = re.compile(_HOST)
_MAIL = re.compile(rf"FROM:<({_LOCAL}@{_HOST})>((?: [A-Za-z0-9]+=\S+| SMTPUTF8)*)", re.IGNORECASE)
_RCPT = re.compile(rf"TO:<({_LOCAL}@{_HOST})>", re.IGNORECASE)


class Refused(Exception):
    """With the whole answer, which begins with its code."""


class Post(Protocol):
    """What is behind: what is to go wrong, and where mails go."""

    def strikes(self, stage: Stage) -> str: ...
    def addressed(self, recipient: str) -> None: ...
    def take(self, recipients: tuple[str, ...], content: bytes) -> None: ...


class SmtpTalk:
    """One connection."""

    def __init__(self, post: Post, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._post = post
        self._reader = reader
        self._writer = writer
        self._greeted = self._signed_in = self._over = False
        self._sender = ""
        self._recipients: list[str] = []

    async def talk(self) -> None:
        await self._say(f"220 {PROVIDER} ESMTP")
        while not self._over:
            try:
                line = (await self._line(12_288 if self._greeted else COMMAND)).decode("ascii")
            except UnicodeDecodeError:
                await self._say("500 5.5.2 Letters beyond ASCII were not agreed upon")
                continue
            except Refused as refused:
                await self._say(str(refused))
                return
            verb, _, rest = line.partition(" ")
            act = VERBS.get(verb.upper())
            try:
                await (act(self, rest) if act else self._unknown(verb))
            except Refused as refused:
                await self._say(str(refused))
                self._over = str(refused).startswith("421")

    # -- commands ------------------------------------------------------------------------------------------------------

    async def _ehlo(self, domain: str) -> None:
        if not _EHLO.fullmatch(domain):
            raise Refused("501 5.5.4 EHLO wants the name of a host")
        self._greeted = True
        self._forget()
        await self._say(f"250-{PROVIDER}", f"250-SIZE {SIZE}", "250-ENHANCEDSTATUSCODES", "250 AUTH PLAIN")

    async def _auth(self, said: str) -> None:
        """https://www.rfc-editor.org/rfc/rfc4954, https://www.rfc-editor.org/rfc/rfc4616"""
        if not self._greeted or self._signed_in:
            raise Refused("503 5.5.1 Not now")
        way, _, initial = said.partition(" ")
        if way.upper() != "PLAIN" or not initial:
            raise Refused("504 5.5.4 AUTH PLAIN with the credentials in the same line")
        if decoded(initial) != f"\0{OWN}\0{PASSWORD}":
            raise Refused("535 5.7.8 Username and password not accepted")
        self._signed_in = True
        await self._say("235 2.7.0 Accepted")

    async def _mail(self, said: str) -> None:
        """https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.2"""
        if not self._greeted or self._sender:
            raise Refused("503 5.5.1 EHLO comes first, and one mail after the other")
        if not self._signed_in:
            raise Refused("530 5.7.0 Authentication required")
        found = _MAIL.fullmatch(said)
        if found is None:
            raise Refused("501 5.1.7 MAIL FROM:<address> was expected")
        if found[1].lower() != OWN:
            raise Refused("553 5.7.1 Sender address rejected: not owned by you")
        for name, value in (each.partition("=")[::2] for each in found[2].split()):
            if name.upper() != "SIZE" or not value.isdecimal():
                raise Refused("555 5.5.4 That was not offered")
            if int(value) > SIZE:
                raise Refused("552 5.3.4 Message size exceeds fixed limit")
        self._sender = found[1].lower()
        await self._say("250 2.1.0 Sender OK")

    async def _rcpt(self, said: str) -> None:
        """https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.3"""
        if not self._sender:
            raise Refused("503 5.5.1 MAIL comes first")
        found = _RCPT.fullmatch(said)
        if found is None:
            raise Refused("501 5.1.3 RCPT TO:<address> was expected")
        if len(self._recipients) >= MOST_RECIPIENTS:
            raise Refused("452 4.5.3 Too many recipients")
        self._strike(Stage.RECIPIENT)
        self._post.addressed(found[1].lower())
        self._recipients.append(found[1].lower())
        await self._say("250 2.1.5 Recipient OK")

    async def _data(self, said: str) -> None:
        """https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.4"""
        if said or not self._recipients:
            raise Refused("503 5.5.1 RCPT comes first")
        await self._say("354 Go on, and end with a dot")
        content = await self._content()
        recipients = tuple(self._recipients)
        self._forget()
        if self._strike(Stage.DOT):
            self._post.take(recipients, content)
            self._cut()
            return
        self._post.take(recipients, content)
        await self._say("250 2.0.0 Taken")

    async def _rset(self, said: str) -> None:
        self._forget()
        await self._say("250 2.0.0 Forgotten")

    async def _noop(self, said: str) -> None:
        await self._say("250 2.0.0 Here")

    async def _quit(self, said: str) -> None:
        self._over = True
        await self._say("221 2.0.0 Goodbye")

    async def _unknown(self, verb: str) -> None:
        raise Refused("500 5.5.2 Command unrecognized")

    # -- lines ---------------------------------------------------------------------------------------------------------

    async def _content(self) -> bytes:
        """All of a mail is read before anything about it is said. https://www.rfc-editor.org/rfc/rfc5321#section-4.5.2"""
        lines, size, refused = [], 0, ""
        cut = self._post.strikes(Stage.COMING)
        while True:
            line = await self._reader.readuntil(b"\n")
            if line == b".\r\n":
                break
            if cut:
                self._cut()
                raise ConnectionAbortedError
            body = line.removesuffix(b"\r\n")
            if body == line or b"\r" in body or b"\0" in body:
                refused = refused or "550 5.6.11 Lines end with CR LF, and neither stands anywhere else"
            if len(body) > LINE:
                refused = refused or "554 5.6.0 A line is longer than 998 bytes"
            size += len(line)
            if size > SIZE:
                refused = "552 5.3.4 Message size exceeds fixed limit"
            lines.append(b"" if refused else line[1:] if line.startswith(b".") else line)
        if refused:
            self._forget()
            raise Refused(refused)
        return b"".join(lines)

    async def _line(self, most: int) -> bytes:
        line = await self._reader.readuntil(b"\n")
        if len(line) > most:
            raise Refused("500 5.5.2 Line too long")
        if not line.endswith(b"\r\n"):
            raise Refused("500 5.5.2 A line ends with CR LF")
        return line[:-2]

    def _strike(self, stage: Stage) -> bool:
        """Whether what is done now is to be lost; a refusal is raised."""
        fault = self._post.strikes(stage)
        if fault in REFUSALS:
            raise Refused(REFUSALS[fault][0])
        return fault == Fault.LOST_ANSWER

    def _forget(self) -> None:
        self._sender, self._recipients = "", []

    def _cut(self) -> None:
        self._over = True
        self._writer.transport.abort()

    async def _say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()


VERBS: Mapping[str, Callable[[SmtpTalk, str], Awaitable[None]]] = {
    "EHLO": SmtpTalk._ehlo,
    "AUTH": SmtpTalk._auth,
    "MAIL": SmtpTalk._mail,
    "RCPT": SmtpTalk._rcpt,
    "DATA": SmtpTalk._data,
    "RSET": SmtpTalk._rset,
    "NOOP": SmtpTalk._noop,
    "QUIT": SmtpTalk._quit,
}


def decoded(initial: str) -> str:
    """What stands in Base64; nothing for what is none."""
    try:
        return base64.b64decode(initial, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
