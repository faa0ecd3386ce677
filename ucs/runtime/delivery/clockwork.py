"""What the runtime may not take from the world by itself: the monotonic clock, waiting, and chance.

They are handed in, so that a test moves time by hand and draws the same lots every day. The time of day is the engine's `now`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from channels.value import value

LONGEST_BACKOFF = 300.0  # seconds


@value
class Clockwork:
    """clock    monotonic seconds
    wait     come back after so many seconds
    chance   a number from 0 up to, not including, 1
    """

    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], Awaitable[object]] = asyncio.sleep
    chance: Callable[[], float] = random.random

    def backoff(self, attempt: int, longest: float = LONGEST_BACKOFF) -> float:
        """Seconds until the try after this one: twice as many each time, and any number below that ("full jitter"), so that
        those who failed together do not come back together."""
        return float(self.chance() * min(longest, 2.0 ** min(max(attempt, 1) - 1, 30)))
