"""A guarded connection that is not HTTP: `channels.connection.Connection` over a socket whose address passed the guard.

What each one gets: the guard's judgement of host and address, one host name for the certificate, a deadline on every wait, a cap on
lines and on blocks. Where TLS is begun later, nothing of ours that is secret goes out before it has.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable
from datetime import timedelta

from yarl import URL

from channels.connection import MINUTE, Security
from channels.errors import DeliveryError, Rejected, Unreachable
from ucs.runtime.http.guard import Blocked, Guard, GuardedResolver

BLOCK_LIMIT = 100 * 1024 * 1024
PIECE = 64 * 1024
LOST = (OSError, EOFError)  # TimeoutError and ssl.SSLError are OSErrors


async def addresses(guard: Guard, resolver: GuardedResolver, host: str, port: int, *, plain: bool) -> list[str]:
    """The addresses of a host that may be connected to. Raises `Blocked` or `OSError`."""
    try:
        url = URL.build(scheme="http" if plain else "https", host=host, port=port)
    except ValueError:
        raise Blocked(f"{host[:60]!r} is not the name of a host.") from None
    guard.check(url)
    return [found["host"] for found in await resolver.resolve(url.raw_host or "", port)]


class GuardedConnection:
    """See `channels.connection.Connection`. `is_secret` says whether something is not to go out in the clear."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        shown: str,
        tls: ssl.SSLContext,
        *,
        host: str,
        security: Security,
        is_secret: Callable[[bytes], bool],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._shown = shown
        self._tls = tls
        self._host = host
        self._must_begin_tls = security == "starttls"
        self._is_secret = is_secret
        self._held = bytearray()

    async def line(self, *, limit: int = 65_536, within: timedelta = MINUTE) -> bytes:
        """See `Connection.line`."""
        since = 0
        deadline = _deadline(within)
        while (end := self._held.find(b"\n", since)) < 0:
            since = len(self._held)
            if since > limit:
                raise Unreachable(f"{self._shown} says a line longer than {limit:,} bytes.")
            await self._more(deadline)
        line = bytes(self._held[:end]).removesuffix(b"\r")
        del self._held[: end + 1]
        return line

    async def exactly(self, size: int, *, within: timedelta = MINUTE) -> bytes:
        """See `Connection.exactly`."""
        if size > BLOCK_LIMIT:
            raise Unreachable(f"{self._shown} sends a block of {size:,} bytes; {BLOCK_LIMIT:,} are read.")
        deadline = _deadline(within)
        while len(self._held) < size:
            await self._more(deadline)
        block = bytes(memoryview(self._held)[:size])
        del self._held[:size]
        return block

    async def heard(self, within: timedelta) -> bool:
        """See `Connection.heard`."""
        if self._held:
            return True
        try:
            async with asyncio.timeout(within.total_seconds()):
                piece = await self._reader.read(PIECE)
        except TimeoutError:
            return False
        except LOST:
            return True  # whoever reads next hears of it
        self._held += piece
        return True

    async def write(self, said: bytes, *, within: timedelta = MINUTE) -> None:
        """See `Connection.write`."""
        if self._must_begin_tls and self._is_secret(said):
            raise Rejected(f"{self._shown} has not begun TLS, and what is secret is not said in the clear.")
        failed: DeliveryError | None = None
        try:
            async with asyncio.timeout(within.total_seconds()):
                self._writer.write(said)
                await self._writer.drain()
        except LOST as error:
            failed = self._failure(error)
        if failed:
            raise failed

    async def start_tls(self) -> None:
        """See `Connection.start_tls`."""
        if await self.heard(timedelta(0)):
            raise Unreachable(f"{self._shown} spoke between agreeing to TLS and beginning it.")
        failed: DeliveryError | None = None
        try:
            async with asyncio.timeout(MINUTE.total_seconds()):
                await self._writer.start_tls(self._tls, server_hostname=self._host)
        except LOST as error:
            failed = self._failure(error)
        if failed:
            raise failed
        self._must_begin_tls = False

    async def aclose(self) -> None:
        """See `Connection.aclose`. A host that does not hang up in turn is not waited for."""
        self._writer.close()
        try:
            async with asyncio.timeout(1.0):
                await self._writer.wait_closed()
        except LOST:
            self._writer.transport.abort()

    async def _more(self, deadline: float) -> None:
        failed: DeliveryError | None = None
        try:
            async with asyncio.timeout_at(deadline):
                piece = await self._reader.read(PIECE)
            if not piece:
                raise EOFError
            self._held += piece
        except LOST as error:
            failed = self._failure(error)
        if failed:
            raise failed

    def _failure(self, error: BaseException) -> DeliveryError:
        return Unreachable(f"{self._shown} {said_of(error)}.")


def said_of(error: BaseException) -> str:
    """What happened to a connection, for people. First match counts."""
    table: Iterable[tuple[type[BaseException], str]] = (
        (ssl.SSLCertVerificationError, "shows a TLS certificate that is not valid for it"),
        (ssl.SSLError, "could not agree with us on TLS"),
        (TimeoutError, "did not answer in time"),
        (ConnectionRefusedError, "does not accept connections"),
        (EOFError, "closed the connection"),
    )
    return next((words for kind, words in table if isinstance(error, kind)), "lost the connection")


def _deadline(within: timedelta) -> float:
    return asyncio.get_running_loop().time() + within.total_seconds()
