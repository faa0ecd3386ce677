"""Ids that only rise, whatever the clock does."""

from __future__ import annotations

from collections.abc import Callable


class Rising:
    """Draws ids that begin with the time, and never one that is less than those before it: what is done in the order of ids is to be
    done in the order in which it was written down, also if the clock was set back meanwhile. For one thread."""

    def __init__(self, draw: Callable[[], str]) -> None:
        self._draw = draw
        self._last = ""

    def after(self, last: str) -> None:
        """Rise from here: the last of a former process."""
        self._last = max(self._last, last)

    def __call__(self) -> str:
        drawn = self._draw()
        if drawn <= self._last:
            drawn = f"{int(self._last, 16) + 1:0{len(self._last)}x}"
        self._last = drawn
        return drawn
