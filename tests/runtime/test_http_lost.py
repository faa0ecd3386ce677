"""The way out over real sockets, against servers that misbehave: silent, slow, endless, lying, gone."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from channels.errors import DeliveryError, Uncertain, Unreachable
from ucs.runtime.http.channel_http import ChannelHttp, Network
from ucs.runtime.http.guard import Guard

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SOON = timedelta(milliseconds=300)  # where a deadline is what is waited for
PATIENT = timedelta(seconds=20)  # where something else is
OK = b"HTTP/1.1 200 OK\r\n"


@contextlib.asynccontextmanager
async def server(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server that does with each connection whatever `talk` does, then closes it."""
    talking: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talking.add(task)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
            await talk(reader, writer)
        writer.transport.abort() if writer.transport.is_closing() else writer.close()
        talking.discard(task)

    listening = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        listening.close()
        for task in list(talking):
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)


@pytest.fixture
async def http() -> AsyncIterator[ChannelHttp]:
    network = Network(Guard.allowing(["127.0.0.1"]))
    yield ChannelHttp(network, "channel-1")
    await network.close()


@pytest.fixture
async def hurried() -> AsyncIterator[ChannelHttp]:
    """For a connection that is not there, or falls silent. To the others a busy machine must not look like that."""
    network = Network(Guard.allowing(["127.0.0.1"]), connect_within=SOON, idle_within=SOON)
    yield ChannelHttp(network, "channel-1")
    await network.close()


async def head(reader: asyncio.StreamReader) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def close_at_once(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    pass


async def close_after_reading(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await head(reader)


async def reset_after_reading(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head(reader)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    writer.transport.abort()


async def silence(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await head(reader)
    await reader.read()


async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head(reader)
    writer.write(b"SMTP ready\r\n\r\n")
    await writer.drain()


async def half_an_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head(reader)
    writer.write(OK + b"Content-Length: 100\r\n\r\nhalf")
    await writer.drain()


async def broken_gzip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head(reader)
    writer.write(OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf")
    await writer.drain()


async def endless_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head(reader)
    writer.write(OK)
    while True:
        writer.write(b"X-Filler: " + b"x" * 4000 + b"\r\n")
        await writer.drain()


async def dripping_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head(reader)
    for byte in OK * 1000:
        writer.write(bytes([byte]))
        await asyncio.sleep(0.02)


async def dripping_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head(reader)
    writer.write(OK + b"Content-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b"x")
        await asyncio.sleep(0.02)


async def endless_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head(reader)
    writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        await writer.drain()


async def failed(http: ChannelHttp, method: str, url: str, within: timedelta = SOON) -> DeliveryError:
    began = monotonic()
    with pytest.raises(DeliveryError) as caught:
        await http.request(method, url, within=within, body=b"{}" if method in ("POST", "PUT") else None)
    assert monotonic() - began < within.total_seconds() + 10
    assert caught.value.__context__ is None
    return caught.value


LOST: list[tuple[Talk, str]] = [
    (close_at_once, "closed the connection|lost the connection"),
    (close_after_reading, "closed the connection without an answer|lost the connection"),
    (reset_after_reading, "lost the connection"),
    (silence, "took longer"),
    (nonsense, "not HTTP"),
    (half_an_answer, "broke off"),
    (broken_gzip, "broke off"),
    (endless_head, "not HTTP"),
    (dripping_head, "took longer"),
    (dripping_body, "took longer"),
]


@pytest.mark.parametrize(("talk", "words"), LOST, ids=lambda value: getattr(value, "__name__", None))
async def test_lost_answers(http: ChannelHttp, talk: Talk, words: str) -> None:
    async with server(talk) as url:
        for method, expected in (
            ("POST", Uncertain),
            ("PUT", Uncertain),
            ("DELETE", Uncertain),
            ("GET", Unreachable),
            ("HEAD", Unreachable),
        ):
            if method == "HEAD" and talk in (half_an_answer, broken_gzip, dripping_body):
                continue  # an answer to HEAD has no body to lose
            error = await failed(http, method, url, SOON if words == "took longer" else PATIENT)
            assert type(error) is expected, method
            assert re.search(words, error.reason), (method, error.reason)


async def test_endless_chunks_are_cut_at_the_cap(http: ChannelHttp) -> None:
    async with server(endless_chunks) as url:
        error = await failed(http, "GET", url, PATIENT)
        assert "8,388,608 bytes" in error.reason


async def test_nobody_listens(http: ChannelHttp, unused_tcp_port: int) -> None:
    for method in ("POST", "GET"):
        error = await failed(http, method, f"http://127.0.0.1:{unused_tcp_port}", PATIENT)
        assert type(error) is Unreachable
        assert "does not accept connections" in error.reason


async def test_a_request_that_is_not_repeatable_is_sent_once(http: ChannelHttp) -> None:
    heads: list[bytes] = []

    async def count(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b" "))[:-1])

    async with server(count) as url:
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            await failed(http, method, url, PATIENT)
    assert heads == [b"POST", b"PUT", b"DELETE", b"PATCH"]


async def test_a_connection_that_never_comes_up_is_unreachable(hurried: ChannelHttp) -> None:
    """A listener whose backlog is full: the connection is begun and never made."""
    with socket.socket() as listener, contextlib.ExitStack() as crowd:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            other = crowd.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for within, words in ((SOON * 4, "could not be connected to in time"), (SOON / 2, "took longer")):
            error = await failed(hurried, "POST", url, within)
            assert type(error) is Unreachable
            assert words in error.reason


async def test_waiting_for_a_free_connection_is_not_sending() -> None:
    network = Network(Guard.allowing(["127.0.0.1"]), per_host=1)
    http = ChannelHttp(network, "channel-1")
    async with server(silence) as url:
        first, second = await asyncio.gather(
            http.request("POST", url, within=SOON * 5), http.request("POST", url, within=SOON), return_exceptions=True
        )
    assert (type(first), type(second)) == (Uncertain, Unreachable)
    await network.close()


async def read(http: ChannelHttp, url: str, within: timedelta) -> tuple[int, DeliveryError]:
    size = 0
    with pytest.raises(DeliveryError) as caught:  # noqa: PT012 - the stream fails somewhere on the way
        _, stream = await http.stream("GET", url, within=within)
        async for chunk in stream.chunks:
            size += len(chunk)
    assert [chunk async for chunk in stream.chunks] == []
    assert caught.value.__context__ is None
    return size, caught.value


async def test_a_dripping_stream_is_cut_at_its_deadline(http: ChannelHttp) -> None:
    async with server(dripping_body) as url:
        size, error = await read(http, url, SOON * 2)
    assert type(error) is Unreachable
    assert "took longer" in error.reason
    assert 0 < size < 100


async def test_a_stream_that_falls_silent(hurried: ChannelHttp) -> None:
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(OK + b"Content-Length: 10\r\n\r\nhalf")
        await reader.read()

    async with server(stall) as url:
        size, error = await read(hurried, url, timedelta(seconds=10))
    assert size == 4
    assert "fell silent" in error.reason


async def test_a_stream_that_breaks_off(http: ChannelHttp) -> None:
    async with server(half_an_answer) as url:
        size, error = await read(http, url, timedelta(seconds=10))
    assert size == 4
    assert type(error) is Unreachable
    assert "broke off" in error.reason


async def test_a_cancelled_call_leaves_nothing_behind(http: ChannelHttp) -> None:
    here, gone = asyncio.Event(), asyncio.Event()

    async def watch(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await head(reader)
        here.set()
        await reader.read()
        gone.set()

    async with server(watch) as url:
        call = asyncio.create_task(http.request("GET", url))
        await here.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(gone.wait(), 20)


def self_signed(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's TLS context for 127.0.0.1, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "pem"
    file.write_bytes(private + certificate)
    of_server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    of_server.load_cert_chain(file)
    return of_server, ssl.create_default_context(cadata=certificate.decode())


async def test_tls(http: ChannelHttp, tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(OK + b"Content-Length: 2\r\n\r\nhi")
        await writer.drain()
        await reader.read()

    of_server, of_client = self_signed(tmp_path)
    network = Network(Guard.allowing(["127.0.0.1"]), tls=of_client)
    async with server(answer, of_server) as url:
        assert (await ChannelHttp(network, "c").request("GET", url)).body == b"hi"
        error = await failed(http, "POST", url, PATIENT)
        assert (type(error), "certificate that is not valid" in error.reason) == (Unreachable, True)
        error = await failed(http, "POST", url.replace("https", "http"), PATIENT)
        assert type(error) is Uncertain  # a TLS server that got plain text: written, and not answered
        await network.close()
    async with server(nonsense) as url:
        error = await failed(http, "POST", url.replace("http", "https"), PATIENT)
        assert type(error) is Unreachable
