"""How IMAP spells things: what a server says of a mail, and how a folder's name or a text is said to it. Pure.
https://www.rfc-editor.org/rfc/rfc3501#section-9"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

from channels.value import value

UNDATED = datetime(2001, 1, 1, tzinfo=UTC)  # when a mail came of which no server says when

_UID = re.compile(rb"\bUID (\d{1,10})", re.IGNORECASE)
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})", re.IGNORECASE)
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"', re.IGNORECASE)


@value
class Listed:
    """A mail as the server describes it."""

    uid: int
    size: int
    at: datetime


def uid_in(line: bytes) -> int | None:
    """Which mail a line is about."""
    found = _UID.search(line)
    return int(found[1]) if found else None


def listed_in(line: bytes) -> Listed | None:
    """What it says of a mail; None if it is about none."""
    uid, size, date = _UID.search(line), _SIZE.search(line), _DATE.search(line)
    if uid is None:
        return None
    return Listed(int(uid[1]), int(size[1]) if size else 0, _moment(date[1] if date else b""))


def _moment(text: bytes) -> datetime:
    """`17-Jul-1996 02:44:25 -0700`; `UNDATED` for what is none."""
    try:
        return datetime.strptime(text.decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return UNDATED


def said_of(raw: bytes) -> str:
    """A server's words, for people."""
    return raw.decode("utf-8", "replace")[:300].strip()


def quoted(text: str) -> str:
    """A text as it is said to a server."""
    return '"' + re.sub(r'([\\"])', r"\\\1", re.sub(r"[\r\n\0]", "", text)) + '"'


def in_utf7(name: str) -> str:
    """A folder's name as IMAP spells it. https://www.rfc-editor.org/rfc/rfc3501#section-5.1.3"""

    def packed(found: re.Match[str]) -> str:
        return "&" + base64.b64encode(found[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"

    return re.sub(r"[^\x20-\x7e]+", packed, name.replace("&", "&-"))
