"""What strangers write is searched with patterns. None of them takes more than four times as long for twice as much, whatever that is:
a pattern that does stops everybody, for nothing else of the process runs while one is matched."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator

import pytest

import adapters
import cache
import channels
import robots
import ucs

LENGTH = 400  # characters
TRIED = 0.05  # seconds that are too few to say anything
GROWTH = 6.0  # of the time, for twice the length: 4 where it is quadratic, 8 where it is cubic
SEEDS = (
    *"a@.<>:;,\"'()[]{}-_=+/\\?&#% \t\n\r>1*",
    *(
        "a@",
        "a.",
        "@.",
        "<a",
        '\\"',
        '"\\',
        "()",
        "=?",
        "a=",
        "rfc822;",
        "http://",
        "--",
        "于",
        "：",
        "\r\n ",
        " \n",
        "a,",
        "<>",
        "&#",
        "%2",
    ),
)
HEADS = ("", "a", "<", "rfc822;", "=?utf-8?q?", "http://")


def patterns() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    for package in (adapters, cache, channels, robots, ucs):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if any(
                word in found.name for word in (".test_", ".fake", ".kit", "_of_the_tests", ".migrations", ".__main__")
            ):
                continue
            module = importlib.import_module(found.name)
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern):
                    yield f"{found.name}.{name}", value


PATTERNS = dict(patterns())


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_takes_its_time_and_not_more(name: str) -> None:
    pattern = PATTERNS[name]
    for head in HEADS:
        for seed in SEEDS:
            short, long = (head + seed * (length // len(seed)) for length in (LENGTH, 2 * LENGTH))
            took = _seconds(pattern, long)
            if took < TRIED:
                continue
            growth = min(_seconds(pattern, long) for _ in range(3)) / min(_seconds(pattern, short) for _ in range(3))
            assert growth < GROWTH, f"{name} takes {growth:.1f} times as long for twice as much of {head + seed!r}"


def _seconds(pattern: re.Pattern[str] | re.Pattern[bytes], text: str) -> float:
    began = time.process_time()
    if isinstance(pattern.pattern, bytes):
        re.sub(pattern, b"", text.encode())
    else:
        re.sub(pattern, "", text)
    return time.process_time() - began
