"""What a step wants done: values, performed by the engine in the same transaction or after it.

`Record` is the heart: the contact's timeline, numbered without gaps, is what everybody reads and resumes from.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

from channels.copies import Copies
from channels.events import ReplyToken
from channels.parts import Parts
from channels.robot import Why
from channels.value import value
from ucs.core.events import Event


class Shown(StrEnum):
    """Who may see an entry."""

    ALL = "all"  # the customer too
    AGENTS = "agents"


class Entry(NamedTuple):
    """One line of a contact's timeline. `by` is `customer`, `system`, `agent:ID` or `robot:ID`; `body` is JSON-ready.

    A named tuple and not a dataclass because several are made for every message.
    """

    contact: str
    seq: int
    at: datetime
    kind: str
    by: str
    body: dict[str, Any]
    shown: Shown = Shown.ALL


@value
class Record:
    """Write this line."""

    entry: Entry


@value
class Deliver:
    """Bring entry `seq` to the customer's platform. `automatic`: no human wrote it."""

    seq: int
    parts: Parts
    reply_token: ReplyToken | None = None
    reply_to: int | None = None
    copies: Copies | None = None
    automatic: bool = False


@value
class Forward:
    """Bring what the customer said in entry `of` to others; entry `seq` says so, and how far that has come."""

    seq: int
    of: int
    recipients: tuple[str, ...]
    note: str
    along: tuple[str, ...] | None = None


@value
class Retract:
    """Take entry `seq` of ours back on the platform, where it can be."""

    seq: int


@value
class Redact:
    """Hide what entry `seq` said: its text is removed and its files are deleted."""

    seq: int


@value
class MarkRead:
    """Tell the platform that everything up to entry `seq` has been read."""

    seq: int


@value
class End:
    """Tell the platform that the contact is over, as entry `seq` says."""

    seq: int


@value
class Place:
    """Find the contact's place in this queue and answer with `Placed` or, if the queue is full and `limited`, with
    `QueueFull`. Not limited is who comes from an agent: such a contact gets its place however long the queue is."""

    queue: str
    limited: bool = True


@value
class Hold:
    """Reserve room at the agent's seat for an offer."""

    agent: str
    weight: int


@value
class Take:
    """The offer was accepted: the reservation is now a contact."""

    agent: str


@value
class Give:
    """Put the contact at this agent's seat, whose agent asks for it: ready or not, but not beyond its capacity."""

    agent: str
    weight: int


@value
class Wrap:
    """The agent is in after-contact work for this contact."""

    agent: str


@value
class Free:
    """The agent no longer has the contact. `missed`: an offer ran out unanswered."""

    agent: str
    missed: bool = False


@value
class Ask:
    """It is the robot's turn: number `turn`, about the customer's words after line `after` and up to that one."""

    robot: str
    turn: int
    after: int
    why: Why


@value
class Succeed:
    """The contact is over: open its successor and let this happen to that."""

    event: Event


Effect: TypeAlias = (
    Record
    | Deliver
    | Forward
    | Retract
    | Redact
    | MarkRead
    | End
    | Place
    | Hold
    | Take
    | Give
    | Wrap
    | Free
    | Ask
    | Succeed
)
