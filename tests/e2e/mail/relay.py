"""A server that takes mail over SMTP as strictly as a provider does, and keeps it: aiosmtpd in the test's own loop."""

from __future__ import annotations

import asyncio
import base64
import ssl
import warnings
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.e2e.mail.dovecot import PASSWORD

SIZE = 1_000_000


@dataclass(frozen=True, slots=True)
class Taken:
    """One mail that was taken."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    encrypted: bool


class _Relaying(SMTP):
    """Cut off, if that is wanted, when a mail has begun to come. Of XOAUTH2: a refused token is answered with a challenge, and refused
    once that was answered with nothing. https://developers.google.com/gmail/imap/xoauth2-protocol"""

    relay: Relay
    taken = 0  # mails, in this session

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  # named by aiosmtpd
        if not self.relay.cut:
            await super().smtp_DATA(arg)
            return
        await self.push("354 go on")
        await self._reader.read(1)
        self.transport.abort()

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802  # named by aiosmtpd
        said = base64.b64decode(args[1]) if len(args) == 2 else b""
        result = self._authenticate("XOAUTH2", said)
        if not result.success:
            answer = await self.challenge_auth('{"status":"401","schemes":"bearer"}')
            assert answer == b""
        return AuthResult(success=result.success, handled=False)


class Relay:
    """`async with Relay(tls) as relay`. `answers` are given in the place of the next ones to DATA, `to` to each recipient; `lose`
    hangs up instead of answering DATA, and `cut` while the mail comes. `most` mails are taken in one session; the next one is
    answered with `too_many`, or with nothing and the end of it. `tokens` are good for XOAUTH2.
    `connections` are all there were, `goodbyes` how many of them ended with one."""

    def __init__(self, user: str, tls: ssl.SSLContext | None = None, tokens: set[str] | None = None) -> None:
        self.user = user
        self.tls = tls
        self.tokens = tokens if tokens is not None else set()
        self.mails: list[Taken] = []
        self.answers: deque[str] = deque()
        self.to: dict[str, str] = {}
        self.lose = False
        self.cut = False
        self.most = 1_000
        self.too_many = "421 4.7.0 too many mails in one session"
        self.connections: list[_Relaying] = []
        self.goodbyes = 0
        self.port = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def _protocol(self) -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # that a password without TLS is a bad idea is what one of the tests is about
            return self._server_side()

    def _server_side(self) -> SMTP:
        side = _Relaying(
            self,
            hostname="relay.example",
            ident="made for tests",
            enable_SMTPUTF8=True,
            authenticator=self._authenticate,
            auth_required=True,
            auth_require_tls=self.tls is not None,
            require_starttls=self.tls is not None,
            tls_context=self.tls,
            data_size_limit=SIZE,
            loop=asyncio.get_running_loop(),
        )
        side.relay = self
        self.connections.append(side)
        return side

    def _authenticate(self, server: Any, session: Session, envelope: Envelope, way: str, said: Any) -> AuthResult:
        if way == "XOAUTH2":
            good = said in {f"user={self.user}\x01auth=Bearer {token}\x01\x01".encode() for token in self.tokens}
        else:
            known = (self.user.encode(), PASSWORD.encode())
            good = isinstance(said, LoginPassword) and (said.login, said.password) == known
        return AuthResult(success=good, handled=False)

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if server.taken >= self.most and not self.too_many:
            server.transport.abort()
        elif server.taken >= self.most:
            return self.too_many
        envelope.mail_from = address
        return "250 OK"

    async def handle_QUIT(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.goodbyes += 1
        return "221 bye"

    async def handle_RCPT(  # noqa: N802  # named by aiosmtpd
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.to:
            return self.to[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.lose:
            server.transport.abort()
            return "451 lost"
        if self.answers:
            return self.answers.popleft()
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        encrypted = session.ssl is not None
        server.taken += 1
        self.mails.append(Taken(envelope.mail_from or "", tuple(envelope.rcpt_tos), content, encrypted))
        return "250 OK"
