"""A body is the same however it comes: whole in one piece, in several, or while it is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from ucs.api.body import read_bytes

LARGE = b"x" * 300_000


@pytest.mark.parametrize("body", [b"", b"a", b"\x00" * 5000, LARGE], ids=["none", "one", "some", "large"])
@pytest.mark.parametrize("chunked", [False, True], ids=["at once", "in chunks"])
@pytest.mark.parametrize("late", [0.0, 0.05], ids=["read at once", "read when all is there"])
async def test_a_body_is_read_and_the_connection_goes_on(body: bytes, chunked: bool, late: float) -> None:
    connections: set[object] = set()

    async def handle(request: web.Request) -> web.Response:
        connections.add(request.transport)
        await asyncio.sleep(late)
        return web.Response(body=await read_bytes(request, 1_000_000))

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 1000):
            yield body[at : at + 1000]

    application = web.Application()
    application.router.add_post("/", handle)
    async with TestClient(TestServer(application)) as client:
        for _ in range(3):
            async with client.post("/", data=pieces() if chunked else body) as answer:
                assert await answer.read() == body
        assert len(connections) == 1, "the connection was not kept"
