"""Whether somebody's words are, or have in them, one of a list of keywords. In any language.

Case, width (Ａ is A), and signs and spaces around do not count. Where a script puts spaces between words a keyword has to be a whole
word: who writes "reagent" does not want an agent. Where it does not, as in Chinese, it is found anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from ucs.core.folding import fold, in_one_word


def is_one_of(words: str, keywords: Iterable[str]) -> bool:
    """Whether these words are nothing but a keyword."""
    said = plain(words)
    return bool(said) and any(said == plain(keyword) for keyword in keywords)


def names_one_of(words: str, keywords: Iterable[str]) -> bool:
    """Whether a keyword stands somewhere in these words."""
    said = plain(words)
    return any(_stands_in(said, plain(keyword)) for keyword in keywords)


def plain(words: str) -> str:
    """What counts of them."""
    folded = " ".join(fold(words).split())
    start, end = 0, len(folded)
    while start < end and not folded[start].isalnum():
        start += 1
    while end > start and not folded[end - 1].isalnum():
        end -= 1
    return folded[start:end]


def _stands_in(said: str, keyword: str) -> bool:
    place = said.find(keyword) if keyword else -1
    while place >= 0:
        end = place + len(keyword)
        begins = place == 0 or not in_one_word(said[place - 1], said[place])
        ends = end == len(said) or not in_one_word(said[end - 1], said[end])
        if begins and ends:
            return True
        place = said.find(keyword, place + 1)
    return False
