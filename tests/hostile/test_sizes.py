"""What one customer may cost: a long history, a socket that is not read, a body that comes a byte at a time."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from aiohttp import WSMsgType

from tests.api.house import Customer, House
from ucs.api import body as bodies
from ucs.api import live, media_upload
from ucs.api.live import MOST_BYTES, SLOW, Outlet
from ucs.store.lookup import PAGE_SIZE

LONG = [{"type": "text", "text": "x" * 19_000}] * 10


async def talkative(house: House, messages: int) -> Customer:
    customer = await house.customer()
    for number in range(messages):
        body = {"id": f"long-{number:04}", "parts": LONG}
        await house.ok("POST", "/chat/messages", customer.headers, json=body)
    return customer


async def test_a_long_history_comes_in_short_pages(house: House) -> None:
    """500 lines of 190 KB in one answer, asked for 40 times at once, took 5 GB."""
    customer = await talkative(house, 14)
    seen, pages, after = [], 0, 0
    while True:
        async with await house.ask("GET", f"/chat/entries?after={after}", customer.headers) as response:
            text = await response.read()
        found = orjson.loads(text)
        assert len(text) < PAGE_SIZE + 300_000
        if not found["entries"]:
            break
        pages += 1
        seen += [entry["seq"] for entry in found["entries"]]
        after = seen[-1]
    assert after == found["newest"]
    assert seen == list(range(1, after + 1))
    assert pages == 3


async def test_a_socket_resumes_a_long_history_whole(house: House) -> None:
    customer = await talkative(house, 14)
    socket = await house.socket("/chat/socket", customer.session["token"])
    seen = [(await socket.hear("entry"))["seq"] for _ in range(16)]
    assert seen == list(range(1, 17))


class Unread:
    """The socket of a reader that takes nothing."""

    def __init__(self) -> None:
        self.code = 0

    async def send_frame(self, message: bytes, opcode: WSMsgType) -> None:
        await asyncio.Event().wait()

    async def close(self, *, code: int, message: bytes) -> bool:
        self.code = code
        return True


async def test_a_socket_that_is_not_read_keeps_little() -> None:
    socket: Any = Unread()
    outlet = Outlet(socket, 0.0)
    frame = b"x" * 200_000
    outlet.push(frame)
    await asyncio.sleep(0)  # it is being sent, and never will be
    for _ in range(MOST_BYTES // len(frame)):
        outlet.push(frame)
    assert socket.code == 0
    outlet.push(frame)
    for _ in range(5):
        await asyncio.sleep(0)
    assert socket.code == SLOW
    assert MOST_BYTES / len(frame) < live.MOST_WAITING


@pytest.mark.parametrize("first", [b"--b\r\n", b'--b\r\nContent-Disposition: form-data; filename="a"\r\n\r\nhalf'])
async def test_an_upload_that_stops_is_a_problem_of_the_senders(
    house: House, monkeypatch: pytest.MonkeyPatch, first: bytes
) -> None:
    monkeypatch.setattr(media_upload, "READ_WITHIN", 0.05)
    gone = asyncio.Event()

    async def stopping() -> AsyncIterator[bytes]:
        yield first
        await gone.wait()

    customer = await house.customer()
    headers = {**customer.headers, "Content-Type": "multipart/form-data; boundary=b"}
    async with asyncio.timeout(5), await house.ask("POST", "/chat/media", headers, data=stopping()) as response:
        gone.set()
        assert response.status == 400
        assert "Nothing of the file came" in await response.text()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "GZIP", "gzip, gzip"])
async def test_a_few_bytes_of_an_upload_do_not_become_many_on_the_disk(house: House, encoding: str) -> None:
    """A thousand times as many: sixty uploads of 20 KB filled a gigabyte, and whoever asks gets a session."""
    customer = await house.customer()
    headers = {**customer.headers, "Content-Encoding": encoding, "Content-Type": "text/plain"}
    bomb = gzip.compress(b"x" * 5_000_000)
    await house.no(415, "POST", "/chat/media", headers, data=bomb)


async def test_a_body_that_comes_a_byte_at_a_time_ends(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "WHOLE_WITHIN", 0.1)

    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    async with asyncio.timeout(5):
        async with await house.ask("POST", "/hooks/line", data=drip()) as response:
            assert response.status == 400
            assert "not all within" in await response.text()
