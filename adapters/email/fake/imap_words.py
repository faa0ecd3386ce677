"""IMAP's grammar, as far as the fake provider knows it. https://www.rfc-editor.org/rfc/rfc3501#section-9"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_WORDS = re.compile(r'"((?:[^"\\\r\n]|\\["\\])*)"|(\([^()]*\))|([^\s()"]+)')
_DAY = re.compile(r"(\d{1,2})-([A-Z][a-z]{2})-(\d{4})")


class No(Exception):
    """It cannot be done: with the words after NO."""


class Bad(Exception):
    """It is not a command as the grammar has it."""


def words(rest: str) -> list[str]:
    """Words, texts without their quotes, and lists with their parentheses. Raises `Bad` for what is none of these."""
    found, at = [], 0
    for match in _WORDS.finditer(rest):
        if rest[at : match.start()].strip(" "):
            raise Bad("that cannot be read")
        found.append(match[2] or match[3] or re.sub(r"\\(.)", r"\1", match[1] or ""))
        at = match.end()
    if rest[at:].strip(" "):
        raise Bad("that cannot be read")
    return found


def among(uids: str, there: Sequence[int]) -> Iterator[int]:
    """Those of a sequence-set that there are; a star is the last one."""
    for some in uids.split(","):
        first, _, last = some.partition(":")
        ends = [str(there[-1]) if there and end == "*" else end for end in (first, last or first)]
        if not all(end.isdecimal() or end == "*" for end in ends):
            raise Bad(f"{uids} names no mails")
        if "*" not in ends:
            low, high = sorted(map(int, ends))
            yield from (uid for uid in there if low <= uid <= high)


def date_of(day: str) -> date:
    """`1-Mar-2026`. Raises `Bad` for what is none."""
    found = _DAY.fullmatch(day)
    if found is None or found[2] not in MONTHS:
        raise Bad(f"{day} is no day")
    return date(int(found[3]), MONTHS.index(found[2]) + 1, int(found[1]))


def moment(at: datetime) -> str:
    """`" 1-Mar-2026 12:00:00 +0000"`, in its quotes."""
    return f'"{at.day:2}-{MONTHS[at.month - 1]}-{at:%Y %H:%M:%S %z}"'
