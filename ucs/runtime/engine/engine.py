"""The engine: everything durable goes through it.

Its loop takes everything that arrived while the last commit ran, and applies it in one transaction in the engine's own thread. Only
after the commit do callers get their answer and listeners hear of it. That is group commit: one flush to disk for a
whole batch, and nobody hears "ok" before it is on disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from channels.errors import UcsError, Unavailable
from ucs.runtime.center.center import Center
from ucs.runtime.engine.inputs import Input
from ucs.runtime.engine.memory import Memory
from ucs.runtime.engine.performing import PERFORM
from ucs.runtime.engine.rising import Rising
from ucs.runtime.engine.work import Committed, Work
from ucs.runtime.engine.worker import Worker
from ucs.store.lookup import last_errand
from ucs.store.store import Store, is_trouble

log = structlog.get_logger("ucs.engine")
BATCH = 512  # inputs in one transaction at most: it bounds how long one commit may take
# After a batch as large as `BUSY` the next may become larger, for a batch costs what a dozen messages cost: it waits while more comes
# in at every turn of the loop, at most so many seconds, and goes as soon as `QUIET` turns have brought nothing.
BUSY, GATHER_FOR, QUIET = 8, 0.005, 4
Listener = Callable[[Committed], None]
Done = tuple[list[Any], list[Committed]]  # what became of each input, and of all of them


class Late(Unavailable):
    """It could not be taken within the time its sender waits: nothing was done, and the sender will repeat it."""


class Closed(Unavailable):
    """The server is shutting down: send it again to the next one."""


@dataclass(slots=True)
class Waiting:
    """An input and who waits for it."""

    input: Input
    future: asyncio.Future[Any]
    until: float = inf  # by the loop's clock


class Engine:
    """`submit` an input and await what it gives back. `listen` for what was committed."""

    def __init__(self, store: Store, center: Center, *, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self.store = store
        self.center = center
        self.memory = Memory()
        self.now = now
        self.new_id = Rising(new_id)
        self._arrived: list[Waiting] = []
        self._listeners: list[Listener] = []
        self._thread = Worker("engine")
        self._running = False
        self._stopped: asyncio.Future[None] | None = None
        self._closed = False
        self.batches = 0
        self.applied = 0

    async def start(self) -> None:
        """Fill memory from the store."""

        def load(connection: Connection) -> None:
            self.memory.load(connection, self.center.policy)
            self.new_id.after(last_errand(connection))

        loaded = asyncio.get_running_loop().create_future()
        self._thread.run(lambda: self.store.write(load), lambda _, error: _settle(loaded, error))
        await loaded

    def listen(self, listener: Listener) -> None:
        """Call `listener` on the event loop after every commit, in the order of commits. It must not wait or raise."""
        self._listeners.append(listener)

    @property
    def closed(self) -> bool:
        """Whether nothing is taken any more."""
        return self._closed

    def submit(self, input: Input, within: float = inf) -> asyncio.Future[Any]:
        """Apply this input in the next transaction. The result is there when it is on disk; raises its `UcsError`.

        `within`: seconds in which it must have begun, for a sender who does not wait longer; else `Late`, and nothing is done."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        if self._closed:
            future.set_exception(Closed("The server is shutting down: try again in a moment."))
            return future
        self._arrived.append(Waiting(input, future, inf if within == inf else loop.time() + within))
        if not self._running:
            self._running = True
            loop.call_soon(self._next_batch)
        return future

    async def close(self) -> None:
        """Finish what has been submitted, then stop."""
        self._closed = True
        while self._running:
            self._stopped = asyncio.get_running_loop().create_future()
            await self._stopped
        self._thread.stop()

    def _next_batch(self) -> None:
        loop = asyncio.get_running_loop()
        batch, self._arrived = self._arrived[:BATCH], self._arrived[BATCH:]
        now = loop.time()
        if any(waiting.until < now for waiting in batch):
            batch = _refuse_late(batch, now)
        self._thread.run(
            lambda: self._commit(batch), lambda done, _: self._committed(batch, *(done or _nothing(batch)))
        )

    def _committed(self, batch: list[Waiting], outcomes: list[Any], commits: list[Committed]) -> None:
        """Back on the event loop: answer the callers, tell the listeners, go on with what came meanwhile."""
        self.batches += len(commits)
        self.applied += len(batch) if commits else 0
        for committed in commits:
            if committed.center is not None:
                self.center = committed.center
        for waiting, outcome in zip(batch, outcomes, strict=True):
            _answer(waiting.future, outcome)
        for committed in commits:
            self.tell(committed)
        if self._arrived:
            if len(batch) < BUSY:
                self._next_batch()
            else:
                self._gather(asyncio.get_running_loop().time() + GATHER_FOR)
            return
        self._running = False
        if self._stopped is not None and not self._stopped.done():
            self._stopped.set_result(None)

    def _gather(self, until: float, had: int = 0, quiet: int = 0) -> None:
        """Begin the next batch when nothing more comes in. A request that has been read is submitted some turns of the loop later."""
        loop, has = asyncio.get_running_loop(), len(self._arrived)
        quiet = quiet + 1 if has == had else 0
        if quiet >= QUIET or has >= BATCH or loop.time() >= until:
            self._next_batch()
        else:
            loop.call_soon(self._gather, until, has, quiet)

    def tell(self, committed: Committed) -> None:
        """Every listener hears of a commit."""
        for listener in self._listeners:
            try:
                listener(committed)
            except (
                Exception
            ):  # the one place of a listener: a bug in it stops neither the engine nor the other listeners
                log.exception("listener failed", listener=getattr(listener, "__qualname__", repr(listener)))

    def _commit(self, batch: list[Waiting], *, careful: bool = False) -> Done:
        """In the engine's thread: one transaction for the whole batch.

        Duplicates are first looked for in memory only; should the unique index know better, the same batch runs again carefully.
        A batch with something in it that no database takes is halved until that stands alone: only this one fails."""
        try:
            outcomes, committed = self._transact(batch, careful=careful)
        except Exception as error:  # the one place where what cannot be written is kept from taking others with it
            if is_trouble(error):
                log.critical("not written", inputs=len(batch), error=repr(error))
                return _nothing(batch)
            if isinstance(error, IntegrityError) and not careful:
                return self._commit(batch, careful=True)
            if len(batch) <= 1:
                log.exception("cannot be written", inputs=[type(waiting.input).__name__ for waiting in batch])
                return [error for _ in batch], []
        else:
            return outcomes, [committed]
        middle = len(batch) // 2
        first, second = self._commit(batch[:middle], careful=careful), self._commit(batch[middle:], careful=careful)
        return first[0] + second[0], first[1] + second[1]

    def _transact(self, batch: list[Waiting], *, careful: bool) -> tuple[list[Any], Committed]:

        def run(connection: Connection) -> tuple[list[Any], Work]:
            work = Work(connection, self.memory, self.center, self.now(), self.new_id, PERFORM, careful=careful)
            outcomes = [_apply(work, waiting.input) for waiting in batch]
            work.flush(self.store.statements)
            return outcomes, work

        outcomes, work = self.store.write(run)
        return outcomes, work.remember()


def _apply(work: Work, input: Input) -> Any:
    """One input's outcome. Whatever goes wrong in it is its own: the others of the batch are committed all the same.

    Not what goes wrong in the database: there a transaction may be over for everybody in it."""
    try:
        return work.attempt(input.apply)
    except DBAPIError:
        raise
    except Exception as error:  # the one place where a bug in a step is kept from taking a batch with it
        if not isinstance(error, UcsError):
            log.exception("input failed", input=type(input).__name__)
        return error


def _refuse_late(batch: list[Waiting], now: float) -> list[Waiting]:
    """The batch without those whose senders have stopped waiting."""
    for waiting in batch:
        if waiting.until < now:
            _answer(waiting.future, Late("We are too busy to take this in time: send it again."))
    return [waiting for waiting in batch if waiting.until >= now]


def _nothing(batch: list[Waiting]) -> Done:
    """Nothing of this batch has been taken."""
    return [Unavailable("The store could not write: nothing was taken, try again in a moment.") for _ in batch], []


def _settle(future: asyncio.Future[None], error: Exception | None) -> None:
    future.set_result(None) if error is None else future.set_exception(error)


def _answer(future: asyncio.Future[Any], outcome: Any) -> None:
    if future.done():  # the caller has gone; what was asked for is done all the same
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
