"""What was expected, in words for people: pydantic's complaints stand under the heading "expected", and say too much for that."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic_core import ErrorDetails

PREFIXES = ("Value error, ", "Assertion failed, ", "Input should be ")
SENTENCES = {
    "extra_forbidden": "nothing: there is no such key here",
    "missing": "a value: this key is required",
    "tuple_type": 'a list, as ["one", "two"]',
    "path_type": "a path, in quotes",
}


def expected_of(problem: ErrorDetails, known: Iterable[str] = ()) -> str:
    """One of the problems of a `ValidationError`. What was given is not repeated: it may be a secret. `known` are the keys that there
    are: a mistake in spelling is told the right one."""
    if problem["type"] == "extra_forbidden" and len(problem["loc"]) == 1:
        return SENTENCES["extra_forbidden"] + _meant(str(problem["loc"][0]), known)
    words = SENTENCES.get(problem["type"], problem["msg"])
    for prefix in PREFIXES:
        words = words.removeprefix(prefix)
    return words


def _meant(written: str, known: Iterable[str]) -> str:
    import difflib  # only when something is wrong

    near = difflib.get_close_matches(written, known, 1)
    return f"; is it `{near[0]}`?" if near else ""
