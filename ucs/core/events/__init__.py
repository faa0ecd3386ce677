"""What can happen to a contact, in the past tense. `contact.step` takes one of these; the journal keeps them.

They are the platform's events (`channels.events`) with everything looked up: a message is a number within the contact,
a file is an id of the media cache, an agent is an id of the tenant. `of` is always the number of the entry meant.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeAlias

import orjson
from pydantic import TypeAdapter

from ucs.core.events.agent import (
    Accepted,
    AgentClosed,
    AgentForwarded,
    AgentNoted,
    AgentRead,
    AgentRecalled,
    AgentSpoke,
    Declined,
    GivenBack,
    TakenOver,
    Transferred,
    WrappedUp,
)
from ucs.core.events.customer import (
    CustomerAsked,
    CustomerEdited,
    CustomerEnded,
    CustomerLeft,
    CustomerRated,
    CustomerReacted,
    CustomerRead,
    CustomerRecalled,
    CustomerReceived,
    CustomerRenamed,
    CustomerSpoke,
    CustomerTapped,
)
from ucs.core.events.machine import (
    AgentLost,
    ClockSetBack,
    DueReached,
    Ended,
    GivenUp,
    MediaSettled,
    Offered,
    Placed,
    QueueFull,
    StatusReported,
)
from ucs.core.events.robot import (
    RobotClosed,
    RobotFailed,
    RobotHandedOver,
    RobotSpoke,
    RobotWaited,
)

Event: TypeAlias = (
    CustomerSpoke
    | CustomerTapped
    | CustomerEdited
    | CustomerRecalled
    | CustomerReacted
    | CustomerRenamed
    | CustomerReceived
    | CustomerRead
    | CustomerRated
    | CustomerEnded
    | CustomerLeft
    | CustomerAsked
    | RobotSpoke
    | RobotWaited
    | RobotHandedOver
    | RobotClosed
    | RobotFailed
    | GivenBack
    | AgentSpoke
    | AgentNoted
    | AgentForwarded
    | AgentRecalled
    | AgentRead
    | Accepted
    | Declined
    | Transferred
    | TakenOver
    | AgentClosed
    | WrappedUp
    | Offered
    | AgentLost
    | Placed
    | QueueFull
    | DueReached
    | ClockSetBack
    | StatusReported
    | GivenUp
    | MediaSettled
    | Ended
)

__all__ = [
    "EVENTS",
    "Accepted",
    "AgentClosed",
    "AgentForwarded",
    "AgentLost",
    "AgentNoted",
    "AgentRead",
    "AgentRecalled",
    "AgentSpoke",
    "ClockSetBack",
    "CustomerAsked",
    "CustomerEdited",
    "CustomerEnded",
    "CustomerLeft",
    "CustomerRated",
    "CustomerReacted",
    "CustomerRead",
    "CustomerRecalled",
    "CustomerReceived",
    "CustomerRenamed",
    "CustomerSpoke",
    "CustomerTapped",
    "Declined",
    "DueReached",
    "Ended",
    "Event",
    "GivenBack",
    "GivenUp",
    "MediaSettled",
    "Offered",
    "Placed",
    "QueueFull",
    "RobotClosed",
    "RobotFailed",
    "RobotHandedOver",
    "RobotSpoke",
    "RobotWaited",
    "StatusReported",
    "TakenOver",
    "Transferred",
    "WrappedUp",
    "event_from_json",
    "event_to_json",
]

EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__args__}
_ADAPTERS: dict[str, TypeAdapter[Event]] = {}


def event_to_json(event: Event) -> bytes:
    """An event as the journal keeps it: its name first, then its fields."""
    return orjson.dumps({"event": type(event).__name__, **{f.name: getattr(event, f.name) for f in fields(event)}})


def event_from_json(text: bytes | str) -> Event:
    """The event that `event_to_json` wrote. Raises `KeyError` for a name that today's code does not have."""
    values: dict[str, Any] = orjson.loads(text)
    name = values.pop("event")
    if name not in _ADAPTERS:
        _ADAPTERS[name] = TypeAdapter(EVENTS[name])
    return _ADAPTERS[name].validate_python(values)
