"""Examples of the router's life: what it forgets, what it repeats, and what a decision costs."""

from __future__ import annotations

import math
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ucs.core.lane import Lane, Lanes
from ucs.core.routing import Assignment, Ring, Router, Seat, Waiting

NINE = datetime(2025, 3, 3, 9, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def sales(contact: str, since: float = 0, **more: Any) -> Waiting:
    return Waiting(contact, "sales", more.pop("weight", 10), more.pop("priority", 0), at(since), **more)


def ann(free: int = 10, **skills: int) -> Seat:
    return Seat("ann", skills or {"sales": 1}, free, NINE)


def test_a_pair_is_taken_out_until_told_otherwise() -> None:
    router = Router()
    router.wait(sales("c1"))
    router.wait(sales("c2", 1))
    router.seat(ann())
    assert router.assign(at(5)) == [Assignment("c1", "ann")]
    assert router.assign(at(5)) == router.sweep(at(5)) == []
    assert (router.position("c1"), router.position("c2"), router.length("sales")) == (None, 1, 1)

    router.wait(sales("c1"))  # the transaction refused the pair
    router.seat(ann())
    assert router.assign(at(6)) == [Assignment("c1", "ann")]


def test_the_seat_told_after_an_offer_counts_and_not_the_guess() -> None:
    router = Router()
    router.seat(ann(20))
    router.wait(sales("c1"))
    router.assign(at(5))
    router.seat(ann(0))
    router.wait(sales("c2"))
    assert router.assign(at(6)) == []


def test_leaving_and_going_away_twice_does_no_harm() -> None:
    router = Router()
    router.leave("c1")
    router.away("ann")
    router.wait(sales("c1", agent="ann", held_until=at(9)))
    router.seat(ann())
    for _ in range(2):
        router.leave("c1")
        router.away("ann")
    router.wait(sales("c2"))
    assert router.assign(at(10)) == []
    assert router.due() is None


def test_waiting_anew_replaces() -> None:
    router = Router()
    router.wait(sales("c1"))
    router.wait(Waiting("c1", "help", 20, 3, at(2)))
    assert (router.length("sales"), router.length("help")) == (0, 1)
    router.seat(ann(90, sales=1))
    assert router.assign(at(3)) == []
    router.seat(ann(90, help=1))
    assert router.assign(at(3)) == [Assignment("c1", "ann")]


def test_a_skill_lost_is_a_queue_lost() -> None:
    router = Router()
    router.seat(ann(sales=1, help=1))
    router.seat(ann(help=1))
    router.wait(sales("c1"))
    assert router.assign(at(1)) == []


def test_the_end_of_a_hold_is_due_and_opens_the_contact_to_all() -> None:
    router = Router()
    router.wait(sales("c1", agent="ann", held_until=at(30)))
    router.seat(Seat("bob", {"sales": 1}, 10, NINE))
    assert router.assign(at(29)) == []
    assert router.due() == at(30)
    assert router.assign(at(30)) == [Assignment("c1", "bob")]
    assert router.due() is None


def test_a_held_contact_is_served_when_its_agent_has_room_again() -> None:
    router = Router()
    router.wait(sales("c1", agent="ann"))
    assert router.assign(at(1)) == []
    router.seat(ann())
    assert router.assign(at(2)) == [Assignment("c1", "ann")]


def test_what_was_declined_is_forgotten_with_the_contact() -> None:
    lane = Lane(Lanes("sales"), 10, 0)
    contact = sales("c1", declined=frozenset({"ann"}))
    lane.add(contact)
    assert list(lane.declined) == ["ann"]
    lane.remove(contact)
    assert (len(lane.ages), lane.declined) == (0, {})


def test_rings_widen_one_by_one() -> None:
    rings = (Ring(timedelta(0), 5), Ring(timedelta(seconds=10), 3), Ring(timedelta(seconds=20), 1))
    router = Router({"sales": rings})
    router.wait(sales("c1"))
    assert router.due() is None, "nobody is free: time alone changes nothing"
    router.seat(Seat("bob", {"sales": 2}, 10, NINE))
    assert router.due() == at(20)
    router.seat(ann(10, sales=3))
    assert router.due() == at(10)
    assert router.assign(at(9)) == []
    assert router.assign(at(10)) == [Assignment("c1", "ann")]
    assert router.due() is None


def test_new_rings_count_at_once() -> None:
    router = Router({"sales": (Ring(timedelta(hours=1), 1),)})
    router.wait(sales("c1"))
    router.seat(ann())
    assert router.assign(at(5)) == []
    router.set_rings({})
    assert router.due() is None
    assert router.assign(at(5)) == [Assignment("c1", "ann")]


def test_a_limit_leaves_the_rest_for_the_next_call() -> None:
    router = Router()
    for number in range(5):
        router.wait(sales(f"c{number}", number))
    router.seat(ann(100))
    assert [len(router.assign(at(9), limit=2)) for _ in range(4)] == [2, 2, 1, 0]


def test_places_count_held_contacts_and_priorities() -> None:
    router = Router()
    router.wait(sales("old"))
    router.wait(sales("held", 1, agent="zoe"))
    router.wait(sales("heavy", 2, weight=20))
    router.wait(sales("young", 3))
    router.wait(sales("urgent", 4, priority=1))
    assert list(router.waiting("sales")) == ["urgent", "old", "held", "heavy", "young"]
    assert [router.position(contact) for contact in ("urgent", "old", "held", "heavy", "young")] == [1, 2, 3, 4, 5]
    assert (list(router.waiting("nowhere")), router.length("nowhere")) == ([], 0)


class Counted(str):
    """An id that counts how often ids are compared: what a decision costs, without a clock."""

    __slots__ = ()
    asked = 0

    def __lt__(self, other: str) -> bool:
        Counted.asked += 1
        return str.__lt__(self, other)

    def __eq__(self, other: object) -> bool:
        Counted.asked += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def comparisons(waiting: int, declined_by_ann: int = 0) -> float:
    """Comparisons for each of 50 decisions, all contacts of one age, so that nothing but ids tells them apart."""
    router = Router()
    for number in range(waiting):
        declined = frozenset({"ann"} if number < declined_by_ann else ())
        router.wait(sales(Counted(f"c{number:06}"), declined=declined))
    Counted.asked = 0
    for _ in range(50):
        router.seat(ann())
        assert len(router.assign(at(1))) == 1
    return Counted.asked / 50


@pytest.mark.parametrize("declined", [0, 0.5])
def test_a_decision_costs_no_more_than_the_logarithm(declined: float) -> None:
    small, large = 500, 20_000
    growth = comparisons(large, int(large * declined)) / comparisons(small, int(small * declined))
    allowed = math.log(large) / math.log(small)
    assert growth <= allowed ** (2 if declined else 1) * 1.1


def test_a_waiting_contact_takes_little_memory() -> None:
    contacts = [sales(f"contact-{number:032}", number, declined=frozenset({"ann", "bob"})) for number in range(1000)]
    router = Router()
    for contact in contacts:
        router.wait(contact)
    assert reachable(router) / 1000 <= 1500


def reachable(root: object) -> int:
    """Bytes of everything of ours below `root`, each object once."""
    seen: set[int] = set()
    todo, total = [root], 0
    while todo:
        one = todo.pop()
        if id(one) in seen or isinstance(one, type) or callable(one):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        if isinstance(one, dict):
            todo += [*one.keys(), *one.values()]
        elif isinstance(one, (list, tuple, set, frozenset)):
            todo += one
        todo += getattr(one, "__dict__", {}).values()
        todo += [getattr(one, name) for name in getattr(type(one), "__slots__", ()) if hasattr(one, name)]
    return total
