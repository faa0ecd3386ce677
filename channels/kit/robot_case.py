"""A robot's case file: one turn, the requests it leads to, and the words that come of it. `README.md` describes the format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from channels.kit.case import AT, CaseError, Step, only, step_of
from channels.kit.play import compacted
from channels.parts import Parts, Text, parts_from_json
from channels.robot import Heard, Person, Returned, Told, Turn, Why, Words
from channels.value import value

ASKED = ("turn", "ended")
TURN_FOR = timedelta(seconds=10)
KEY = "turn-1"
_CASE = {"about", "config", "tokens", "exchange", "words", "error", *ASKED}


@value
class RobotCase:
    """What happened (`turn`; `asked` says whether it is one, or the end), what goes over the wire, and how it ends."""

    path: Path
    about: str
    config: Mapping[str, Any]
    tokens: Mapping[str, str]
    asked: str
    turn: Turn
    exchange: tuple[Step, ...]
    outcome: Mapping[str, Any]

    @property
    def succeeds(self) -> bool:
        return "error" not in self.outcome and not any(step.fault for step in self.exchange)


@cache
def load_robot_cases(folder: Path) -> tuple[RobotCase, ...]:
    """All cases below a folder, sorted by path; raises `CaseError` for the first that cannot be read."""
    return tuple(load_robot_case(path) for path in sorted(folder.rglob("*.json")))


def load_robot_case(path: Path) -> RobotCase:
    try:
        value = orjson.loads(path.read_bytes())
        only(value, _CASE, "case")
        (asked,) = (name for name in ASKED if name in value)
        return RobotCase(
            path=path,
            about=value.get("about", ""),
            config=value.get("config", {}),
            tokens=value.get("tokens", {}),
            asked=asked,
            turn=turn_of(value[asked]),
            exchange=tuple(step_of(step) for step in value.get("exchange", ())),
            outcome={key: value[key] for key in ("words", "error") if key in value},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CaseError(f"{path}: a case has one of {' and '.join(ASKED)}, and what README.md says: {error}") from error


def turn_of(given: Mapping[str, Any]) -> Turn:
    """The `turn` of a case. What is left out is as in most turns: something was heard, ten seconds are left."""
    only(given, {item.name for item in fields(Turn)}, "turn")
    at = datetime.fromisoformat(given.get("at", AT))
    until = datetime.fromisoformat(given["until"]) if "until" in given else at + TURN_FOR
    returned, person = given.get("returned"), given.get("person", {})
    return Turn(
        key=given.get("key", KEY),
        contact=given.get("contact", "contact-1"),
        why=Why(given.get("why", "heard")),
        heard=tuple(
            Heard(item.get("seq", seq), _at(item, at), _parts(item), item.get("payload", ""))
            for seq, item in enumerate(given.get("heard", ()), 100)
        ),
        at=at,
        until=until,
        told=tuple(
            Told(item.get("seq", seq), _at(item, at), item["by"], _parts(item))
            for seq, item in enumerate(given.get("told", ()), 1)
        ),
        person=Person(**{"id": "customer-1", **person}),
        memory=given.get("memory", {}),
        channel=given.get("channel", "website"),
        shows=frozenset(given.get("shows", ("choices",))),
        returned=Returned(**returned) if returned is not None else None,
        open=given.get("open", True),
        assist=given.get("assist", False),
    )


def words_to_case(words: Words) -> dict[str, Any]:
    """Words as a case writes them: without what has its default value."""
    written: dict[str, Any] = orjson.loads(orjson.dumps(compacted(words)))
    return written


def _at(item: Mapping[str, Any], at: datetime) -> datetime:
    return datetime.fromisoformat(item["at"]) if "at" in item else at


def _parts(item: Mapping[str, Any]) -> Parts:
    """`text` is short for one part of text."""
    return (Text(item["text"]),) if "text" in item else parts_from_json(item["parts"])
