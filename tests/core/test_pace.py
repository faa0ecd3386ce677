"""The pace of a queue: a golden table in seconds, then what must hold of every estimate."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs.core.pace import FEWEST, FRESH_FOR, WINDOW, Estimate, Pace

NINE = datetime(2025, 3, 3, 9, tzinfo=UTC)
LONG = 10_000


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def pace(*facts: tuple[float, float]) -> Pace:
    """Each fact: when it was given away, how long it had waited, both in seconds."""
    told = Pace()
    for moment, waited in facts:
        told = told.took(at(moment), timedelta(seconds=waited))
    return told


def every(gap: float, count: int, waited: float = LONG) -> Pace:
    """`count` assignments, one every `gap` seconds, the last at nine."""
    return pace(*((gap * (number - count + 1), waited) for number in range(count)))


@dataclass(frozen=True)
class Case:
    about: str
    pace: Pace
    position: int
    now: float
    likely: float | None
    at_most: float | None = None
    since: float | None = None


CASES = [
    Case("nothing known", Pace(), 1, 0, None),
    Case("one gap too few", every(60, 5), 1, 0, None),
    Case("just enough", every(60, 6), 1, 0, 60, 60),
    Case("places add up", every(60, 6), 7, 0, 420, 420),
    Case("all at once", every(0, 6), 3, 0, 0, 0),
    Case("in turns of 30 and 90", pace((-300, LONG), (-270, LONG), (-180, LONG), (-150, LONG), (-60, LONG), (-30, LONG), (60, LONG)),
         1, 60, 60, 60 + 1.2816 * 30),
    Case("spread grows with the root", pace((-300, LONG), (-270, LONG), (-180, LONG), (-150, LONG), (-60, LONG), (-30, LONG),
         (60, LONG)), 4, 60, 240, 240 + 1.2816 * 30 * 2),
    Case("nobody had to wait", every(600, 8, waited=0), 3, 0, 0, 0),
    Case("a wait that clocks made negative", every(600, 8, waited=-5), 3, 0, 0, 0),
    Case("short waits in a quiet hour", every(600, 8, waited=5), 2, 0, 10, 10),
    Case("the open gap counts", every(60, 6), 1, 60, 72, 72 + 1.2816 * 12),
    Case("and counts as unusual when long", every(60, 6), 1, 300, 120, 120 + 1.2816 * ((5 * 60**2 + 180**2) / 5) ** 0.5),
    Case("but not while nobody waited", every(60, 6), 1, 300, 60, 60, since=300),
    Case("only since somebody did", every(60, 6), 1, 300, 72, 72 + 1.2816 * 12, since=240),
    Case("someone who waited before the last", every(60, 6), 1, 60, 72, 72 + 1.2816 * 12, since=-500),
    Case("a clock behind", every(60, 6), 1, -5, 60, 60),
    Case("to the end of memory", every(60, 6), 1, 2 * 3600 - 300, 60 + 6900 / 5, 60 + 6900 / 5 +
         1.2816 * ((5 * 1380**2 + (6900 - 1440) ** 2) / 5) ** 0.5),
    Case("and no further", every(60, 6), 1, 2 * 3600 - 299, None),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.about)
def test_case(case: Case) -> None:
    found = case.pace.estimate(case.position, at(case.now), None if case.since is None else at(case.since))
    if case.likely is None or case.at_most is None:
        assert found is None
        return
    assert found is not None
    assert found.likely.total_seconds() == pytest.approx(case.likely, abs=1e-3)
    assert found.at_most.total_seconds() == pytest.approx(case.at_most, abs=1e-3)


def test_only_the_last_count() -> None:
    old = every(1, WINDOW)
    for number in range(WINDOW):
        old = old.took(at(60 * (number + 1)), timedelta(seconds=LONG))
    assert len(old.facts) == WINDOW
    assert old.estimate(1, at(60 * WINDOW)) == Estimate(timedelta(seconds=60), timedelta(seconds=60))


def test_a_place_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="Position 0 is none"):
        every(60, 6).estimate(0, NINE)


def test_of_many_who_waited_nine_in_ten_waited_no_longer() -> None:
    """Served at random moments, one a minute: the promise holds about as often as it says."""
    dice = random.Random(1)
    kept, below, asked = 0, 0, 4000
    for _ in range(asked):
        moments = [0.0]
        for _ in range(WINDOW + 4):
            moments.append(moments[-1] + dice.expovariate(1 / 60))
        told = pace(*((moment, LONG) for moment in moments[:WINDOW]))
        now = moments[WINDOW - 1]
        found = told.estimate(5, at(now))
        assert found is not None
        kept += moments[WINDOW + 4] - now <= found.at_most.total_seconds()
        below += moments[WINDOW + 4] - now <= found.likely.total_seconds()
    assert 0.85 <= kept / asked <= 0.93
    assert 0.45 <= below / asked <= 0.60


facts = st.lists(st.tuples(st.integers(-9000, 0), st.integers(-10, 4000)), max_size=60)
nows = st.integers(-100, 9000)


@given(facts, nows, st.integers(1, 500), st.integers(1, 500), st.none() | st.integers(-9000, 9000))
def test_never_negative_and_never_shorter_further_back(
    told: list[tuple[int, int]], now: int, place: int, more: int, since: int | None
) -> None:
    known, began = pace(*told), None if since is None else at(since)
    near, far = known.estimate(place, at(now), began), known.estimate(place + more, at(now), began)
    assert (near is None) == (far is None)
    if near is not None and far is not None:
        assert timedelta(0) <= near.likely <= near.at_most
        assert near.likely <= far.likely
        assert near.at_most <= far.at_most


@given(facts, st.randoms(use_true_random=False))
def test_the_order_of_telling_does_not_matter(told: list[tuple[int, int]], dice: random.Random) -> None:
    told = told[:WINDOW]
    shuffled = list(told)
    dice.shuffle(shuffled)
    assert pace(*told).facts == pace(*shuffled).facts


@given(facts, nows, st.integers(0, 3600))
def test_while_nothing_moves_nothing_gets_better(told: list[tuple[int, int]], now: int, later: int) -> None:
    known = pace(*told)
    early, late = known.estimate(1, at(now)), known.estimate(1, at(now + later))
    oldest_stays = not known.facts or at(now + later) - known.facts[0].at <= FRESH_FOR
    if oldest_stays and early is not None:
        assert late is not None
        assert late.likely >= early.likely
    if len(known.facts) <= FEWEST:
        assert early is None
