"""What was expected, in words for people: pydantic's complaints stand under the heading "expected", and say too much for that."""

from __future__ import annotations

from pydantic_core import ErrorDetails

PREFIXES = ("Value error, ", "Assertion failed, ", "Input should be ")
SENTENCES = {
    "extra_forbidden": "nothing: there is no such key here",
    "missing": "a value: this key is required",
}


def expected_of(problem: ErrorDetails) -> str:
    """One of the problems of a `ValidationError`. What was given is not repeated: it may be a secret."""
    words = SENTENCES.get(problem["type"], problem["msg"])
    for prefix in PREFIXES:
        words = words.removeprefix(prefix)
    return words
