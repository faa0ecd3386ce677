"""What strangers send: bodies that break careless parsers, and every small way in which a good body can be wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

STRANGE_BODIES: dict[str, bytes] = {
    "empty": b"",
    "space": b" \r\n",
    "nul": b"\x00",
    "not_utf8": b"\xff\xfe\x00\xd8",
    "word": b"hello",
    "null": b"null",
    "number": b"1",
    "huge_number": b"1" * 5000,
    "string": b'"events"',
    "list": b"[]",
    "object": b"{}",
    "list_of_null": b"[null]",
    "lone_surrogate": b'{"events": "\\ud800"}',
    "nul_in_string": b'{"events": "\\u0000"}',
    "deep_list": b"[" * 100_000 + b"]" * 100_000,
    "deep_object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "nan": b'{"at": NaN}',
    "doctype": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "open_tag": b"<xml><a>",
    "form": b"a=1&a=2&%ff=%00",
    "multipart": b"--x\r\nContent-Disposition: form-data; name=",
}


class _Missing:
    """In the place of a value: nothing, not even its key."""

    def __repr__(self) -> str:
        return "(left out)"


MISSING = _Missing()
STRANGE_VALUES: tuple[Any, ...] = (
    MISSING,
    None,
    True,
    0,
    -1,
    1.5,
    10**18,
    "",
    " ",
    "\x00",
    "\u202e😀" * 50,
    "9" * 400,
    [],
    [None],
    [[]],
    {},
    {"": None},
)

EXTRA = "field_the_kit_made_up"


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to every value inside a JSON value, the outermost excepted."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from nodes(item, (*path, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of a JSON value with another value at the path, or nothing there (`MISSING`)."""
    whole = copy.deepcopy(value)
    place = whole
    for key in path[:-1]:
        place = place[key]
    if new is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = new
    return whole


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def everywhere(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """A copy with every object changed."""
    if isinstance(value, dict):
        return change({key: everywhere(item, change) for key, item in value.items()})
    return [everywhere(item, change) for item in value] if isinstance(value, list) else value


def without_extra(value: Any) -> Any:
    return everywhere(value, lambda found: {key: item for key, item in found.items() if key != EXTRA})


def cuts(body: bytes, most: int = 60) -> Iterator[bytes]:
    """The body cut off at up to `most` places, and with one byte flipped there."""
    step = max(len(body) // most, 1)
    for place in range(0, len(body), step):
        yield body[:place]
        yield body[:place] + bytes([body[place] ^ 0x5A]) + body[place + 1 :]
