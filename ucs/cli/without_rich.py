"""`without_rich`: what is imported meanwhile finds no Rich. structlog takes it along for terminals wherever it is installed; a server
writes JSON, and would carry it, and all of Pygments, for nothing. Who draws a table imports it afterwards, as ever."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

RICH = "rich"


@contextmanager
def without_rich() -> Iterator[None]:
    if RICH in sys.modules:  # then there is nothing to spare
        yield
        return
    sys.modules[RICH] = None  # type: ignore[assignment]  # which is how Python is told that there is none
    try:
        yield
    finally:
        del sys.modules[RICH]
