"""Whether the time of day may be believed: what is forgotten because of a wrong one does not come back.

A clock jumps when somebody sets it, when a virtual machine wakes up, and when a time server is wrong. A year ahead, all would be over.
The monotonic clock does not jump, and so a jump shows. One back does no harm: then nothing is over yet.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

log = structlog.get_logger("ucs.expiry")
JUMP = timedelta(hours=1)  # more than any clock is corrected by on an ordinary day
AFTER = 24 * 3600.0  # seconds in which somebody sees the warning, or a time server the mistake


class Believed:
    """`look` now and then. `now` is the time of day, `clock` monotonic seconds; what they say when this is made is believed."""

    def __init__(self, now: Callable[[], datetime], clock: Callable[[], float]) -> None:
        self._now = now
        self._clock = clock
        self._ahead = self._by()
        self._jumped_at: float | None = None

    def look(self) -> bool:
        """Whether the time of day is what it should be by the clock that does not jump, or has been something else for a day."""
        ahead, clock = self._by(), self._clock()
        jump = ahead - self._ahead
        if jump > JUMP:
            if self._jumped_at is None:
                self._jumped_at = clock
                log.warning(
                    "the clock has jumped: nothing is forgotten for a day", ahead=str(jump), now=str(self._now())
                )
            if clock - self._jumped_at < AFTER:
                return False
        self._ahead, self._jumped_at = ahead, None
        return True

    def _by(self) -> timedelta:
        """What is the same at every look, unless one of the two clocks jumps."""
        return self._now() - datetime.min.replace(tzinfo=self._now().tzinfo) - timedelta(seconds=self._clock())
