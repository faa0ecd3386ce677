"""What counts of a text when words are looked for in it: neither case nor width (Ａ is A). And the way back, from a place in what
counts to the places in the text that it came from.
"""

from __future__ import annotations

from itertools import pairwise
from unicodedata import combining, normalize

UNSPACED_FROM = "\u0e00"  # Thai; the scripts before it put spaces between words, most of those after it do not


STRETCH = 1_000  # letters that are made plain at once


def fold(text: str) -> str:
    """What counts. Piece by piece, for a letter with a million accents, sorted at once, would take for ever."""
    if len(text) <= STRETCH or text.isascii():
        return normalize("NFKC", text).casefold()
    cuts = [0]
    while cuts[-1] < len(text):
        cuts.append(_cut(text, cuts[-1] + STRETCH))
    return "".join(normalize("NFKC", text[start:end]).casefold() for start, end in pairwise(cuts))


def _cut(text: str, place: int) -> int:
    """The next place where nothing is torn apart, if one comes soon."""
    for near in range(place, min(place + STRETCH, len(text))):
        if text[near].isascii() or not _joins(text[near - 3 : near], text[near]):
            return near
    return min(place + STRETCH, len(text))


def in_one_word(before: str, after: str) -> bool:
    """Whether two letters side by side belong to one word, in a script that puts spaces between words."""
    return all(letter.isalnum() and letter < UNSPACED_FROM for letter in (before, after))


class Origins:
    """For each letter of `fold(text)`, the piece of the text that it came from.

    A piece is as long as what becomes something else together: a letter and its accents, the two halves of a voiced kana."""

    __slots__ = ("_ends", "_size", "_starts")

    def __init__(self, text: str, folded: str) -> None:
        self._size = len(text)
        self._starts: list[int] | None = None
        self._ends: list[int] = []
        if text.isascii():
            return
        starts: list[int] = []
        begins = [*_pieces(text), len(text)]
        for start, end in pairwise(begins):
            letters = len(fold(text[start:end]))
            starts += [start] * letters
            self._ends += [end] * letters
        if len(starts) != len(folded):  # no text is known that comes here; if one does, all of it is meant
            starts, self._ends = [0] * len(folded), [len(text)] * len(folded)
        self._starts = starts

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `folded[start:end]` stands in the text; it is not empty."""
        if self._starts is None:
            return start, end
        return self._starts[start], self._ends[end - 1]


def _pieces(text: str) -> list[int]:
    """Where each piece begins. What is added to a piece is looked at beside its last letter alone, so a letter with a million
    accents takes a million steps and no more."""
    begins: list[int] = []
    for place, letter in enumerate(text):
        if not begins or not _joins(text[begins[-1] : place] if place - begins[-1] < 4 else text[place - 1], letter):
            begins.append(place)
    return begins


def _joins(before: str, letter: str) -> bool:
    if letter.isascii():
        return False
    alone = normalize("NFKC", letter)
    if combining(alone[:1] or letter):
        return True
    return normalize("NFKC", before + letter) != normalize("NFKC", before) + alone
