"""Which question is this like? The best of a list, and how like, from 0 to 100."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from robots.flow.model import Question
from robots.flow.text import plain


@dataclass(frozen=True, slots=True)
class Match:
    question: Question
    likeness: float


def best(said: str, questions: Iterable[Question]) -> Match | None:
    """The most similar question; None if nothing was said, or there is none. Of equals the first."""
    words = plain(said)
    if not words:
        return None
    matches = (
        Match(question, likeness(words, wording)) for question in questions for wording in _wordings(question.questions)
    )
    return max(matches, key=lambda match: match.likeness, default=None)


def likeness(said: str, asked: str) -> float:
    """Half of it is how many words they share, half how much else there is: one word in common is no question answered."""
    return (fuzz.token_set_ratio(said, asked) + fuzz.token_sort_ratio(said, asked)) / 2


@lru_cache(maxsize=4096)
def _wordings(questions: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(plain, questions))
