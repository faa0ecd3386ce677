"""What a tenant has decided: the rules a contact lives by, as plain values.

The admin API and `center.toml` are turned into these once, when the configuration changes; `contact.step` is handed the
`Policy` of the contact's channel and never looks anything up. Texts may name `{agent}`, `{queue}`, `{position}` and
`{minutes}`, which are replaced literally and nothing else is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Literal

from channels.manifest import Sends
from channels.value import value
from ucs.core.hours import ALWAYS, Hours
from ucs.core.lexicon import Lexicon
from ucs.core.routing import Ring


@value
class Queue:
    """A skill queue: where contacts wait for a skill, and what becomes of those who wait too long."""

    id: str
    name: str = ""
    hours: Hours = ALWAYS
    when_closed: Literal["wait", "close"] = "close"  # outside working hours, when no overflow queue is open either
    closed_text: str = ""
    rings: tuple[Ring, ...] = ()
    offer_for: timedelta = timedelta(seconds=30)
    declined_for: timedelta = timedelta(seconds=60)  # how long an agent who let an offer pass is spared this contact
    max_wait: timedelta | None = None
    on_max_wait: Literal["close", "stay"] = "close"
    max_wait_text: str = ""
    max_length: int | None = None
    full_text: str = ""
    overflow: str = ""  # the queue that takes what this one cannot
    queued_text: str = ""
    wrap_up_for: timedelta = timedelta(seconds=60)


@value
class Silence:
    """The customer has not answered for `after`: say this, and perhaps close."""

    after: timedelta
    say: str = ""
    close: bool = False


@value
class RobotRules:
    """When a robot talks in a channel, and when a human does. `robot` is the id of one of the tenant's.

    first            the robot talks first; else it talks only when the queue is closed, when nobody came, and when given a contact
    keywords         a message that is one of these asks for a human, whatever its case, width and punctuation
    keywords_within  so does a message that has one of these in it
    payload          so does a button that carries this
    misunderstood    so many turns in a row that the robot did not understand; None: any number
    confidence       what it is at least to be sure of
    failures         so many failed attempts at one turn
    turn_within      how long a turn may take
    gather_for       how long quick words are waited for, to be one turn; zero: only those that come during a turn are put together
    outside_hours    when no human is at work: the robot goes on, or the queue's own rule applies
    nobody_came      when the queue is full, or the longest wait is over: back to the robot, or the queue's own rule applies
    queue, priority  of who is handed over; an empty queue is the channel's
    handed_over_text to the customer, when a human is called
    closed_text      to the customer, when none is at work and the robot goes on
    returned_text    to the customer, when the robot has the contact back
    """

    robot: str
    name: str = ""
    first: bool = True
    keywords: tuple[str, ...] = ()
    keywords_within: tuple[str, ...] = ()
    payload: str = "TRANS2AGENT"
    misunderstood: int | None = 3
    confidence: float | None = None
    failures: int = 1
    turn_within: timedelta = timedelta(seconds=10)
    gather_for: timedelta = timedelta(0)
    outside_hours: Literal["robot", "queue"] = "robot"
    nobody_came: Literal["robot", "queue"] = "queue"
    queue: str = ""
    priority: int | None = None
    handed_over_text: str = ""
    closed_text: str = ""
    returned_text: str = ""


@value
class Policy:
    """How contacts of one channel are treated."""

    queue: str
    queues: Mapping[str, Queue] = field(default_factory=dict)
    weight: int = 10  # how many units of an agent's capacity one contact takes
    priority: int = 0
    welcome_text: str = ""  # to the first message of a contact
    joined_text: str = ""  # when an agent accepts
    lost_text: str = ""  # when the agent vanished and the contact waits again
    closing_text: str = ""  # when the agent closes
    silences: tuple[Silence, ...] = ()  # in the order of their `after`
    unanswered_for: timedelta | None = None  # the agent leaves the customer waiting so long: back to the queue
    sticky_for: timedelta = timedelta(0)  # how long a returning customer waits for the agent of last time
    sticky_within: timedelta = timedelta(hours=24)  # what "last time" means
    transfer_for: timedelta = timedelta(minutes=2)  # how long a contact transferred to an agent waits for that agent
    names: Mapping[str, str] = field(default_factory=dict)  # agent id → the name customers see
    homes: Mapping[str, str] = field(default_factory=dict)  # agent id → the queue that the agent knows best
    robot: RobotRules | None = None
    lexicon: Lexicon | None = None  # the sensitive words that are looked for; None: there are none
    sends: Sends | None = None  # what the platform can show; None: the customer's side shows everything itself

    def open_queue(self, queue: str, at: datetime) -> str | None:
        """The first of a queue and those it overflows into that is within its working hours."""
        tried: set[str] = set()
        while queue and queue not in tried:
            rules = self.queues.get(queue) or Queue(queue)
            if rules.hours.is_open(at):
                return queue
            tried.add(queue)
            queue = rules.overflow
        return None
