"""The hosts of a fake platform: servers on 127.0.0.1, on ports of their own, and the way from there to our files."""

from __future__ import annotations

import asyncio
import socket
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

from channels.fake.phone import Kept

HOST = "127.0.0.1"
FETCHED_WITHIN = 10.0  # seconds for a file of ours

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Host = web.Application | Talk  # one that speaks HTTP, or what is said on a connection of another kind


class Hosts(ABC):
    """What listens. Use it as `async with`."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}  # addresses as we tell them → where that is on this machine
        self._sockets: dict[str, socket.socket] = {}
        self._running = AsyncExitStack()

    @abstractmethod
    def hosts(self) -> Mapping[str, Host]:
        """Its hosts, by name."""

    async def fetched(self, url: str) -> Kept | None:
        """A file that we gave a link to, if the link begins with one of `names`: nothing else is ever fetched."""
        here = next((at + url.removeprefix(name) for name, at in self.names.items() if url.startswith(f"{name}/")), "")
        if not here:
            return None
        timeout = aiohttp.ClientTimeout(total=FETCHED_WITHIN)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(here) as answer:
                return Kept(await answer.read(), answer.content_type) if answer.status == 200 else None
        except (TimeoutError, aiohttp.ClientError):
            return None

    def bind(self) -> None:
        """Take the addresses. Done at the start; earlier where somebody must know them before."""
        for name in self.hosts():
            if name not in self._sockets:
                self._sockets[name] = socket.create_server((HOST, 0))

    def port(self, host: str) -> int:
        return int(self._sockets[host].getsockname()[1])

    def address(self, host: str) -> str:
        return f"http://{HOST}:{self.port(host)}"

    async def __aenter__(self) -> Self:
        self.bind()
        for name, host in self.hosts().items():
            serving = _serving if isinstance(host, web.Application) else _talking
            await self._running.enter_async_context(serving(host, self._sockets[name]))  # type: ignore[arg-type]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._running.aclose()
        for listening in self._sockets.values():
            listening.close()


@asynccontextmanager
async def _serving(application: web.Application, listening: socket.socket) -> AsyncIterator[None]:
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _talking(talk: Talk, listening: socket.socket) -> AsyncIterator[None]:
    """Whoever is on the line when it ends is cut off."""
    talks: set[asyncio.Task[None]] = set()

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # the other side has gone, or says a line that does not end
        finally:
            writer.close()

    def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(answered(reader, writer))
        talks.add(task)
        task.add_done_callback(talks.discard)

    server = await asyncio.start_server(called, sock=listening)
    try:
        yield
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await server.wait_closed()
