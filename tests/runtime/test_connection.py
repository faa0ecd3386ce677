"""A connection that is not HTTP, over real sockets: what the guard, the deadlines and the caps make of servers that misbehave."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import pytest

from channels.connection import Connection
from channels.errors import Rejected, Unreachable
from ucs.runtime.http.channel_http import CallSeen, ChannelHttp, Network
from ucs.runtime.http.guard import Blocked, Guard

SECRET = "s3cr3t-value-of-the-tests"
SHORT = timedelta(milliseconds=50)
Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Serve = Callable[[Behave], Awaitable[int]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    servers: list[asyncio.Server] = []

    async def start(behave: Behave) -> int:
        async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await behave(reader, writer)
                await reader.read()
            except ConnectionError:
                pass
            finally:
                writer.close()

        servers.append(await asyncio.start_server(one, "127.0.0.1", 0))
        port: int = servers[-1].sockets[0].getsockname()[1]
        return port

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def make() -> AsyncIterator[Callable[..., ChannelHttp]]:
    networks: list[Network] = []

    def build(allow: tuple[str, ...] = ("127.0.0.1",), **options: Any) -> ChannelHttp:
        networks.append(Network(Guard.allowing(allow), **options))
        return ChannelHttp(networks[-1], "channel-1", [SECRET])

    yield build
    for network in networks:
        await network.close()


def says(words: bytes, *, then: bytes | None = None) -> Behave:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        await writer.drain()
        if then is None:
            return
        await reader.readline()
        writer.write(then)
        await writer.drain()

    return behave


def hangs_up(words: bytes) -> Behave:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        await writer.drain()
        writer.close()

    return behave


async def plain(http: ChannelHttp, port: int) -> Connection:
    return await http.connect("127.0.0.1", port, security="none")


async def test_lines_and_blocks_are_read_as_they_come(serve: Serve, make: Callable[..., ChannelHttp]) -> None:
    port = await serve(says(b"one\r\ntwo\n{5}\r\nab", then=b"cde)\r\n"))
    async with aclosing(await plain(make(), port)) as connection:  # type: ignore[type-var]
        assert [await connection.line() for _ in range(3)] == [b"one", b"two", b"{5}"]
        await connection.write(b"go on\r\n")
        assert await connection.exactly(5) == b"abcde"
        assert await connection.line() == b")"


async def test_silence_is_heard_and_is_no_failure(serve: Serve, make: Callable[..., ChannelHttp]) -> None:
    async with aclosing(await plain(make(), await serve(says(b"", then=b"now\r\n")))) as connection:  # type: ignore[type-var]
        assert not await connection.heard(SHORT)
        await connection.write(b"well?\r\n")
        assert await connection.heard(timedelta(seconds=5))
        assert await connection.line() == b"now"
        with pytest.raises(Unreachable, match="did not answer in time"):
            await connection.line(within=SHORT)


async def test_who_hangs_up_is_unreachable(serve: Serve, make: Callable[..., ChannelHttp]) -> None:
    async with aclosing(await plain(make(), await serve(hangs_up(b"half a li")))) as connection:  # type: ignore[type-var]
        assert await connection.heard(timedelta(seconds=5))
        with pytest.raises(Unreachable, match="closed the connection"):
            await connection.line()


async def test_caps(serve: Serve, make: Callable[..., ChannelHttp]) -> None:
    async with aclosing(await plain(make(), await serve(says(b"x" * 200_000)))) as connection:  # type: ignore[type-var]
        with pytest.raises(Unreachable, match="longer than 1,000 bytes"):
            await connection.line(limit=1000)
        with pytest.raises(Unreachable, match="are read"):
            await connection.exactly(10**12)


@pytest.mark.parametrize(
    ("host", "security", "says"),
    [
        ("127.0.0.1", "none", "loopback"),
        ("localhost", "tls", "loopback"),
        ("10.1.2.3", "starttls", "private"),
        ("0x7f000001", "tls", "number spelled"),
        ("a b", "tls", "not the name of a host|not an address"),
        ("1.1.1.1", "none", "without TLS"),
    ],
)
async def test_the_guard_stands_in_front(make: Callable[..., ChannelHttp], host: str, security: Any, says: str) -> None:
    with pytest.raises(Blocked, match=says):
        await make(()).connect(host, 25, security=security)


async def test_no_secret_in_the_clear_before_tls(serve: Serve, make: Callable[..., ChannelHttp]) -> None:
    port = await serve(says(b"hello\r\n"))
    async with aclosing(await make().connect("127.0.0.1", port, security="starttls")) as connection:  # type: ignore[type-var]
        for said in (SECRET.encode(), b"AUTH PLAIN " + base64.b64encode(f"\0ann\0{SECRET}".encode())):
            with pytest.raises(Rejected, match="has not begun TLS") as caught:
                await connection.write(said + b"\r\n")
            assert SECRET not in str(caught.value)
        await connection.write(b"EHLO me\r\n")


async def test_words_smuggled_in_before_tls_are_noticed(serve: Serve, make: Callable[..., ChannelHttp]) -> None:
    port = await serve(says(b"220 go on\r\n235 you are in\r\n"))
    async with aclosing(await make().connect("127.0.0.1", port, security="starttls")) as connection:  # type: ignore[type-var]
        assert await connection.line() == b"220 go on"
        with pytest.raises(Unreachable, match="spoke between"):
            await connection.start_tls()


async def test_nobody_there_and_no_tls_there(serve: Serve, make: Callable[..., ChannelHttp]) -> None:
    seen: list[CallSeen] = []
    http = make(observe=seen.append)
    port = await serve(says(b"220 I speak no TLS\r\n"))
    with pytest.raises(Unreachable, match="could not agree with us on TLS"):
        await http.connect("127.0.0.1", port)
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    closed = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with pytest.raises(Unreachable, match="does not accept connections"):
        await plain(http, closed)
    assert [(call.method, call.failed) for call in seen] == [("CONNECT", "Unreachable")] * 2


async def test_a_network_that_is_closed_or_fails_on_purpose(make: Callable[..., ChannelHttp]) -> None:
    http = make(faults=lambda method, url: ConnectionResetError() if url.startswith("tls://") else None)
    with pytest.raises(Unreachable, match="lost the connection"):
        await http.connect("127.0.0.1", 1)
    network = Network(Guard.allowing(("127.0.0.1",)))
    await network.close()
    with pytest.raises(Unreachable, match="shutting down"):
        await ChannelHttp(network, "c").connect("127.0.0.1", 1, security="none")
