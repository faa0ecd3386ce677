"""A case file: one thing that arrives, or one thing we say, with what must come of it.

The format is described in `README.md` next to this file. Reading is here; `update` writes what really happened back into
the file. Playing a case is in `channels.kit.play`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import field, fields
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson

from channels.errors import UcsError
from channels.events import EVENT_TYPES, Received, event_from_json
from channels.kit.connection import exchanges_of
from channels.value import value
from channels.wire import Answer, Request

POWERS = ("send", "forward", "fetch", "profile", "typing", "mark_read", "recall", "end", "poll", "health")
AT = "2026-01-01T00:00:00Z"

_BODY = {"json", "form", "body", "base64"}
_INBOUND = {"about", "config", "request", "at", "signed", "events", "error", "answer"}
_OUTBOUND = {"about", "config", "tokens", "files", "held", "exchange", "response", "receipt", "result", "error"}


class CaseError(UcsError):
    """A case file cannot be read: the file, the key, and what was expected."""


@value
class Step:
    """One request that must be made, as the case writes it, and its end: an answer, or a fault instead of one.

    `written` is the answer as the file has it. A step may also be a connection that is not HTTP, with its `dialogue`.
    """

    request: Mapping[str, Any]
    answer: Answer = field(default_factory=lambda: Answer(200))
    fault: str = ""
    written: Mapping[str, Any] = field(default_factory=dict)
    dialogue: tuple[str, ...] | None = None


@value
class InboundCase:
    """What arrived, and what it means. `payload` is the request's JSON where it has one."""

    path: Path
    about: str
    config: Mapping[str, Any]
    request: Request
    signed: bool
    payload: Any
    events: tuple[Received, ...]
    error: str
    answer: Mapping[str, Any] | None


@value
class OutboundCase:
    """What we say (`call`, by `power`), what goes over the wire, and how it ends (`outcome`, as in the file). `held` are the reply
    tokens whose webhook waits."""

    path: Path
    about: str
    config: Mapping[str, Any]
    tokens: Mapping[str, str]
    files: Mapping[str, bytes]
    held: tuple[str, ...]
    power: str
    call: Mapping[str, Any]
    exchange: tuple[Step, ...]
    outcome: Mapping[str, Any]

    @property
    def succeeds(self) -> bool:
        return "error" not in self.outcome


Case = InboundCase | OutboundCase


def load_cases(folder: Path) -> tuple[Case, ...]:
    """All cases below a folder, sorted by path; raises `CaseError` for the first that cannot be read."""
    return tuple(load_case(path) for path in sorted(folder.rglob("*.json")))


def load_case(path: Path) -> Case:
    try:
        value = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise CaseError(f"{path}: this is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise CaseError(f"{path}: a case is a JSON object, not {type(value).__name__}.")
    powers = [power for power in POWERS if power in value]
    if ("request" in value) == bool(powers) or len(powers) > 1:
        raise CaseError(f"{path}: exactly one of request, {', '.join(POWERS)} is expected.")
    try:
        return _outbound(path, value, powers[0]) if powers else _inbound(path, value)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CaseError(f"{path}: {error}") from error


def update(path: Path, new: Mapping[str, Any], *, drop: tuple[str, ...] = ()) -> None:
    """Write results into a case file, leaving everything else in it as it was."""
    value = {key: item for key, item in orjson.loads(path.read_bytes()).items() if key not in drop} | dict(new)
    path.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")


def body_of(value: Mapping[str, Any]) -> bytes:
    """The bytes that `json`, `form`, `body` or `base64` stand for."""
    given = _BODY & set(value)
    if len(given) > 1:
        raise ValueError(f"only one of {', '.join(sorted(given))} can be the body")
    if "json" in value:
        return orjson.dumps(value["json"])
    if "form" in value:
        return urlencode(value["form"]).encode()
    if "base64" in value:
        return base64.b64decode(value["base64"], validate=True)
    return str(value.get("body", "")).encode()


def body_to_case(body: bytes) -> dict[str, Any]:
    """The most readable way to write a body into a case; nothing for an empty one."""
    try:
        return {"body": body.decode()} if body else {}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def lower(headers: Mapping[str, Any]) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in headers.items()}


def only(value: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(set(value) - known):
        raise ValueError(f"{where}: unknown key {', '.join(unknown)}; known are {', '.join(sorted(known))}")


def _inbound(path: Path, value: dict[str, Any]) -> InboundCase:
    only(value, _INBOUND, "case")
    given = value["request"]
    only(given, {"method", "path", "query", "headers"} | _BODY, "request")
    at = datetime.fromisoformat(value.get("at", AT))
    if at.tzinfo is None:
        raise ValueError(f"at: {value['at']} has no time zone; write {value['at']}Z")
    request = Request(
        method=given.get("method", "POST"),
        path=given.get("path", "/"),
        query={name: str(item) for name, item in given.get("query", {}).items()},
        headers=lower(given.get("headers", {})),
        body=body_of(given),
        at=at,
    )
    return InboundCase(
        path=path,
        about=value.get("about", ""),
        config=value.get("config", {}),
        request=request,
        signed=value.get("signed", True),
        payload=given.get("json"),
        events=tuple(_event(item) for item in value.get("events", ())),
        error=value.get("error", ""),
        answer=value.get("answer"),
    )


def _event(value: dict[str, Any]) -> Received:
    if kind := EVENT_TYPES.get(value.get("event", "")):
        only(value, {"event"} | {item.name for item in fields(kind)}, value["event"])
    return event_from_json(value)


def _outbound(path: Path, value: dict[str, Any], power: str) -> OutboundCase:
    only(value, _OUTBOUND | {power}, "case")
    return OutboundCase(
        path=path,
        about=value.get("about", ""),
        config=value.get("config", {}),
        tokens=value.get("tokens", {}),
        files={name: body_of(content) for name, content in value.get("files", {}).items()},
        held=tuple(value.get("held", ())),
        power=power,
        call=value[power],
        exchange=tuple(step_of(step) for step in value.get("exchange", ())),
        outcome={key: value[key] for key in ("response", "receipt", "result", "error") if key in value},
    )


def _connection_of(value: dict[str, Any]) -> Step:
    """`{"connect": "starttls://host:587", "dialogue": ["S: 220 hello", "C: EHLO me", ...]}`"""
    only(value, {"connect", "dialogue", "fault"}, "exchange")
    dialogue = tuple(value.get("dialogue", ()))
    exchanges_of(dialogue)  # raises for what is none
    return Step({"method": "CONNECT", "url": value["connect"]}, fault=value.get("fault", ""), dialogue=dialogue)


def step_of(value: dict[str, Any]) -> Step:
    if "connect" in value:
        return _connection_of(value)
    only(value, {"request", "answer", "fault"}, "exchange")
    request, fault = value.get("request", {}), value.get("fault", "")
    only(request, {"method", "url", "query", "headers", "files"} | _BODY, "request")
    if fault not in ("", "unreachable", "uncertain"):
        raise ValueError(f"fault: {fault!r} is neither unreachable nor uncertain")
    answer = value.get("answer", {})
    only(answer, {"status", "headers"} | _BODY, "answer")
    end = Answer(answer.get("status", 200), body_of(answer), lower(answer.get("headers", {})))
    return Step(request, end, fault, answer)
