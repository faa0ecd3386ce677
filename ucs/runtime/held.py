"""Webhooks that wait a little for a message of ours: on some platforms an answer goes free of charge in the response to what it
answers, and nowhere else.

The gateway opens the wait before it commits, for a robot may be quicker than the gateway is to look. Delivery gives, and learns
whether somebody was still waiting. A platform that did not get the response repeats its webhook, and then gets the same once
more. All of it is in memory: after a restart nobody waits, and messages take the ordinary way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from channels.wire import Response

Key = tuple[str, str]  # channel, reply token

KNOWN_FOR = 60.0  # seconds: longer than any platform goes on repeating


class Hold:
    """One webhook that waits. `response` gives None when the time is over."""

    def __init__(self, given: asyncio.Future[Response]) -> None:
        self._given = given

    async def response(self, seconds: float) -> Response | None:
        if not self._given.done() and seconds > 0:
            await asyncio.wait((self._given,), timeout=seconds)
        return self._given.result() if self._given.done() else None


class Held:
    """All webhooks that wait. `clock` is monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waiting: dict[Key, tuple[asyncio.Future[Response], int]] = {}
        self._given: dict[Key, tuple[Response, float]] = {}  # in the order in which they are forgotten

    @contextmanager
    def opened(self, channel: str, token: str) -> Iterator[Hold]:
        """Wait in here; outside of it `give` refuses. Of the same webhook several may wait, and all get the same."""
        key = (channel, token)
        future, waiting = self._waiting.get(key) or (asyncio.get_running_loop().create_future(), 0)
        if not future.done() and key in self._given:
            future.set_result(self._given[key][0])
        self._waiting[key] = (future, waiting + 1)
        try:
            yield Hold(future)
        finally:
            future, waiting = self._waiting.pop(key)
            if waiting > 1:
                self._waiting[key] = (future, waiting - 1)

    def give(self, channel: str, token: str, response: Response) -> bool:
        """Whether somebody waits and had nothing yet. The first response stands."""
        self._forget()
        key = (channel, token)
        future = self._waiting[key][0] if key in self._waiting else None
        if future is None or future.done():
            return False
        future.set_result(response)
        self._given[key] = (response, self._clock() + KNOWN_FOR)
        return True

    def _forget(self) -> None:
        now = self._clock()
        while self._given and self._given[key := next(iter(self._given))][1] <= now:
            del self._given[key]
