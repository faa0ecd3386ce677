"""The hosts of a fake platform: servers on 127.0.0.1, on ports of their own, and the way from there to our files."""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

from channels.fake.phone import Kept

HOST = "127.0.0.1"
FETCHED_WITHIN = 10.0  # seconds for a file of ours


class Hosts(ABC):
    """What listens. Use it as `async with`."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}  # addresses as we tell them → where that is on this machine
        self._sockets: dict[str, socket.socket] = {}
        self._runners: list[web.AppRunner] = []

    @abstractmethod
    def applications(self) -> Mapping[str, web.Application]:
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
        for name in self.applications():
            if name not in self._sockets:
                self._sockets[name] = socket.create_server((HOST, 0))

    def address(self, host: str) -> str:
        return f"http://{HOST}:{self._sockets[host].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self.bind()
        for name, application in self.applications().items():
            runner = web.AppRunner(application, access_log=None)
            await runner.setup()
            self._runners.append(runner)
            await web.SockSite(runner, self._sockets[name]).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for runner in self._runners:
            await runner.cleanup()
        for listening in self._sockets.values():
            listening.close()
