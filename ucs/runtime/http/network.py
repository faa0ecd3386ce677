"""The connections of the process, and the single request over one of them. Redirects, caps and errors are `http.py`'s."""

from __future__ import annotations

import asyncio
import io
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.client_middlewares import ClientHandlerType

from cache.aside import Aside
from channels.connection import Security
from channels.errors import Unreachable
from channels.value import value
from ucs.runtime.http.call import SAFE, Call
from ucs.runtime.http.connection import GuardedConnection, addresses
from ucs.runtime.http.guard import Guard, GuardedResolver
from ucs.runtime.http.sessions import IDLE_FOR, Sessions
from ucs.runtime.http.token import Tokens
from ucs.runtime.http.upload import Upload

USER_AGENT = "UnifiedChannelService"
_KEEPALIVE = 15.0  # shorter than platforms' own, or we write into a connection they are just closing
_DNS_CACHE = 30  # seconds; what is cached has passed the guard
_LARGE = 256 * 1024  # a body above this is written in pieces, so that it does not hold up the loop


@value
class CallSeen:
    """One call that is over, for the metrics. `status` is 0 and `failed` an error's class name if there was no answer."""

    channel: str
    method: str
    host: str
    status: int
    seconds: float
    failed: str = ""


Observe = Callable[[CallSeen], None]
Faults = Callable[[str, str], Exception | None]  # method and URL of each single request, redirects included


class Trail:
    """How far one call came over this network, hop after hop: what the errors are made from."""

    __slots__ = ("call", "network", "sent", "status")

    def __init__(self, call: Call, network: Network) -> None:
        self.call = call
        self.network = network
        self.sent = False
        self.status = 0


class Network:
    """Owns the connections. Make it inside the running loop; `await close()` at the end.

    resolver        who asks DNS; the guard stands behind it
    tls             trust other than the system's
    connect_within  for the connection alone, inside the call's deadline
    idle_within     longest silence while a stream is read
    idle_sessions_for  how long a session that is no HTTP is kept while nobody uses it
    aside           where adapters put what is too large for memory
    clock           monotonic seconds
    now             what time adapters are told that it is
    observe         called once for each call that is over
    faults          asked before each single request; what it returns is raised in the request's place
    """

    def __init__(
        self,
        guard: Guard,
        *,
        resolver: AbstractResolver | None = None,
        tls: ssl.SSLContext | None = None,
        connect_within: timedelta = timedelta(seconds=10),
        idle_within: timedelta = timedelta(seconds=30),
        idle_sessions_for: timedelta = IDLE_FOR,
        per_host: int = 32,
        aside: Aside | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        observe: Observe | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.guard = guard
        self.clock = clock
        self.now = now
        self.observe = observe
        self.tokens = Tokens(clock)
        self.aside = aside
        self.sessions = Sessions(idle_sessions_for)
        self._faults = faults
        self._tls = tls
        self._connect_within = connect_within.total_seconds()
        self._closed = False
        self._resolver = resolver if resolver is not None else aiohttp.ThreadedResolver()
        connect = connect_within.total_seconds()
        self._timeout = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=connect)
        self._stream_timeout = aiohttp.ClientTimeout(
            total=None, connect=None, sock_connect=connect, sock_read=idle_within.total_seconds()
        )
        # One session a scheme: a name's addresses are judged where they are resolved, and plain http is judged harder.
        self._sessions = {scheme: self._session(scheme == "http", tls, per_host) for scheme in ("http", "https")}

    def _session(self, plain: bool, tls: ssl.SSLContext | None, per_host: int) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(self.guard, self._resolver, plain=plain),
            ttl_dns_cache=_DNS_CACHE,
            limit=16 * per_host,
            limit_per_host=per_host,
            keepalive_timeout=_KEEPALIVE,
            ssl=tls or True,
        )
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_note_sent)
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT},
            skip_auto_headers=("Content-Type",),
            timeout=self._timeout,
            trace_configs=[trace],
        )

    async def open(self, trail: Trail, *, streamed: bool) -> aiohttp.ClientResponse:
        """One hop: judged, sent, answered as far as the head. Raises `Blocked` or whatever aiohttp does."""
        call = trail.call
        self.guard.check(call.url)
        trail.sent = False
        if self._faults is not None and (fault := self._faults(call.method, str(call.url))):
            raise fault
        session = self._sessions[call.url.scheme]
        if session.closed:
            raise Unreachable("The service is shutting down; nothing was sent.")
        return await session.request(
            call.method,
            call.url,
            headers=call.headers,
            data=_written(call.body),
            allow_redirects=False,
            timeout=self._stream_timeout if streamed else self._timeout,
            trace_request_ctx=trail,
            middlewares=() if call.method in SAFE else (_once,),
        )

    async def connect(
        self, host: str, port: int, security: Security, is_secret: Callable[[bytes], bool]
    ) -> GuardedConnection:
        """A connection that is not HTTP. Raises `Blocked` or `OSError`; the addresses of a host are tried one after the other."""
        shown = f"{host}:{port}"
        if self._faults is not None and (fault := self._faults("CONNECT", f"{security}://{shown}")):
            raise fault
        if self._closed:
            raise Unreachable("The service is shutting down; nothing was sent.")
        plain = security == "none"
        found = await addresses(
            self.guard, GuardedResolver(self.guard, self._resolver, plain=plain), host, port, plain=plain
        )
        tls = self._trust()
        at_once = security == "tls"
        for address in found:
            try:
                async with asyncio.timeout(self._connect_within):
                    reader, writer = await asyncio.open_connection(
                        address, port, ssl=tls if at_once else None, server_hostname=host if at_once else None
                    )
            except OSError:
                if address is found[-1]:
                    raise
            else:
                return GuardedConnection(reader, writer, shown, tls, host=host, security=security, is_secret=is_secret)
        raise OSError(f"{shown} has no address")

    def _trust(self) -> ssl.SSLContext:
        """The system's certificates are read once: that takes longer than all else about a connection."""
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls

    async def close(self) -> None:
        """Close all connections and stop renewing tokens."""
        self._closed = True
        await self.tokens.close()
        await self.sessions.close()
        for session in self._sessions.values():
            await session.close()
        await self._resolver.close()


def _written(body: bytes | Upload | None) -> Any:
    if isinstance(body, Upload):
        return body.chunks()
    return io.BytesIO(body) if body and len(body) > _LARGE else body


async def _note_sent(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _params: aiohttp.TraceRequestHeadersSentParams
) -> None:
    context.trace_request_ctx.sent = True


class _Lost(aiohttp.ClientError):
    """A connection lost under a request that is not to be repeated; see `_once`."""


async def _once(request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a PUT or DELETE a second time by itself when the connection breaks."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        if isinstance(error, aiohttp.ClientConnectorError):
            raise
        raise _Lost from None
