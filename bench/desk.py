"""Agents for a benchmark: signed in, ready, accepting what is offered, and counting what is pushed to their sockets."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp

from bench.server import PASSWORD, Server


class Agent:
    """One agent with one socket, read as long as it is open."""

    def __init__(self, server: Server, name: str, session: aiohttp.ClientSession) -> None:
        self.server, self.name, self.session = server, name, session
        self.headers: dict[str, str] = {}
        self.pushed = 0
        self.offered: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
        self.tasks: list[asyncio.Task[None]] = []

    async def sign_in(self) -> None:
        body = {"tenant": "bench", "agent": self.name, "password": PASSWORD}
        signed_in = await self.post("/desk/sign-in", body)
        self.headers = {"Authorization": f"Bearer {signed_in['token']}"}
        socket = await self.session.ws_connect(self.server.url + "/desk/socket", headers={"Origin": self.server.url})
        await socket.send_json({"type": "hello", "token": signed_in["token"]})
        self.tasks.append(asyncio.create_task(self._listen(socket)))

    async def ready(self) -> None:
        await self.post("/desk/state", {"state": "idle"})

    def accept_all(self) -> None:
        self.tasks.append(asyncio.create_task(self._accept()))

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        for _ in range(100):
            async with self.session.post(self.server.url + path, json=body, headers=self.headers) as answer:
                if answer.status != 429:
                    values: dict[str, Any] = await answer.json(content_type=None)
                    if answer.status >= 400:
                        raise RuntimeError(f"{path}: {values}")
                    return values
                await asyncio.sleep(float(answer.headers.get("Retry-After", "1")) / 4)
        raise RuntimeError(f"{path}: too many requests for too long")

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if b'"ping"' in message.data.encode()[:20]:
                await socket.send_str('{"type":"pong"}')
            for frame in json.loads(message.data):
                if frame["type"] == "entry":
                    self.pushed += 1
                elif frame["type"] == "contact" and frame["state"] == "offered":
                    self.offered.put_nowait((frame["id"], frame["epoch"]))

    async def _accept(self) -> None:
        while True:
            contact, epoch = await self.offered.get()
            await self.post(f"/desk/contacts/{contact}/accept", {"epoch": epoch})

    def close(self) -> None:
        for task in self.tasks:
            task.cancel()
