"""Sensitive words: a tenant's word lists, and where they stand in what somebody says.

A list has words, looked for as they are, and patterns of linear time (RE2). All words of a channel are looked for in one pass, whether
there are ten of them or ten thousand. What is done about them is `ucs/core/contact/marking.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

import re2
from ahocorasick_rs import AhoCorasick

from channels.parts import Button, Card, Carousel, Choices, File, Image, Part, Parts, Text, Video
from channels.value import value
from ucs.core.folding import Origins, fold, in_one_word

ListAction = Literal["warn", "mask", "block"]
Side = Literal["customer", "agent"]

MOST_MARKS = 200  # places of one list in one text; what comes after them counts as one place
MOST_FOUND = 20_000  # of a list's words in one text, before those that overlap are put together
STRETCH = 16_384  # letters that are looked through at once: a hostile text must not fill the memory with places
COVER, WHOLE = "*", "***"  # for each letter that is masked; for a text that is blocked whole
Span = tuple[int, int]


@value
class WordList:
    """`action`: what is done about its words. `sides`: on whose words; what robots say counts as the agents'."""

    id: str
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    action: ListAction = "warn"
    sides: frozenset[Side] = frozenset({"customer", "agent"})


@value
class Mark:
    """A place that a list speaks of: letters `start` to `end` of a text; `text` counts the texts of part `part`."""

    list: str
    action: ListAction
    part: int
    text: int
    start: int
    end: int


class Lexicon:
    """The lists that apply to a channel, made ready once."""

    def __init__(self, lists: Iterable[WordList]) -> None:
        lists = tuple(lists)
        sides: tuple[Side, ...] = ("customer", "agent")
        self._finders = {side: _Finder([each for each in lists if side in each.sides]) for side in sides}

    def looks_at(self, side: Side) -> bool:
        """Whether any list is about this side."""
        return bool(self._finders[side].lists)

    def marks(self, parts: Parts, side: Side) -> tuple[Mark, ...]:
        """Every place in these parts that a list of this side speaks of, in order."""
        finder = self._finders[side]
        if not finder.lists:
            return ()
        return tuple(
            Mark(found.id, found.action, number, place, *span)
            for number, part in enumerate(parts)
            for place, text in enumerate(texts_of(part))
            for found, span in finder.find(text)
        )


class _Finder:
    """The lists of one side."""

    def __init__(self, lists: Sequence[WordList]) -> None:
        self.lists = lists
        pairs = [(fold(word), number) for number, each in enumerate(lists) for word in each.words if fold(word)]
        self._whose = [number for _, number in pairs]
        self._words = AhoCorasick([word for word, _ in pairs]) if pairs else None
        self._longest = max((len(word) for word, _ in pairs), default=0)
        self._patterns = [(compiled(pattern), number) for number, each in enumerate(lists) for pattern in each.patterns]

    def find(self, text: str) -> Iterator[tuple[WordList, Span]]:
        folded = fold(text)
        found: dict[int, set[Span]] = {}
        for number, span in (*self._find_words(folded), *self._find_patterns(folded)):
            found.setdefault(number, set()).add(span)
        if not found:
            return
        origins = Origins(text, folded)
        for number, each in enumerate(self.lists):
            spans = _joined(origins.span(*span) for span in found.get(number, ()))
            for span in spans[:MOST_MARKS]:
                yield each, span
            if len(spans) > MOST_MARKS:
                yield each, (spans[MOST_MARKS][0], len(text))

    def _find_words(self, folded: str) -> Iterator[tuple[int, Span]]:
        """Stretch by stretch, each a word's length longer than the step to the next, until every list has more than enough."""
        if self._words is None:
            return
        left = dict.fromkeys(self._whose, MOST_FOUND)
        for begin in range(0, len(folded), STRETCH):
            stretch = folded[begin : begin + STRETCH + self._longest]
            for pattern, start, end in self._words.find_matches_as_indexes(stretch, overlapping=True):
                number, span = self._whose[pattern], (begin + start, begin + end)
                if start >= STRETCH or number not in left or not _stands_alone(folded, *span):
                    continue
                left[number] -= 1
                if not left[number]:
                    del left[number]
                    span = (span[0], len(folded))
                yield number, span
            if not left:
                return

    def _find_patterns(self, folded: str) -> Iterator[tuple[int, Span]]:
        """A pattern takes linear time for one place, and so it may not look for more than so many."""
        for pattern, number in self._patterns:
            for count, match in enumerate(pattern.finditer(folded)):
                if count > MOST_MARKS:
                    yield number, (match.start(), len(folded))
                    break
                if match.start() < match.end():
                    yield number, match.span()


def compiled(pattern: str) -> Any:
    """The pattern, made ready. Raises `ValueError` with what RE2 says against it."""
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    try:
        made = re2.compile(pattern, options)
    except re2.error as error:
        why = error.args[0] if error.args else "it cannot be read"
        why = why.decode("utf-8", "replace") if isinstance(why, bytes) else why
        raise ValueError(f"a pattern that RE2 can read (https://github.com/google/re2/wiki/Syntax): {why}") from None
    if made.search("") is not None:
        raise ValueError("a pattern that needs at least one letter; this one is found everywhere")
    return made


def _stands_alone(folded: str, start: int, end: int) -> bool:
    """Where a script puts spaces between words, only whole words count: "class" is not an insult."""
    begins = start == 0 or not in_one_word(folded[start - 1], folded[start])
    return begins and (end == len(folded) or not in_one_word(folded[end - 1], folded[end]))


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The same places, those that overlap as one, in order."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


# -- parts and their texts -------------------------------------------------------------------------------------------------


def reworded(part: Part, say: Callable[[str], str]) -> Part:
    """The same part with each of its texts as `say` puts it: those that somebody wrote to be read, in the order they are read."""
    match part:
        case Text():
            return Text(say(part.text))
        case Image() | Video() | File():
            return replace(part, caption=say(part.caption))
        case Choices():
            return replace(part, text=say(part.text), options=_buttons(part.options, say))
        case Card():
            return replace(part, title=say(part.title), text=say(part.text), buttons=_buttons(part.buttons, say))
        case Carousel():
            return Carousel(tuple(card for each in part.cards if isinstance(card := reworded(each, say), Card)))
        case _:
            return part


def _buttons(buttons: tuple[Button, ...], say: Callable[[str], str]) -> tuple[Button, ...]:
    return tuple(replace(button, label=say(button.label)) for button in buttons)


def texts_of(part: Part) -> list[str]:
    if type(part) is Text:
        return [part.text]
    texts: list[str] = []

    def keep(text: str) -> str:
        texts.append(text)
        return text

    reworded(part, keep)
    return texts


def covered(parts: Parts, marks: Iterable[Mark]) -> Parts:
    """The parts as they may be read: what is masked is covered letter by letter, and of a message that is blocked no text is left."""
    marks = tuple(marks)
    if any(mark.action == "block" for mark in marks):
        return tuple(reworded(part, lambda text: WHOLE if text else "") for part in parts)
    spans: dict[tuple[int, int], list[Span]] = {}
    for mark in marks:
        if mark.action == "mask":
            spans.setdefault((mark.part, mark.text), []).append((mark.start, mark.end))
    return tuple(_covered(part, number, spans) for number, part in enumerate(parts)) if spans else parts


def _covered(part: Part, number: int, spans: dict[tuple[int, int], list[Span]]) -> Part:
    texts = iter(range(len(texts_of(part))))

    def cover(text: str) -> str:
        for start, end in spans.get((number, next(texts)), ()):
            text = text[:start] + COVER * (min(end, len(text)) - start) + text[end:]
        return text

    return reworded(part, cover)
