"""The body of a push: XML, or JSON if the account chose that. Either way a dictionary of the same names.

The XML is read by expat itself, with nothing of XML that a push has no use for: a document type (and with it every entity, inside
or outside) is refused where it begins, and so is anything nested deeper than a push can be, or of more elements. What is read is
bounded by the manifest's body limit.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite
from typing import Any, NoReturn
from xml.parsers import expat

import orjson

from channels.errors import Malformed

Push = dict[str, Any]

# Seconds since 1970: from 2001 to 2100.
FIRST_MOMENT, LAST_MOMENT = 10**9, 4_102_444_800
DEEPEST = 8  # elements inside one another; pushes have four
MOST = 1_000  # elements; pushes have some thirty, and it is read before anybody knows who wrote it


def read(body: bytes) -> Push:
    """An element with elements in it is a dictionary, one without is its text, and one that is repeated a list of them."""
    if body.lstrip()[:1] == b"{":
        return _json(body)
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = reader.begin
    parser.CharacterDataHandler = reader.add
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise Malformed(f"The body is neither JSON nor XML: {error}.") from None
    if not isinstance(reader.whole, dict):
        raise Malformed("The body is XML without any element in its root.")
    return reader.whole


def _json(body: bytes) -> Push:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error}.") from None
    if type(found) is not dict:
        raise Malformed("The body is JSON, but no object.")
    return found


def _refuse(*_about: object) -> NoReturn:
    raise Malformed("The body has a document type, which no push has.")


class _Reader:
    """What expat tells, put together: each open element's name, the elements in it, and the pieces of its text."""

    def __init__(self) -> None:
        self.whole: Push | str = ""
        self._open: list[tuple[str, Push, list[str]]] = []
        self._count = 0

    def begin(self, name: str, _attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST:
            raise Malformed(f"The body has more than {MOST} elements, which no push has.")
        if len(self._open) == DEEPEST:
            raise Malformed(f"The body has elements more than {DEEPEST} deep, which no push has.")
        self._open.append((name, {}, []))

    def add(self, text: str) -> None:
        self._open[-1][2].append(text)

    def end(self, name: str) -> None:
        _, elements, text = self._open.pop()
        value: Push | str = elements or "".join(text)
        if not self._open:
            self.whole = value
            return
        around = self._open[-1][1]
        if name not in around:
            around[name] = value
        elif type(around[name]) is list:
            around[name].append(value)
        else:
            around[name] = [around[name], value]


def text_in(push: Push, key: str) -> str:
    """A text, or a number as one, for JSON has both; nothing for anything else."""
    value = push.get(key)
    if type(value) is str:
        return value
    return str(value) if type(value) is int else ""


def text_at(push: Push, key: str) -> str:
    value = text_in(push, key)
    if not value:
        raise Malformed(f"There is no text under `{key}`.")
    return value


def object_in(push: Push, key: str) -> Push:
    value = push.get(key)
    return value if type(value) is dict else {}


def degrees_at(push: Push, key: str, most: int) -> float:
    value = push.get(key)
    try:
        degrees = float(value) if type(value) in (str, int, float) else float("nan")  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        degrees = float("nan")
    if not isfinite(degrees) or abs(degrees) > most:
        raise Malformed(f"`{key}` is {str(value)[:40]!r}, not degrees up to {most}.")
    return degrees


def words(text: str) -> str:
    """Lines end with a line feed alone."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def moment_at(push: Push, key: str) -> datetime | None:
    """Seconds since 1970, where they are a time at all."""
    text = text_in(push, key)
    if not (text.isascii() and text.isdecimal() and len(text) == 10 and FIRST_MOMENT < int(text) < LAST_MOMENT):
        return None
    return datetime.fromtimestamp(int(text), UTC)
