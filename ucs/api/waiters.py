"""Long polls: who waits for something new in a lane. The alternative to a WebSocket, for networks that have none."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable

from ucs.runtime.engine.memory import Lane
from ucs.runtime.engine.work import Committed


class Waiters:
    """`hear` is the engine's listener."""

    def __init__(self) -> None:
        self._waiting: defaultdict[Lane, set[asyncio.Event]] = defaultdict(set)
        self._closed = False

    def close(self) -> None:
        """The server goes: nobody waits any longer."""
        self._closed = True
        for events in self._waiting.values():
            for event in events:
                event.set()

    @property
    def waiting(self) -> int:
        """In how many lanes somebody waits."""
        return len(self._waiting)

    def hear(self, committed: Committed) -> None:
        if self._waiting:
            for contact in committed.contacts.values():
                for event in self._waiting.get((contact.channel, contact.address), ()):
                    event.set()

    async def until(self, lane: Lane, news: Callable[[], bool], seconds: float) -> None:
        """Return when there are news, or after so many seconds."""
        event = asyncio.Event()
        self._waiting[lane].add(event)
        try:
            async with asyncio.timeout(seconds):
                while not news() and not self._closed:
                    await event.wait()
                    event.clear()
        except TimeoutError:
            return
        finally:
            self._waiting[lane].discard(event)
            if not self._waiting[lane]:
                del self._waiting[lane]
