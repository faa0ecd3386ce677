"""Parked channels: their credentials died, so nothing is sent, fetched or asked until they work again.

What waits to go out is held, not failed. A channel is taken up again by an admin, when its configuration changes, and when the
platform lets us in at a checkup (`ucs/runtime/platforms/checkups.py`): all of them say `unpark`.
`ready` is the gate that everybody who calls a platform goes through; it also holds what belongs to a channel that is not
configured (any more).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from sqlalchemy import select

from channels.value import value
from ucs.runtime.center.center import Channel
from ucs.runtime.center.settings import ChannelSetting
from ucs.runtime.delivery.clockwork import Clockwork
from ucs.runtime.delivery.commits import commit
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.inputs import Wrote
from ucs.runtime.engine.work import Committed
from ucs.store import tables as t
from ucs.store.store import micros, moment

log = structlog.get_logger("ucs.parking")


@value
class Parked:
    """Since when, and the sentence that says why."""

    reason: str
    at: datetime


OnHealth = Callable[[str, Parked | None], None]  # a channel, and None: it is well again


class Parking:
    def __init__(self, engine: Engine, clockwork: Clockwork) -> None:
        self.engine = engine
        self._clockwork = clockwork
        self._parked: dict[str, Parked] = {}
        self._settings: dict[str, ChannelSetting] = {}
        self._listeners: list[OnHealth] = []
        self._changed = asyncio.Event()
        self._unparking: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Remember what was parked before."""
        for row in await self.engine.store.read(lambda connection: connection.execute(select(t.park)).all()):
            self._parked[row.channel] = Parked(row.reason, moment(row.at))
        self._settings = self._current()
        self.engine.listen(self._hear)

    async def close(self) -> None:
        for task in self._unparking:
            task.cancel()
        await asyncio.gather(*self._unparking, return_exceptions=True)

    def on_health(self, listener: OnHealth) -> None:
        """Call `listener` whenever a channel is parked or taken up again."""
        self._listeners.append(listener)

    @property
    def parked(self) -> Mapping[str, Parked]:
        """The parked channels."""
        return self._parked

    def usable(self, channel: str) -> Channel | None:
        """The channel as it is configured now, unless it is parked."""
        return None if channel in self._parked else self.engine.center.channels.get(channel)

    async def ready(self, channel: str) -> Channel:
        """The channel as it is configured now, as soon as there is one and it is not parked."""
        while (found := self.usable(channel)) is None:
            await self._changed.wait()
        return found

    async def park(self, channel: Channel, reason: str) -> None:
        """The platform no longer takes the credentials of `channel`. Says so once, and nothing if they have changed meanwhile."""
        current = self.engine.center.channels.get(channel.id)
        if channel.id in self._parked or current is None or current.setting != channel.setting:
            return
        parked = self._parked[channel.id] = Parked(reason, self.engine.now())
        log.error("channel parked", channel=channel.id, reason=reason)
        self._tell(channel.id, parked)
        row = (channel.id, micros(parked.at), reason)
        await commit(self.engine, Wrote((("put_park", row),)), self._clockwork)

    async def unpark(self, channel: str) -> None:
        """The channel works again: what was held goes out."""
        await commit(self.engine, Wrote((("drop_park", (channel,)),)), self._clockwork)
        if self._parked.pop(channel, None) is not None:
            log.info("channel unparked", channel=channel)
            self._tell(channel, None)
        self._wake()

    def _tell(self, channel: str, parked: Parked | None) -> None:
        for listener in self._listeners:
            listener(channel, parked)

    def _current(self) -> dict[str, ChannelSetting]:
        return {id: channel.setting for id, channel in self.engine.center.channels.items()}

    def _hear(self, committed: Committed) -> None:
        if committed.center is None:
            return
        before, self._settings = self._settings, self._current()
        for channel in [id for id in self._parked if before.get(id) != self._settings.get(id)]:
            task = asyncio.create_task(self.unpark(channel))
            self._unparking.add(task)
            task.add_done_callback(self._unparking.discard)
        self._wake()

    def _wake(self) -> None:
        """Let everybody look again."""
        self._changed.set()
        self._changed = asyncio.Event()
