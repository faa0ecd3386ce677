"""What a webhook gets back, byte for byte, over sockets of its own: a client library would forgive too much."""

from __future__ import annotations

import asyncio
import socket
from email.utils import parsedate_to_datetime

import pytest
from aiohttp import web

from ucs.api.acknowledged import Acknowledged, acknowledged

POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
MANY = 5_000


async def say(status: int, *requests: bytes, at_once: bool = False) -> list[bytes]:
    """What a server answers to these, one after the other on one connection; the last piece is empty if it then hung up."""
    made: list[web.Response] = []

    async def handle(request: web.Request) -> web.Response:
        await request.read()
        made.append(acknowledged(request, status))
        return made[-1]

    app = web.Application()
    app.router.add_route("*", "/", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
    answers = []
    try:
        if at_once:
            writer.write(b"".join(requests))
        for request in requests:
            if not at_once:
                writer.write(request)
            answers.append(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5))
        if not all(isinstance(each, Acknowledged) for each in made):
            answers.append(await asyncio.wait_for(reader.read(), 5))
    finally:
        writer.close()
        await runner.cleanup()
    return answers


@pytest.mark.parametrize("at_once", [False, True])
async def test_one_connection_is_good_for_many(at_once: bool) -> None:
    first, second, third = await say(200, POST, POST, POST, at_once=at_once)
    assert first.startswith(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: ")
    assert second.splitlines()[:2] == third.splitlines()[:2] == first.splitlines()[:2]
    date = first.split(b"Date: ")[1].decode().strip()
    assert parsedate_to_datetime(date).tzinfo is not None


async def test_nothing_has_no_length() -> None:
    (answer,) = await say(204, POST)
    assert answer.startswith(b"HTTP/1.1 204 No Content\r\nDate: ")


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.0\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
async def test_who_wants_no_more_is_let_go(request_: bytes) -> None:
    answer, rest = await say(200, request_)
    assert b" 200 OK\r\n" in answer
    assert rest == b""


async def test_who_reads_no_answer_gets_no_more_of_them() -> None:
    """What nobody reads stays in our memory."""
    taken = 0
    all_taken = asyncio.Event()

    async def handle(request: web.Request) -> web.Response:
        nonlocal taken
        taken += 1
        if taken == MANY:
            all_taken.set()
        return acknowledged(request, 200)

    app = web.Application()
    app.router.add_route("*", "/", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    await web.SockSite(runner, listening).start()
    calling = socket.socket()
    calling.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    calling.setblocking(False)
    await asyncio.get_running_loop().sock_connect(calling, listening.getsockname())
    reader, writer = await asyncio.open_connection(sock=calling, limit=1)
    try:
        writer.write(POST * MANY)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(all_taken.wait(), 1.5)
        while not all_taken.is_set():
            assert await asyncio.wait_for(reader.read(65_536), 5)
    finally:
        writer.close()
        await runner.cleanup()
