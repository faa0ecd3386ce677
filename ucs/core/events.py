"""What can happen to a contact, in the past tense. `contact.step` takes one of these; the journal keeps them.

They are the platform's events (`channels.events`) with everything looked up: a message is a number within the contact,
a file is an id of the media cache, an agent is an id of the tenant. `of` is always the number of the entry meant.
An agent's events carry the `epoch` that the agent's screen knew; an old one is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, TypeAlias

import orjson
from pydantic import TypeAdapter

from channels.copies import Copies
from channels.events import Author, ReplyToken, Status
from channels.parts import Parts
from channels.robot import To
from channels.value import value
from ucs.core.lexicon import Mark


@value(frozen=True, slots=True)
class CustomerSpoke:
    """The customer said something. `platform` is the platform's id of it, `client` the id the customer's own page gave it,
    `sent_at` when it happened by the platform's clock, `fields` what a form before it was answered with: claims, all of them,
    `thread` what keeps an answer with it on its platform."""

    parts: Parts
    sent_at: datetime
    platform: str = ""
    client: str = ""
    author: Author | None = None
    reply_to: int | None = None
    reply_token: ReplyToken | None = None
    read_token: str = ""
    album: str = ""
    agent: str = ""  # whom the customer talked to last time, if that is recent
    quote_token: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()  # what the word lists found in it
    thread: str = ""
    copies: Copies | None = None  # who else got it


@dataclass(frozen=True, slots=True)
class CustomerTapped:
    """The customer pressed a button. `label` is what it said.

    `typed`: there was nothing to press, and this is what was written instead, the number or the label. Then it was a message
    of the platform's, with the rest that a message has."""

    payload: str
    sent_at: datetime
    label: str = ""
    of: int | None = None
    client: str = ""
    reply_token: ReplyToken | None = None
    fields: dict[str, str] = field(default_factory=dict)
    agent: str = ""
    typed: str = ""
    platform: str = ""
    author: Author | None = None
    read_token: str = ""
    quote_token: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True)
class CustomerEdited:
    of: int
    parts: Parts
    quote_token: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerRecalled:
    of: int


@dataclass(frozen=True, slots=True)
class CustomerReacted:
    of: int
    emoji: str
    removed: bool = False


@dataclass(frozen=True, slots=True)
class CustomerRenamed:
    name: str


@dataclass(frozen=True, slots=True)
class CustomerReceived:
    """The customer's page has everything up to entry `of`. Platforms report that with a status for each message instead."""

    of: int


@dataclass(frozen=True, slots=True)
class CustomerRead:
    """The customer has seen everything up to entry `of`."""

    of: int


@dataclass(frozen=True, slots=True)
class CustomerRated:
    """The customer said how it went: `score` from 1, the worst, to 5."""

    score: int
    comment: str = ""


@dataclass(frozen=True, slots=True)
class CustomerEnded:
    """The customer closed the chat."""


@dataclass(frozen=True, slots=True)
class CustomerLeft:
    """The customer blocked us or left the platform: nothing can be delivered any more."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class CustomerAsked:
    """The customer asked for a human by the button that is there for it."""


@dataclass(frozen=True, slots=True)
class RobotSpoke:
    """The robot said something in its turn. With its `last` word the turn is over; what is told of the turn is told with that."""

    robot: str
    epoch: int
    turn: int
    parts: Parts
    last: bool = True
    understood: bool = True
    confidence: float | None = None
    intent: str = ""
    slots: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class RobotWaited:
    """The robot has nothing to say, and waits for the customer."""

    robot: str
    epoch: int
    turn: int
    understood: bool = True
    confidence: float | None = None
    intent: str = ""
    slots: dict[str, str] = field(default_factory=dict)
    summary: str = ""


@dataclass(frozen=True, slots=True)
class RobotHandedOver:
    """The robot gives the contact to people: to this queue or this agent, or to whom the policy says."""

    robot: str
    epoch: int
    turn: int
    reason: str
    queue: str = ""
    to_agent: str = ""
    summary: str = ""
    confidence: float | None = None
    intent: str = ""
    slots: dict[str, str] = field(default_factory=dict)
    to: To = To.NAMED


@dataclass(frozen=True, slots=True)
class RobotClosed:
    """The robot is done, and so is the contact."""

    robot: str
    epoch: int
    turn: int
    reason: str
    slots: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RobotFailed:
    """A turn came to nothing: `failure` is the error's class, `reason` the sentence for people."""

    robot: str
    epoch: int
    turn: int
    failure: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GivenBack:
    """The agent gives the contact (back) to the robot, and tells it what the human part was."""

    agent: str
    epoch: int
    summary: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class AgentSpoke:
    agent: str
    epoch: int
    parts: Parts
    client: str = ""
    reply_to: int | None = None
    marks: tuple[Mark, ...] = ()
    copies: Copies | None = None  # who else is to get it


@dataclass(frozen=True, slots=True)
class AgentNoted:
    """A private note: colleagues see it, the customer never does. `to`: it is a whisper, meant for this agent, who talks."""

    agent: str
    text: str
    client: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class AgentForwarded:
    """The agent sends what the customer said in entry `of` on to somebody else, with a note. `along`: those of its files that
    go with it; nothing said: all of them. The customer never sees it."""

    agent: str
    epoch: int
    of: int
    recipients: tuple[str, ...]
    note: str = ""
    along: tuple[str, ...] | None = None
    client: str = ""
    marks: tuple[Mark, ...] = ()  # what the word lists found in the note


@dataclass(frozen=True, slots=True)
class AgentRecalled:
    agent: str
    epoch: int
    of: int


@dataclass(frozen=True, slots=True)
class AgentRead:
    """The agent has seen everything up to entry `of`."""

    agent: str
    epoch: int
    of: int


@dataclass(frozen=True, slots=True)
class Accepted:
    agent: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Declined:
    agent: str
    epoch: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Transferred:
    """The agent gives the contact to another queue or to another agent: exactly one of the two is named."""

    agent: str
    epoch: int
    to_queue: str = ""
    to_agent: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A supervisor takes the contact: out of the queue, or from the agent who is offered it or talks."""

    agent: str
    epoch: int


@dataclass(frozen=True, slots=True)
class AgentClosed:
    agent: str
    epoch: int


@dataclass(frozen=True, slots=True)
class WrappedUp:
    agent: str
    epoch: int
    code: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """Routing has found an agent with room. `epoch` is the contact's when routing was asked: advice on an old one is refused.

    `for_all`: the agent for whom the contact was held is not there, so that there is nobody to wait for."""

    agent: str
    epoch: int | None = None
    for_all: bool = False


@dataclass(frozen=True, slots=True)
class AgentLost:
    """The agent is gone: signed out, or not heard of for longer than the grace period."""

    agent: str


@dataclass(frozen=True, slots=True)
class Placed:
    """The contact has its place in the queue it just entered; `minutes` is the estimated wait, if it can be told."""

    queue: str
    position: int
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class QueueFull:
    queue: str


@dataclass(frozen=True, slots=True)
class DueReached:
    """The time in `Contact.due_at` has come."""


@dataclass(frozen=True, slots=True)
class StatusReported:
    """How far our message `of` has come; `platform` are the platform's ids of it, once they are known, and `quote_tokens` what
    quoting one of them takes."""

    of: int
    status: Status
    reason: str = ""
    code: str = ""
    platform: tuple[str, ...] = ()
    quote_tokens: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GivenUp:
    """An admin lets a dead letter about entry `of` go: what was to be done (`kind`: send, forward, recall, fetch) is
    not tried again."""

    of: int
    kind: str
    by: str


@dataclass(frozen=True, slots=True)
class MediaSettled:
    """A file that was pending is ready, or will never be."""

    media: str
    ready: bool
    reason: str = ""
    name: str = ""
    mime: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """An admin ends the contact, whatever state it is in."""

    by: str
    reason: str = ""


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
    | StatusReported
    | GivenUp
    | MediaSettled
    | Ended
)

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
