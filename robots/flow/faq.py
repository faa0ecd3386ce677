"""Which question is this like? The best of a list, and how like, from 0 to 100."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from heapq import nlargest

from rapidfuzz import fuzz

from channels.value import value
from robots.flow.model import Question
from robots.flow.text import plain


@value
class Match:
    question: Question
    likeness: float
    asked: str = ""  # the way of asking that is most like it


def best(said: str, questions: Iterable[Question]) -> Match | None:
    """The most similar question; None if nothing was said, or there is none. Of equals the first."""
    return next(iter(ranked(said, questions, 1)), None)


def ranked(said: str, questions: Iterable[Question], most: int) -> list[Match]:
    """The questions that are most like it, the best first; of equals in the order of the flow."""
    words = plain(said)
    matches = [_match(words, question) for question in (questions if words else ())]
    return nlargest(most, matches, key=lambda match: match.likeness)


def _match(words: str, question: Question) -> Match:
    ranks = [likeness(words, wording) for wording in _wordings(question.questions)]
    most = max(ranks)
    return Match(question, most, question.questions[ranks.index(most)])


def likeness(said: str, asked: str) -> float:
    """Half of it is how many words they share, half how much else there is: one word in common is no question answered."""
    return (fuzz.token_set_ratio(said, asked) + fuzz.token_sort_ratio(said, asked)) / 2


@lru_cache(maxsize=4096)
def _wordings(questions: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(plain, questions))
