"""Memory: of an idle server, of a connected idle web chat, of an open contact, and while a large file is uploaded."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from bench.assignments import QUEUES, fill
from bench.inside import inside
from bench.server import Server, running

CHATS = 5_000
ADDRESSES = 100
CONTACTS = 100_000
UPLOAD_MB = 200
MB = 2**20


async def chats(server: Server, count: int) -> float:
    """KB of server memory for each of `count` connected idle web chats, which come from many addresses."""
    async with contextlib.AsyncExitStack() as stack:
        sessions = []
        for number in range(ADDRESSES):
            connector = aiohttp.TCPConnector(limit=0, local_addr=(f"127.0.1.{number + 1}", 0))
            sessions.append(await stack.enter_async_context(aiohttp.ClientSession(connector=connector)))
        warm = [await connect(server, session) for session in sessions]
        before = server.rss_mb()
        sockets = []
        for _ in range(count // ADDRESSES):
            sockets += await asyncio.gather(*(connect(server, session) for session in sessions))
        after = server.rss_mb()
        del warm, sockets
    return (after - before) * 1024 / count


async def connect(server: Server, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    """One visitor's chat, open and idle."""
    headers = {"Origin": server.url}
    async with session.post(f"{server.url}/chat/web/session", json={}, headers=headers) as answer:
        values = await answer.json(content_type=None)
        if answer.status != 201:
            raise RuntimeError(f"No session was started: {values}")
    socket = await session.ws_connect(f"{server.url}/chat/socket", headers=headers, compress=0)
    await socket.send_json({"type": "hello", "token": values["token"]})
    await socket.receive()
    return socket


async def upload(server: Server, megabytes: int) -> float:
    """By how many MB the server grew at most while one file was uploaded."""
    headers = {"Origin": server.url}
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{server.url}/chat/web/session", json={}, headers=headers) as answer:
            token = (await answer.json(content_type=None))["token"]
        headers |= {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/octet-stream",
            "X-File-Name": "big.bin",
        }

        async def send(size: int) -> None:
            async def chunks() -> AsyncIterator[bytes]:
                for _ in range(size):
                    yield os.urandom(1024) * 1000

            async with session.post(f"{server.url}/chat/media", data=chunks(), headers=headers) as answer:
                if answer.status >= 400:
                    raise RuntimeError(f"The upload was refused: {await answer.text()}")

        await send(1)
        before = peak = server.rss_mb()
        task = asyncio.create_task(send(megabytes - 5))
        while not task.done():
            peak = max(peak, server.rss_mb())
            await asyncio.sleep(0.02)
        await task
        return peak - before


def own_rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MB


async def contacts(count: int) -> float:
    """MB of a process with the whole runtime and so many open contacts that wait."""
    async with inside(1, QUEUES) as runtime:
        await fill(runtime, count)
        return own_rss_mb()


def run(chat_count: int = CHATS, contact_count: int = CONTACTS) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "data", agents=2) as server:
        figures["idle_rss_mb"] = server.rss_mb()
        figures["upload_rss_mb"] = asyncio.run(upload(server, UPLOAD_MB))
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "data", agents=2) as server:
        figures["chat_kb"] = asyncio.run(chats(server, chat_count))
    figures["contact_100k_mb"] = asyncio.run(contacts(contact_count))
    return figures
