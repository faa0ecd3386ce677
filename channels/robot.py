"""The other contract: what someone who adds a text robot writes. See `channels/adapter.py` for its twin.

A robot is asked once a *turn*: something has happened that is its turn to answer. It gets all it may know as one value, `Turn`, and
gives back all it wants as another, `Words`. It keeps nothing between turns but what it hands back as `memory`, so that
a restart, a second node or a repeated attempt changes nothing. What becomes of its words is the core's decision: whether they
come too late, whom a contact goes to that is handed over, when a robot has failed too often.

`turn` is `async` and reaches the network only through the `http` it is handed. It raises `ChannelError`s only, `Unreachable` and
`Uncertain` for a service that does not answer, `Malformed` for one whose answer cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin

from channels.adapter import Config
from channels.parts import Parts
from channels.value import value
from channels.wire import Http

ConfigT = TypeVar("ConfigT", bound=Config)


class Why(StrEnum):
    """What makes it the robot's turn."""

    OPENED = "opened"  # the contact begins; `heard` is its first words
    HEARD = "heard"  # the customer said or pressed something
    RETURNED = "returned"  # a human gave the contact back; `returned` says what the human part was
    NOBODY_CAME = "nobody_came"  # the contact waited for a human in vain


@value
class Heard:
    """One thing the customer said, or pressed: then `payload` is what the button carried and `parts` its label."""

    seq: int
    at: datetime
    parts: Parts
    payload: str = ""


@value
class Told:
    """One earlier line of the contact: `by` is customer, robot, agent or system."""

    seq: int
    at: datetime
    by: str
    parts: Parts


@value
class Person:
    """The customer, as far as the robot may know. `fields` are claims unless `proven`."""

    id: str
    name: str = ""
    language: str = ""
    proven: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


@value
class Returned:
    """The human part that just ended: who talked, what was noted for the robot, how it was wrapped up."""

    agent: str
    summary: str = ""
    code: str = ""


@value
class Turn:
    """One turn.

    key       stays the same at every attempt of this very turn: an idempotency key
    contact   the contact's id
    why       what makes it the robot's turn
    heard     what the customer said since the robot's last turn, oldest first: quick messages come together
    told      the lines before, oldest first, the newest of them at most fifty
    person    the customer
    memory    what the robot handed back last time
    channel   the channel's id
    shows     what the customer's side can show, by part, such as "choices" and "image": a hint, everything is fitted anyway
    at        now
    until     when nobody waits for the answer any more
    open      whether humans are at work now, by the hours of the queue that a hand-over would lead to
    assist    a human talks and the robot is asked silently: its words are suggestions that only the agent sees
    """

    key: str
    contact: str
    why: Why
    heard: tuple[Heard, ...]
    at: datetime
    until: datetime
    told: tuple[Told, ...] = ()
    person: Person = Person("")
    memory: Mapping[str, Any] = field(default_factory=dict)
    channel: str = ""
    shows: frozenset[str] = frozenset()
    returned: Returned | None = None
    open: bool = True
    assist: bool = False


class To(StrEnum):
    """Whom a hand-over is for. It goes where the channel's policy says if there is no such queue or agent."""

    NAMED = ""  # the queue or the agent that is named, if one is
    QUEUE = "queue"  # the queue of the agent that is named: a colleague will do
    LAST = "last_agent"  # the agent this customer talked with last; the queue, if that agent is away


@value
class HandOver:
    """To a human: a queue or an agent if the robot knows which, else where the channel's policy says. `to` says it otherwise.

    `slots` is what was collected, shown to the agent as it is; it comes on top of the `slots` of `Words`."""

    reason: str
    queue: str = ""
    agent: str = ""
    summary: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    to: To = To.NAMED


@value
class Knowledge:
    """Something an agent may want to know now: what it is, what it says, where it stands, and how well it fits, from 0 to 1."""

    title: str
    text: str
    url: str = ""
    score: float | None = None


@value
class Words:
    """What the robot wants. All of `say` is said first, in order; then the contact is handed over, closed, or waits for the
    customer. Saying nothing and neither of the two is waiting.

    memory      kept until the next turn; None: as it was
    slots       what was newly collected: kept with the contact, so that a human has it too who comes without the robot's doing;
                an empty value forgets a slot
    summary     what it has been about so far, kept for the same human and replaced by the next one; a hand-over may have its own
    understood  False: the robot did not know what was meant, which policy counts
    confidence  0 to 1, if the robot can tell
    intent      what it took the customer to want
    knowledge   what it found for the agent; only where the turn says `assist`

    In a turn that says `assist` nothing is said: each message of `say` is a suggested reply, the best one first, and `hand_over`,
    `close`, `memory` and `slots` mean nothing.
    """

    say: tuple[Parts, ...] = ()
    hand_over: HandOver | None = None
    close: str = ""
    memory: Mapping[str, Any] | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
    understood: bool = True
    confidence: float | None = None
    intent: str = ""
    summary: str = ""
    knowledge: tuple[Knowledge, ...] = ()


class Robot(Generic[ConfigT]):
    """One kind of robot. Subclass it as `class Flow(Robot[FlowConfig])` and set `name`, which is also its name in `plugins.toml`."""

    name: ClassVar[str]
    title: ClassVar[str] = ""
    Config: ClassVar[type[Config]]

    def __init_subclass__(cls) -> None:
        for base in getattr(cls, "__orig_bases__", ()):
            origin, arguments = get_origin(base), get_args(base)
            if isinstance(origin, type) and issubclass(origin, Robot) and isinstance(arguments[0], type):
                cls.Config = arguments[0]

    def __init__(self, config: ConfigT) -> None:
        self.config = config

    async def turn(self, turn: Turn, http: Http) -> Words:
        """Answer a turn within `turn.until`, or raise the `ChannelError` that says why not."""
        raise NotImplementedError

    async def aloud(self, turn: Turn, http: Http, show: Callable[[str], None]) -> Words:
        """`turn`, on a channel that can show words while they come: `show` is given all of the text so far, as often as the robot
        likes, and an empty one if it was not to be said after all. What counts is what comes back."""
        raise NotImplementedError

    async def ready(self) -> None:
        """Load what takes long, in a thread: called once when the server has started, or the robot was configured, and not waited
        for. A turn may come before it is done."""
        raise NotImplementedError

    async def ended(self, turn: Turn, http: Http) -> None:
        """The contact is over, or a human has it for good: tell a service that keeps sessions. Nobody waits for it."""
        raise NotImplementedError
