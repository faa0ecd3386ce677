"""Profiles: who a new contact's customer is, asked of the platform once a day at most: name and language. Best effort: a nicety."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta

import structlog

from channels.errors import UcsError
from channels.events import CustomerRenamed
from ucs.runtime.customers import Speaks
from ucs.runtime.delivery.parking import Parking
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.memory import WINDOW, Lane
from ucs.runtime.engine.work import Committed
from ucs.runtime.http.ways_out import HttpFor

log = structlog.get_logger("ucs.profiles")
ASKED_AGAIN_AFTER = timedelta(hours=24)
AT_ONCE = 4
MOST_WAITING = 1_000  # more new customers than the platform can be asked about stay without a name


class Profiles:
    def __init__(self, engine: Engine, parking: Parking, http_for: HttpFor) -> None:
        self.engine = engine
        self.parking = parking
        self.http_for = http_for
        self._asked: OrderedDict[Lane, datetime] = OrderedDict()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def start(self) -> None:
        self.engine.listen(self._hear)

    async def close(self) -> None:
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _hear(self, committed: Committed) -> None:
        for entry in committed.entries:
            if entry.kind != "opened" or self._closed or len(self._tasks) >= MOST_WAITING:
                continue
            contact = committed.contacts.get(entry.contact)
            if contact is not None and self._worth_asking((contact.channel, contact.address)):
                task = asyncio.create_task(self._ask(contact.channel, contact.address))
                self._tasks.add(task)
                task.add_done_callback(self._over)

    def _worth_asking(self, lane: Lane) -> bool:
        channel = self.parking.usable(lane[0])
        now = self.engine.now()
        asked_at = self._asked.get(lane)
        if channel is None or "profile" not in channel.powers:
            return False
        if asked_at is not None and now - asked_at < ASKED_AGAIN_AFTER:
            return False
        self._asked[lane] = now
        self._asked.move_to_end(lane)  # the oldest are forgotten first
        if len(self._asked) > WINDOW:
            self._asked.popitem(last=False)
        return True

    async def _ask(self, channel_id: str, address: str) -> None:
        async with self._slots:
            channel = self.parking.usable(channel_id)
            if channel is None:
                return
            profile = await channel.adapter.profile(address, self.http_for(channel))
        known = self.engine.memory.customers.get((channel_id, address), ("", ""))[1]
        if profile.name and profile.name != known:
            renamed = CustomerRenamed("", self.engine.now(), address, profile.name)
            await self.engine.submit(Arrived(channel_id, (renamed,)))
        if profile.language:
            await self.engine.submit(Speaks(channel_id, address, profile.language))

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, UcsError):
            log.info("no profile", reason=str(error))
        elif error is not None:
            log.error("no profile", error=type(error).__name__, exc_info=error)
