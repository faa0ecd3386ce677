"""Sessions that are kept: with platforms that speak another protocol, signing in is what costs, for us and for them.

A session is lent to one caller at a time. Afterwards it waits for the next one, and is closed when it has waited too long, when the
host said anything or hung up meanwhile, when what was done in it failed, and when its channel is removed or configured anew: who got
in with old credentials does not stay. How one is begun and what is said in it is the adapter's; each is begun through the guard.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from channels.value import value
from channels.wire import SessionT

IDLE_FOR = timedelta(minutes=1)  # shorter than hosts and networks in between bear
MOST = 4  # that wait, of one name


@value
class _Kept:
    session: Any
    timer: asyncio.TimerHandle


class ChannelSessions:
    """Those of one channel, for as long as its configuration stays the same. Once closed it lends new ones only, and keeps none."""

    def __init__(self, idle_for: timedelta, ends: set[asyncio.Task[None]]) -> None:
        self._idle_for = idle_for.total_seconds()
        self._waiting: defaultdict[str, list[_Kept]] = defaultdict(list)
        self._ends = ends
        self._closed = False

    @asynccontextmanager
    async def lent(self, name: str, begin: Callable[[], Awaitable[SessionT]]) -> AsyncIterator[SessionT]:
        """See `channels.wire.Http.session`."""
        session: SessionT = await self._found(name) or await begin()
        try:
            yield session
        except BaseException:
            await session.aclose()
            raise
        if self._closed or len(self._waiting[name]) >= MOST:
            await session.aclose()
            return
        timer = asyncio.get_running_loop().call_later(self._idle_for, self._expire, name, session)
        self._waiting[name].append(_Kept(session, timer))

    def close(self) -> None:
        """Hang up wherever nobody is speaking; the others follow when they come back."""
        self._closed = True
        for waiting in self._waiting.values():
            while waiting:
                self._end(waiting.pop())

    async def _found(self, name: str) -> Any:
        """The one that was used last, so that those too many become too old; None if there is none to go on with."""
        waiting = self._waiting[name]
        while waiting:
            kept = waiting.pop()
            kept.timer.cancel()
            if await kept.session.quiet():
                return kept.session
            self._end(kept)
        return None

    def _expire(self, name: str, session: object) -> None:
        for kept in [kept for kept in self._waiting[name] if kept.session is session]:
            self._waiting[name].remove(kept)
            self._end(kept)

    def _end(self, kept: _Kept) -> None:
        kept.timer.cancel()
        task = asyncio.ensure_future(kept.session.aclose())
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)


class Sessions:
    """All channels'."""

    def __init__(self, idle_for: timedelta = IDLE_FOR) -> None:
        self._idle_for = idle_for
        self._of: dict[str, ChannelSessions] = {}
        self._ends: set[asyncio.Task[None]] = set()

    def of(self, channel: str) -> ChannelSessions:
        """The channel's, as it is configured now."""
        if channel not in self._of:
            self._of[channel] = ChannelSessions(self._idle_for, self._ends)
        return self._of[channel]

    def forget(self, channel: str) -> None:
        """It is gone, or configured anew."""
        if (sessions := self._of.pop(channel, None)) is not None:
            sessions.close()

    async def close(self) -> None:
        """Hang up everywhere."""
        for sessions in self._of.values():
            sessions.close()
        await asyncio.gather(*self._ends, return_exceptions=True)
