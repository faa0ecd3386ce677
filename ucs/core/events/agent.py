"""What people of the centre do, agents and supervisors. Each carries the `epoch` that the screen knew: an old one is refused."""

from __future__ import annotations

from channels.copies import Copies
from channels.parts import Parts
from channels.value import value
from ucs.core.lexicon import Mark


@value
class GivenBack:
    """The agent gives the contact (back) to the robot, and tells it what the human part was."""

    agent: str
    epoch: int
    summary: str = ""
    code: str = ""


@value
class AgentSpoke:
    agent: str
    epoch: int
    parts: Parts
    client: str = ""
    reply_to: int | None = None
    marks: tuple[Mark, ...] = ()
    copies: Copies | None = None  # who else is to get it


@value
class AgentNoted:
    """A private note: colleagues see it, the customer never does. `to`: it is a whisper, meant for this agent, who talks."""

    agent: str
    text: str
    client: str = ""
    to: str = ""


@value
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


@value
class AgentRecalled:
    agent: str
    epoch: int
    of: int


@value
class AgentRead:
    """The agent has seen everything up to entry `of`."""

    agent: str
    epoch: int
    of: int


@value
class Accepted:
    agent: str
    epoch: int


@value
class Declined:
    agent: str
    epoch: int
    reason: str = ""


@value
class Transferred:
    """The agent gives the contact to another queue or to another agent: exactly one of the two is named."""

    agent: str
    epoch: int
    to_queue: str = ""
    to_agent: str = ""
    note: str = ""


@value
class TakenOver:
    """A supervisor takes the contact: out of the queue, or from the agent who is offered it or talks."""

    agent: str
    epoch: int


@value
class AgentClosed:
    agent: str
    epoch: int


@value
class WrappedUp:
    agent: str
    epoch: int
    code: str = ""
    note: str = ""
