"""What Rasa answers: a list of messages with text, buttons, a picture's address or `custom`; and its tracker.

Rasa has no word for handing over: `custom` with a key `hand_over` or `close` is our agreement with whoever writes the assistant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from pydantic import Field, TypeAdapter, ValidationError

from channels.parts import Button, Choices, Parts, Text
from channels.robot import HandOver, Words
from robots._said import MOST_MESSAGES, MOST_TEXT
from robots._service import Foreign, complaint

FALLBACKS = ("nlu_fallback", "out_of_scope")  # intents that say: not understood
MOST_BUTTONS, MOST_PAYLOAD = 20, 300
MOST_SLOTS, LONGEST_SLOT = 50, 1000
OWN_SLOTS = ("requested_slot", "session_started_metadata")


class _Button(Foreign):
    title: str
    payload: str = Field("", max_length=MOST_PAYLOAD)


class _HandOver(Foreign):
    reason: str = ""
    queue: str = ""
    agent: str = ""
    summary: str = ""


class _Custom(Foreign):
    hand_over: _HandOver | None = None
    close: str = ""


class _Message(Foreign):
    text: str = ""
    image: str = ""
    buttons: list[_Button] = Field(default_factory=list)
    custom: _Custom = _Custom()


class _Intent(Foreign):
    name: str | None = None
    confidence: float = Field(0, ge=0, le=1)


class _Parsed(Foreign):
    """What the model makes of a text."""

    intent: _Intent = _Intent()


class _Latest(Foreign):
    intent: _Intent = _Intent()


class Tracker(Foreign):
    """What Rasa knows of a conversation."""

    slots: dict[str, Any] = Field(default_factory=dict)
    latest_message: _Latest = _Latest()


NOTHING_KNOWN = Tracker()
_MESSAGES = TypeAdapter(list[_Message])


def words_of(value: Any) -> Words:
    """The messages as words; raises `Malformed`."""
    try:
        messages = _MESSAGES.validate_python(value)
    except ValidationError as error:
        raise complaint(error) from None
    said = [parts for message in messages if (parts := _parts(message))][:MOST_MESSAGES]
    asked = next((each.custom.hand_over for each in messages if each.custom.hand_over is not None), None)
    close = next((each.custom.close for each in messages if each.custom.close), "")[:500]
    hand_over = _hand_over(asked) if asked is not None else None
    shown = [button.payload for message in messages for button in message.buttons if button.payload]
    return Words(
        say=tuple(said), hand_over=hand_over, close="" if hand_over else close, memory={"shown": shown[:MOST_BUTTONS]}
    )


def tracker_of(value: Any) -> Tracker:
    try:
        return Tracker.model_validate(value)
    except ValidationError as error:
        raise complaint(error) from None


def intent_of(value: Any) -> _Intent:
    try:
        return _Parsed.model_validate(value).intent
    except ValidationError as error:
        raise complaint(error) from None


def with_intent(words: Words, intent: _Intent) -> Words:
    """The words with what the customer wants, and how sure Rasa is of that."""
    return replace(
        words,
        intent=(intent.name or "")[:LONGEST_SLOT],
        confidence=intent.confidence if intent.name else None,
        understood=intent.name not in FALLBACKS,
    )


def with_tracker(words: Words, tracker: Tracker) -> Words:
    """The words with what Rasa knows: intent, how sure it is, and for people the slots."""
    if tracker is NOTHING_KNOWN:
        return words
    return replace(with_intent(words, tracker.latest_message.intent), slots=_slots(tracker.slots))


def _hand_over(asked: _HandOver) -> HandOver:
    reason = asked.reason.strip()[:500] or "the robot asks for a person"
    return HandOver(reason, queue=asked.queue[:200], agent=asked.agent[:200], summary=asked.summary[:5000])


def _parts(message: _Message) -> Parts:
    """A picture's address is said as a link: it lies on somebody's server, not in our cache."""
    text = "\n".join(each.strip() for each in (message.text, message.image) if each.strip())[:MOST_TEXT]
    buttons = tuple(Button(each.title[:100], payload=each.payload) for each in message.buttons if each.title.strip())
    if buttons:
        return (Choices(text or "?", buttons[:MOST_BUTTONS]),)
    return (Text(text),) if text else ()


def _slots(slots: Mapping[str, Any]) -> dict[str, str]:
    """Slots that are set, as text; Rasa's own are of no use to people."""
    kept = {name: value for name, value in slots.items() if value not in (None, "", [], {}) and name not in OWN_SLOTS}
    texts = {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in kept.items()}
    return {name[:200]: text[:LONGEST_SLOT] for name, text in list(texts.items())[:MOST_SLOTS]}
