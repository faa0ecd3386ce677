"""The golden table of routing: small scenes, each with the offers it must lead to, in order.

A scene is written in four small languages, all times in seconds after nine o'clock:

    contacts   "c1 sales 10 @5"              contact, queue, weight, since; then any of  !2 (priority)  for:ann (held for ann)
               until:90 (end of the hold)  not:ann,bob (declined)
    seats      "ann 20 @0 sales:2 help:1"    agent, free units, idle since, skills with levels
    rings      "sales 0:3 30:1"              queue, then age:level
    offers     "c1>ann"
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.core.naive_routing import NaiveRouter
from ucs.core.routing import Assignment, Ring, Router, Seat, Waiting

NINE = datetime(2025, 3, 3, 9, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def contact(text: str) -> Waiting:
    name, queue, weight, since, *more = text.split()
    priority, agent, until, declined = 0, "", None, frozenset[str]()
    for word in more:
        if word.startswith("!"):
            priority = int(word[1:])
        elif word.startswith("for:"):
            agent = word[4:]
        elif word.startswith("until:"):
            until = at(float(word[6:]))
        else:
            declined = frozenset(word.removeprefix("not:").split(","))
    return Waiting(name, queue, int(weight), priority, at(float(since[1:])), agent, until, declined)


def seat(text: str) -> Seat:
    agent, free, idle, *skills = text.split()
    levels = {queue: int(level) for queue, level in (skill.split(":") for skill in skills)}
    return Seat(agent, levels, int(free), at(float(idle[1:])))


def ring(text: str) -> tuple[str, tuple[Ring, ...]]:
    queue, *steps = text.split()
    pairs = (step.split(":") for step in steps)
    return queue, tuple(Ring(timedelta(seconds=float(after)), int(level)) for after, level in pairs)


def offers(text: str) -> list[Assignment]:
    return [Assignment(*pair.split(">")) for pair in text.split()]


@dataclass(frozen=True)
class Scene:
    about: str
    contacts: tuple[str, ...]
    seats: tuple[str, ...]
    offered: str
    rings: tuple[str, ...] = ()
    now: float = 100
    due: float | None = None


SCENES = [
    Scene("nobody waits", (), ("ann 10 @0 sales:1",), ""),
    Scene("nobody is free", ("c1 sales 10 @1",), ("ann 0 @0 sales:1",), ""),
    Scene("nobody has the skill", ("c1 sales 10 @1",), ("ann 10 @0 help:1",), ""),
    Scene("no skills at all", ("c1 sales 10 @1 for:ann",), ("ann 10 @0",), ""),
    Scene("one and one", ("c1 sales 10 @1",), ("ann 10 @0 sales:1",), "c1>ann"),
    # Which agent.
    Scene("the higher level", ("c1 sales 10 @1",), ("ann 10 @0 sales:1", "bob 10 @50 sales:2"), "c1>bob"),
    Scene("the level in this queue", ("c1 sales 10 @1",), ("ann 10 @5 sales:2 help:1", "bob 10 @0 sales:1 help:9"), "c1>ann"),
    Scene("the longer idle", ("c1 sales 10 @1",), ("ann 10 @50 sales:1", "bob 10 @49 sales:1"), "c1>bob"),
    Scene("the id, at last", ("c1 sales 10 @1",), ("bob 10 @0 sales:1", "ann 10 @0 sales:1"), "c1>ann"),
    Scene(
        "an offer ends idleness",
        ("c1 sales 10 @1", "c2 sales 10 @2", "c3 sales 10 @3"),
        ("ann 20 @0 sales:1", "bob 20 @5 sales:1"),
        "c1>ann c2>bob c3>ann",
    ),
    # Which contact.
    Scene("the older", ("c1 sales 10 @2", "c2 sales 10 @1"), ("ann 10 @0 sales:1",), "c2>ann"),
    Scene("the higher priority", ("c1 sales 10 @1", "c2 sales 10 @2 !1"), ("ann 10 @0 sales:1",), "c2>ann"),
    Scene("below ordinary", ("c1 sales 10 @1 !-1", "c2 sales 10 @2"), ("ann 10 @0 sales:1",), "c2>ann"),
    Scene("the id, of two as old", ("c2 sales 10 @1", "c1 sales 10 @1"), ("ann 10 @0 sales:1",), "c1>ann"),
    Scene("across queues by age, not level", ("c1 sales 10 @2", "c2 help 10 @1"), ("ann 10 @0 sales:9 help:1",), "c2>ann"),
    Scene(
        "the best contact chooses first",
        ("c1 sales 10 @2", "c2 help 10 @1"),
        ("ann 10 @0 sales:2 help:2", "bob 10 @0 sales:1"),
        "c2>ann c1>bob",
    ),
    # Room.
    Scene("too heavy for the room left", ("c1 sales 20 @1",), ("ann 10 @0 sales:1",), ""),
    Scene("too heavy starves nobody", ("c1 sales 99 @1 !9", "c2 sales 10 @2"), ("ann 50 @0 sales:1",), "c2>ann"),
    Scene("the heavy one to whom has room", ("c1 sales 20 @1",), ("ann 10 @0 sales:9", "bob 20 @9 sales:1"), "c1>bob"),
    Scene("to the last unit", ("c1 sales 20 @1", "c2 sales 10 @2", "c3 sales 10 @3"), ("ann 30 @0 sales:1",), "c1>ann c2>ann"),
    Scene("what fits goes past what does not", ("c1 sales 20 @1", "c2 sales 20 @2", "c3 sales 10 @3"), ("ann 30 @0 sales:1",),
          "c1>ann c3>ann"),
    # Held for one agent.
    Scene("held: not for others", ("c1 sales 10 @1 for:ann until:200",), ("bob 10 @0 sales:1",), "", due=200),
    Scene("held: for the one", ("c1 sales 10 @1 for:ann until:200",), ("ann 10 @9 sales:1", "bob 10 @0 sales:2"), "c1>ann"),
    Scene("held: without the skill", ("c1 sales 10 @1 for:ann",), ("ann 10 @0 help:1",), "c1>ann"),
    Scene("held: before its ring", ("c1 sales 10 @99 for:ann",), ("ann 10 @0 sales:1",), "c1>ann", ("sales 0:3 30:1",)),
    Scene("held: to the instant", ("c1 sales 10 @1 for:ann until:100",), ("bob 10 @0 sales:1",), "c1>bob"),
    Scene("held: until the very end", ("c1 sales 10 @1 for:ann until:100.1",), ("bob 10 @0 sales:1",), "", due=100.1),
    Scene("held for ever", ("c1 sales 10 @1 for:ann",), ("bob 10 @0 sales:1",), ""),
    Scene("held: at its own rank", ("c1 sales 10 @1", "c2 sales 10 @2 for:ann"), ("ann 10 @0 sales:1",), "c1>ann"),
    Scene("held: at its own rank, first", ("c1 sales 10 @2", "c2 sales 10 @1 for:ann"), ("ann 10 @0 sales:1",), "c2>ann"),
    Scene("held no more: its own rank", ("c1 sales 10 @2", "c2 sales 10 @1 for:ann until:99"), ("bob 10 @0 sales:1",), "c2>bob"),
    Scene("held: heavy hides no light", ("c1 sales 20 @1 for:ann", "c2 sales 10 @2 for:ann"), ("ann 10 @0 sales:1",), "c2>ann"),
    Scene("held, and declined by the one", ("c1 sales 10 @1 for:ann until:200 not:ann",), ("ann 10 @0 sales:1",), "", due=200),
    # Declined.
    Scene("declined: to the next best", ("c1 sales 10 @1 not:ann",), ("ann 10 @0 sales:9", "bob 10 @0 sales:1"), "c1>bob"),
    Scene("declined by all", ("c1 sales 10 @1 not:ann,bob",), ("ann 10 @0 sales:9", "bob 10 @0 sales:1"), ""),
    Scene("declined: the agent gets the next", ("c1 sales 10 @1 not:ann", "c2 sales 10 @2"), ("ann 10 @0 sales:1",), "c2>ann"),
    Scene(
        "declined in turn",
        ("c1 sales 10 @1 not:ann", "c2 sales 10 @2 not:bob", "c3 sales 10 @3 not:ann,bob"),
        ("ann 90 @0 sales:1", "bob 90 @0 sales:1"),
        "c1>bob c2>ann",
    ),
    Scene(
        "declined in turn, and nobody jumped",
        ("c1 sales 10 @1 not:ann,bob", "c2 sales 10 @2 not:ann", "c3 sales 10 @3"),
        ("ann 10 @0 sales:1", "bob 10 @0 sales:1"),
        "c2>bob c3>ann",
    ),
    Scene(
        "declined by those the ring lets in",
        ("c1 sales 10 @50 not:ann", "c2 sales 10 @60"),
        ("ann 10 @0 sales:3", "bob 10 @0 sales:1"),
        "c2>ann",
        ("sales 0:3 80:1",),
        due=130,
    ),
    # Rings.
    Scene("ring: too young", ("c1 sales 10 @90",), ("ann 10 @0 sales:2",), "", ("sales 0:3 30:2 60:1",), due=120),
    Scene("ring: to the instant", ("c1 sales 10 @70",), ("ann 10 @0 sales:2",), "c1>ann", ("sales 0:3 30:2",)),
    Scene("ring: level enough at once", ("c1 sales 10 @100",), ("ann 10 @0 sales:3",), "c1>ann", ("sales 0:3 30:2",)),
    Scene("ring: the better even when wide", ("c1 sales 10 @1",), ("ann 10 @0 sales:1", "bob 10 @9 sales:3"), "c1>bob",
          ("sales 0:3 30:1",)),
    Scene("ring: never low enough", ("c1 sales 10 @1",), ("ann 10 @0 sales:1",), "", ("sales 0:3 30:2",)),
    Scene("ring: written in any order", ("c1 sales 10 @90",), ("ann 10 @0 sales:1",), "c1>ann", ("sales 30:3 0:1",)),
    Scene("ring: before the first, nobody", ("c1 sales 10 @90",), ("ann 10 @0 sales:9",), "", ("sales 20:1",), due=110),
    Scene("ring: older but lower priority", ("c1 sales 10 @1", "c2 sales 10 @90 !5"), ("ann 10 @0 sales:1",), "c1>ann",
          ("sales 30:1",)),
    Scene("ring: the best declined, the next is due", ("c1 sales 10 @90 not:ann",), ("ann 10 @0 sales:3", "bob 10 @0 sales:1"), "",
          ("sales 20:3 40:1",), due=130),
    Scene("ring: the best declined the oldest", ("c1 sales 10 @85 not:ann", "c2 sales 10 @90"),
          ("ann 10 @0 sales:3", "bob 10 @0 sales:1"), "", ("sales 20:3 40:1",), due=110),
    Scene("ring: the oldest before what the best may have", ("c1 sales 10 @65 not:ann", "c2 sales 10 @90"),
          ("ann 10 @0 sales:3", "bob 10 @0 sales:1"), "", ("sales 20:3 40:1",), due=105),
    Scene("ring: of another queue", ("c1 sales 10 @90",), ("ann 10 @0 sales:1",), "c1>ann", ("help 30:1",)),
    Scene("ring: nobody free, nothing due", ("c1 sales 10 @90",), ("ann 0 @0 sales:1",), "", ("sales 30:1",)),
    Scene("ring: no room for it, nothing due", ("c1 sales 20 @90",), ("ann 10 @0 sales:1",), "", ("sales 30:1",)),
]  # fmt: skip


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.about)
@pytest.mark.parametrize("seats_first", [False, True])
def test_scene(scene: Scene, seats_first: bool) -> None:
    rings = dict(ring(text) for text in scene.rings)
    contacts, seats = [contact(text) for text in scene.contacts], [seat(text) for text in scene.seats]
    router = Router(rings)
    for tell in (False, True):
        for value in seats if tell is seats_first else contacts:
            router.seat(value) if isinstance(value, Seat) else router.wait(value)
    naive = NaiveRouter(rings, {one.contact: one for one in contacts}, {one.agent: one for one in seats})

    assert router.assign(at(scene.now)) == offers(scene.offered)
    assert naive.assign(at(scene.now)) == offers(scene.offered), "the oracle is wrong"
    assert router.due() == (None if scene.due is None else at(scene.due))
    assert router.sweep(at(scene.now)) == []


def test_every_scene_has_a_name_of_its_own() -> None:
    assert len({scene.about for scene in SCENES}) == len(SCENES)
