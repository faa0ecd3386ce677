"""What nobody at a contact does: routing, the clock, platforms and the media cache report, and an admin steps in."""

from __future__ import annotations

from dataclasses import field

from channels.events import Status
from channels.value import value


@value
class Offered:
    """Routing has found an agent with room. `epoch` is the contact's when routing was asked: advice on an old one is refused.

    `for_all`: the agent for whom the contact was held is not there, so that there is nobody to wait for."""

    agent: str
    epoch: int | None = None
    for_all: bool = False


@value
class AgentLost:
    """The agent is gone: signed out, or not heard of for longer than the grace period."""

    agent: str


@value
class Placed:
    """The contact has its place in the queue it just entered; `minutes` is the estimated wait, if it can be told."""

    queue: str
    position: int
    minutes: int | None = None


@value
class QueueFull:
    queue: str


@value
class DueReached:
    """The time in `Contact.due_at` has come."""


@value
class ClockSetBack:
    """The time of day is `by` seconds less than a moment ago: what was put down before is further away than it was meant to be."""

    by: float


@value
class StatusReported:
    """How far our message `of` has come; `platform` are the platform's ids of it, once they are known, and `quote_tokens` what
    quoting one of them takes."""

    of: int
    status: Status
    reason: str = ""
    code: str = ""
    platform: tuple[str, ...] = ()
    quote_tokens: dict[str, str] = field(default_factory=dict)


@value
class GivenUp:
    """An admin lets a dead letter about entry `of` go: what was to be done (`kind`: send, forward, recall, fetch) is
    not tried again."""

    of: int
    kind: str
    by: str


@value
class MediaSettled:
    """A file that was pending is ready, or will never be."""

    media: str
    ready: bool
    reason: str = ""
    name: str = ""
    mime: str = ""
    size: int = 0


@value
class Ended:
    """An admin ends the contact, whatever state it is in."""

    by: str
    reason: str = ""
