"""What the robot does in its turn, or fails to do.

Each carries the `epoch` and the `turn` it was asked in: an answer to an older question is refused."""

from __future__ import annotations

from dataclasses import field

from channels.parts import Parts
from channels.robot import To
from channels.value import value
from ucs.core.lexicon import Mark


@value
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


@value
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


@value
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


@value
class RobotClosed:
    """The robot is done, and so is the contact."""

    robot: str
    epoch: int
    turn: int
    reason: str
    slots: dict[str, str] = field(default_factory=dict)


@value
class RobotFailed:
    """A turn came to nothing: `failure` is the error's class, `reason` the sentence for people."""

    robot: str
    epoch: int
    turn: int
    failure: str
    reason: str = ""
