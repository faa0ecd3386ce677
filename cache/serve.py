"""How a file leaves us over HTTP: status, headers and which bytes, as a value. The handler that writes them is the API's.

The headers take it that every file was written by an enemy: no guessing of types, nothing runs, nothing is shown inline
except what we drew ourselves and sound and film. See RFC 9110, sections 13 (conditions) and 14 (ranges).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from cache import page
from cache.item import ORIGINAL, PAGE, PICTURES, Item, Rendition, State
from cache.kind import ACTIVE, UNKNOWN
from cache.names import clean_name, renamed
from channels.errors import NotFound, Refused
from channels.value import value

# Originals that a browser may play where it stands. No picture is here: of those only what we drew is shown.
_PLAYABLE = frozenset(
    f"{family}/{box}"
    for family, boxes in {
        "audio": ("mpeg", "mp4", "ogg", "webm", "wav", "aac", "flac"),
        "video": ("mp4", "webm", "ogg", "quicktime"),
    }.items()
    for box in boxes
)
_RANGE = re.compile(r"bytes=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE | re.ASCII)

_ALWAYS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    # The signed link is the permission; the pages that show files live on another origin on purpose.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Accept-Ranges": "bytes",
    # As long as a link to one reader lives; the bytes under one link never change.
    "Cache-Control": "private, max-age=600, immutable, no-transform",
}


@value
class Served:
    """An answer without its body: the bytes of blob `sha256` from `start` up to, not including, `end`."""

    status: int
    headers: Mapping[str, str]
    sha256: str
    start: int
    end: int


def serve(item: Item, rendition: str, headers: Mapping[str, str]) -> Served:
    """The answer to a GET or HEAD for this rendition. `headers` are the request's, names in lower case.

    Raises `Refused` while the file is still being fetched, `NotFound` if it failed or has no such rendition.
    """
    chosen = rendition_of(item, rendition)
    answer = {**_ALWAYS, "ETag": f'"{chosen.sha256}"'}
    if _known(headers.get("if-none-match", ""), chosen.sha256):
        return Served(304, answer, chosen.sha256, 0, 0)
    answer |= _content(item, rendition, chosen)
    wanted = headers.get("range", "") if _unchanged(headers.get("if-range", ""), chosen.sha256) else ""
    span = _span(wanted, chosen.size)
    if span is None:
        return Served(200, answer | {"Content-Length": str(chosen.size)}, chosen.sha256, 0, chosen.size)
    start, end = span
    if start >= end:
        refused = {**_ALWAYS, "Content-Range": f"bytes */{chosen.size}", "Content-Length": "0"}
        return Served(416, refused, chosen.sha256, 0, 0)
    answer |= {"Content-Range": f"bytes {start}-{end - 1}/{chosen.size}", "Content-Length": str(end - start)}
    return Served(206, answer, chosen.sha256, start, end)


def rendition_of(item: Item, rendition: str) -> Rendition:
    """The blob behind a rendition's name; the original counts as one."""
    if item.state is State.PENDING:
        raise Refused("The file is still being fetched; ask again in a moment.")
    if item.state is State.FAILED:
        raise NotFound(f"The file is not here: {item.reason}")
    if rendition == ORIGINAL or (rendition == PAGE and item.mime == page.SHOWN_AS):
        return Rendition(item.sha256, item.size, item.mime, item.width, item.height)
    found = item.renditions.get(rendition)
    if found is None:
        raise NotFound(f"The file has no rendition {rendition[:40]!r}.")
    return found


def disposition(kind: str, name: str) -> str:
    """`Content-Disposition` by RFC 6266: a plain name for old clients, the real one by RFC 5987."""
    cleaned = clean_name(name)
    plain = re.sub(r'[^\x20-\x7e]|["\\%;]', "_", cleaned)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(cleaned, safe='')}"


def _content(item: Item, rendition: str, chosen: Rendition) -> dict[str, str]:
    if rendition in (PAGE, PICTURES):
        return _framed()
    drawn = rendition != ORIGINAL
    inline = drawn or chosen.mime in _PLAYABLE
    name = renamed(item.name, chosen.mime) if drawn and chosen.mime != item.mime else item.name
    return {
        "Content-Type": UNKNOWN if chosen.mime in ACTIVE else chosen.mime,
        "Content-Disposition": disposition("inline" if inline else "attachment", name),
    }


def _framed() -> dict[str, str]:
    """A document for a frame of ours, and for no other place: who opens the link by itself gets the same sandbox."""
    return {
        "Content-Type": f"{page.SHOWN_AS}; charset=utf-8",
        "Content-Disposition": "inline",
        "Content-Security-Policy": page.POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Frame-Options": "SAMEORIGIN",
    }


def _known(if_none_match: str, sha256: str) -> bool:
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return any(tag in ("*", f'"{sha256}"') for tag in tags)


def _unchanged(if_range: str, sha256: str) -> bool:
    """Only a strong tag can promise that; a date cannot, for we state none."""
    return if_range.strip() in ("", f'"{sha256}"')


def _span(wanted: str, size: int) -> tuple[int, int] | None:
    """The bytes that a `Range` asks for; None to send all (no range, several, or nonsense); empty if there are none such."""
    match = _RANGE.fullmatch(wanted.strip()) if len(wanted) <= 100 else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) + 1, size) if last else size
