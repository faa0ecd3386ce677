"""What an answer to a question of the flow means: which choice it is, or whether it is of the form that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex
from rapidfuzz import fuzz

from channels.parts import Button, Choices, Parts, Text
from channels.robot import Heard
from robots._said import spoken
from robots.flow.model import Ask, Choice, Flow, Texts
from robots.flow.text import contains, is_chinese, plain, squeezed, words_apart

PATTERN_FOR = 0.1  # seconds: a pattern may be written so that it takes for ever
ALIKE = 85  # of 100: a slip of the finger is forgiven, another word is not
MOST_HEARD = 4000  # characters in which words are looked for
LONGEST = 200  # characters of an answer that is kept

FORMATS = {
    "number": r"[+-]?\d+([.,]\d+)?",
    "email": r"[^@\s]+@[^@\s]+\.[^@\s.]+",
    "phone": r"\+?[\d ()/.-]{5,25}",
    "date": r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])",
}


def question(name: str, node: Ask, text: str, labels: Sequence[str]) -> Parts:
    """The question as it is shown; a button carries the node's name and its own number, so that an old one is still understood."""
    if not node.choices:
        return (Text(text),)
    buttons = tuple(Button(label[:100], payload=f"{name}/{place}") for place, label in enumerate(labels))
    return (Choices(text, buttons, "list" if len(buttons) > 3 else "buttons"),)


def pressed(flow: Flow, heard: Sequence[Heard]) -> tuple[str, Choice] | None:
    """The choice whose button was pressed last, and the node that showed it: it may be one further up in the chat."""
    for item in reversed(heard):
        name, _, number = item.payload.partition("/")
        node = flow.nodes.get(name)
        place = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else -1
        if isinstance(node, Ask) and 0 <= place < len(node.choices):
            return name, node.choices[place]
    return None


def chosen(node: Ask, said: str) -> Choice | None:
    """The choice that these words mean: its number, its label with a slip or two, or one of its other words in a sentence."""
    if (choice := named(node, said)) is not None:
        return choice
    return next((choice for choice in node.choices if any(says(said, word) for word in choice.words)), None)


def named(node: Ask, said: str) -> Choice | None:
    """The choice that these words are, and nothing besides."""
    words = plain(said)
    if words.isascii() and words.isdigit() and len(words) < 3 and 1 <= int(words) <= len(node.choices):
        return node.choices[int(words) - 1]
    if not words:
        return None
    ranked = [(max(fuzz.ratio(words, label) for label in _wordings(choice)), choice) for choice in node.choices]
    likeness, choice = max(ranked, key=lambda pair: pair[0], default=(0, None))
    return choice if likeness >= ALIKE else None


def says(said: str, words: str) -> bool:
    """Whether these words are in what was said; Chinese ones anywhere in it, others as whole words."""
    text, wanted = words_apart(said, MOST_HEARD), words_apart(words, MOST_HEARD)
    return squeezed(wanted) in squeezed(text) if is_chinese(words) else contains(text, wanted)


def wishes(node: Ask | None, item: Heard, words: Sequence[str]) -> bool:
    """Whether one of these words is in what was said here, and said for itself: not as the name of a choice, or one of its words."""
    said = spoken(item.parts)
    wished = [each for each in words if says(said, each)]
    if not wished or node is None or named(node, said) is not None:
        return bool(wished) and node is None
    meant = [word for choice in node.choices for word in choice.words if says(said, word)]
    return not any(says(word, each) for word in meant for each in wished)


def valid(node: Ask, heard: Sequence[Heard]) -> str | None:
    """The answer, if it is of the form that was asked for: one of several quick messages may be it, the last one first."""
    pattern = node.pattern or (FORMATS[node.format] if node.format else r"(?s).*\S.*")
    return next((text for text in _candidates(heard) if matches(pattern, text)), None)


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text is as the pattern says. One that takes too long matches nothing."""
    try:
        return regex.fullmatch(pattern, text, timeout=PATTERN_FOR) is not None
    except TimeoutError:
        return False


def kept(text: str) -> str:
    """As much of an answer as is remembered, without what cannot be read."""
    return "".join(sign for sign in text if sign.isprintable() or sign == "\n")[:LONGEST]


def _candidates(heard: Sequence[Heard]) -> Iterator[str]:
    texts = [kept(spoken(item.parts).strip()) for item in heard]
    yield from reversed(texts)
    if len(texts) > 1:
        yield kept("\n".join(texts))


def _wordings(choice: Choice) -> list[str]:
    texts: Texts = choice.label
    labels = [texts] if isinstance(texts, str) else list(texts.values())
    return [plain(label) for label in (*labels, *choice.words)]
