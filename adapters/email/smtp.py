"""Handing a mail over: SMTP over a guarded connection. https://www.rfc-editor.org/rfc/rfc5321

A client of our own because one question decides everything: did the server have the whole mail when the line broke? Before the final
dot nothing was sent (`Unreachable`, again later); after it and before the answer nobody knows (`Uncertain`); after the answer
nothing that goes wrong matters any more.

A session is kept for the next mail. Whether it still is one the server says when that mail is begun. Until then nothing of it can have
been sent; so only there another session is tried, and from there on a mail belongs to the session that began it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from datetime import timedelta
from functools import partial

from adapters.email.config import EmailConfig
from adapters.email.files import Mail
from adapters.email.refusals import refusal_of
from adapters.email.signing import access_token, bearer, give_up_token
from channels import Connection, Http
from channels.errors import DeliveryError, Rejected, Unauthorized, Uncertain, Unreachable
from channels.value import value

BRIEF = timedelta(seconds=30)
LONG = timedelta(minutes=5)  # https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.2
GOODBYE = timedelta(seconds=2)
MOST_LINES = 100


@value
class Reply:
    """What the server says: a code of three digits, and words."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.lines)[:500]

    def about(self, address: str) -> Reply:
        """The same, saying whom it is about: the agent has written to several."""
        return Reply(self.code, (*self.lines, f"({address})"))


class Smtp:
    """A session (`channels.Session`): `begin`, then for each mail `begins` and `hand_over`."""

    def __init__(self, connection: Connection, config: EmailConfig) -> None:
        self._connection = connection
        self._config = config
        self._features: dict[str, str] = {}
        self._between = False  # signed in, and no mail is under way
        self._used = False  # it has carried a mail
        self._useless = False

    async def begin(self, http: Http) -> None:
        """Greeting, TLS, who we are, signing in. https://www.rfc-editor.org/rfc/rfc3207#section-4"""
        self._want(await self._reply(), 220)
        await self._greet()
        if self._config.smtp_security == "starttls":
            if "STARTTLS" not in self._features:
                raise Rejected(
                    f"{self._config.smtp_host} does not offer TLS; nothing is sent without.", code="STARTTLS"
                )
            self._want(await self._ask("STARTTLS"), 220)
            await self._connection.start_tls()
            await self._greet()
        if self._config.smtp_sign_in:
            await self._sign_in(http)
        self._between = True

    async def begins(self, recipients: Sequence[str], mail: Mail) -> bool:
        """Whether the server takes a mail from us. Raises what a refusal means, but of a session that was kept this is all that can be
        known: whatever it says but yes, it may say of the session (too old, too many mails) and not of the mail.

        https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.2
        """
        said = self._from(recipients, mail)
        self._between = False
        if not self._used:
            self._want(await self._ask(said), 250)
            return True
        try:
            self._useless = (await self._ask(said)).code != 250
        except DeliveryError:
            self._useless = True
        return not self._useless

    def _from(self, recipients: Sequence[str], mail: Mail) -> str:
        limit = self._features.get("SIZE", "")
        if limit.isdigit() and 0 < int(limit) < mail.size:
            raise Rejected(f"The mail has {mail.size:,} bytes; the mail server takes {int(limit):,}.", code="552")
        ascii = all(each.isascii() for each in recipients)
        if not ascii and "SMTPUTF8" not in self._features:
            raise Rejected("The mail server takes no addresses with letters beyond ASCII.", code="SMTPUTF8")
        size = f" SIZE={mail.size}" if "SIZE" in self._features else ""
        international = "" if ascii else " SMTPUTF8"
        return f"MAIL FROM:<{self._config.address}>{size}{international}"

    async def hand_over(self, recipients: Sequence[str], mail: Mail) -> None:
        """What was begun. Raises what the refusal means, or `Uncertain` if the server had all of it and did not answer. It goes to all
        or to none: an agent who hears that one address is wrong can mend it, and nobody gets the mail twice for that.

        https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.3, and of the mail itself https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.4
        """
        for each in recipients:
            reply = await self._ask(f"RCPT TO:<{each}>", within=LONG)
            self._want(reply if each == recipients[0] else reply.about(each), 250, 251, 252)
        self._want(await self._ask("DATA", within=LONG), 354)
        async for piece in dotted(mail.chunks()):
            await self._connection.write(piece, within=LONG)
        await self._finish()
        self._used = self._between = True

    async def _finish(self) -> None:
        """The final dot: from here until the answer the mail is the server's or ours, and nobody knows whose.

        https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.4
        """
        lost: DeliveryError | None = None
        try:
            await self._connection.write(b".\r\n", within=LONG)
            reply = await self._reply(within=timedelta(minutes=10))
        except DeliveryError as error:
            lost = Uncertain(f"The mail was handed over and no answer came: {error.reason}")
        if lost:
            raise lost
        self._want(reply, 250)

    async def quiet(self) -> bool:
        """See `channels.Session`."""
        return not self._useless and not await self._connection.heard(timedelta(0))

    async def aclose(self) -> None:
        """See `channels.Session`. Goodbye is said if there is nothing else to be said; whatever happens then is nobody's concern.

        https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.10
        """
        with suppress(DeliveryError):
            if self._between:
                await self._ask("QUIT", within=GOODBYE)
        await self._connection.aclose()

    async def _greet(self) -> None:
        """https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.1"""
        reply = await self._ask(f"EHLO {self._config.domain}")
        self._want(reply, 250)
        words = [line.replace("=", " ").split(None, 1) for line in reply.lines[1:] if line.strip()]
        self._features = {each[0].upper(): (each[1] if len(each) > 1 else "") for each in words}

    async def _sign_in(self, http: Http) -> None:
        """By a token, by the password, or by the password in the way that is all that old servers know.

        https://developers.google.com/gmail/imap/xoauth2-protocol
        https://www.rfc-editor.org/rfc/rfc4616
        https://datatracker.ietf.org/doc/html/draft-murchison-sasl-login-00
        """
        ways = self._features.get("AUTH", "").upper().split()
        if self._config.password is None:
            token = await access_token(self._config, http)
            try:
                await self._authenticate(f"AUTH XOAUTH2 {bearer(self._config.login, token)}")
            except Unauthorized:
                token = await give_up_token(self._config, http, token)
                await self._authenticate(f"AUTH XOAUTH2 {bearer(self._config.login, token)}")
            return
        user, password = self._config.login, self._config.password.get_secret_value()
        if "PLAIN" in ways or "LOGIN" not in ways:
            await self._authenticate(f"AUTH PLAIN {_packed(f'{chr(0)}{user}{chr(0)}{password}')}")
        else:
            self._want(await self._ask("AUTH LOGIN"), 334)
            self._want(await self._ask(_packed(user)), 334)
            await self._authenticate(_packed(password))

    async def _authenticate(self, said: str) -> None:
        """https://www.rfc-editor.org/rfc/rfc4954#section-4"""
        reply = await self._ask(said)
        if reply.code == 334:  # a refused token comes with a challenge, answered with nothing
            reply = await self._ask("")
        if reply.code == 235:
            return
        if 400 <= reply.code < 500 and reply.code != 432:
            raise Unreachable(f"The mail server cannot check credentials now: {reply.text}", code=str(reply.code))
        raise Unauthorized(
            f"The mail server lets nobody in with these credentials: {reply.text}", code=f"{reply.code} sign in"
        )

    def _want(self, reply: Reply, *codes: int) -> None:
        if reply.code not in codes:
            raise refusal_of(reply.code, reply.text)

    async def _ask(self, said: str, *, within: timedelta = BRIEF) -> Reply:
        await self._connection.write(f"{said}\r\n".encode())
        return await self._reply(within=within)

    async def _reply(self, *, within: timedelta = BRIEF) -> Reply:
        lines: list[str] = []
        while len(lines) < MOST_LINES:
            line = (await self._connection.line(limit=4096, within=within)).decode("utf-8", "replace")
            found = re.match(r"([2-5]\d\d)([ -]?)(.*)", line)
            if found is None:
                raise Unreachable(f"{self._config.smtp_host} answers with something that is not SMTP.", code="not SMTP")
            lines.append(found[3].strip())
            if found[2] != "-":
                return Reply(int(found[1]), tuple(lines))
        raise Unreachable(f"{self._config.smtp_host} does not come to an end.", code="not SMTP")


async def hand_over(config: EmailConfig, http: Http, recipients: Sequence[str], mail: Mail) -> None:
    """Bring one mail to the server that takes ours: in a session that was kept, or in a new one."""
    while True:
        async with http.session("smtp", partial(_signed_in, config, http)) as smtp:
            if await smtp.begins(recipients, mail):
                await smtp.hand_over(recipients, mail)
                return


async def sign_in(config: EmailConfig, http: Http) -> None:
    """See whether the server that takes our mail lets us in now, and give it none."""
    async with aclosing(await _signed_in(config, http)):
        return


async def _signed_in(config: EmailConfig, http: Http) -> Smtp:
    """A new session. https://www.rfc-editor.org/rfc/rfc5321#section-3.1"""
    connection = await http.connect(config.smtp_host, config.smtp_port, security=config.smtp_security)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(connection.aclose)
        smtp = Smtp(connection, config)
        await smtp.begin(http)
        stack.pop_all()
    return smtp


def _packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def dotted(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The mail's lines, a dot before each that begins with one. https://www.rfc-editor.org/rfc/rfc5321#section-4.5.2"""
    begins = True
    async for chunk in chunks:
        stuffed = re.sub(rb"\n\.", b"\n..", chunk)
        yield b"." + stuffed if begins and chunk.startswith(b".") else stuffed
        begins = chunk.endswith(b"\n")
