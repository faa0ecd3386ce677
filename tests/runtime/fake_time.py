"""Time that stands still until it is told to pass: the time of day, the monotonic clock and waiting, all of one piece."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ucs.runtime.delivery.clockwork import Clockwork

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class FakeTime:
    """`chance` is always the same: by default back-off is as long as it can be, less a little."""

    def __init__(self, chance: float = 0.5) -> None:
        self.passed = 0.0
        self.changed: Callable[[], None] = lambda: None
        self.clockwork = Clockwork(lambda: self.passed, self.wait, lambda: chance)
        self._waiting: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    async def wait(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiting = (self.passed + seconds, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self.changed()
        try:
            await waiting[1]
        finally:
            self._waiting.remove(waiting)

    @property
    def naps(self) -> list[float]:
        """How much longer everybody who waits will wait, shortest first; to the millisecond."""
        return sorted(round(until - self.passed, 3) for until, future in self._waiting if not future.done())

    def skip(self, seconds: float) -> None:
        """Let time pass and wake whoever has waited long enough."""
        self.passed += seconds
        for until, future in sorted(self._waiting, key=lambda each: each[0]):
            if until <= self.passed + 1e-6 and not future.done():
                future.set_result(None)
