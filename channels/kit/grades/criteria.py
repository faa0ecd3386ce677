"""The table of what a grade takes. Each row looks at the evidence and says what is missing; nothing is missing: it is met.

Bronze: it can be trusted. Silver: it carries everything that the platform has. Gold: one would not do without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from enum import StrEnum

from channels.events import EVENT_TYPES
from channels.kit.grades.calls import undocumented
from channels.kit.grades.evidence import Evidence
from channels.manifest import Pace
from channels.parts import PART_TYPES

FILES = frozenset({"image", "audio", "video", "file"})
KINDS = {str(item.default): part.__name__ for part in PART_TYPES for item in fields(part) if item.name == "type"}
MADE = frozenset(EVENT_TYPES) | frozenset(KINDS.values())
LEAST_PAGE = 1000  # characters: less explains nothing


class Grade(StrEnum):
    """Worst first."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


@dataclass(frozen=True, slots=True)
class Criterion:
    """`missing` says what is, and nothing if it is met. `excusable`: a platform may not have it, and then `quality.toml` says why."""

    name: str
    grade: Grade
    words: str
    missing: Callable[[Evidence], str]
    excusable: bool = False


def _kit(seen: Evidence) -> str:
    inherits = any("AdapterContract" in text for text in seen.tests.values())
    return "" if inherits and seen.cases else "a test that inherits AdapterContract, and cases"


def _documentation(seen: Evidence) -> str:
    return _list("the platform's documentation at the calls in", map(str, undocumented(seen.modules)))


def _inbound(seen: Evidence) -> str:
    return _list("a golden case with", (seen.calls & MADE) - seen.heard)


def _statuses(seen: Evidence) -> str:
    return (
        "" if "StatusReported" in seen.heard else "a golden case in which the platform says how far a message has come"
    )


def _media_in(seen: Evidence) -> str:
    read = [case for case in seen.told("fetch") if {"body", "base64"} & set(case.outcome.get("result", ()))]
    return "" if read else "`fetch`, with a case that brings a file"


def _media_out(seen: Evidence) -> str:
    return "" if FILES & _said(seen) else "a case in which a file goes out"


def _parts(seen: Evidence) -> str:
    sends = seen.adapter.manifest.sends
    wanted = {"text", *(kind for kind in KINDS if getattr(sends, kind, None))}
    return _list("a case that succeeds with", wanted - _said(seen))


def _errors(seen: Evidence) -> str:
    if not seen.adapter.manifest.errors:
        return "Manifest.errors"
    tried = any("def refusal(" in text for text in seen.tests.values())
    return "" if tried else "`refusal` in its test, with which the kit tries each code with each part"


def _power(name: str) -> Callable[[Evidence], str]:
    return lambda seen: "" if seen.told(name) else f"`{name}`, with a case that succeeds"


def _window(seen: Evidence) -> str:
    knows = seen.adapter.manifest.reply_window is not None or "ReplyToken" in seen.calls
    return "" if knows else "Manifest.reply_window, or reply tokens"


def _pacing(seen: Evidence) -> str:
    return "" if seen.adapter.manifest.pace != Pace() else "Manifest.pace: how fast does this platform let us send?"


def _run(seen: Evidence) -> str:
    """Through the real server, with a channel of this adapter."""
    runs = "Served(" in seen.run and re.search(r"^async def test_", seen.run, re.MULTILINE)
    return (
        "" if runs and f'adapter = "{seen.adapter.manifest.name}"' in seen.run else "an end-to-end test, named as `run`"
    )


def _page(seen: Evidence) -> str:
    return "" if len(seen.page) >= LEAST_PAGE else f"docs/channels/{seen.adapter.manifest.name}.md"


def _said(seen: Evidence) -> set[str]:
    return {part["type"] for case in seen.told("send") for part in case.call["parts"]}


def _list(what: str, names: Iterable[str]) -> str:
    found = sorted(names)
    return f"{what} {', '.join(found)}" if found else ""


BRONZE, SILVER, GOLD = Grade
CRITERIA = (
    Criterion("kit", BRONZE, "the conformance kit is passed", _kit),
    Criterion("documentation", BRONZE, "each call says where it is documented", _documentation),
    Criterion("inbound", SILVER, "a golden case for each event and part that comes in", _inbound),
    Criterion("parts", SILVER, "a golden case for each part that goes out", _parts),
    Criterion("errors", SILVER, "each error code, with each part, leads to what the manifest says", _errors),
    Criterion("statuses", SILVER, "how far a message has come", _statuses, excusable=True),
    Criterion("media_in", SILVER, "files come in", _media_in, excusable=True),
    Criterion("media_out", SILVER, "files go out", _media_out, excusable=True),
    Criterion("profile", GOLD, "who the customer is", _power("profile"), excusable=True),
    Criterion("typing", GOLD, "the customer sees that we are writing", _power("typing"), excusable=True),
    Criterion("read_marks", GOLD, "the customer sees that we have read", _power("mark_read"), excusable=True),
    Criterion("window", GOLD, "until when we may answer", _window, excusable=True),
    Criterion("health", GOLD, "the platform tells how the account is", _power("health"), excusable=True),
    Criterion("pacing", GOLD, "as fast as the platform lets us", _pacing),
    Criterion("run", GOLD, "a conversation through the real server", _run),
    Criterion("page", GOLD, "a page for those who set it up", _page),
)
