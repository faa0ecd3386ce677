"""Events as JSON: the same event after a round trip, and a clear word for what is none."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest

from channels.events import (
    EVENT_TYPES,
    Announced,
    Author,
    CustomerJoined,
    CustomerLeft,
    CustomerRenamed,
    MessageEdited,
    MessageRecalled,
    MessageReceived,
    Reacted,
    Received,
    ReplyToken,
    Status,
    StatusReported,
    Tapped,
    Typing,
    Unknown,
    event_from_json,
    event_to_json,
)
from channels.parts import Button, Card, Carousel, File, Image, MediaRef, Text

AT = datetime(2026, 1, 1, 12, 0, 0, 123456, UTC)
TOKEN = ReplyToken("t", AT)
PARTS = (Text("é👋"), Image(MediaRef("k", size=3)), File("m1", "a.pdf"), Carousel((Card("T", buttons=(Button("B"),)),)))
EVENTS: list[Received] = [
    MessageReceived("1", AT, "U", PARTS, "m", Author("a", "Ann"), "q", TOKEN, "r", "Ann", "a/3", "q", {"order": "7"}),
    MessageReceived("1", AT.astimezone(timezone(timedelta(hours=8))), "U", ()),
    MessageEdited("1", AT, "U", "m", PARTS),
    MessageRecalled("1", AT, "U", "m"),
    Reacted("1", AT, "U", "m", "👍", True),
    StatusReported("1", AT, "U", "m", Status.FAILED, "no", "7"),
    Typing("1", AT, "U", False),
    Tapped("1", AT, "U", "p", "l", "m", TOKEN, {"a": "b"}),
    CustomerJoined("1", AT, "U", "Ann", TOKEN),
    CustomerLeft("1", AT, "U", "gone"),
    CustomerRenamed("1", AT, "U", "Ann"),
    Announced("1", AT, hint="h"),
    Unknown("1", AT, "U", "dance", {"a": [None, {"b": 1.5}]}),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_the_same_after_a_round_trip(event: Received) -> None:
    written = orjson.loads(event_to_json(event))
    assert written["event"] == type(event).__name__
    assert event_from_json(written) == event


def test_every_event_is_in_the_table() -> None:
    assert {type(event) for event in EVENTS} == set(EVENT_TYPES.values())


def test_a_newer_field_is_ignored() -> None:
    written = orjson.loads(event_to_json(EVENTS[2])) | {"tomorrow": 1}
    assert event_from_json(written) == EVENTS[2]


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"event": "Nothing"},
        {"event": None},
        {"event": "Typing"},
        {"event": "Typing", "id": 1, "at": "x", "customer": None},
    ],
)
def test_what_is_no_event(value: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        event_from_json(value)
