"""Who is still there. Presence is a lease that any sign of life renews; a closed socket means nothing by itself.

Not heard of for `LEASE`, a seat gets no more offers; after `GRACE` more its contacts go back to their queues. After a restart of the
server everyone has a whole lease to come back. Leases run on the monotonic clock: a jump of the wall clock ends none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from ucs.core.seat import GraceOver, HeardAgain, SeatEvent, SeatState, Unheard
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.inputs import SeatDid
from ucs.runtime.engine.memory import SeatKey

LEASE = timedelta(seconds=45)
GRACE = timedelta(seconds=60)
LOOK_EVERY = 1.0  # seconds


class Presence:
    def __init__(
        self, engine: Engine, *, clock: Callable[[], float], lease: timedelta = LEASE, grace: timedelta = GRACE
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.lease = lease.total_seconds()
        self.grace = grace.total_seconds()
        self._heard: dict[SeatKey, float] = {}
        self._call: asyncio.TimerHandle | None = None

    def start(self) -> None:
        for key, seat in self.engine.memory.seats.items():
            if seat.chosen is not SeatState.OFFLINE:
                self._heard[key] = self.clock()
        self._call = asyncio.get_running_loop().call_later(LOOK_EVERY, self._again)

    def close(self) -> None:
        if self._call is not None:
            self._call.cancel()

    def heard(self, tenant: str, agent: str) -> None:
        """A sign of life of this agent."""
        self._heard[tenant, agent] = self.clock()
        seat = self.engine.memory.seats.get((tenant, agent))
        if seat is not None and seat.lost_at is not None:
            self._say((tenant, agent), HeardAgain())

    def _again(self) -> None:
        self.look()
        self._call = asyncio.get_running_loop().call_later(LOOK_EVERY, self._again)

    def look(self) -> None:
        """Let leases and grace periods end that have run out."""
        now = self.clock()
        for key, seat in list(self.engine.memory.seats.items()):
            if seat.chosen is SeatState.OFFLINE:
                continue
            silent_for = now - self._heard.setdefault(key, now)
            if seat.lost_at is None and silent_for > self.lease:
                self._say(key, Unheard())
            elif seat.lost_at is not None and silent_for > self.lease + self.grace:
                self._say(key, GraceOver())

    def _say(self, key: SeatKey, event: SeatEvent) -> None:
        self.engine.submit(SeatDid(key[0], key[1], event)).add_done_callback(
            lambda done: done.cancelled() or done.exception()
        )
