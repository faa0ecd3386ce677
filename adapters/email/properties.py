"""The lists of properties in a `winmail.dat`: a number of them, each with a type, an id and its values. Pure.

A list is read from the front, for only the length of a property says where the next one begins. A type that nobody has heard of
therefore ends it.
https://learn.microsoft.com/en-us/office/client-developer/outlook/mapi/attmapiprops and
https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxtnef/c27c89ec-7f8b-48d3-9e27-dc7600d23854
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from adapters.email.charset import decoded, one_line
from channels import Source
from channels.value import value

OBJECT, STRING, UNICODE, BINARY = 0x000D, 0x001E, 0x001F, 0x0102
MOST_NAME = 8192  # bytes of a name that are looked at

_SEVERAL = 0x1000  # in a type: a property with any number of values
_NAMED = 0x8000  # ids from here on are followed by a name
_GUID = 16
# The types whose values have no length of their own, and the length that they have.
# https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxcdata/0c77892e-288e-435a-9c49-be1c20c7afdb
_SIZES = {0x02: 2, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 2, 0x14: 8, 0x40: 8, 0x48: 16}
_LONG_ONES = frozenset({OBJECT, STRING, UNICODE, BINARY})
# Where Python has another name than `cp` and the number. https://learn.microsoft.com/en-us/windows/win32/intl/code-page-identifiers
_PAGES = {
    **{0: "", 1: "", 936: "gb18030", 950: "big5", 1200: "utf-16-le", 1201: "utf-16-be", 10000: "mac-roman"},
    **{20127: "us-ascii", 20866: "koi8-r", 20936: "gb18030", 21866: "koi8-u", 54936: "gb18030", 65000: "utf-7"},
    **{51932: "euc-jp", 51936: "gb18030", 51949: "euc-kr", 52936: "hz", 65001: "utf-8"},
    **dict.fromkeys((50220, 50221, 50222), "iso-2022-jp"),
    **{28590 + number: f"iso-8859-{number}" for number in range(1, 16)},
}


class Unreadable(Exception):
    """The rest of a list cannot be told apart, or is not worth the time."""


@value
class Property:
    """One of its values, the only one in nearly all of them: where its bytes are."""

    id: int
    type: int
    start: int
    end: int


def properties(source: Source, start: int, end: int, step: Callable[[], bool]) -> Iterator[Property]:
    """The list that is in this stretch. `step` says whether to go on, value by value. Raises `Unreadable` after what could be read."""
    reading = _List(source, start, end)
    for _ in range(reading.number()):
        if not step():
            raise Unreadable
        type, id = struct.unpack("<HH", reading.taken(4))
        if id >= _NAMED:
            reading.name()
        for first, last in reading.values(type):
            if not step():
                raise Unreadable
            yield Property(id, type & ~_SEVERAL, first, last)


def number_in(raw: bytes) -> int:
    return int.from_bytes(raw[:4], "little")


def text_in(raw: bytes, charset: str) -> str:
    """A name or the like, up to the NUL that ends it, on one line."""
    if charset == "utf-16-le":
        return one_line(raw.decode(charset, "replace").partition("\0")[0])
    return one_line(decoded(raw.partition(b"\0")[0], charset))


def charset_of(page: int) -> str:
    """The charset that is behind the number of a code page."""
    return _PAGES.get(page, f"cp{page}")


class _List:
    def __init__(self, source: Source, start: int, end: int) -> None:
        self._source, self._at, self._end = source, start, end

    def taken(self, size: int) -> bytes:
        first, last = self.skipped(size)
        return self._source[first:last]

    def skipped(self, size: int) -> tuple[int, int]:
        first, self._at = self._at, self._at + size
        if self._at > self._end:
            raise Unreadable
        return first, self._at

    def number(self) -> int:
        return number_in(self.taken(4))

    def name(self) -> None:
        """That of a property which a program thought of by itself; none of those is looked for."""
        self.skipped(_GUID)
        is_text, size = self.number(), self.number()
        if is_text:
            self.skipped(_filled(size))

    def values(self, type: int) -> Iterator[tuple[int, int]]:
        plain = type & ~_SEVERAL
        if plain in _LONG_ONES:
            for _ in range(self.number()):
                size = self.number()
                first, last = self.skipped(size)
                self._at = min(first + _filled(size), self._end)
                yield first, last
        elif plain in _SIZES:
            each = _SIZES[plain]
            first, last = self.skipped(_filled(each * (self.number() if type & _SEVERAL else 1)))
            yield first, min(first + each, last)
        else:
            raise Unreadable


def _filled(size: int) -> int:
    """With the bytes that make it a multiple of four."""
    return size + -size % 4
