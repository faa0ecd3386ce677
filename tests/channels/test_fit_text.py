"""Cutting text: a table of what a reader expects in many scripts, then the guarantees as properties."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from channels.fit.text import measure, split
from channels.manifest import Unit

FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇨🇭"
ACCENT = "e\u0301"

TABLE = [
    ("fits", "Hello", 5, Unit.CHARACTER, ["Hello"]),
    ("untouched when it fits", "  a \n", 5, Unit.CHARACTER, ["  a \n"]),
    ("empty", "", 5, Unit.CHARACTER, []),
    ("only whitespace", " \n\t", 5, Unit.CHARACTER, []),
    ("only whitespace, long", " " * 30, 5, Unit.CHARACTER, []),
    ("space", "Hello world", 8, Unit.CHARACTER, ["Hello", "world"]),
    ("space right at the limit", "Hello world", 5, Unit.CHARACTER, ["Hello", "world"]),
    ("several spaces", "Hello    world", 7, Unit.CHARACTER, ["Hello", "world"]),
    ("word longer than a piece", "abcdefgh", 3, Unit.CHARACTER, ["abc", "def", "gh"]),
    ("paragraph before line", "One two.\n\nThree\nfour five", 16, Unit.CHARACTER, ["One two.", "Three\nfour five"]),
    ("line before sentence", "One. Two\nThree. Four five", 16, Unit.CHARACTER, ["One. Two", "Three. Four five"]),
    ("sentence before space", "One two. Three four five", 15, Unit.CHARACTER, ["One two.", "Three four five"]),
    (
        "a break that leaves a stub is not taken",
        "A.\n\nBcd efg hij klm",
        14,
        Unit.CHARACTER,
        ["A.\n\nBcd efg", "hij klm"],
    ),
    (
        "quotes stay with their sentence",
        "He said “No.” She left now",
        18,
        Unit.CHARACTER,
        ["He said “No.”", "She left now"],
    ),
    ("Chinese sentences", "你好。今天天气很好！我们去吧", 10, Unit.CHARACTER, ["你好。今天天气很好！", "我们去吧"]),
    ("Chinese without a stop", "今天天气很好我们", 4, Unit.CHARACTER, ["今天天气", "很好我们"]),
    ("Chinese bytes", "今天天气", 7, Unit.BYTE, ["今天", "天气"]),
    ("ellipsis of two stops is one end", "真的？？好的好", 5, Unit.CHARACTER, ["真的？？", "好的好"]),
    ("Arabic", "مرحبا بالعالم", 8, Unit.CHARACTER, ["مرحبا", "بالعالم"]),
    ("Hebrew with points", "שָׁלוֹם עוֹלָם", 10, Unit.CHARACTER, ["שָׁלוֹם", "עוֹלָם"]),
    ("Thai has no spaces but clusters", "กำลังดี", 3, Unit.GRAPHEME, ["กำลัง", "ดี"]),
    ("Devanagari clusters stay whole", "नमस्ते", 2, Unit.GRAPHEME, ["नम", "स्ते"]),
    ("accents stay on their letters", ACCENT * 3, 3, Unit.CHARACTER, [ACCENT, ACCENT, ACCENT]),
    ("families by reader's count", FAMILY * 3, 2, Unit.GRAPHEME, [FAMILY * 2, FAMILY]),
    ("families by code points", FAMILY * 2, 10, Unit.CHARACTER, [FAMILY, FAMILY]),
    ("families by UTF-16", FAMILY * 2, 12, Unit.UTF16, [FAMILY, FAMILY]),
    ("flags are not halved", FLAG * 3, 5, Unit.UTF16, [FLAG, FLAG, FLAG]),
    ("flags by code points", FLAG * 3, 5, Unit.CHARACTER, [FLAG * 2, FLAG]),
    ("emoji count two in UTF-16", "😀😀😀", 5, Unit.UTF16, ["😀😀", "😀"]),
    ("emoji count four in bytes", "😀😀😀", 9, Unit.BYTE, ["😀😀", "😀"]),
    ("a family larger than the limit is cut between code points", FAMILY, 4, Unit.CHARACTER, ["👨‍👩‍", "👧‍👦"]),
    ("a storm of accents", "a" + "\u0301" * 9, 4, Unit.CHARACTER, ["a" + "\u0301" * 3, "\u0301" * 4, "\u0301" * 2]),
    ("line ends of Windows", "Hello\r\nworld", 8, Unit.CHARACTER, ["Hello", "world"]),
    ("a link stays whole", "See https://a.example/b?c=d ok", 26, Unit.CHARACTER, ["See", "https://a.example/b?c=d ok"]),
]


@pytest.mark.parametrize(("text", "limit", "unit", "pieces"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_cuts_where_a_reader_would(text: str, limit: int, unit: Unit, pieces: list[str]) -> None:
    assert split(text, limit, unit) == pieces


ALPHABET = st.sampled_from(
    [*"ab é.!?\n\t 。！中文", FAMILY, FLAG, ACCENT, "😀", "ש", "\u0301", "\u200d", "\r\n", "\u3000"]
)
TEXTS = st.lists(ALPHABET, max_size=60).map("".join) | st.text(max_size=80)


@given(TEXTS, st.integers(4, 40), st.sampled_from(Unit))
def test_what_is_guaranteed(text: str, limit: int, unit: Unit) -> None:
    pieces = split(text, limit, unit)
    assert all(measure(piece, unit) <= limit and not piece.isspace() and piece for piece in pieces)
    rest = text
    for piece in pieces:
        place = rest.find(piece)
        assert place >= 0
        assert not rest[:place].strip()
        rest = rest[place + len(piece) :]
    assert not rest.strip()
    assert [again for piece in pieces for again in split(piece, limit, unit)] == pieces


@given(TEXTS, st.integers(4, 40), st.sampled_from(Unit))
def test_no_cut_goes_through_a_grapheme_that_fits(text: str, limit: int, unit: Unit) -> None:
    whole = [cluster for cluster in regex.findall(r"\X", text) if not cluster.isspace()]
    if all(measure(cluster, unit) <= limit for cluster in whole):
        assert [
            cluster
            for piece in split(text, limit, unit)
            for cluster in regex.findall(r"\X", piece)
            if not cluster.isspace()
        ] == whole


def test_a_long_text_takes_linear_time() -> None:
    assert len(split("a" * 200_000, 1000, Unit.UTF16)) == 200
