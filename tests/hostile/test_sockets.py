"""Sockets outlive nothing they should not: a sign-in that is over, a reader who takes nothing, the allowance of the one before."""

from __future__ import annotations

import asyncio
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.api.house import House
from ucs.api import live
from ucs.api.live import MOST_BYTES, SLOW, UNTRUSTED, Outlet
from ucs.runtime import limits
from ucs.runtime.limits import Limit


async def test_a_supervisor_who_signs_out_watches_no_longer(house: House) -> None:
    sue = await house.agent("sue")
    socket = await house.socket("/desk/socket", sue.signed_in["token"], watch=True)
    await socket.hear("hello")
    await house.ok("POST", "/desk/sign-out", sue.headers, json={})
    assert await socket.closed() == UNTRUSTED
    await house.until(lambda: not house.api.live.watchers and not house.api.live.agents and not house.api.sockets.open)


async def test_an_agent_who_is_put_out_hears_no_more(house: House) -> None:
    ann, amy = await house.agent("ann"), await house.agent("amy")
    socket = await house.socket("/desk/socket", ann.signed_in["token"])
    await socket.hear("hello")
    await house.ok("POST", "/admin/seats/ann/state", amy.headers, json={"state": "offline"})
    assert await socket.closed() == UNTRUSTED


@asynccontextmanager
async def unread(house: House) -> AsyncIterator[Outlet]:
    """A socket whose other side is there and reads nothing, so full that the server waits for it."""
    listening = sockets.socket()
    listening.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
    await asyncio.get_running_loop().sock_connect(listening, (house.client.host, house.client.port))
    listening.setblocking(False)
    head = (
        f"GET /chat/socket HTTP/1.1\r\nHost: x\r\nOrigin: {house.origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await asyncio.get_running_loop().sock_sendall(listening, head.encode())
    await house.until(lambda: house.api.sockets.open)
    (outlet,) = house.api.sockets.open
    outlet.push(b"x" * MOST_BYTES)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await outlet.flushed()
    yield outlet
    listening.close()


async def test_who_takes_nothing_is_let_go(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing a socket politely waits until the other side has read what came before: for ever, if it likes."""
    monkeypatch.setattr(live, "CLOSED_WITHIN", 0.05)
    async with unread(house) as outlet:
        outlet.close_soon(SLOW, "too slow, resume")
        await house.until(lambda: not house.api.sockets.open)


async def test_who_takes_nothing_keeps_no_server_from_stopping(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CLOSED_WITHIN", 0.05)
    async with unread(house), asyncio.timeout(20):
        await house.api.sockets.close()
        await house.until(lambda: not house.api.sockets.open)


async def test_a_closed_socket_leaves_no_allowance_behind(house: House) -> None:
    """Python gives the name of what is gone to the next one: a quiet socket would have paid for a loud one."""
    customer = await house.customer()
    socket = await house.socket("/chat/socket", customer.session["token"])
    await socket.hear("hello")
    await socket.say(type="typing")
    await socket.say(type="ping")
    await socket.hear("pong")
    assert house.api.sockets._frames._buckets
    await socket.socket.close()
    await house.until(lambda: not house.api.sockets.open)
    assert not house.api.sockets._frames._buckets


def test_a_crowd_is_looked_through_once_in_a_while() -> None:
    """With as many keys as fit, every further one looked through all of them."""
    looked = 0

    class Watched(Limit):
        def _forget(self, now: float) -> None:
            nonlocal looked
            looked += 1
            super()._forget(now)

    limit = Watched("address", 1, 10, lambda: 0.0)
    for key in range(limits.MOST_KEYS + 1_000):
        limit.take(key)
    assert looked == 1
