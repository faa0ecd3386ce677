"""The parts that a robot may say, and how to read what was said to it.

Files are left out: what a robot's service names would have to be in the media cache first, and nothing brings it there yet.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ValidationError

from channels.errors import Malformed
from channels.parts import (
    Card,
    Carousel,
    Choices,
    ContactCard,
    Location,
    Parts,
    Text,
    media_of,
    parts_from_json,
    plain_text,
)
from channels.robot import Heard
from robots._service import complaint

MOST_MESSAGES = 10
MOST_PARTS = 10
MOST_TEXT = 20_000
SAYABLE = (Text, Choices, Card, Carousel, Location, ContactCard)


def messages_of(value: list[object]) -> tuple[Parts, ...]:
    """Messages out of JSON, each a text or a list of parts; raises `Malformed`."""
    if len(value) > MOST_MESSAGES:
        raise Malformed(f"The robot says {len(value)} messages at once; at most {MOST_MESSAGES} were expected.")
    return tuple(parts for item in value if (parts := _message(item)))


def text_message(text: str) -> tuple[Parts, ...]:
    """A message of plain text; none for an empty one."""
    return ((Text(text.strip()[:MOST_TEXT]),),) if text.strip() else ()


def heard_text(heard: Iterable[Heard]) -> str:
    """What the customer said, as one text: quick messages come together."""
    return "\n".join(text for item in heard if (text := spoken(item.parts)))


def spoken(parts: Parts) -> str:
    """One message as words; a picture without any is its kind in brackets."""
    return "\n".join(plain_text(part) for part in parts)


def _message(item: object) -> Parts:
    if isinstance(item, str):
        item = [{"type": "text", "text": item}] if item.strip() else []
    if not isinstance(item, list) or len(item) > MOST_PARTS:
        raise Malformed(f"A message of the robot is a text, or a list of at most {MOST_PARTS} parts.")
    try:
        parts = parts_from_json(item)
    except ValidationError as error:
        raise complaint(error) from None
    for part in parts:
        if not isinstance(part, SAYABLE) or media_of(part):
            raise Malformed(f"A robot cannot say a part of type {part.type}, or one with a file in it.")
        if len(plain_text(part)) > MOST_TEXT:
            raise Malformed(f"A part of type {part.type} is longer than {MOST_TEXT:,} characters.")
    return parts
