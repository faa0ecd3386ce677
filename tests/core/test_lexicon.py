"""Sensitive words: where they stand, whatever the text, and what is covered."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.parts import Button, Card, Carousel, Choices, Image, Location, Part, Text
from ucs.core.folding import Origins, fold
from ucs.core.lexicon import MOST_MARKS, STRETCH, Lexicon, ListAction, Mark, WordList, compiled, covered, texts_of


def found(text: str, *words: str, patterns: tuple[str, ...] = ()) -> list[str]:
    """What is found of a list's words in a text, as it stands there."""
    marks = Lexicon([WordList("list", words, patterns)]).marks((Text(text),), "customer")
    return [text[mark.start : mark.end] for mark in marks]


FOUND: list[tuple[str, tuple[str, ...], list[str]]] = [
    ("You damn fool", ("damn",), ["damn"]),
    ("DAMN. Damn! ｄａｍｎ", ("damn",), ["DAMN", "Damn", "ｄａｍｎ"]),
    ("damn", ("ＤＡＭＮ",), ["damn"]),
    ("goddamned", ("damn",), []),  # not a word of its own
    ("first class", ("ass", "las"), []),
    ("你是个大傻瓜吗", ("傻瓜",), ["傻瓜"]),  # no spaces between words: anywhere
    ("说damn吧", ("damn",), ["damn"]),
    ("cafe\u0301 noir", ("café",), ["cafe\u0301"]),  # an accent of its own
    ("ｶﾞｽ", ("ガス",), ["ｶﾞｽ"]),
    ("한국", ("한국",), ["한국"]),  # written as single jamo
    ("Straße, STRASSE", ("strasse",), ["Straße", "STRASSE"]),
    ("ﬁne", ("fine",), ["ﬁne"]),
    ("a b", ("a b",), ["a b"]),
    ("bad words, bad", ("bad", "bad words"), ["bad words", "bad"]),
    ("aaa aa", ("aa",), ["aa"]),
    ("😀damn😀", ("damn",), ["damn"]),
    ("", ("damn",), []),
]


@pytest.mark.parametrize(("text", "words", "expected"), FOUND)
def test_what_is_found(text: str, words: tuple[str, ...], expected: list[str]) -> None:
    assert found(text, *words) == expected


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("card 4111 1111 1111 1111.", r"\b(?:\d[ -]?){13,16}\b", ["4111 1111 1111 1111"]),
        ("卡号４１１１１１１１１１１１１１１１", r"\d{16}", ["４１１１１１１１１１１１１１１１"]),
        ("Call ME", "call me", ["Call ME"]),
        ("加我微信号abc", r"微信.?号", ["微信号"]),
        ("nothing", r"\d+", []),
    ],
)
def test_what_a_pattern_finds(text: str, pattern: str, expected: list[str]) -> None:
    assert found(text, patterns=(pattern,)) == expected


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(?=a)b", "RE2 can read"),
        (r"(a)\1", "RE2 can read"),
        ("[", "RE2 can read"),
        ("a*", "at least one letter"),
        ("a{1001}", "RE2 can read"),
    ],
)
def test_a_pattern_that_is_none_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        compiled(pattern)


def test_each_list_says_where_it_found_something_and_lists_of_the_other_side_are_silent() -> None:
    lists = [
        WordList("insults", ("fool",), action="mask"),
        WordList("names", ("rival",), action="warn", sides=frozenset({"agent"})),
    ]
    lexicon = Lexicon(lists)
    parts = (Text("You fool"), Image("m1", "a rival fool"))
    assert lexicon.marks(parts, "customer") == (
        Mark("insults", "mask", 0, 0, 4, 8),
        Mark("insults", "mask", 1, 0, 8, 12),
    )
    assert [mark.list for mark in lexicon.marks(parts, "agent")] == ["insults", "insults", "names"]
    assert lexicon.looks_at("customer")
    assert not Lexicon(lists[1:]).looks_at("customer")


PARTS: list[tuple[Part, Part]] = [
    (Text("a fool"), Text("a ****")),
    (Image("m1", "fool"), Image("m1", "****")),
    (Choices("fool?", (Button("Fool", "fool"),)), Choices("****?", (Button("****", "fool"),))),
    (Carousel((Card("x"), Card("fool", "no fool"))), Carousel((Card("x"), Card("****", "no ****")))),
    (Location(1, 2, "fool"), Location(1, 2, "fool")),
]


@pytest.mark.parametrize(("part", "expected"), PARTS)
def test_what_somebody_wrote_is_covered_wherever_it_stands(part: Part, expected: Part) -> None:
    marks = Lexicon([WordList("insults", ("fool",), action="mask")]).marks((part,), "agent")
    assert covered((part,), marks) == (expected,)


def test_a_warning_covers_nothing_and_a_block_everything() -> None:
    parts = (Text("You fool"), Image("m1"), Text("Bye"))
    outcomes: dict[ListAction, object] = {
        "warn": parts,
        "mask": (Text("You ****"), Image("m1"), Text("Bye")),
        "block": (Text("***"), Image("m1"), Text("***")),
    }
    for action, expected in outcomes.items():
        marks = Lexicon([WordList("list", ("fool",), action=action)]).marks(parts, "customer")
        assert covered(parts, marks) == expected


# -- properties ------------------------------------------------------------------------------------------------------------

LETTERS = st.text(
    alphabet=st.sampled_from("abFß ﬁＡé\u0301\u0323ｶﾞがガ한ᄒ\u1161\u11ab傻瓜😀İﬃ\u0f73\u0344.-"), max_size=40
)
ANY = st.one_of(LETTERS, st.text(max_size=40))


@given(ANY)
def test_every_letter_that_counts_has_its_place(text: str) -> None:
    folded = fold(text)
    origins = Origins(text, folded)
    spans = [origins.span(place, place + 1) for place in range(len(folded))]
    assert spans == sorted(spans)
    for start, end in set(spans):
        first, last = spans.index((start, end)), len(spans) - spans[::-1].index((start, end))
        assert 0 <= start < end <= len(text)
        assert fold(text[start:end]) == folded[first:last]


@given(ANY, st.lists(ANY.filter(lambda word: bool(fold(word).strip())), min_size=1, max_size=3))
def test_a_mask_changes_what_was_found_and_nothing_else(text: str, words: list[str]) -> None:
    parts = (Text(text),)
    marks = Lexicon([WordList("list", tuple(words), action="mask")]).marks(parts, "agent")
    (after,) = texts_of(covered(parts, marks)[0])
    inside = {place for mark in marks for place in range(mark.start, mark.end)}
    assert len(after) == len(text)
    assert all(after[place] == ("*" if place in inside else text[place]) for place in range(len(text)))
    assert not Lexicon([WordList("list", tuple(words), action="mask")]).marks(
        (Text(after),), "agent"
    ) or "*" in "".join(map(fold, words))


@given(st.lists(ANY.filter(lambda word: bool(fold(word).strip())), min_size=1, max_size=5))
def test_ten_words_find_what_each_finds_alone(words: list[str]) -> None:
    text = " ".join(words)
    together = Lexicon([WordList("list", tuple(words))]).marks((Text(text),), "agent")
    inside = {place for mark in together for place in range(mark.start, mark.end)}
    alone = [Lexicon([WordList("list", (word,))]).marks((Text(text),), "agent") for word in words]
    assert inside == {place for marks in alone for mark in marks for place in range(mark.start, mark.end)}


# -- what is hostile -------------------------------------------------------------------------------------------------------

MANY = tuple(f"word{number}" for number in range(10_000))
TEN_MEGABYTES = 10_000_000
HOSTILE: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "ten thousand words": ("hello word1 there " * (TEN_MEGABYTES // 18), MANY, ()),
    "nothing to find": ("x" * TEN_MEGABYTES, MANY, (r"(a+)+$", r"(a|aa)*b")),
    "a letter with many accents": ("e" + "\u0301\u0323" * 100_000 + " fool", ("fool",), ()),
    "all of it is words": ("傻" * 500_000, ("傻", "傻傻", "傻" * 100), ()),
    "nested repeats": ("a" * 1_000_000, (), (r"(a*)*b", r"(a+)+b", r"a.*a.*a.*b")),
    "found again and again": ("ab" * 300_000, (), (r"a(.*c)?",)),
}


@pytest.mark.parametrize("title", HOSTILE)
def test_it_stays_linear(title: str) -> None:
    text, words, patterns = HOSTILE[title]
    lexicon = Lexicon([WordList("list", words, patterns)])
    began = time.process_time()
    marks = lexicon.marks((Text(text),), "customer")
    assert time.process_time() - began < 10
    assert len(marks) <= MOST_MARKS + 1


@pytest.mark.parametrize("before", [STRETCH - 4, STRETCH - 1, STRETCH, 2 * STRETCH - 2])
def test_a_word_is_found_once_wherever_a_stretch_ends(before: int) -> None:
    text = "." * before + "傻瓜 fool."
    assert found(text, "傻瓜", "fool") == ["傻瓜", "fool"]


def test_what_comes_after_too_many_places_counts_as_one() -> None:
    text = "fool " * 1000
    marks = Lexicon([WordList("list", ("fool",), action="mask")]).marks((Text(text),), "customer")
    assert (marks[-1].start, marks[-1].end) == (MOST_MARKS * 5, len(text))
    assert "fool" not in str(covered((Text(text),), marks))
