"""Webhooks that wait: who gives, who gets, who is too late. The gateway with one is in `test_gateway.py`."""

from __future__ import annotations

import asyncio

from channels.wire import Response
from ucs.runtime.held import KNOWN_FOR, Held

YES, NO = Response(body=b"yes"), Response(body=b"no")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_what_is_given_in_time_is_the_response() -> None:
    held = Held(Clock())
    with held.opened("in", "t1") as hold:
        waiting = asyncio.create_task(hold.response(60.0))
        await asyncio.sleep(0)
        assert held.give("in", "t1", YES)
        assert await waiting == YES


async def test_what_is_given_before_anybody_looks_is_the_response() -> None:
    held = Held(Clock())
    with held.opened("in", "t1") as hold:
        assert held.give("in", "t1", YES)
        assert await hold.response(0.0) == YES


async def test_without_time_nobody_waits() -> None:
    held = Held(Clock())
    with held.opened("in", "t1") as hold:
        assert await hold.response(-1.0) is None
        assert await hold.response(0.001) is None


async def test_nobody_else_is_given_anything() -> None:
    held = Held(Clock())
    with held.opened("in", "t1"):
        assert not held.give("in", "t2", YES)
        assert not held.give("other", "t1", YES)
    assert not held.give("in", "t1", YES)


async def test_the_first_response_stands() -> None:
    held = Held(Clock())
    with held.opened("in", "t1") as hold:
        assert held.give("in", "t1", YES)
        assert not held.give("in", "t1", NO)
        assert await hold.response(0.0) == YES


async def test_a_repeated_webhook_gets_the_same_for_a_while() -> None:
    clock = Clock()
    held = Held(clock)
    with held.opened("in", "t1"):
        assert held.give("in", "t1", YES)
    with held.opened("in", "t1") as again:
        assert await again.response(0.0) == YES
        assert not held.give("in", "t1", NO)
    clock.now += KNOWN_FOR
    assert not held.give("in", "t2", NO)  # which also forgets
    with held.opened("in", "t1") as again:
        assert await again.response(0.0) is None
        assert held.give("in", "t1", NO)


async def test_two_that_wait_for_the_same_get_the_same() -> None:
    held = Held(Clock())
    with held.opened("in", "t1") as first:
        with held.opened("in", "t1") as second:
            pass
        assert held.give("in", "t1", YES)
        assert await first.response(0.0) == await second.response(0.0) == YES
    assert not held.give("in", "t1", NO)
