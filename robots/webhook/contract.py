"""The JSON of the contract with a service: a turn as we tell it, words as it answers. `docs/robot-webhook.md` is its page.

Unknown keys in an answer are refused, with their names: whoever writes `handover` shall find out at once.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from channels.errors import Malformed
from channels.robot import HandOver, Knowledge, To, Turn, Words
from robots._said import messages_of
from robots._service import complaint

VERSION = 1
MOST_MEMORY = 32 * 1024  # bytes of JSON

Name = Annotated[str, Field(max_length=200)]
Prose = Annotated[str, Field(max_length=5000)]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


Slots = Annotated[dict[Name, Annotated[str, Field(max_length=2000)]], Field(max_length=50)]


class _HandOver(_Said):
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    queue: Name = ""
    agent: Name = ""
    summary: Prose = ""
    slots: Slots = {}
    to: Literal["", "queue", "last_agent"] = ""


class _Knowledge(_Said):
    title: Annotated[str, Field(min_length=1, max_length=200)]
    text: Prose
    url: Annotated[str, Field(max_length=2000, pattern=r"^(https?://\S+)?$")] = ""
    score: Annotated[float, Field(ge=0, le=1)] | None = None


class _Answer(_Said):
    say: list[Any] = []
    hand_over: _HandOver | None = None
    close: Annotated[str, Field(max_length=500)] = ""
    slots: Slots = {}
    memory: dict[str, Any] | None = None
    understood: bool = True
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    intent: Name = ""
    knowledge: Annotated[list[_Knowledge], Field(max_length=10)] = []
    summary: Annotated[str, Field(max_length=2000)] = ""


def body_of(turn: Turn, event: str) -> bytes:
    """A turn as JSON; `event` is `turn`, or `ended` when nobody waits for an answer."""
    value = {
        "version": VERSION,
        "event": event,
        "key": turn.key,
        "contact": turn.contact,
        "channel": turn.channel,
        "why": turn.why,
        "at": turn.at,
        "until": turn.until,
        "heard": turn.heard,
        "told": turn.told,
        "person": turn.person,
        "memory": dict(turn.memory),
        "shows": sorted(turn.shows),
        "returned": turn.returned,
        "open": turn.open,
        "assist": turn.assist,
    }
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)


def words_of(value: Any) -> Words:
    """What the service answered; raises `Malformed` with every key that is not as agreed."""
    try:
        answer = _Answer.model_validate(value)
    except ValidationError as error:
        raise complaint(error) from None
    if answer.hand_over and answer.close:
        raise Malformed("The robot's service answered both hand_over and close: one of them was expected.")
    if answer.memory is not None and (size := len(orjson.dumps(answer.memory))) > MOST_MEMORY:
        raise Malformed(f"The robot's memory is {size:,} bytes of JSON; at most {MOST_MEMORY:,} are kept.")
    return Words(
        say=messages_of(answer.say),
        hand_over=_wish(answer.hand_over) if answer.hand_over else None,
        close=answer.close,
        slots=answer.slots,
        memory=answer.memory,
        understood=answer.understood,
        confidence=answer.confidence,
        intent=answer.intent,
        knowledge=tuple(Knowledge(**each.model_dump()) for each in answer.knowledge),
        summary=answer.summary,
    )


def _wish(asked: _HandOver) -> HandOver:
    return HandOver(**{**asked.model_dump(), "to": To(asked.to)})
