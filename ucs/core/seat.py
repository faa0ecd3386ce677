"""A seat: the agent as routing sees one. Skills with levels, capacity in units, what it carries, and its state.

The rules it lives by:

1. Nothing is offered beyond capacity: room is reserved when a contact is offered, not when it is accepted. Only a capacity
   that is lowered can lie below the load; what the seat carries then stays with it.
2. Presence is a lease, not a socket. A seat whose agent is not heard of is `lost` for a grace period in which nothing new is
   offered; when that ends its contacts go back to their queues and the seat is offline.
3. The agent chooses `idle` (ready) or `rest`; `busy` and `work` follow from what the seat carries.
4. Every sign-in raises `epoch`; what an older sign-in still sends is refused.

`step(seat, event, now) -> (seat, lost contacts)` is pure. The one thing it asks for is that the contacts it names go back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TypeAlias

import orjson
from pydantic import TypeAdapter

from channels.errors import Refused
from channels.value import value

MISSED_LIMIT = 3  # offers in a row that may run out before the seat is sent to rest


class SeatState(StrEnum):
    OFFLINE = "offline"
    IDLE = "idle"
    BUSY = "busy"
    REST = "rest"
    WORK = "work"


class Stage(StrEnum):
    """How far a contact at a seat is."""

    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap_up"


@value
class Carried:
    """One contact at a seat: the units it takes, and its stage."""

    weight: int
    stage: Stage


@value
class Seat:
    """The state of one seat.

    chosen      what the agent chose: offline, idle or rest, with `reason`
    since       when `state` last changed
    idle_since  when the seat last got a contact or became ready: who is idle longest is asked first
    missed      offers in a row that ran out
    lost_at     when the agent was last heard of, while the grace period runs
    """

    agent: str
    tenant: str
    capacity: int = 100
    chosen: SeatState = SeatState.OFFLINE
    reason: str = ""
    since: datetime | None = None
    idle_since: datetime | None = None
    carries: Mapping[str, Carried] = field(default_factory=dict)
    missed: int = 0
    lost_at: datetime | None = None
    epoch: int = 0

    @property
    def load(self) -> int:
        """Units taken."""
        return sum(carried.weight for carried in self.carries.values())

    @property
    def free(self) -> int:
        """Units an offer may take now: none unless the agent is ready and heard of."""
        if self.chosen is not SeatState.IDLE or self.lost_at is not None:
            return 0
        return max(0, self.capacity - self.load)

    @property
    def state(self) -> SeatState:
        """What colleagues and supervisors see."""
        if self.chosen is not SeatState.IDLE:
            return self.chosen
        if any(carried.stage is Stage.WRAP_UP for carried in self.carries.values()) and not any(
            carried.stage is Stage.TALKING for carried in self.carries.values()
        ):
            return SeatState.WORK
        return SeatState.BUSY if self.carries and self.load >= self.capacity else SeatState.IDLE


@value
class SignedIn:
    """A new sign-in; the seat is at rest until the agent says ready, unless it was ready when its agent got lost."""


@value
class SignedOut:
    """The agent goes home. What the seat carries goes back to its queues."""

    reason: str = ""


@value
class StateChosen:
    """The agent, or a supervisor for the agent, chose ready (`idle`) or `rest`."""

    state: SeatState
    reason: str = ""


@value
class CapacitySet:
    capacity: int


@value
class Unheard:
    """The presence lease ran out."""


@value
class HeardAgain:
    """The agent is back within the grace period."""


@value
class GraceOver:
    """The grace period ended without the agent."""


@value
class Held:
    """Room is reserved for a contact that is being offered."""

    contact: str
    weight: int


@value
class Taken:
    contact: str


@value
class Given:
    """The agent takes over a contact that was not offered: being ready is no condition, having room is."""

    contact: str
    weight: int


@value
class Wrapping:
    contact: str


@value
class Freed:
    contact: str
    missed: bool = False


SeatEvent: TypeAlias = (
    SignedIn
    | SignedOut
    | StateChosen
    | CapacitySet
    | Unheard
    | HeardAgain
    | GraceOver
    | Held
    | Taken
    | Given
    | Wrapping
    | Freed
)


def step(seat: Seat, event: SeatEvent, now: datetime) -> tuple[Seat, tuple[str, ...]]:
    """What becomes of `seat`, and the contacts that go back to their queues. Raises `Refused` and changes nothing."""
    before = seat.state
    after, back = _next(seat, event, now)
    if after.state is not before:
        after = replace(after, since=now)
    return after, back


def _next(seat: Seat, event: SeatEvent, now: datetime) -> tuple[Seat, tuple[str, ...]]:
    match event:
        case SignedIn():
            chosen = SeatState.REST if seat.chosen is SeatState.OFFLINE else seat.chosen
            return replace(seat, chosen=chosen, reason="", lost_at=None, missed=0, epoch=seat.epoch + 1), ()
        case SignedOut(reason=reason):
            return _offline(seat, reason)
        case StateChosen(state=state, reason=reason):
            return _choose(seat, state, reason, now), ()
        case CapacitySet(capacity=capacity):
            if capacity < 0:
                raise Refused(f"A seat's capacity is 0 or more units, not {capacity}.")
            return replace(seat, capacity=capacity), ()
        case Unheard():
            return (seat if seat.chosen is SeatState.OFFLINE else replace(seat, lost_at=seat.lost_at or now)), ()
        case HeardAgain():
            return replace(seat, lost_at=None), ()
        case GraceOver():
            return (seat, ()) if seat.lost_at is None else _offline(seat, "lost")
        case Held(contact=contact, weight=weight):
            return _hold(seat, contact, weight, now), ()
        case Taken(contact=contact):
            return replace(_staged(seat, contact, Stage.TALKING), missed=0), ()
        case Given(contact=contact, weight=weight):
            return _given(seat, contact, weight, now), ()
        case Wrapping(contact=contact):
            return _staged(seat, contact, Stage.WRAP_UP), ()
        case Freed(contact=contact, missed=missed):
            return _freed(seat, contact, missed), ()


def _offline(seat: Seat, reason: str) -> tuple[Seat, tuple[str, ...]]:
    gone = replace(seat, chosen=SeatState.OFFLINE, reason=reason, lost_at=None, missed=0)
    return gone, tuple(seat.carries)


def _choose(seat: Seat, state: SeatState, reason: str, now: datetime) -> Seat:
    if state not in (SeatState.IDLE, SeatState.REST):
        raise Refused(f"A seat can be set to idle or rest, not to {state}.")
    if seat.chosen is SeatState.OFFLINE:
        raise Refused(f"Agent {seat.agent} is signed out: sign in first.")
    ready = state is SeatState.IDLE and seat.chosen is not SeatState.IDLE
    return replace(seat, chosen=state, reason=reason, missed=0, idle_since=now if ready else seat.idle_since)


def _hold(seat: Seat, contact: str, weight: int, now: datetime) -> Seat:
    if contact in seat.carries:
        raise Refused(f"Agent {seat.agent} already has contact {contact}.")
    if seat.chosen is not SeatState.IDLE or seat.lost_at is not None:
        raise Refused(f"Agent {seat.agent} is not ready for contact {contact}: the seat is {_words(seat)}.")
    if weight > seat.free:
        units = "unit" if seat.free == 1 else "units"
        raise Refused(f"Agent {seat.agent} has {seat.free} free {units} and contact {contact} takes {weight}.")
    return replace(seat, carries={**seat.carries, contact: Carried(weight, Stage.OFFERED)}, idle_since=now)


def _given(seat: Seat, contact: str, weight: int, now: datetime) -> Seat:
    if contact in seat.carries:
        raise Refused(f"Agent {seat.agent} already has contact {contact}.")
    if seat.chosen is SeatState.OFFLINE or seat.lost_at is not None:
        raise Refused(f"Agent {seat.agent} is not there for contact {contact}: the seat is {_words(seat)}.")
    if weight > seat.capacity - seat.load:
        raise Refused(
            f"Agent {seat.agent} carries {seat.load} of {seat.capacity} units and contact {contact} takes {weight}: "
            "close or transfer one first."
        )
    return replace(seat, carries={**seat.carries, contact: Carried(weight, Stage.TALKING)}, idle_since=now)


def _staged(seat: Seat, contact: str, stage: Stage) -> Seat:
    carried = seat.carries.get(contact)
    if carried is None:
        raise Refused(f"Agent {seat.agent} does not have contact {contact}.")
    return replace(seat, carries={**seat.carries, contact: replace(carried, stage=stage)})


def _words(seat: Seat) -> str:
    return "not heard of" if seat.lost_at is not None else str(seat.chosen)


def _freed(seat: Seat, contact: str, missed: bool) -> Seat:
    if contact not in seat.carries:  # given back already: nothing to free, nothing missed
        return seat
    carries = {key: carried for key, carried in seat.carries.items() if key != contact}
    seat = replace(seat, carries=carries, missed=seat.missed + 1 if missed else seat.missed)
    if seat.missed >= MISSED_LIMIT and seat.chosen is SeatState.IDLE:
        return replace(seat, chosen=SeatState.REST, reason="missed_offers")
    return seat


def seat_to_json(seat: Seat) -> bytes:
    """A seat as the store keeps it."""
    return orjson.dumps(seat)


def seat_from_json(text: bytes | str) -> Seat:
    """The seat that `seat_to_json` wrote."""
    return _reader().validate_python(orjson.loads(text))


@cache
def _reader() -> TypeAdapter[Seat]:
    """Built when the first one is read: that takes longer than to import this."""
    return TypeAdapter(Seat)
