"""Sockets outlive nothing they should not: a sign-in that is over, or the allowance of the socket before."""

from __future__ import annotations

from tests.api.house import House
from ucs.api.live import UNTRUSTED
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
