"""Reading a mailbox: the dozen commands of IMAP that we need, over a guarded connection. https://www.rfc-editor.org/rfc/rfc3501

Not `imaplib` and nothing that stands on it: those own their socket, and here the way out is the runtime's, with its guard, its
deadlines and its caps. How a command goes out and its answer is read is in `imap_lines.py`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import datetime, timedelta
from functools import partial

from adapters.email.config import EmailConfig
from adapters.email.files import Mail
from adapters.email.imap_lines import BRIEF, LINE_LIMIT, LONG, Exchange
from adapters.email.imap_words import Listed, in_utf7, listed_in, quoted, uid_in
from adapters.email.signing import access_token, bearer, give_up_token
from channels import Connection, Http
from channels.errors import DeliveryError, Rejected, Unauthorized, Unreachable
from channels.value import value

_STATE = re.compile(rb"\[(UIDVALIDITY|UIDNEXT) (\d{1,10})\]", re.IGNORECASE)
# Of a sign-in that is refused for what others do just now, and not for its credentials: https://support.google.com/a/answer/1071518
_BUSY = re.compile(r"too many (?:\w+ )?(?:connections|sessions)|bandwidth limit|try again later", re.IGNORECASE)
_WRONG = frozenset({"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED"})
_WITHHELD = "The mail server says that the mail is there, and does not give it."
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


@value
class Mailbox:
    """A folder as it was opened."""

    uidvalidity: int
    uidnext: int


class Imap:
    """A session: `session` lends a kept one, `signed_in` makes one of its own."""

    def __init__(self, connection: Connection, config: EmailConfig) -> None:
        self._connection = connection
        self._config = config
        self._exchange = Exchange(connection)
        self.capabilities: frozenset[str] = frozenset()
        self.box: Mailbox | None = None  # the folder, once it has been opened

    async def begin(self, http: Http) -> None:
        """Greeting, TLS, signing in, and saying who we are where the server wants to know."""
        greeting = await self._connection.line(within=BRIEF)
        if greeting[:5].upper() not in (b"* OK ", b"* PRE"):
            raise Unreachable(f"{self._config.imap_host} does not greet as an IMAP server does.", code="greeting")
        if self._config.imap_security == "starttls":
            await self._exchange.command("STARTTLS")  # https://www.rfc-editor.org/rfc/rfc3501#section-6.2.1
            await self._connection.start_tls()
        await self._learn()
        await self._sign_in(http)
        await self._learn()
        if "ID" in self.capabilities and self._config.identify:
            said = " ".join(f"{quoted(name)} {quoted(value)}" for name, value in self._config.identify.items())
            await self._exchange.command(f"ID ({said})")  # https://www.rfc-editor.org/rfc/rfc2971

    async def select(self) -> Mailbox:
        """Open the folder that is read. https://www.rfc-editor.org/rfc/rfc3501#section-6.3.1"""
        verb = "SELECT" if self._config.mark_seen else "EXAMINE"
        answer = await self._exchange.command(f"{verb} {quoted(in_utf7(self._config.folder))}")
        found = {name.upper(): int(value) for line, _ in answer.lines for name, value in _STATE.findall(line)}
        if b"UIDVALIDITY" not in found:
            raise Unreachable("The mailbox has no UIDVALIDITY, so its mails cannot be told apart.", code="UIDVALIDITY")
        self.box = Mailbox(found[b"UIDVALIDITY"], found.get(b"UIDNEXT", 1))
        return self.box

    async def list_after(self, uid: int) -> list[Listed]:
        """Mails above this UID."""
        return [listed for listed in await self.list_around(uid) if listed.uid > uid]

    async def list_around(self, uid: int) -> list[Listed]:
        """The same; and if there are none the last mail, for `n:*` names that even below n. https://www.rfc-editor.org/rfc/rfc3501#section-6.4.8"""
        self._exchange.news = False
        answer = await self._exchange.command(f"UID FETCH {uid + 1}:* (UID RFC822.SIZE INTERNALDATE)", within=LONG)
        found = [listed for line, _ in answer.lines if (listed := listed_in(line))]
        return sorted(found, key=lambda listed: listed.uid)

    async def described(self, uid: int) -> Listed | None:
        """One mail; None if it is gone. https://www.rfc-editor.org/rfc/rfc3501#section-6.4.8"""
        answer = await self._exchange.command(f"UID FETCH {uid} (UID RFC822.SIZE INTERNALDATE)")
        found = (listed_in(line) for line, _ in answer.lines)
        return next((listed for listed in found if listed and listed.uid == uid), None)

    async def uids_after(self, uid: int) -> list[int]:
        """Numbers of the mails above this one."""
        return [found for found in await self._searched(f"UID {uid + 1}:*") if found > uid]

    async def uids_since(self, day: datetime) -> list[int]:
        """Numbers of the mails that came on this day or later."""
        month = _MONTHS[3 * day.month - 3 : 3 * day.month]
        return await self._searched(f"SINCE {day.day}-{month}-{day.year}")

    async def _searched(self, what: str) -> list[int]:
        """https://www.rfc-editor.org/rfc/rfc3501#section-6.4.4"""
        answer = await self._exchange.command(f"UID SEARCH {what}", within=LONG)
        lines = [line.split()[2:] for line, _ in answer.lines if line[:9].upper() == b"* SEARCH "]
        return sorted(int(word) for words in lines for word in words if word.isdigit())

    async def fetch(self, uids: Sequence[int], most: int, in_all: int) -> dict[int, bytes]:
        """Whole mails by UID, of each at most `most` bytes; for more than `in_all` it is not read. PEEK: reading is not seeing.

        https://www.rfc-editor.org/rfc/rfc3501#section-6.4.5
        """
        if not uids:
            return {}
        what = ",".join(map(str, uids))
        answer = await self._exchange.command(f"UID FETCH {what} (UID BODY.PEEK[]<0.{most}>)", within=LONG, most=in_all)
        if any(_withheld(line) for line, blocks in answer.lines if not blocks):
            raise Rejected(_WITHHELD, code="NIL")
        return {uid: blocks[0] for line, blocks in answer.lines if blocks and (uid := uid_in(line))}

    async def pieces(self, uid: int, most: int) -> AsyncIterator[bytes]:
        """A whole mail, of at most `most` bytes, as it comes; nothing if it is gone. To be read to its end before anything else is
        said. https://www.rfc-editor.org/rfc/rfc3501#section-6.4.5"""
        withheld = False
        async for line, piece in self._exchange.literals(f"UID FETCH {uid} (UID BODY.PEEK[]<0.{most}>)", most):
            withheld = withheld or (not piece and _withheld(line))
            if piece:
                yield piece
        if withheld:
            raise Rejected(_WITHHELD, code="NIL")

    async def part(self, uid: int, path: str, most: int) -> AsyncIterator[bytes]:
        """One part of a mail below its own headers, in the same way; nothing if the server finds no such part, or tells it the wrong
        way round. https://www.rfc-editor.org/rfc/rfc3501#section-6.4.5"""
        in_order: bool | None = None
        async for line, piece in self._exchange.literals(
            f"UID FETCH {uid} (UID BODY.PEEK[{path}.MIME] BODY.PEEK[{path}]<0.{most}>)", most
        ):
            in_order = b".MIME]" in line.upper() if in_order is None else in_order
            if in_order and piece:
                yield piece

    async def mark_seen(self, uids: Sequence[int]) -> None:
        """https://www.rfc-editor.org/rfc/rfc3501#section-6.4.6"""
        await self._exchange.command(f"UID STORE {','.join(map(str, uids))} +FLAGS.SILENT (\\Seen)")

    async def append(self, folder: str, mail: Mail) -> None:
        """Put a mail that has been read into this folder. https://www.rfc-editor.org/rfc/rfc3501#section-6.3.11"""
        tag = await self._exchange.say(f"APPEND {quoted(in_utf7(folder))} (\\Seen) {{{mail.size}}}")
        line = await self._connection.line(limit=LINE_LIMIT, within=BRIEF)
        while not line.startswith(b"+"):
            if line.startswith(tag):
                self._exchange.judged(line.removeprefix(tag))
                raise Unreachable("The mail server does not take the copy it was asked to keep.", code="APPEND")
            line = await self._connection.line(limit=LINE_LIMIT, within=BRIEF)
        async for piece in mail.chunks():
            await self._connection.write(piece, within=LONG)
        await self._connection.write(b"\r\n", within=LONG)
        await self._exchange.rest(tag, LONG)

    async def wait(self) -> None:
        """Until the server has something to tell, or for as long as the settings say. https://www.rfc-editor.org/rfc/rfc3501#section-7.3.1"""
        if self._exchange.news:
            return
        if not (self._config.idle and "IDLE" in self.capabilities):
            if await self._connection.heard(self._config.ask_every):
                await self._connection.line(limit=LINE_LIMIT)
            await self._exchange.command("NOOP")  # https://www.rfc-editor.org/rfc/rfc3501#section-6.1.2
            return
        tag = await self._exchange.say("IDLE")  # https://www.rfc-editor.org/rfc/rfc2177#section-3
        line = await self._connection.line(limit=LINE_LIMIT, within=BRIEF)
        while not line.startswith(b"+"):
            if line.startswith(tag):
                raise Unreachable("The server does not let us wait for new mail.", code="IDLE")
            self._exchange.note(line)
            line = await self._connection.line(limit=LINE_LIMIT, within=BRIEF)
        if not self._exchange.news:
            await self._connection.heard(self._config.idle_for)
        await self._connection.write(
            b"DONE\r\n"
        )  # what ends it is ours to say: https://www.rfc-editor.org/rfc/rfc2177#section-3
        await self._exchange.rest(tag, BRIEF)

    async def quiet(self) -> bool:
        """See `channels.Session`."""
        return not await self._connection.heard(timedelta(0))

    async def aclose(self) -> None:
        """See `channels.Session`."""
        await self._connection.aclose()

    async def _learn(self) -> None:
        """https://www.rfc-editor.org/rfc/rfc3501#section-6.1.1"""
        answer = await self._exchange.command("CAPABILITY")
        words = [line.split()[2:] for line, _ in answer.lines if line[:13].upper() == b"* CAPABILITY "]
        self.capabilities = frozenset(word.decode("ascii", "replace").upper() for each in words for word in each)

    async def _sign_in(self, http: Http) -> None:
        """https://www.rfc-editor.org/rfc/rfc3501#section-6.2.3, https://developers.google.com/gmail/imap/xoauth2-protocol"""
        if self._config.password is not None:
            password = self._config.password.get_secret_value()
            plain = base64.b64encode(f"\0{self._config.login}\0{password}".encode()).decode()
            ways = self.capabilities & {"SASL-IR"} and "AUTH=PLAIN" in self.capabilities
            said = f"AUTHENTICATE PLAIN {plain}" if ways else f"LOGIN {quoted(self._config.login)} {quoted(password)}"
            await self._authenticate(said)
            return
        token = await access_token(self._config, http)
        try:
            await self._authenticate(f"AUTHENTICATE XOAUTH2 {bearer(self._config.login, token)}")
        except Unauthorized:
            token = await give_up_token(self._config, http, token)
            await self._authenticate(f"AUTHENTICATE XOAUTH2 {bearer(self._config.login, token)}")

    async def _authenticate(self, said: str) -> None:
        failed: DeliveryError | None = None
        try:
            await self._exchange.command(said)
        except Rejected as error:
            if error.code not in _WRONG and _BUSY.search(error.reason):
                failed = Unreachable(f"The mail server lets nobody in just now: {error.reason}", code=error.code)
            else:
                words = "The mail server lets nobody in with these credentials"
                failed = Unauthorized(f"{words}: {error.reason}", code=error.code)
        if failed:
            raise failed


def _withheld(line: bytes) -> bool:
    """Of a line without a literal: whether it names a mail that the server has, and brings nothing of it."""
    return b"BODY[]" in line.upper()


async def signed_in(config: EmailConfig, http: Http) -> Imap:
    """A new session, which its caller closes. https://www.rfc-editor.org/rfc/rfc3501#section-2.1"""
    async with AsyncExitStack() as failed:
        connection = await http.connect(config.imap_host, config.imap_port, security=config.imap_security)
        failed.push_async_callback(connection.aclose)
        imap = Imap(connection, config)
        await imap.begin(http)
        failed.pop_all()
    return imap


def session(config: EmailConfig, http: Http) -> AbstractAsyncContextManager[Imap]:
    """A session that is kept afterwards: for what is short. Providers count sign-ins, and refuse who does so all the time."""
    return http.session("imap", partial(signed_in, config, http))
