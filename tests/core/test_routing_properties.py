"""Stories told to the router and to the brute-force oracle: the same offers, the same places, and never a pair left over.

The machine tells both every change, lets time go by, and asks. Few names and coarse times make ties, refusals and
re-entries frequent.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.core.naive_routing import NaiveRouter
from ucs.core.lane import Lane, Lanes
from ucs.core.routing import Ring, Router, Seat, Waiting

NINE = datetime(2025, 3, 3, 9, tzinfo=UTC)
QUEUES = ("sales", "help", "mail")
AGENTS = ("ann", "bob", "cid", "dot")
CAPACITY = 60

some_agents = st.frozensets(st.sampled_from(AGENTS))
few_seconds = st.integers(0, 90).map(lambda count: timedelta(seconds=count))
ring_sets = st.dictionaries(
    st.sampled_from(QUEUES),
    st.lists(
        st.builds(Ring, st.sampled_from([0, 20, 40, 60]).map(lambda s: timedelta(seconds=s)), st.integers(1, 4)),
        max_size=3,
    ).map(tuple),
)
skill_sets = st.dictionaries(st.sampled_from(QUEUES), st.integers(1, 4))


@st.composite
def contacts(draw: st.DrawFn, now: datetime) -> Waiting:
    agent = draw(st.sampled_from(("", "", "", *AGENTS)))
    return Waiting(
        contact=f"c{draw(st.integers(1, 12))}",
        queue=draw(st.sampled_from(QUEUES)),
        weight=draw(st.sampled_from([10, 20, 30, 70])),
        priority=draw(st.sampled_from([0, 0, 0, 1])),
        since=now - draw(few_seconds),
        agent=agent,
        held_until=draw(st.none() | few_seconds.map(lambda ahead: now + ahead - timedelta(seconds=20)))
        if agent
        else None,
        declined=draw(st.just(frozenset()) | some_agents),
    )


class RoutingStory(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NINE
        self.router = Router()
        self.naive = NaiveRouter()
        self.at_rest = True

    @rule(rings=ring_sets)
    def rings_change(self, rings: dict[str, tuple[Ring, ...]]) -> None:
        self.router.set_rings(rings)
        self.naive.rings = rings
        self.at_rest = False

    @rule(chosen=st.data())
    def contact_waits(self, chosen: st.DataObject) -> None:
        waiting = chosen.draw(contacts(self.now))
        self.router.wait(waiting)
        self.naive.contacts[waiting.contact] = waiting
        self.at_rest = False

    @rule(count=st.integers(1, 12))
    def contact_leaves(self, count: int) -> None:
        self.router.leave(f"c{count}")
        self.naive.contacts.pop(f"c{count}", None)

    @precondition(lambda self: self.naive.contacts)
    @rule(chosen=st.data(), who=st.sampled_from(AGENTS))
    def contact_is_declined(self, chosen: st.DataObject, who: str) -> None:
        waiting = self.naive.contacts[chosen.draw(st.sampled_from(sorted(self.naive.contacts)))]
        waiting = replace(waiting, declined=waiting.declined | {who})
        self.router.wait(waiting)
        self.naive.contacts[waiting.contact] = waiting
        self.at_rest = False  # its hold may have ended, which is due at once

    @rule(
        agent=st.sampled_from(AGENTS),
        skills=skill_sets,
        free=st.sampled_from([0, 10, 20, 30, CAPACITY]),
        idle=few_seconds,
    )
    def seat_changes(self, agent: str, skills: dict[str, int], free: int, idle: timedelta) -> None:
        seat = Seat(agent, skills, free, self.now - idle)
        self.router.seat(seat)
        self.naive.seats[agent] = seat
        self.at_rest = False

    @rule(agent=st.sampled_from(AGENTS))
    def agent_goes(self, agent: str) -> None:
        self.router.away(agent)
        self.naive.seats.pop(agent, None)

    @rule(limit=st.none() | st.integers(1, 3))
    def offers_are_made(self, limit: int | None) -> None:
        expected = self.naive.assign(self.now)
        made = self.router.assign(self.now, limit)
        while limit is not None and len(made) < len(expected):
            more = self.router.assign(self.now, limit)
            assert 0 < len(more) <= limit
            made += more
        assert made == expected
        assert all(seat.free >= 0 for seat in self.naive.seats.values())
        self.at_rest = True

    @precondition(lambda self: self.at_rest)
    @rule(ahead=few_seconds)
    def time_passes(self, ahead: timedelta) -> None:
        """Nothing may become possible before `due`, and nothing that became possible may be missed after it."""
        due = self.router.due()
        assert due is None or due > self.now
        first = self.naive.next_pair_at(self.now)
        assert first is None or (due is not None and due <= first)
        self.now += ahead
        self.offers_are_made(None)

    @rule()
    def everything_is_swept(self) -> None:
        assert self.router.sweep(self.now) == self.naive.assign(self.now)
        self.at_rest = True

    @invariant()
    def nothing_is_left_over_at_rest(self) -> None:
        assert not self.at_rest or self.naive.pairs(self.now) == []

    @invariant()
    def places_are_true(self) -> None:
        for queue in QUEUES:
            line = self.naive.queue(queue)
            assert list(self.router.waiting(queue)) == line
            assert self.router.length(queue) == len(line)
            assert [self.router.position(contact) for contact in line] == list(range(1, len(line) + 1))
        assert self.router.position("nobody") is None


TestRoutingStory = RoutingStory.TestCase
TestRoutingStory.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@given(st.lists(st.tuples(st.integers(0, 9), some_agents), max_size=30), st.sampled_from(AGENTS))
def test_the_oldest_not_declined_is_found_by_bisection(told: list[tuple[int, frozenset[str]]], agent: str) -> None:
    lane = Lane(Lanes("sales"), 10, 0)
    for number, (age, declined) in enumerate(told):
        lane.add(Waiting(f"c{number:02}", "sales", 10, 0, NINE + timedelta(seconds=age), declined=declined))
    open_ages = sorted(
        (NINE + timedelta(seconds=age), f"c{number:02}")
        for number, (age, declined) in enumerate(told)
        if agent not in declined
    )
    assert lane.oldest_for(agent) == (open_ages[0] if open_ages else None)
