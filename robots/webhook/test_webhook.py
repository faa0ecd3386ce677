"""The webhook robot: the conformance kit, the signature, and every way in which an answer is not as agreed."""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr, ValidationError

from channels.errors import Malformed
from channels.kit import Call, FakeHttp, RobotContract, turn_of
from channels.kit.play import run
from channels.parts import Choices, Text
from channels.wire import Answer
from robots.webhook import Webhook, WebhookConfig
from robots.webhook.contract import words_of

SECRET = "the secret of the tests"
CONFIG = WebhookConfig(url="https://robot.example/turns", secret=SecretStr(SECRET), tell_end=True)


class TestWebhook(RobotContract):
    robot = Webhook
    config = CONFIG
    cases = Path(__file__).parent / "cases"


def asked(**turn: Any) -> Call:
    """The request that a turn leads to."""
    http = FakeHttp(lambda call: Answer(200, b"{}"))
    run(Webhook(CONFIG).turn(turn_of({"heard": [{"text": "Hello"}], **turn}), http))
    return http.calls[0]


def test_time_and_body_are_signed_together() -> None:
    call = asked(at="2026-01-01T00:00:00Z")
    assert call.body is not None
    digest = hmac.new(SECRET.encode(), b"1767225600." + call.body, "sha256").hexdigest()
    assert call.headers["x-ucs-timestamp"] == "1767225600"
    assert call.headers["x-ucs-signature"] == f"v1={digest}"


def test_a_later_attempt_has_the_same_key_and_another_signature() -> None:
    first, second = asked(key="t-9"), asked(key="t-9", at="2026-01-01T00:00:30Z")
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == "t-9"
    assert first.headers["x-ucs-signature"] != second.headers["x-ucs-signature"]


def test_the_key_is_in_what_is_signed() -> None:
    assert orjson.loads(asked(key="t-9").body or b"")["key"] == "t-9"


def test_the_end_is_told_only_to_who_wants_to_know() -> None:
    http = FakeHttp(lambda call: Answer(200))
    quiet = Webhook(CONFIG.model_copy(update={"tell_end": False}))
    run(quiet.ended(turn_of({}), http))
    assert http.calls == []


def test_what_was_found_out_is_kept_for_people() -> None:
    assert words_of({"slots": {"order": "7", "mail": ""}}).slots == {"order": "7", "mail": ""}


def test_texts_and_parts_are_said() -> None:
    words = words_of(
        {"say": ["One", " ", [{"type": "choices", "text": "Two?", "options": [{"label": "Yes", "payload": "y"}]}]]}
    )
    first, second = words.say
    assert first == (Text("One"),)
    assert isinstance(second[0], Choices)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ([], "it:"),
        ({"handover": {"reason": "x"}}, "handover"),
        ({"hand_over": {"queue": "sales"}}, "hand_over.reason"),
        ({"hand_over": {"reason": "x"}, "close": "y"}, "both"),
        ({"understood": "no"}, "understood"),
        ({"confidence": 3}, "confidence"),
        ({"memory": {"a": "x" * 40_000}}, "32,768"),
        ({"slots": {"order": 7}}, "slots.order"),
        ({"say": ["x"] * 11}, "11 messages"),
        ({"say": [3]}, "a text, or a list"),
        ({"say": [[{"type": "text"}]]}, "text"),
        ({"say": [[{"type": "text", "text": "x" * 20_001}]]}, "20,000"),
        ({"say": [[{"type": "image", "media": "m1"}]]}, "image"),
        ({"say": [[{"type": "card", "title": "x", "media": "m1"}]]}, "card"),
        ({"say": [[{"type": "opaque", "kind": "x"}]]}, "opaque"),
    ],
)  # fmt: skip
def test_what_was_not_agreed_is_said_by_name(answer: object, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        words_of(answer)


@pytest.mark.parametrize(
    "values",
    [
        {"url": "ftp://robot.example/", "secret": SECRET},
        {"url": "https:///turns", "secret": SECRET},
        {"url": "https://robot.example/", "secret": "short"},
        {"url": "https://robot.example/"},
    ],
)
def test_what_nobody_can_mean_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WebhookConfig.model_validate(values)
