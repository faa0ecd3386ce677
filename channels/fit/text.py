"""Cutting text where a reader would.

What is guaranteed, and tested as properties:

* a text within the limit comes back unchanged, alone;
* every piece is within the limit (provided one code point is: limits below 2 UTF-16 units or 4 bytes make no sense);
* the pieces, in order, are the text: all that may be missing is whitespace at the two ends of a cut;
* no piece is empty or only whitespace, and a text that is only whitespace gives none;
* a cut never goes through a grapheme (what a reader calls a character: a flag, a family emoji, a letter with its accents),
  unless that one grapheme is longer than the limit; then it is cut between code points.

A cut prefers the end of a paragraph, a line, a sentence, and then a space, as long as the piece is at least half full; a
lone space is taken wherever it is, so that a word or a link is cut only if it is longer than a whole piece.
"""

from __future__ import annotations

from collections.abc import Callable

import regex

from channels.manifest import Unit

_GRAPHEME = regex.compile(r"\X")
_BREAKS = (
    regex.compile(r"\n[^\S\n]*\n"),
    regex.compile(r"\n"),
    regex.compile(
        r"(?<=[.!?…]['\"”’)\]»]{0,3})\s"
        r"|(?<=[。！？；｡][」』”’）》]{0,3})(?![。！？；｡」』”’）》])"
    ),
    regex.compile(r"\s"),
)
_LARGEST = 4  # no code point costs more, in any unit


def measure(text: str, unit: Unit) -> int:
    """How long a platform that counts in `unit` finds the text."""
    return _MEASURES[unit](text)


def within(text: str, limit: int, unit: Unit) -> bool:
    return len(text) * _LARGEST <= limit or measure(text, unit) <= limit


def split(text: str, limit: int, unit: Unit) -> list[str]:
    """The text in pieces of at most `limit`, see above."""
    if within(text, limit, unit):
        return [text] if text and not text.isspace() else []
    pieces, start = [], _skip_space(text, 0)
    while start < len(text):
        end = _cut(text, start, limit, unit)
        if piece := text[start:end].rstrip():
            pieces.append(piece)
        start = _skip_space(text, end)
    return pieces


def _cut(text: str, start: int, limit: int, unit: Unit) -> int:
    """Where the piece that begins at `start` ends."""
    borders = _borders(text, start, limit, unit)
    end = max(borders)
    if end == len(text) or len(borders) == 1:
        return end
    for pattern in _BREAKS:
        places = [found.start() for found in pattern.finditer(text, start + 1, end + 2) if found.start() in borders]
        if places and (places[-1] - start) * 2 >= end - start:
            return places[-1]
    return places[-1] if places else end  # the last pattern is the lone space


def _borders(text: str, start: int, limit: int, unit: Unit) -> set[int]:
    """Every place after `start` where a piece within the limit may end; the first code points of a grapheme if need be."""
    borders, used, end = set(), 0, start
    for found in _GRAPHEME.finditer(text, start):
        used += measure(found.group(), unit)
        if used > limit:
            break
        end = found.end()
        borders.add(end)
    return borders or {_force(text, start, limit, unit)}


def _force(text: str, start: int, limit: int, unit: Unit) -> int:
    """The end of as many code points as fit, at least one; a reader will see a torn character."""
    unit = Unit.CHARACTER if unit is Unit.GRAPHEME else unit
    used, end = measure(text[start], unit), start + 1
    while end < len(text) and (used := used + measure(text[end], unit)) <= limit:
        end += 1
    return end


def _skip_space(text: str, start: int) -> int:
    """Over whitespace, but not over a space that carries an accent."""
    while (found := _GRAPHEME.match(text, start)) and found.group().isspace():
        start = found.end()
    return start


_MEASURES: dict[Unit, Callable[[str], int]] = {
    Unit.CHARACTER: len,
    Unit.GRAPHEME: lambda text: len(_GRAPHEME.findall(text)),
    Unit.UTF16: lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
    Unit.BYTE: lambda text: len(text.encode("utf-8", "surrogatepass")),
}
