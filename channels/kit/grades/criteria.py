"""The table of what a grade takes. Each row looks at the evidence and says what is missing; nothing is missing: it is met.

Bronze: it can be trusted. Silver: it carries everything that the platform has. Gold: one would not do without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import fields
from enum import StrEnum

from channels.events import EVENT_TYPES
from channels.kit.grades.calls import undocumented
from channels.kit.grades.evidence import Evidence, contracts_of
from channels.manifest import Pace
from channels.parts import PART_TYPES
from channels.value import value

FILES = frozenset({"image", "audio", "video", "file"})
KINDS = {str(item.default): part.__name__ for part in PART_TYPES for item in fields(part) if item.name == "type"}
MADE = frozenset(EVENT_TYPES) | frozenset(KINDS.values())
LEAST_PAGE = 1000  # characters: less explains nothing
CHAPTERS = {
    "how it is set up": re.compile(r"^## .*\bset\w* it up", re.IGNORECASE | re.MULTILINE),
    "what is not supported": re.compile(r"^## .*\bnot support", re.IGNORECASE | re.MULTILINE),
}
FILE_HEARD = re.compile(r'heard\(\w+, "media"\)')  # as an agent's desk is told of one


class Grade(StrEnum):
    """Worst first."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


@value
class Criterion:
    """`missing` says what is, and nothing if it is met. `excusable`: a platform may not have it, and then `quality.toml` says why."""

    name: str
    grade: Grade
    words: str
    missing: Callable[[Evidence], str]
    excusable: bool = False


def _kit(seen: Evidence) -> str:
    held = any(seen.adapter.__name__ in contracts_of(text) for text in seen.tests.values())
    return "" if held and seen.cases else "a test that inherits AdapterContract and leaves none of it out, and cases"


def _documentation(seen: Evidence) -> str:
    return _list("the platform's documentation at the calls in", map(str, undocumented(seen.modules)))


def _inbound(seen: Evidence) -> str:
    said = seen.arrived
    never = {kind for kind in seen.kinds if not re.search(rf"(?<!\w){re.escape(kind)}(?!\w)", said, re.IGNORECASE)}
    return _list("a golden case with", ((seen.calls & MADE) - seen.heard) | never)


def _statuses(seen: Evidence) -> str:
    if "StatusReported" not in seen.heard:
        return "a golden case in which the platform says how far a message has come"
    return _list("a golden case in which a message is", seen.made_statuses - seen.told_statuses)


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
    """In a case in which the platform is asked: to keep quiet is no power."""
    asked = f"`{name}`, with a case in which the platform is asked and does it"
    return lambda seen: "" if any(case.exchange for case in seen.told(name)) else asked


def _profile(seen: Evidence) -> str:
    named = [case for case in seen.told("profile") if case.outcome.get("result", {}).get("name")]
    return "" if named else "`profile`, with a case that tells a name"


def _window(seen: Evidence) -> str:
    if seen.adapter.manifest.reply_window is None and "ReplyToken" not in seen.calls:
        return "Manifest.reply_window, or reply tokens"
    return "" if "WindowClosed" in seen.errors else "a case in which it is too late"


def _pacing(seen: Evidence) -> str:
    return "" if seen.adapter.manifest.pace != Pace() else "Manifest.pace: how fast does this platform let us send?"


def _run(seen: Evidence) -> str:
    """Through the real server, with a channel of this adapter and a file that comes in."""
    runs = "Served(" in seen.run and re.search(r"^async def test_", seen.run, re.MULTILINE)
    if not runs or f'adapter = "{seen.adapter.manifest.name}"' not in seen.run:
        return "an end-to-end test, named as `run`"
    return "" if FILE_HEARD.search(seen.run) else "a file in the end-to-end test"


def _page(seen: Evidence) -> str:
    page = f"docs/channels/{seen.adapter.manifest.name}.md"
    if len(seen.page) < LEAST_PAGE:
        return page
    bare = [what for what, heading in CHAPTERS.items() if not heading.search(seen.page)]
    return f"in {page} a chapter on {' and on '.join(bare)}" if bare else ""


def _said(seen: Evidence) -> set[str]:
    return {part["type"] for case in seen.told("send") for part in case.call["parts"]}


def _list(what: str, names: Iterable[str]) -> str:
    found = sorted(names)
    return f"{what} {', '.join(found)}" if found else ""


BRONZE, SILVER, GOLD = Grade
CRITERIA = (
    Criterion("kit", BRONZE, "the conformance kit is passed", _kit),
    Criterion("documentation", BRONZE, "each call says where it is documented", _documentation),
    Criterion("inbound", SILVER, "a golden case for each kind of event and of message that comes in", _inbound),
    Criterion("parts", SILVER, "a golden case for each part that goes out", _parts),
    Criterion("errors", SILVER, "each error code, with each part, leads to what the manifest says", _errors),
    Criterion("statuses", SILVER, "how far a message has come", _statuses, excusable=True),
    Criterion("media_in", SILVER, "files come in", _media_in, excusable=True),
    Criterion("media_out", SILVER, "files go out", _media_out, excusable=True),
    Criterion("profile", GOLD, "who the customer is", _profile, excusable=True),
    Criterion("typing", GOLD, "the customer sees that we are writing", _power("typing"), excusable=True),
    Criterion("read_marks", GOLD, "the customer sees that we have read", _power("mark_read"), excusable=True),
    Criterion(
        "window", GOLD, "until when we may answer, and what is said when it is too late", _window, excusable=True
    ),
    Criterion("health", GOLD, "the platform tells how the account is", _power("health"), excusable=True),
    Criterion("pacing", GOLD, "as fast as the platform lets us", _pacing),
    Criterion("run", GOLD, "a conversation through the real server, with a file", _run),
    Criterion("page", GOLD, "a page that says how it is set up, and what is not supported", _page),
)
