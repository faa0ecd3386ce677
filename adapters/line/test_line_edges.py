"""What a case cannot say: events too broken to have an id or a time, texts at the edge, a stranger's host, configuration."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from adapters.line import Line, LineConfig
from adapters.line.cut import graphemes, length, units
from channels import Answer, Request, Stream
from channels.errors import DeliveryError, Rejected, Unreachable
from channels.events import MessageReceived, Unknown
from channels.kit import FakeHttp
from channels.parts import MediaRef

AT = datetime(2026, 1, 1, tzinfo=UTC)
GIVEN = {"channel_id": "1650000000", "channel_secret": "a-secret-of-the-tests"}
GOOD = {
    "type": "message",
    "message": {"type": "text", "id": "1", "text": "Hi"},
    "timestamp": 1767225600123,
    "source": {"type": "user", "userId": "U2"},
    "webhookEventId": "e1",
}


def line(**values: Any) -> Line:
    return Line(LineConfig.model_validate(GIVEN | values))


NO_TIME = "milliseconds since 1970."


@pytest.mark.parametrize(
    ("broken", "kind", "why"),
    [
        ("nonsense", "unreadable", "An event is an object, not str."),
        (None, "unreadable", "An event is an object, not NoneType."),
        ({}, "unreadable", "The event has no `type`."),
        (GOOD | {"timestamp": None}, "unreadable.message", f"The event's `timestamp` is None, not {NO_TIME}"),
        (
            GOOD | {"timestamp": 1767225600},
            "unreadable.message",
            f"The event's `timestamp` is 1767225600, not {NO_TIME}",
        ),
        (GOOD | {"timestamp": 2**60}, "unreadable.message", f"The event's `timestamp` is {2**60}, not {NO_TIME}"),
        (GOOD | {"message": {"type": "text", "text": "Hi"}}, "unreadable.message", "There is no text under `id`."),
    ],
)
def test_a_broken_event_is_kept_and_costs_only_itself(broken: Any, kind: str, why: str) -> None:
    body = orjson.dumps({"events": [broken, GOOD]})
    unknown, message = line().parse(Request("POST", "/", {}, {}, body, AT))
    assert isinstance(unknown, Unknown)
    assert (unknown.kind, unknown.raw) == (kind, {"why": why, "event": broken})
    assert isinstance(message, MessageReceived)


def test_a_channel_without_free_answers_has_no_use_for_tokens() -> None:
    event = GOOD | {"replyToken": "rt"}
    request = Request("POST", "/", {}, {}, orjson.dumps({"events": [event]}), AT)
    (heard,) = line(reply_token_max_age=0).parse(request)
    assert isinstance(heard, MessageReceived)
    assert heard.reply_token is not None
    assert heard.reply_token.until == AT


@pytest.mark.parametrize(
    ("status", "error"), [(401, Rejected), (404, Rejected), (429, Unreachable), (500, Unreachable), (202, Rejected)]
)
def test_a_strangers_host_can_neither_park_nor_slow_our_channel(status: int, error: type[DeliveryError]) -> None:
    http = FakeHttp(lambda call: Answer(status))
    with pytest.raises(error):
        asyncio.run(line().fetch(MediaRef("https://photos.example/1.jpg"), http))


def test_a_strangers_host_is_not_shown_our_token() -> None:
    http = FakeHttp(lambda call: Answer(200, b"bytes"), {"line": "short-lived-token"})
    found = asyncio.run(line().fetch(MediaRef("https://photos.example/1.jpg"), http))
    assert isinstance(found, Stream)
    assert [(call.url, dict(call.headers)) for call in http.calls] == [("https://photos.example/1.jpg", {})]


FAMILY = "👨‍👩‍👧‍👦"  # one grapheme, 11 UTF-16 units


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("", 3, ""),
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        (FAMILY * 3, 3, FAMILY * 3),
        (FAMILY * 4, 3, FAMILY * 2 + "…"),
        ("e\u0301" * 4, 3, "e\u0301" * 2 + "…"),
    ],
)
def test_graphemes(text: str, limit: int, cut: str) -> None:
    assert graphemes(text, limit) == cut


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("🍎🍎", 4, "🍎🍎"),
        ("🍎🍎🍎", 4, "🍎…"),
        (FAMILY + "abc", 12, FAMILY + "…"),
        (FAMILY + "abc", 11, "…"),
    ],
)
def test_units(text: str, limit: int, cut: str) -> None:
    assert units(text, limit) == cut
    assert length(cut) <= limit


@pytest.mark.parametrize(
    "values",
    [
        {"channel_secret": ""},
        {"channel_id": ""},
        {"destination": "@shop"},
        {"api_base": "api.line.me"},
        {"loading_for": 7},
        {"loading_for": 65},
        {"reply_token_max_age": -1},
        {"reply_token_max_age": 1201},
        {"video_preview": "http://shop.example/film.png"},
        {"acess_token": "a-typing-mistake"},
    ],
)
def test_configuration_that_cannot_work_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        line(**values)
    assert GIVEN["channel_secret"] not in str(refused.value)


def test_configuration_as_people_write_it() -> None:
    config = line(api_base="https://proxy.example/line/", loading_for=30, access_token="long-lived").config
    assert config.api_base == "https://proxy.example/line"
    assert config.loading_for == timedelta(seconds=30)
    assert "long-lived" not in repr(config)
