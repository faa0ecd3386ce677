"""The breaker: a robot that has failed several times in a row is left alone for a while, and humans take its place at once.

Without it every customer would wait out a whole deadline before the human comes, and a service in trouble would be asked all the more.
"""

from __future__ import annotations

from collections.abc import Callable


class Breaker:
    """Of one robot. After its rest it is asked once; how that ends decides for the others."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._rests_until = 0.0
        self._tried = False

    def lets_through(self) -> bool:
        """Whether the robot may be asked now."""
        if not self._rests_until:
            return True
        if self._clock() < self._rests_until or self._tried:
            return False
        self._tried = True
        return True

    def worked(self) -> None:
        self._failures, self._rests_until, self._tried = 0, 0.0, False

    def failed(self, most: int, rest: float) -> None:
        """Once more. A robot whose one try after a rest has failed, rests again."""
        self._failures += 1
        if self._failures >= most:
            self._rests_until, self._tried = self._clock() + rest, False

    def gave_up(self) -> None:
        """Nobody waited for the answer any more: that says nothing of the robot, and the next one is the try."""
        self._tried = False
