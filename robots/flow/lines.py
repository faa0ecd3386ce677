"""In which line of a TOML file a key stands. The library that reads TOML does not say, and whoever writes flows wants to know.

Only a map from keys to lines: the text is read with `tomllib` beside it, so nothing here has to notice mistakes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable

Key = tuple[str | int, ...]

_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_KEY}(?:\s*\.\s*{_KEY})*)\s*\]")
_PAIR = re.compile(rf"\s*({_KEY}(?:\s*\.\s*{_KEY})*)\s*=")
_TOKEN = re.compile(r'"""|' + r"'''" + r"""|"(?:\\.|[^"\\])*"|'[^']*'|\#.*|[\[\]{}]""")


class Lines:
    """`of(key)` is the line of the key, or of what it stands in; lines count from 1."""

    def __init__(self, text: str) -> None:
        self._known: dict[Key, int] = {}
        self._tables: dict[Key, int] = {}  # arrays of tables, and how many there are so far
        self._inside: Key = ()
        self._pair: Key = ()
        self._items = -1
        depth, quote = 0, ""
        for number, line in enumerate(text.splitlines(), 1):
            if not depth and not quote:
                self._begin(line, number)
            elif depth == 1 and not quote and line.lstrip()[:1] not in ("", "#", "]"):
                self._items += 1
                self._known.setdefault((*self._pair, self._items), number)
            depth, quote = _after(line if depth or quote or _PAIR.match(line) else "", depth, quote)

    def of(self, key: Iterable[str | int]) -> int:
        wanted = tuple(key)
        while wanted and wanted not in self._known:
            wanted = wanted[:-1]
        return self._known.get(wanted, 1)

    def _begin(self, line: str, number: int) -> None:
        if header := _HEADER.match(line):
            key = self._placed(_split(header[2]))
            if header[1] == "[[":
                self._tables[key] = self._tables.get(key, -1) + 1
                key = (*key, self._tables[key])
            self._inside = key
            self._note(key, number)
        elif pair := _PAIR.match(line):
            self._pair = (*self._inside, *_split(pair[1]))
            self._items = -1
            self._note(self._pair, number)

    def _note(self, key: Key, number: int) -> None:
        """The line of a key, and of what it stands in unless that was met before."""
        for length in range(1, len(key) + 1):
            self._known.setdefault(key[:length], number)

    def _placed(self, names: Key) -> Key:
        """A header below an array of tables means its last table."""
        key: Key = ()
        for name in names[:-1]:
            key = (*key, name)
            if key in self._tables:
                key = (*key, self._tables[key])
        return (*key, *names[-1:])


def _split(dotted: str) -> Key:
    """`a."b.c"` as its names."""
    found: dict[str, object] = tomllib.loads(f"{dotted} = 0")
    names: list[str] = []
    while found:
        name, rest = next(iter(found.items()))
        names.append(name)
        found = rest if isinstance(rest, dict) else {}
    return tuple(names)


def _after(line: str, depth: int, quote: str) -> tuple[int, str]:
    """How deep in brackets, and in which long string, the text is after this line."""
    for token in _TOKEN.findall(line):
        if quote:
            quote = "" if token == quote else quote
        elif token in ('"""', "'''"):
            quote = token
        elif token in ("[", "{"):
            depth += 1
        elif token in ("]", "}"):
            depth -= 1
    return max(depth, 0), quote
