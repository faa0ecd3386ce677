"""What a robot is asked: a row of the outbox, and the `Turn` that is made of it and of the contact's lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Connection, select

from channels.manifest import Sends
from channels.parts import PART_TYPES, Parts, Text, parts_from_json
from channels.robot import Heard, Person, Returned, Told, Turn, Why
from channels.value import value
from ucs.core.contact import Contact
from ucs.core.contact.marking import as_read
from ucs.core.journal import Line
from ucs.core.policy import Policy
from ucs.runtime.engine.work import Effect
from ucs.store import tables as t
from ucs.store.lookup import LINE, line_of

MOST_TOLD, MOST_HEARD = 50, 200
SAYING = ("message", "tapped")
READ = (*SAYING, "edited", "given_back")


@value
class Asked:
    """A turn that a robot is to be asked, as the outbox has it. `since`: when it was first to be asked."""

    id: str
    channel: str
    contact: str
    robot: str
    epoch: int
    turn: int
    after: int
    why: Why
    since: datetime

    @property
    def key(self) -> str:
        """The same at every attempt of this turn, also after a restart."""
        return f"{self.contact}:{self.turn}"


def asked_of(effect: Effect) -> Asked:
    body = effect.body
    turn = (body["robot"], body["epoch"], effect.seq, body["after"], Why(body["why"]))
    return Asked(effect.id, effect.channel, effect.contact, *turn, effect.at)


@value
class Known:
    """What the store knows for a turn."""

    lines: Sequence[Line]
    memory: Mapping[str, Any]
    person: Person


def known_of(contact: Contact, up_to: int) -> Callable[[Connection], Known]:
    """Read it: the newest lines that say something, the robot's memory, and who the customer is."""

    def run(connection: Connection) -> Known:
        query = select(*LINE).where(t.entry.c.contact == contact.id, t.entry.c.seq <= up_to, t.entry.c.kind.in_(READ))
        rows = connection.execute(query.order_by(t.entry.c.seq.desc()).limit(MOST_TOLD + MOST_HEARD)).all()
        lines = [line_of(row) for row in reversed(rows)]
        kept = select(t.robot_memory.c.body).where(t.robot_memory.c.contact == contact.id)
        memory = connection.execute(kept).scalar()
        return Known(lines, {} if memory is None else orjson.loads(memory), _person(connection, contact, lines))

    return run


def _person(connection: Connection, contact: Contact, lines: Sequence[Line]) -> Person:
    what = (t.customer.c.name, t.identity.c.proven, t.customer.c.body)
    query = select(*what).join(t.identity, t.identity.c.customer == t.customer.c.id)
    where = (t.identity.c.scope == contact.channel, t.identity.c.address == contact.address)
    row = connection.execute(query.where(*where)).first()
    first = next((line.body for line in lines if line.by == "customer" and line.body.get("fields")), {})
    name, proven, body = ("", False, {}) if row is None else (row[0], bool(row[1]), orjson.loads(row[2]))
    fields = first.get("fields", {})
    return Person(contact.customer, name, body.get("language", ""), proven, fields)


def turn_of(asked: Asked, contact: Contact, known: Known, policy: Policy, now: datetime) -> Turn:
    """The turn as it is asked at `now`. What an agent has answered is not the robot's to answer again."""
    rules, lines = policy.robot, with_edits(known.lines)
    answered = [line.seq for line in lines if line.by.startswith("agent:") and line.kind == "message"]
    after = max([asked.after, *answered])
    heard = [line for line in lines if line.by == "customer" and line.seq > after][-MOST_HEARD:]
    begins = heard[0].seq if heard else asked.turn + 1
    told = [line for line in lines if line.kind in SAYING and line.seq < begins][-MOST_TOLD:]
    queue = (rules.queue if rules else "") or policy.queue
    return Turn(
        key=asked.key,
        contact=contact.id,
        why=asked.why,
        heard=tuple(Heard(line.seq, line.at, said_in(line), line.body.get("payload", "")) for line in heard),
        told=tuple(Told(line.seq, line.at, line.by.partition(":")[0], said_in(line)) for line in told),
        at=now,
        until=now if rules is None else now + rules.turn_within,
        person=known.person,
        memory=known.memory,
        channel=contact.channel,
        shows=shown_by(policy.sends),
        returned=returned(known.lines) if asked.why is Why.RETURNED else None,
        open=policy.open_queue(queue, now) is not None,
    )


def with_edits(lines: Iterable[Line]) -> list[Line]:
    """What was said, as it reads now; what was taken back is left out."""
    said: dict[int, Line] = {}
    for line in lines:
        if line.kind == "edited" and line.body.get("of") in said:
            before = said[line.body["of"]]
            now = {name: line.body.get(name, []) for name in ("parts", "marks")}
            said[before.seq] = before._replace(body={**before.body, **now})
        elif line.kind in SAYING and not line.body.get("redacted"):
            said[line.seq] = line
    return list(said.values())


def said_in(line: Line) -> Parts:
    if line.kind == "tapped":
        label = line.body.get("label") or line.body.get("typed", "")
        return (Text(label),) if label else ()
    return parts_from_json(as_read(line.by, line.body).get("parts", []))


def returned(lines: Iterable[Line]) -> Returned | None:
    """The newest human part."""
    found = [line for line in lines if line.kind == "given_back"]
    if not found:
        return None
    body = found[-1].body
    return Returned(found[-1].by.removeprefix("agent:"), body.get("summary", ""), body.get("code", ""))


@cache
def shown_by(sends: Sends | None) -> frozenset[str]:
    """Kinds of parts that the customer's side shows as they are."""
    kinds = {next(str(item.default) for item in fields(part) if item.name == "type") for part in PART_TYPES} - {
        "opaque"
    }
    return frozenset(kind for kind in kinds if sends is None or kind == "text" or getattr(sends, kind, None))
