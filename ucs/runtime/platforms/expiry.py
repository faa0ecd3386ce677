"""Expiry: what is not kept for ever is forgotten when its time is over; once a day what crashes left behind is tidied away.

Files, raw webhooks, sessions, duplicate keys, the quarantine, and what waits for a message that never comes. The operator decides for
how long (`KeptFor`); files and sessions say it themselves. Nothing goes while the time of day is not believed (`believed.py`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from cache.blobs import StorageTrouble
from cache.media_cache import MediaCache
from channels.errors import Unavailable
from channels.value import value
from ucs.runtime.delivery.clockwork import Clockwork
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.inputs import Wrote
from ucs.runtime.engine.work import Work
from ucs.runtime.platforms.believed import Believed
from ucs.store.retention import old_arrivals, old_parked, old_seen, parked_in
from ucs.store.statements import Row
from ucs.store.store import micros

log = structlog.get_logger("ucs.expiry")
LOOK_EVERY = 60.0  # seconds
AT_ONCE = 100  # items: one transaction
ROWS_AT_ONCE = 1_000  # of what is only a row: a few milliseconds
TIDY_EVERY = 24 * 3600.0


@value
class KeptFor:
    """How long what has no end of its own is kept.

    raw         webhooks that were understood, as they arrived
    seen        duplicate keys: longer than any platform repeats
    quarantine  webhooks that nobody could read, or that held something unknown
    parked      what is about a message that has not come
    """

    raw: timedelta = timedelta(days=7)
    seen: timedelta = timedelta(days=30)
    quarantine: timedelta = timedelta(days=90)
    parked: timedelta = timedelta(days=7)


Old = Callable[[Connection, int, int], list[Row]]


@value
class Forgot:
    """Some rows of before then are dropped; the outcome is how many."""

    drop: str
    old: Old
    before: datetime

    def apply(self, work: Work) -> int:
        keys = self.old(work.connection, micros(self.before), ROWS_AT_ONCE)
        for key in keys:
            work.write(self.drop, *key)
        return len(keys)


@value
class Unmatched:
    """Some of what has waited since before then for its message waits no longer; the outcome is how many, by channel."""

    before: datetime

    def apply(self, work: Work) -> Counter[str]:
        keys = old_parked(work.connection, micros(self.before), ROWS_AT_ONCE)
        for key in keys:
            work.write("drop_parked", *key)
        for (channel, address), gone in Counter((key[0], key[1]) for key in keys).items():
            if parked_in(work.connection, channel, address) == gone:
                work.unpark((channel, address))
        return Counter(key[0] for key in keys)


class Expiry:
    """`count` hears of each event whose message never came."""

    def __init__(
        self,
        cache: MediaCache,
        clockwork: Clockwork,
        engine: Engine,
        kept_for: KeptFor,
        count: Callable[[str, str], None] = lambda channel, outcome: None,
    ) -> None:
        self._cache = cache
        self._engine = engine
        self._kept_for = kept_for
        self._clockwork = clockwork
        self._count = count
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> int:
        """Forget everything whose time is over; returns how many files that were."""
        gone = 0
        while items := await self._cache.expire(AT_ONCE):
            gone += len(items)
        now, kept_for = self._engine.now(), self._kept_for
        over = (("drop_bundles", (micros(now - kept_for.raw),)), ("drop_sessions", (micros(now),)))
        await self._engine.submit(Wrote(over))
        for forgot in (
            Forgot("drop_seen", old_seen, now - kept_for.seen),
            Forgot("drop_arrival", old_arrivals, now - kept_for.quarantine),
        ):
            while await self._engine.submit(forgot):
                pass
        while unmatched := await self._engine.submit(Unmatched(now - kept_for.parked)):
            self._say(unmatched)
        return gone

    def _say(self, unmatched: Counter[str]) -> None:
        for channel, times in unmatched.items():
            log.warning("the messages that these are about never came", channel=channel, events=times)
            for _ in range(times):
                self._count(channel, "unmatched")

    async def _run(self) -> None:
        tidied_at = self._clockwork.clock()
        time = Believed(self._engine.now, self._clockwork.clock)
        while True:
            await self._clockwork.wait(LOOK_EVERY)
            if not time.look():
                continue
            try:
                await self.look()
                if self._clockwork.clock() - tidied_at >= TIDY_EVERY:
                    tidied_at = self._clockwork.clock()
                    await self._cache.tidy()
            except (StorageTrouble, Unavailable, OperationalError):
                log.exception("not everything that is over could be forgotten; trying again later")
