"""The one guarded way out to the network: `ChannelHttp`, a channel's `Http`, over the `Network` that the process has one of.

What every call gets here: the guard's judgement at each hop (`guard.py`), a total deadline, a cap on what is read, at most three
redirects, an error that says what to do next (`http_failure.py`), one log line without secrets (`http_redact.py`), and a place to
count and to inject faults. Not here: retry, pacing, what a status means. Those are the delivery's and the adapter's.

Decisions. An answer larger than the cap is `Rejected`: asking again brings the same answer. Plain `http` reaches only what the
installation's allow list names, unless the guard says `plain_http`. Proxies of the environment are not used.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

import aiohttp
import structlog
from structlog.typing import FilteringBoundLogger

from cache.blobs import StorageTrouble
from channels.connection import Connection, Security
from channels.errors import ChannelError, DeliveryError, Rejected, Unreachable
from channels.wire import Answer, Response, SessionT, Source, Stream, Token
from ucs.runtime.http.call import REDIRECTS, content_of, prepare
from ucs.runtime.http.connection import said_of
from ucs.runtime.http.failure import CAUGHT, failure
from ucs.runtime.http.guard import Blocked
from ucs.runtime.http.network import CallSeen, Faults, Network, Observe, Trail
from ucs.runtime.http.redact import Redactor
from ucs.runtime.http.stream import Chunks, described

__all__ = ("CallSeen", "ChannelHttp", "Faults", "Network", "Observe")

ANSWER_LIMIT = 8 * 1024 * 1024
FAILED_STREAM_LIMIT = 64 * 1024
REDIRECT_LIMIT = 3

ResultT = TypeVar("ResultT")
Files = Callable[[str], Awaitable[Stream]]  # a file of ours, by the name that a message gives it
Respond = Callable[[str, Response], bool]  # to the webhook that brought this reply token
log: FilteringBoundLogger = structlog.get_logger("ucs.http")


class Oversized(Rejected):
    """The answer is larger than what is read. `answer` is how it began."""

    def __init__(self, reason: str, answer: Answer) -> None:
        super().__init__(reason)
        self.answer = answer


class ChannelHttp:
    """One channel's way out: `channels.wire.Http` over the shared `Network`. `secrets` never appear in a log or an error.

    `files` and `respond` are the two things that an adapter gets by its `Http` and that are no request; a robot has neither.
    `strangers`: over what addresses of strangers' are called; without it none is."""

    def __init__(
        self,
        network: Network,
        channel: str,
        secrets: Iterable[str] = (),
        *,
        files: Files | None = None,
        respond: Respond | None = None,
        strangers: Network | None = None,
    ) -> None:
        self._strangers = strangers
        self._files = files
        self._respond = respond
        self._network = network
        self._channel = channel
        self._redactor = Redactor(secrets)
        self._sessions = network.sessions.of(channel)

    def register_secret(self, value: str) -> None:
        """Mask this value, too, from now on. The latest few are remembered."""
        self._redactor.register(value)

    def hide(self, text: str) -> str:
        """The text with every secret that we know of masked, for whoever shows or keeps what went wrong."""
        return self._redactor.text(text)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        body: bytes | None = None,
        files: Mapping[str, Stream] | None = None,
        within: timedelta = timedelta(seconds=15),
    ) -> Answer:
        """See `channels.wire.Http.request`."""
        trail = Trail(prepare(method, url, headers, query, content_of(json, form, body, files)), self._network)
        return await self._watched(trail, self._answer(trail, within.total_seconds()))

    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        within: timedelta = timedelta(minutes=5),
        stranger: bool = False,
        limit: int | None = None,
    ) -> tuple[Answer, Stream]:
        """See `channels.wire.Http.stream`. `within` covers the reading, too; more than `limit` bytes are `Rejected`."""
        network = self._strangers if stranger else self._network
        if network is None:
            raise Rejected("Addresses of strangers' are not called from here.")
        call = prepare(
            method, url, {"Accept-Encoding": "identity", **(headers or {})}, query, content_of(json, None, None)
        )
        trail = Trail(call, network)
        return await self._watched(trail, self._stream(trail, within.total_seconds(), limit))

    async def connect(
        self, host: str, port: int, *, security: Security = "tls", within: timedelta = timedelta(seconds=15)
    ) -> Connection:
        """See `channels.wire.Http.connect`. Only the way there is watched: the dialogue is the adapter's."""
        started, shown = self._network.clock(), self._redactor.text(f"{host}:{port}")
        failed: ChannelError | None = None
        try:
            async with asyncio.timeout(within.total_seconds()):
                connection = await self._network.connect(host, port, security, self._holds_secret)
        except Blocked as error:
            failed = Blocked(self._redactor.text(error.reason))
        except ChannelError as error:
            failed = error
        except OSError as error:
            failed = Unreachable(f"{shown} {said_of(error)}.")
        name = type(failed).__name__ if failed else ""
        seconds = self._network.clock() - started
        log.debug("connected", channel=self._channel, host=shown, ms=round(seconds * 1000, 1), failed=name)
        if self._network.observe is not None:
            self._network.observe(CallSeen(self._channel, "CONNECT", self._redactor.text(host), 0, seconds, name))
        if failed:
            raise failed
        return connection

    def session(self, name: str, begin: Callable[[], Awaitable[SessionT]]) -> AbstractAsyncContextManager[SessionT]:
        """See `channels.wire.Http.session`."""
        return self._sessions.lent(name, begin)

    @asynccontextmanager
    async def aside(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[Source]:
        """See `channels.wire.Http.aside`."""
        if self._network.aside is None:
            raise Rejected("Nothing can be put aside here.")
        async with AsyncExitStack() as stack:
            try:
                source = await stack.enter_async_context(self._network.aside.hold(chunks))
            except StorageTrouble as error:
                raise Unreachable(str(error)) from error
            yield source

    def _holds_secret(self, said: bytes) -> bool:
        return self._redactor.holds_secret(said.decode("latin-1")) or self._redactor.holds_secret(_unpacked(said))

    async def token(self, name: str, renew: Callable[[], Awaitable[Token]], *, refused: str = "") -> str:
        """See `channels.wire.Http.token`."""
        value = await self._network.tokens.get(self._channel, name, renew, refused)
        self._redactor.register(value)
        return value

    async def file(self, name: str) -> Stream:
        """See `channels.wire.Http.file`."""
        if self._files is None:
            raise Rejected(f"There are no files here, and so not {name!r}.")
        return await self._files(name)

    def now(self) -> datetime:
        """See `channels.wire.Http.now`."""
        return self._network.now()

    def respond(self, token: str, response: Response) -> bool:
        """See `channels.wire.Http.respond`."""
        return self._respond is not None and self._respond(token, response)

    async def _answer(self, trail: Trail, within: float) -> Answer:
        async with asyncio.timeout(within):
            response = await self._follow(trail, streamed=False)
            try:
                return Answer(response.status, await self._read(response, ANSWER_LIMIT), _plain(response.headers))
            finally:
                response.release()

    async def _stream(self, trail: Trail, within: float, limit: int | None) -> tuple[Answer, Stream]:
        deadline = asyncio.get_running_loop().time() + within
        async with asyncio.timeout_at(deadline):
            response = await self._follow(trail, streamed=True)
            if response.status >= 300:
                try:
                    body = await self._read(response, FAILED_STREAM_LIMIT, cut=True)
                finally:
                    response.release()
                return Answer(response.status, body, _plain(response.headers)), Stream(_nothing())
        chunks = Chunks(response, deadline=deadline, limit=limit, failed=lambda error: self._failure(error, trail))
        return Answer(response.status, b"", _plain(response.headers)), described(response, chunks)

    async def _follow(self, trail: Trail, *, streamed: bool) -> aiohttp.ClientResponse:
        """The first answer that is no redirect, its body still unread."""
        for hop in range(REDIRECT_LIMIT + 1):
            response = await trail.network.open(trail, streamed=streamed)
            trail.status = response.status
            location = response.headers.get("Location", "")
            if response.status not in REDIRECTS or not location:
                return response
            response.release()
            if hop < REDIRECT_LIMIT:
                trail.call = trail.call.redirected(response.status, location, self._redactor.holds_secret)
        raise Rejected(f"{self._shown(trail)} redirects more than {REDIRECT_LIMIT} times.")

    async def _read(self, response: aiohttp.ClientResponse, limit: int, *, cut: bool = False) -> bytes:
        """The body, decompressed. More than `limit` bytes are `Rejected`, or cut off."""
        pieces: list[bytes] = []
        size = 0
        while size <= limit and (piece := await response.content.readany()):
            pieces.append(piece)
            size += len(piece)
        body = b"".join(pieces)
        if size > limit and not cut:
            reason = f"{response.url.raw_host} answered with more than the {limit:,} bytes that are read."
            raise Oversized(reason, Answer(response.status, body[:FAILED_STREAM_LIMIT], _plain(response.headers)))
        return body[:limit]

    async def _watched(self, trail: Trail, work: Awaitable[ResultT]) -> ResultT:
        """Await the call, make our errors of what goes wrong, and let log and metrics know.

        Errors are raised outside of the `except` clause: aiohttp's own hold whole URLs and must not travel as context.
        """
        started = self._network.clock()
        failed: ChannelError | None = None
        try:
            result = await work
        except Blocked as error:
            failed = Blocked(self._redactor.text(error.reason))
        except ChannelError as error:
            failed = error
        except CAUGHT as error:
            failed = self._failure(error, trail)
        self._note(trail, self._network.clock() - started, failed)
        if failed:
            raise failed
        return result

    def _note(self, trail: Trail, seconds: float, failed: ChannelError | None) -> None:
        call, status = trail.call, 0 if failed else trail.status
        name = type(failed).__name__ if failed else ""
        log.debug(
            "called",
            channel=self._channel,
            method=call.method,
            url=self._redactor.url(call.url),
            status=status,
            ms=round(seconds * 1000, 1),
            failed=name,
        )
        if self._network.observe is not None:
            host = self._redactor.text(call.url.raw_host or "")
            self._network.observe(CallSeen(self._channel, call.method, host, status, seconds, name))

    def _failure(self, error: BaseException, trail: Trail) -> DeliveryError:
        call = trail.call
        shown, sent = self._shown(trail), trail.sent
        return failure(error, shown=shown, sent=sent, repeatable=call.repeatable, doubtful=call.doubtful)

    def _shown(self, trail: Trail) -> str:
        return f"{trail.call.method} {self._redactor.url(trail.call.url)}"


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    """Lower-case names, a repeated header's values joined, bytes that are not UTF-8 replaced."""
    plain: dict[str, str] = {}
    for name, value in headers.items():
        if not value.isascii():
            value = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        lower = name.lower()
        plain[lower] = f"{plain[lower]}, {value}" if lower in plain else value
    return plain


def _unpacked(said: bytes) -> str:
    """The last word of a line, should it be Base64: the way in which protocols of this kind say passwords."""
    word = said.split()[-1:]
    try:
        return base64.b64decode(word[0], validate=True).decode("latin-1") if word else ""
    except ValueError:
        return ""


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
