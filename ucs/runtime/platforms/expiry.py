"""Expiry: files, raw webhooks and sessions whose time is over are forgotten; once a day what crashes left behind is tidied away."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from cache.blobs import StorageTrouble
from cache.media_cache import MediaCache
from channels.errors import Unavailable
from ucs.runtime.delivery.clockwork import Clockwork
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.inputs import Wrote
from ucs.store.store import micros

log = structlog.get_logger("ucs.expiry")
LOOK_EVERY = 60.0  # seconds
AT_ONCE = 100  # items: one transaction
TIDY_EVERY = 24 * 3600.0


class Expiry:
    def __init__(self, cache: MediaCache, clockwork: Clockwork, engine: Engine, keep_raw_for: timedelta) -> None:
        self._cache = cache
        self._engine = engine
        self._keep_raw_for = keep_raw_for
        self._clockwork = clockwork
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> int:
        """Forget everything whose time is over; returns how many items that were."""
        gone = 0
        while items := await self._cache.expire(AT_ONCE):
            gone += len(items)
        now = self._engine.now()
        over = (("drop_bundles", (micros(now - self._keep_raw_for),)), ("drop_sessions", (micros(now),)))
        await self._engine.submit(Wrote(over))
        return gone

    async def _run(self) -> None:
        tidied_at = self._clockwork.clock()
        while True:
            await self._clockwork.wait(LOOK_EVERY)
            try:
                await self.look()
                if self._clockwork.clock() - tidied_at >= TIDY_EVERY:
                    tidied_at = self._clockwork.clock()
                    await self._cache.tidy()
            except (StorageTrouble, Unavailable):
                log.exception("files could not be removed; trying again later")
