"""Every standing of a seat against every event: `golden/seat_table.txt` says what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from typing import get_args

import pytest

from channels.errors import Refused
from tests.core.golden import check_titles, read, spell
from tests.core.standing import NOW, START, after
from ucs.core import seat as s
from ucs.core.seat import Carried, Seat, SeatEvent, SeatState, Stage, seat_from_json, seat_to_json, step

FILE = "seat_table.txt"

_OFFLINE = Seat("ann", "acme", capacity=20)
_READY = replace(_OFFLINE, chosen=SeatState.IDLE, since=START, idle_since=START, epoch=1)


def _with(seat: Seat, **stages: Stage) -> Seat:
    return replace(seat, carries={contact: Carried(10, stage) for contact, stage in stages.items()})


STANDING: dict[str, Seat] = {
    "offline": _OFFLINE,
    "rest": replace(_READY, chosen=SeatState.REST, reason="lunch"),
    "ready": _READY,
    "ready, one offered": _with(_READY, c1=Stage.OFFERED),
    "ready, one missed so far": replace(_with(_READY, c1=Stage.OFFERED), missed=1),
    "ready, two missed so far": replace(_with(_READY, c1=Stage.OFFERED), missed=2),
    "ready, one talking": _with(_READY, c1=Stage.TALKING),
    "ready, one in wrap-up": _with(_READY, c1=Stage.WRAP_UP),
    "ready, one in wrap-up and one talking": _with(_READY, c1=Stage.WRAP_UP, c3=Stage.TALKING),
    "busy": _with(_READY, c1=Stage.TALKING, c3=Stage.OFFERED),
    "rest, one talking": replace(_with(_READY, c1=Stage.TALKING), chosen=SeatState.REST, reason="soon"),
    "lost": replace(_READY, lost_at=after(30)),
    "lost, one talking": replace(_with(_READY, c1=Stage.TALKING), lost_at=after(30)),
}

EVENTS: dict[str, SeatEvent] = {
    "signed in": s.SignedIn(),
    "signed out": s.SignedOut("home"),
    "chose idle": s.StateChosen(SeatState.IDLE),
    "chose rest": s.StateChosen(SeatState.REST, "tea"),
    "chose busy": s.StateChosen(SeatState.BUSY),
    "capacity 10": s.CapacitySet(10),
    "capacity 0": s.CapacitySet(0),
    "capacity -1": s.CapacitySet(-1),
    "unheard": s.Unheard(),
    "heard again": s.HeardAgain(),
    "grace over": s.GraceOver(),
    "held c2": s.Held("c2", 10),
    "held c2, all the room": s.Held("c2", 20),
    "held c2, more than there is": s.Held("c2", 21),
    "held c2, weightless": s.Held("c2", 0),
    "held c1": s.Held("c1", 5),
    "taken c1": s.Taken("c1"),
    "given c2": s.Given("c2", 10),
    "given c2, more than there is": s.Given("c2", 21),
    "given c1": s.Given("c1", 10),
    "wrapping c1": s.Wrapping("c1"),
    "freed c1": s.Freed("c1"),
    "freed c1, missed": s.Freed("c1", missed=True),
    "freed c9, missed": s.Freed("c9", missed=True),
}


def outcome(seat: Seat, event: SeatEvent) -> str:
    try:
        after, back = step(seat, event, NOW)
    except Refused as refusal:
        return f"refused: {refusal}"
    pairs = [(field.name, getattr(seat, field.name), getattr(after, field.name)) for field in fields(Seat)]
    pairs += [(name, getattr(seat, name), getattr(after, name)) for name in ("state", "load", "free")]
    changes = [f"{name}: {spell(old, START)} → {spell(new, START)}" for name, old, new in pairs if old != new]
    return "\n".join([*changes, *(f"> back to its queue: {contact}" for contact in back)]) or "nothing"


CELLS: dict[str, Callable[[], str]] = {
    f"{standing} × {event}": partial(outcome, STANDING[standing], EVENTS[event])
    for event in EVENTS
    for standing in STANDING
}


def test_every_event_is_tried() -> None:
    assert {type(event) for event in EVENTS.values()} == set(get_args(SeatEvent))
    assert {seat.state for seat in STANDING.values()} == set(SeatState)


def test_the_table_has_exactly_these_cells(request: pytest.FixtureRequest) -> None:
    check_titles(FILE, CELLS, request)


@pytest.mark.parametrize("title", CELLS)
def test_cell(title: str) -> None:
    assert CELLS[title]() == read(FILE)[title]


@pytest.mark.parametrize("standing", STANDING)
def test_what_the_store_keeps_is_the_seat(standing: str) -> None:
    assert seat_from_json(seat_to_json(STANDING[standing])) == STANDING[standing]


@pytest.mark.parametrize(("capacity", "says"), [(1, "1 free unit and"), (2, "2 free units and")])
def test_what_a_seat_has_left_is_told_in_the_right_number(capacity: int, says: str) -> None:
    with pytest.raises(Refused, match=says):
        step(replace(_READY, capacity=capacity), s.Held("c1", 10), NOW)
