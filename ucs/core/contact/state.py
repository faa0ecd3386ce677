"""A contact: one interaction with one customer on one channel, from the first message to wrap-up.

The rules it lives by:

1. It is in exactly one state, and controlled by exactly one owner: a robot, a queue, an agent, or nobody.
2. `epoch` grows whenever the owner changes, and when the same owner starts anew: after an offer that came to nothing, and when
   a talk is taken up again. What an agent (or robot) does carries the epoch it knew; an old one is refused.
3. Everything that happens is written to the timeline with the next number. No number is left out, none is given twice,
   and nothing changes without a line.
4. Waiting keeps its rank: whatever brings a contact back to a queue, it waits from when it first began to wait.
5. What is said on a closed contact is never lost: it opens a successor.

`step` is the whole behaviour: (contact, event, now, policy) → (contact, effects), or `Refused`. It waits for nothing, reads
no clock and draws nothing at random. Which event may happen in which state is a table, in `table.py`; the handlers are in
`customer.py`, `robot.py`, `agent.py` and `time.py`. `tests/core/test_contact_table.py` holds every state against every event.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

import orjson
from pydantic import TypeAdapter

from channels.events import ReplyToken
from channels.parts import Button
from channels.robot import Why
from channels.value import value


class State(StrEnum):
    NEW = "new"
    ROBOT = "robot"
    QUEUED = "queued"
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    CLOSED = "closed"


class Holder(StrEnum):
    """The kind of owner."""

    NOBODY = "nobody"
    ROBOT = "robot"
    QUEUE = "queue"
    AGENT = "agent"


@value
class Question:
    """What entry `of` asks, with answers that the channel can only show as numbers. A number says which one is meant."""

    of: int
    answers: tuple[Button, ...]


class Contact(NamedTuple):
    """The state of one contact. A named tuple because a changed copy costs a third of a dataclass's.

    address        the customer's address on the channel; (channel, address) is the lane, which has one open contact
    owner          whose it is now: a queue's, robot's or agent's id, by `holder`
    seq            number of the newest timeline entry
    told           number of the newest entry the customer may see
    since          when it first began to wait: its rank
    agent          who is offered it, talks in it or wraps it up; else who last did
    wanted         it waits for this agent alone, until `held_until`
    declined       agents who let an offer of it pass, until `spared_until`
    patience_until how long it waits in this queue before the queue's rule for that applies
    overflowed     queues that passed it on since it last was with an agent: it never overflows back into one of them
    spoke_at       when the customer last said or pressed something
    wrote_at       when the customer last said something, be it the number of an answer
    pressed_at     when the customer last pressed something
    quiet_since    since when nobody has said anything; `heard` says who spoke last
    silence        how many of the policy's silences have been acted on
    due_at         when `DueReached` must happen next
    robot          the robot that has it, or had it last
    turn           number of the robot's turn under way, which is that of the newest entry the robot was asked about; 0: none
    turn_for       what makes it the robot's turn; without a turn under way, quick words are being gathered for one
    answered       number of the newest entry that a robot's turn was about
    misunderstood  how many turns in a row the robot did not understand
    failures       how many attempts at the robot's turn came to nothing
    slots          what the robot has collected: names and values
    summary        what it has been about, as the robot told it last
    last_agent     whom the customer talked to before this contact began, if that is recent
    said           number of the newest entry that the customer said or pressed
    seen           number of the newest entry its agent has read
    question       what the agent asked last, if its answers had to be written as numbers and none has been picked yet
    received       number of the newest entry the customer's page has said it has
    read           number of the newest entry the customer has read
    score          how the customer says it went, from 1 to 5; 0 as long as nothing is said
    """

    id: str
    tenant: str
    channel: str
    address: str
    customer: str
    opened_at: datetime
    predecessor: str = ""
    state: State = State.NEW
    holder: Holder = Holder.NOBODY
    owner: str = ""
    epoch: int = 0
    queue: str = ""
    priority: int = 0
    since: datetime | None = None
    agent: str = ""
    wanted: str = ""
    held_until: datetime | None = None
    declined: frozenset[str] = frozenset()
    spared_until: datetime | None = None
    offered_until: datetime | None = None
    patience_until: datetime | None = None
    overflowed: tuple[str, ...] = ()
    silence: int = 0
    wrap_up_code: str = ""
    closed_at: datetime | None = None
    reason: str = ""
    score: int = 0
    robot: str = ""
    turn: int = 0
    turn_for: Why | None = None
    answered: int = 0
    misunderstood: int = 0
    failures: int = 0
    slots: tuple[tuple[str, str], ...] = ()
    summary: str = ""
    last_agent: str = ""
    # What every word changes: the row in the store may be behind in these, and is brought up from the timeline at start.
    seq: int = 0
    told: int = 0
    spoke_at: datetime | None = None
    quiet_since: datetime | None = None
    heard: str = ""
    due_at: datetime | None = None
    reply_token: ReplyToken | None = None
    seen: int = 0
    question: Question | None = None
    read: int = 0
    said: int = 0
    received: int = 0
    wrote_at: datetime | None = None
    pressed_at: datetime | None = None


LASTING = Contact._fields.index("seq")  # how many fields, from the first, are not changed by mere words
OPEN_STATES = frozenset(State) - {State.CLOSED}
WITH_AGENT = frozenset({State.OFFERED, State.TALKING, State.WRAP_UP})
_DEFAULTS: dict[str, Any] = Contact._field_defaults


def contact_to_json(contact: Contact) -> bytes:
    """A contact as the store keeps it: only what differs from a new one."""
    values: dict[str, Any] = {
        name: value for name, value in zip(Contact._fields, contact, strict=True) if value != _DEFAULTS.get(name)
    }
    if contact.declined:
        values["declined"] = sorted(contact.declined)
    return orjson.dumps(values)


def contact_from_json(text: bytes | str) -> Contact:
    """The contact that `contact_to_json` wrote."""
    values = orjson.loads(text)
    return _reader().validate_python({**_DEFAULTS, **values})


@cache
def _reader() -> TypeAdapter[Contact]:
    """Built when the first one is read: that takes longer than to import this."""
    return TypeAdapter(Contact)
