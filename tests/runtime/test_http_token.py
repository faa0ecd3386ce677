"""Tokens shared by all who send for a channel: races, expiry, refusal, failure."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from channels.errors import Unauthorized, Unreachable
from channels.wire import Token
from ucs.runtime.http.token import Tokens


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Issuer:
    """A platform that gives out tokens `t1`, `t2`, …; `gate` holds an answer back, `broken` fails it."""

    def __init__(self, good_for: timedelta = timedelta(hours=2)) -> None:
        self.good_for = good_for
        self.calls = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken = False

    async def __call__(self) -> Token:
        self.calls += 1
        value = f"t{self.calls}"
        await self.gate.wait()
        if self.broken:
            raise Unauthorized("The platform no longer knows the app.")
        return Token(value, self.good_for)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_many_ask_one_renews() -> None:
    tokens, issuer = Tokens(Clock()), Issuer()
    issuer.gate.clear()
    asking = [asyncio.create_task(tokens.get("c", "access", issuer)) for _ in range(50)]
    await settle()
    issuer.gate.set()
    assert set(await asyncio.gather(*asking)) == {"t1"}
    assert await tokens.get("c", "access", issuer) == "t1"
    assert issuer.calls == 1


async def test_channels_and_names_are_apart() -> None:
    tokens, issuer = Tokens(Clock()), Issuer()
    assert [await tokens.get(*key, issuer) for key in (("a", "x"), ("b", "x"), ("a", "y"), ("a", "x"))] == [
        "t1",
        "t2",
        "t3",
        "t1",
    ]


@pytest.mark.parametrize(("good_for", "kept"), [(7200, 7140), (600, 540), (100, 90), (10, 9), (0, 0)])
async def test_renewed_a_little_early(good_for: int, kept: int) -> None:
    clock, issuer = Clock(), Issuer(timedelta(seconds=good_for))
    tokens = Tokens(clock)
    await tokens.get("c", "x", issuer)
    if kept:
        clock.now += kept - 0.1
        assert await tokens.get("c", "x", issuer) == "t1"
        clock.now += 0.1
    assert await tokens.get("c", "x", issuer) == "t2"


async def test_refused_by_many_renewed_once() -> None:
    tokens, issuer = Tokens(Clock()), Issuer()
    await tokens.get("c", "x", issuer)
    issuer.gate.clear()
    asking = [asyncio.create_task(tokens.get("c", "x", issuer, refused="t1")) for _ in range(20)]
    await settle()
    asking.append(asyncio.create_task(tokens.get("c", "x", issuer)))  # must not get the one that is known to be dead
    await settle()
    issuer.gate.set()
    assert set(await asyncio.gather(*asking)) == {"t2"}
    assert await tokens.get("c", "x", issuer, refused="t1") == "t2"  # late to the news
    assert issuer.calls == 2


async def test_failure_is_shared_and_not_kept() -> None:
    tokens, issuer = Tokens(Clock()), Issuer()
    issuer.gate.clear()
    issuer.broken = True
    asking = [asyncio.create_task(tokens.get("c", "x", issuer)) for _ in range(5)]
    await settle()
    issuer.gate.set()
    outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unauthorized] * 5
    assert issuer.calls == 1
    issuer.broken = False
    assert await tokens.get("c", "x", issuer) == "t2"


async def test_a_failed_renewal_does_not_bring_the_refused_token_back() -> None:
    tokens, issuer = Tokens(Clock()), Issuer()
    await tokens.get("c", "x", issuer)
    issuer.broken = True
    with pytest.raises(Unauthorized):
        await tokens.get("c", "x", issuer, refused="t1")
    issuer.broken = False
    assert await tokens.get("c", "x", issuer) == "t3"


async def test_the_first_caller_may_give_up() -> None:
    tokens, issuer = Tokens(Clock()), Issuer()
    issuer.gate.clear()
    first = asyncio.create_task(tokens.get("c", "x", issuer))
    await settle()
    second = asyncio.create_task(tokens.get("c", "x", issuer))
    await settle()
    first.cancel()
    await settle()
    assert first.cancelled()
    issuer.gate.set()
    assert await second == "t1"
    assert issuer.calls == 1


async def test_forgotten_when_credentials_change() -> None:
    tokens, issuer = Tokens(Clock()), Issuer()
    await tokens.get("a", "x", issuer)
    await tokens.get("b", "x", issuer)
    tokens.forget("a")
    assert await tokens.get("a", "x", issuer) == "t3"
    assert await tokens.get("b", "x", issuer) == "t2"


async def test_closing_stops_renewals_under_way() -> None:
    tokens, issuer = Tokens(Clock()), Issuer()
    issuer.gate.clear()
    waiting = asyncio.create_task(tokens.get("c", "x", issuer))
    await settle()
    await tokens.close()
    with pytest.raises(Unreachable, match="shutting down"):
        await waiting
