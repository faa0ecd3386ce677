"""Pacing, back-off and lanes: the small machines below delivery."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import Unavailable
from channels.manifest import Pace
from tests.runtime.fake_time import FakeTime
from ucs.runtime.delivery.clockwork import LONGEST_BACKOFF, Clockwork
from ucs.runtime.delivery.lanes import Lanes
from ucs.runtime.delivery.pacing import RECOVERS_WITHIN, SLOWEST, Bucket, Pacing

# -- buckets -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("costs", "waits"),
    [
        ([1, 1, 1, 1], [0, 0, 0, 0.5]),
        ([3, 1, 1], [0, 0.5, 1.0]),
        ([5], [1.0]),
    ],
)
def test_a_bucket_lends_what_is_not_there_yet(costs: list[int], waits: list[float]) -> None:
    bucket = Bucket(rate=2.0, burst=3.0)
    assert [bucket.take(cost, now=100.0) for cost in costs] == waits


def test_a_bucket_saves_no_more_than_its_burst() -> None:
    bucket = Bucket(rate=2.0, burst=3.0)
    bucket.take(3, now=0.0)
    assert not bucket.full(now=1.0)
    assert bucket.full(now=1.5)
    assert bucket.take(3, now=1000.0) == 0
    assert bucket.take(1, now=1000.0) == 0.5


@given(
    st.lists(st.tuples(st.floats(0, 5), st.integers(1, 5)), max_size=50),
    st.floats(0.5, 20),
    st.integers(1, 10),
)
def test_never_more_than_burst_and_rate(steps: list[tuple[float, int]], rate: float, burst: int) -> None:
    """In any stretch of time from the start, at most the burst and what the rate gives."""
    bucket, now, gone = Bucket(rate, burst), 0.0, 0
    for pause, cost in steps:
        now += pause
        gone += cost
        sent_at = now + bucket.take(cost, now)
        assert gone <= burst + rate * sent_at + 1e-6


# -- the turns of a channel ----------------------------------------------------------------------------------------------


class Turns:
    """Asks for turns, and writes down when they came."""

    def __init__(self, pace: Pace) -> None:
        self.time = FakeTime()
        self.pacing = Pacing(pace, self.time.clockwork)
        self.came: list[tuple[str, float]] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, *addresses: str, cost: int = 1) -> None:
        self.tasks += [asyncio.create_task(self._ask(address, cost)) for address in addresses]
        await self.settle()

    async def _ask(self, address: str, cost: int) -> None:
        await self.pacing.turn(address, cost)
        self.came.append((address, round(self.time.passed, 3)))

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def all(self) -> list[tuple[str, float]]:
        while self.time.naps:
            self.time.skip(self.time.naps[0])
            await self.settle()
        await asyncio.gather(*self.tasks)
        return self.came


async def test_customers_and_the_account_have_their_own_pace() -> None:
    turns = Turns(Pace(account=10.0, customer=1.0, burst=2))
    await turns.ask("a", "a", "a", "b", "c")
    assert await turns.all() == [("a", 0.0), ("a", 0.0), ("b", 0.1), ("c", 0.2), ("a", 1.0)]


async def test_several_messages_in_one_call_count_as_several() -> None:
    turns = Turns(Pace(account=10.0, customer=10.0, burst=5))
    await turns.ask("a", cost=5)
    await turns.ask("b")
    assert await turns.all() == [("a", 0.0), ("b", 0.1)]


async def test_the_brake_holds_also_those_who_waited_already() -> None:
    turns = Turns(Pace(account=1.0, customer=10.0, burst=1))
    await turns.ask("a", "b")
    turns.pacing.slow(20.0)
    await turns.ask("c")
    assert await turns.all() == [("a", 0.0), ("b", 20.0), ("c", 20.0)]


def test_the_rate_halves_and_comes_back() -> None:
    time = FakeTime()
    pacing = Pacing(Pace(), time.clockwork)
    parts = []
    for _ in range(7):
        pacing.slow(0.0)
        parts.append(pacing.part(time.passed))
    assert parts == [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, SLOWEST, SLOWEST]
    assert [pacing.part(time.passed + RECOVERS_WITHIN * n) for n in range(7)] == [2.0 ** (n - 5) for n in range(6)] + [
        1.0
    ]


async def test_buckets_of_quiet_customers_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ucs.runtime.delivery.pacing.MOST_CUSTOMERS", 3)
    turns = Turns(Pace(account=1000.0, customer=1.0, burst=1))
    await turns.ask("a", "b", "c")
    await turns.all()
    turns.time.skip(0.5)
    await turns.ask("d", "a")  # nobody is forgotten who would then get more than allowed
    assert [when for who, when in await turns.all() if who == "a"] == [0.0, pytest.approx(1.0, abs=0.01)]


# -- back-off ------------------------------------------------------------------------------------------------------------


@given(st.integers(-5, 10_000), st.floats(0, 1, exclude_max=True))
def test_back_off_is_below_its_bound(attempt: int, chance: float) -> None:
    seconds = Clockwork(chance=lambda: chance).backoff(attempt)
    assert 0 <= seconds <= min(LONGEST_BACKOFF, 2.0 ** min(max(attempt - 1, 0), 20))


def test_back_off_doubles() -> None:
    clockwork = Clockwork(chance=lambda: 1.0)
    assert [clockwork.backoff(n) for n in range(1, 12)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


# -- lanes ---------------------------------------------------------------------------------------------------------------


class Work:
    """Does items when they are let go, and writes down what it did."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done: list[str] = []
        self.spoilt: list[tuple[str, str]] = []
        self.go: dict[str, asyncio.Event] = {}
        self.lanes: Lanes[str, str] = Lanes(self._do, self._spoil)

    def put(self, *items: str) -> None:
        for item in items:
            self.lanes.put(item[0], item)

    async def _do(self, item: str) -> None:
        self.begun.append(item)
        if item.endswith("!"):
            raise ZeroDivisionError(item)
        if item.endswith("."):
            raise Unavailable(item)
        if item in self.go:
            await self.go[item].wait()
        self.done.append(item)

    async def _spoil(self, item: str, error: Exception) -> None:
        if item.endswith("!!"):
            raise KeyError(item)
        self.spoilt.append((item, type(error).__name__))


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_one_after_the_other_in_a_lane_and_side_by_side_between_them() -> None:
    work = Work()
    work.go["a1"] = asyncio.Event()
    work.put("a1", "a2", "b1", "b2")
    await settle()
    assert (work.begun, work.done, len(work.lanes)) == (["a1", "b1", "b2"], ["b1", "b2"], 2)
    work.go["a1"].set()
    work.put("a3")
    await settle()
    assert work.done == ["b1", "b2", "a1", "a2", "a3"]
    assert len(work.lanes) == 0
    work.put("a4")  # a lane that has ended begins anew
    await settle()
    assert work.done[-1] == "a4"


async def test_a_bug_costs_one_item() -> None:
    work = Work()
    work.put("a1!", "a2")
    await settle()
    assert (work.spoilt, work.done) == ([("a1!", "ZeroDivisionError")], ["a2"])


async def test_nor_does_one_that_cannot_even_be_given_up_keep_those_behind_it() -> None:
    work = Work()
    work.put("a1!!", "a2")
    await settle()
    work.put("a3")
    await settle()
    assert (work.spoilt, work.done, len(work.lanes)) == ([], ["a2", "a3"], 0)


async def test_a_closed_engine_ends_a_lane_quietly() -> None:
    work = Work()
    work.put("a1.", "a2", "b1")
    await settle()
    assert (work.spoilt, work.done) == ([], ["b1"])


async def test_closing_waits_for_what_is_under_way_and_for_nothing_else() -> None:
    work = Work()
    work.go = {name: asyncio.Event() for name in ("a1", "b1")}
    do = work._do

    async def busy(item: str) -> None:
        if item == "a1":
            with work.lanes.uninterrupted():
                await do(item)
        else:
            await do(item)

    work.lanes._do = busy
    work.put("a1", "a2", "b1")
    await settle()
    closing = asyncio.create_task(work.lanes.close(within=60))
    await settle()
    assert not closing.done()
    work.go["a1"].set()
    await closing
    work.put("c1")
    await settle()
    assert work.done == ["a1"]
