"""The journal: a contact's timeline, read as the inputs that made it, so that a contact can be played again.

There is no second log. A line that keeps all of its event (what the customer said, tapped or edited) is the input itself; the
first line of any other event has a `cause`, the JSON of whatever of the event the line does not say. All other lines are
consequences. `replay` steps the inputs again at their recorded times, and says where today's code and policy write something
else than what is stored.

It is not the source of truth: the contact's row is. It reads no store; who calls it brings the lines.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from channels.errors import Refused
from ucs.core.contact import LASTING, Contact, step
from ucs.core.effects import Entry, Record, Shown
from ucs.core.events import (
    EVENTS,
    AgentForwarded,
    AgentNoted,
    AgentSpoke,
    CustomerEdited,
    CustomerRated,
    CustomerRead,
    CustomerReceived,
    CustomerSpoke,
    CustomerTapped,
    Event,
    GivenBack,
    RobotClosed,
    RobotHandedOver,
    RobotSpoke,
    RobotWaited,
    event_from_json,
)
from ucs.core.policy import Policy


class Line(NamedTuple):
    """One line of the timeline as it is stored."""

    seq: int
    at: datetime
    kind: str
    by: str
    body: dict[str, Any]
    shown: Shown = Shown.ALL
    cause: bytes | None = None


class Replayed(NamedTuple):
    """Line `seq` differs: what is stored, and what would be written today. One of the two may be missing."""

    seq: int
    stored: Line | None
    today: Entry | None


# Kind of a customer's line → the event that it keeps all of.
WHOLE: dict[str, type[Event]] = {
    "message": CustomerSpoke,
    "tapped": CustomerTapped,
    "edited": CustomerEdited,
    "delivered": CustomerReceived,
    "read": CustomerRead,
    "rated": CustomerRated,
}
# Event → those of its fields that its line says. (`agent` and `robot` are in the line's `by`.)
SAID: dict[type[Event], tuple[str, ...]] = {
    **{kind: tuple(field.name for field in fields(kind)) for kind in WHOLE.values()},
    AgentSpoke: ("agent", "parts", "client", "reply_to", "marks", "copies"),
    AgentNoted: ("agent", "text", "client", "to"),
    AgentForwarded: ("agent", "of", "recipients", "note", "along", "client", "marks"),
    GivenBack: ("agent", "summary", "code"),
    RobotSpoke: ("robot", "parts", "understood", "confidence", "intent", "slots", "summary", "marks"),
    RobotWaited: ("robot", "understood", "confidence", "intent", "slots", "summary"),
    RobotHandedOver: ("robot", "reason", "summary", "confidence", "intent", "slots"),
    RobotClosed: ("robot", "reason", "slots"),
}
_ALL_SAID = frozenset(WHOLE.values())
_UNSAID = {
    kind: tuple(field.name for field in fields(kind) if field.name not in SAID.get(kind, ()))
    for kind in EVENTS.values()
}
# What somebody said, as a body has it, and what stands in its place once it is redacted.
CONTENT: dict[str, Any] = {
    "parts": [],
    "text": "",
    "payload": "",
    "label": "",
    "fields": {},
    "thread": "",
    "typed": "",
    "comment": "",
    "summary": "",
    "slots": {},
    "marks": [],
    "copies": None,
}
# What else an event cannot be without, should a redacted line have been emptied entirely.
_REDACTED: dict[str, Any] = {"sent_at": datetime(1970, 1, 1, tzinfo=UTC), "of": 0}


def cause(event: Event) -> bytes | None:
    """What is to be kept with the first line that `event` produced; nothing where the line says it all."""
    kind = type(event)
    if kind in _ALL_SAID:
        return None
    return orjson.dumps({"event": kind.__name__, **{name: getattr(event, name) for name in _UNSAID[kind]}})


def event_of(kind: str, by: str, body: dict[str, Any], cause: bytes | None) -> Event | None:
    """The input that a stored line stands for, or None if the line is a consequence of an earlier one.

    Raises `KeyError` for an event that today's code does not have. Redacted content comes back empty."""
    if cause is not None:
        values: dict[str, Any] = orjson.loads(cause)
    elif by == "customer" and kind in WHOLE:
        values = {"event": WHOLE[kind].__name__, **(_REDACTED if body.get("redacted") else {})}
    else:
        return None
    for name in SAID.get(EVENTS[values["event"]], ()):
        if name in ("agent", "robot") and cause is not None:
            values[name] = by.removeprefix(f"{name}:")
        elif name in body or name in CONTENT:
            values[name] = body.get(name, CONTENT.get(name))
    return event_from_json(orjson.dumps(values))


def redact(line: Line) -> Line:
    """The line without what was said in it, and still good for `replay`.

    To redact an entry is to redact its line and every `edited` line `of` it."""
    body = {name: value for name, value in line.body.items() if name not in CONTENT}
    kept = line.cause
    if kept is not None and line.kind == "note":
        values = orjson.loads(kept)
        kept = orjson.dumps(values | {"note": "-"} if values.get("note") else values)  # there was one, and is
    return line._replace(body={**body, "redacted": True}, cause=kept)


def replay(first: Contact, lines: Iterable[Line], policy: Policy) -> Generator[Replayed, None, Contact]:
    """Let everything that happened happen again to `first`, the contact as it was before its first line.

    Yields what differs and returns the contact as it is today. Each input begins at the number its stored lines have, so that
    one line more or less is one difference and not a thousand."""
    contact = first
    for event, stored in _inputs(lines):
        contact = contact._replace(seq=stored[0].seq - 1)
        try:
            if event is None:
                raise Refused("These lines stand for no input.")
            contact, effects = step(contact, event, stored[0].at, policy)
        except Refused:
            effects = ()
        today = {effect.entry.seq: effect.entry for effect in effects if isinstance(effect, Record)}
        before = {line.seq: line for line in stored}
        for seq in sorted(today.keys() | before.keys()):
            if _differ(before.get(seq), today.get(seq)):
                yield Replayed(seq, before.get(seq), today.get(seq))
    return contact


def caught_up(contact: Contact, lines: list[Line], policy: Policy) -> Contact:
    """A contact as it is after these lines, the newest of its timeline: words that its row in the store is behind by."""
    row, run = contact, replay(contact, lines, policy)
    while True:
        try:
            next(run)  # a text may read otherwise today; what was said then is what counts
        except StopIteration as done:
            contact = done.value
            break
    told = [line.seq for line in lines if line.shown is Shown.ALL]
    contact = Contact._make((*row[:LASTING], *contact[LASTING:]))  # none of it has changed, or the row would be newer
    return contact._replace(seq=lines[-1].seq, told=max([contact.told, *told]) if told else contact.told)


def _inputs(lines: Iterable[Line]) -> Iterator[tuple[Event | None, list[Line]]]:
    """Each input with all the lines that it produced. `opened` stands before the words that opened the contact."""
    event: Event | None = None
    mine: list[Line] = []
    for line in lines:
        new = event_of(line.kind, line.by, line.body, line.cause)
        opening = bool(mine) and mine[-1].kind == "opened"
        if (new is not None and not opening) or line.kind == "opened":
            if mine:
                yield event, mine
            mine, event = [], None
        event = new or event
        mine.append(line)
    if mine:
        yield event, mine


def _differ(stored: Line | None, today: Entry | None) -> bool:
    if stored is None or today is None:
        return True
    if (stored.at, stored.kind, stored.by, stored.shown) != (today.at, today.kind, today.by, today.shown):
        return True
    if stored.body.get("redacted"):
        return False
    return bool(orjson.loads(orjson.dumps(stored.body)) != orjson.loads(orjson.dumps(today.body)))
