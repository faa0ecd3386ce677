"""Making texts comparable: one spelling of letters and digits, and where one word ends and the next begins.

Chinese is written without gaps, so words are found with a dictionary. It takes a second or two to load and is loaded only when there
is Chinese to read; `needs_loading` tells beforehand, so that nobody else has to wait for it. No file is written for the next time:
what lies in a shared folder could be anybody's.
"""

from __future__ import annotations

import unicodedata
import warnings
from functools import cache
from typing import Any

import regex

LONGEST = 500  # characters of what was said that are compared
NOWHERE = "/nonexistent"

_HAN = regex.compile(r"\p{Han}")
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_GAPS = regex.compile(r"[^\p{L}\p{M}\p{N}]+")


def plain(text: str) -> str:
    """Letters and digits in one spelling, words a blank apart, Chinese words too."""
    text = _GAPS.sub(" ", unicodedata.normalize("NFKC", text[:LONGEST]).casefold()).strip()
    if not _HAN.search(text):
        return text
    return " ".join(word for piece in text.split() for word in _words(piece))


def words_apart(text: str, longest: int) -> str:
    """The same without a dictionary: each Chinese sign is a word. Good for finding words in a long text."""
    text = _GAPS.sub(" ", unicodedata.normalize("NFKC", text[:longest]).casefold())
    return " ".join(_HAN.sub(r" \g<0> ", text).split())


def is_chinese(text: str) -> bool:
    return bool(_HAN.search(text)) and not _KANA.search(text)


def needs_loading(text: str) -> bool:
    """Whether the dictionary is needed for this and not loaded yet."""
    return bool(_HAN.search(text)) and not (_dictionary.cache_info().currsize and _dictionary().initialized)


def load() -> None:
    """Load the dictionary; any thread may, and who comes second waits for the first."""
    _dictionary().initialize()


def contains(text: str, words: str) -> bool:
    """Whether the words stand in the text one after the other; both are as `words_apart` makes them."""
    return bool(words) and f" {words} " in f" {text} "


def squeezed(text: str) -> str:
    """Without gaps: for Chinese, which is written so."""
    return text.replace(" ", "")


def _words(piece: str) -> list[str]:
    return list(_dictionary().cut(piece, HMM=False)) if _HAN.search(piece) else [piece]


@cache
def _dictionary() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, about its use of setuptools
        import jieba
    jieba.setLogLevel(60)  # it would tell on standard error how long loading took
    dictionary = jieba.dt  # the one of the process: two would load twice
    dictionary.tmp_dir = NOWHERE
    return dictionary
