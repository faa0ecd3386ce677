"""Lanes: what has the same key is done strictly one after the other, what has not is done side by side.

A lane is a task that exists while there is something in it. Whatever waits in one, for a retry or for its turn, delays only what
stands behind it. How much happens at the same time is bounded by who does the work, not here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import structlog

from channels.errors import Unavailable

log = structlog.get_logger("ucs.lanes")
KeyT = TypeVar("KeyT", bound=Hashable)
ItemT = TypeVar("ItemT")


class Lanes(Generic[KeyT, ItemT]):
    """`do` an item, or let `spoil` say what becomes of one that a bug kept from being done."""

    def __init__(
        self, do: Callable[[ItemT], Awaitable[None]], spoil: Callable[[ItemT, Exception], Awaitable[None]]
    ) -> None:
        self._do = do
        self._spoil = spoil
        self._waiting: dict[KeyT, deque[ItemT]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy: set[asyncio.Task[None]] = set()
        self._closing = False

    def __len__(self) -> int:
        """How many items are not done."""
        return sum(len(lane) for lane in self._waiting.values())

    def put(self, key: KeyT, item: ItemT) -> None:
        """To the end of its lane."""
        if self._closing:
            return
        lane = self._waiting.get(key)
        if lane is not None:
            lane.append(item)
            return
        lane = self._waiting[key] = deque([item])
        task = asyncio.create_task(self._run(key, lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @contextmanager
    def uninterrupted(self) -> Iterator[None]:
        """What the current lane does in here, `close` waits for."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # lanes are tasks
        self._busy.add(task)
        try:
            yield
        finally:
            self._busy.discard(task)
            if self._closing:
                task.cancel()

    async def close(self, within: float = 5.0) -> None:
        """Stop: at once what merely waits, after at most `within` seconds what is under way."""
        self._closing = True
        for task in self._tasks - self._busy:
            task.cancel()
        if self._busy:
            await asyncio.wait(set(self._busy), timeout=within)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, key: KeyT, lane: deque[ItemT]) -> None:
        try:
            while lane and not self._closing:
                await self._one(lane[0])
                lane.popleft()
        except Unavailable:  # the engine stopped before us: what is left is in the store
            pass
        finally:
            del self._waiting[key]

    async def _one(self, item: ItemT) -> None:
        try:
            await self._do(item)
        except Unavailable:
            raise
        except Exception as error:  # the one place of a lane: a bug costs this item, not those behind it
            log.exception("could not be done", item=type(item).__name__)
            await self._let_go(item, error)

    async def _let_go(self, item: ItemT, error: Exception) -> None:
        """One that cannot even be given up is for the next start; those behind it do not wait for that."""
        try:
            await self._spoil(item, error)
        except Unavailable:
            pass
        except Exception:  # a bug in that, too, costs this item alone
            log.exception("could not be given up", item=type(item).__name__)
