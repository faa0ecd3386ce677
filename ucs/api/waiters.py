"""Long polls: who waits for something new in a lane, or at a seat. The alternative to a WebSocket, for networks that have none."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable

from ucs.runtime.engine.memory import Lane, SeatKey
from ucs.runtime.engine.work import Committed

POLL_FOR = 25.0  # seconds a long poll waits


def lanes(committed: Committed) -> Iterable[Lane]:
    """Where something was said or done."""
    return ((contact.channel, contact.address) for contact in committed.contacts.values())


def seats(committed: Committed) -> Iterable[SeatKey]:
    """Where an agent sees something else than before: at the own seat, or in a contact at it."""
    return {*committed.seats, *((contact.tenant, contact.agent) for contact in committed.contacts.values())}


class Waiters:
    """`hear` is the engine's listener; `keys` are those that something has changed for. A lane and a seat both have two names."""

    def __init__(self, keys: Callable[[Committed], Iterable[tuple[str, str]]]) -> None:
        self._keys = keys
        self._waiting: defaultdict[tuple[str, str], set[asyncio.Event]] = defaultdict(set)
        self._closed = False

    def close(self) -> None:
        """The server goes: nobody waits any longer."""
        self._closed = True
        for events in self._waiting.values():
            for event in events:
                event.set()

    @property
    def waiting(self) -> int:
        """In how many lanes, or at how many seats, somebody waits."""
        return len(self._waiting)

    def hear(self, committed: Committed) -> None:
        if self._waiting:
            for key in self._keys(committed):
                for event in self._waiting.get(key, ()):
                    event.set()

    async def until(self, key: tuple[str, str], news: Callable[[], bool], seconds: float) -> None:
        """Return when there are news, or after so many seconds."""
        event = asyncio.Event()
        self._waiting[key].add(event)
        try:
            async with asyncio.timeout(seconds):
                while not news() and not self._closed:
                    await event.wait()
                    event.clear()
        except TimeoutError:
            return
        finally:
            self._waiting[key].discard(event)
            if not self._waiting[key]:
                del self._waiting[key]
