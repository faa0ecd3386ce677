"""Sensitive words in what somebody says, before it happens to the contact: warned of, masked, or not let through.

What was found goes with the event (`marks`) and so into its line. The journal therefore says what the lists of that day found, and a
contact plays again as it was under other lists.

The two sides differ. A customer's words have been said, whatever they are: they are kept as they came, and whoever reads them reads
them `covered`. Words of ours have not been said yet: they go out, and are kept, with the masked places covered; or they are refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from channels.errors import Refused
from channels.parts import Parts, Text, parts_from_json
from ucs.core.events import (
    AgentForwarded,
    AgentSpoke,
    CustomerEdited,
    CustomerSpoke,
    Event,
    RobotHandedOver,
    RobotSpoke,
)
from ucs.core.lexicon import Lexicon, Mark, covered, texts_of

MOST_NAMED = 5  # words that a refusal repeats


def marked(event: Event, lexicon: Lexicon) -> Event:
    """The event with what the lists find in it. Raises `Refused` for words of ours that a list blocks."""
    if isinstance(event, CustomerSpoke | CustomerEdited):
        found = lexicon.marks(event.parts, "customer")
        return replace(event, marks=found) if found else event
    if isinstance(event, AgentForwarded):
        return _note_marked(event, lexicon)
    if not isinstance(event, AgentSpoke | RobotSpoke):
        return event
    marks = lexicon.marks(event.parts, "agent")
    if not marks:
        return event
    if blocked := blocks(marks):
        raise Refused(f"{_named(event.parts, blocked)} Say it in other words: nothing was sent.")
    return replace(event, parts=covered(event.parts, marks), marks=marks)


def _note_marked(event: AgentForwarded, lexicon: Lexicon) -> AgentForwarded:
    """A note goes out as well, if to somebody else."""
    said: Parts = (Text(event.note),)
    marks = lexicon.marks(said, "agent")
    if blocking := blocks(marks):
        raise Refused(f"{_named(said, blocking)} Say it in other words: nothing was forwarded.")
    return replace(event, note=texts_of(covered(said, marks)[0])[0], marks=marks) if marks else event


def let_through(events: tuple[Event, ...], lexicon: Lexicon | None) -> tuple[Event, ...]:
    """What comes of a robot's turn. If a list blocks one thing it says, nothing of it is said and a human is called, who reads why."""
    if lexicon is None:
        return events
    for event in events:
        if isinstance(event, RobotSpoke) and (blocked := blocks(lexicon.marks(event.parts, "agent"))):
            last = events[-1]
            slots = last.slots if isinstance(last, RobotSpoke | RobotHandedOver) else {}
            turn = (event.robot, event.epoch, event.turn)
            return (RobotHandedOver(*turn, _named(event.parts, blocked), slots=slots),)
    return events


def as_read(by: str, body: dict[str, Any]) -> dict[str, Any]:
    """The body of a line as everybody but its writer reads it: a customer's words covered."""
    if by != "customer" or not body.get("marks"):
        return body
    parts = parts_from_json(body.get("parts", []))
    marks = [each if isinstance(each, Mark) else Mark(**each) for each in body["marks"]]
    return {**body, "parts": covered(parts, marks)}


def blocks(marks: Iterable[Mark]) -> list[Mark]:
    return [mark for mark in marks if mark.action == "block"]


def _named(parts: Parts, marks: list[Mark]) -> str:
    lists = ", ".join(dict.fromkeys(mark.list for mark in marks))
    words = [texts_of(parts[mark.part])[mark.text][mark.start : mark.end][:50] for mark in marks]
    shown = ", ".join(f"“{word}”" for word in list(dict.fromkeys(words))[:MOST_NAMED])
    return f"The word list {lists} does not let {shown} be said."
