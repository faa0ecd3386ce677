"""Backlog: files that wait to be fetched, in any number, as rows of the outbox and not as objects in memory.

Each channel with files that wait has one task, which reads a page of those that are due, oldest first, and begins one after the other
as places become free. So twenty thousand files cost what a page of them costs, a file that is to be tried later takes no place until
then, and after a restart the same way begins at the same rows. What is done with a file is `ucs/runtime/platforms/fetching.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from sqlalchemy import Connection, literal_column, select

from channels.errors import Unavailable
from ucs.runtime.center.center import Channel
from ucs.runtime.delivery.clockwork import Clockwork
from ucs.runtime.delivery.errand import Errand, errand_of
from ucs.runtime.delivery.intake import effect_of
from ucs.runtime.delivery.parking import Parking
from ucs.runtime.delivery.sending import LONGEST_NAP
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.work import Committed, Effect
from ucs.store import tables as t

log = structlog.get_logger("ucs.backlog")
KIND = "fetch"
PAUSE = 1.0  # seconds at least before a store that failed is asked again
PAGE = 50  # files of a channel that are in memory, beside those under way
WAITS = (  # spelled out, as the index of files that wait says it, or it is not used
    t.outbox.c.kind == literal_column("'fetch'"),
    t.outbox.c.state == literal_column("'pending'"),
)
Do = Callable[[Channel, Errand], Awaitable[None]]
Spoil = Callable[[Errand, Exception], Awaitable[None]]


class Line:
    """The files of one channel. `heard`: there may be something new to be read."""

    __slots__ = ("channel", "heard", "places", "under_way")

    def __init__(self, channel: str, places: int) -> None:
        self.channel = channel
        self.heard = asyncio.Event()
        self.places = asyncio.Semaphore(places)
        self.under_way: set[str] = set()


class Backlog:
    """`do` tries a file once, and has committed what became of it when it returns; a row that is still pending is tried again when
    it says. `spoil` says what becomes of one that a bug kept from being tried."""

    def __init__(
        self,
        engine: Engine,
        parking: Parking,
        clockwork: Clockwork,
        do: Do,
        spoil: Spoil,
        *,
        at_once: int,
        at_once_each: int,
    ) -> None:
        self._engine = engine
        self._parking = parking
        self._clockwork = clockwork
        self._do = do
        self._spoil = spoil
        self._places = asyncio.Semaphore(at_once)
        self._at_once_each = at_once_each
        self._lines: dict[str, Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def start(self) -> None:
        self._engine.listen(self._hear)
        query = select(t.outbox.c.channel).where(*WAITS).distinct()
        for channel in await self._engine.store.read(lambda connection: list(connection.scalars(query))):
            self._look(channel)

    async def close(self) -> None:
        """What is half done is done again by the next process."""
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def empty(self) -> bool:
        """Whether no file waits, on any channel."""
        return not self._lines

    @property
    def tasks(self) -> int:
        """How many tasks there are: one for each channel with files that wait, and one for each file under way."""
        return len(self._tasks)

    def _hear(self, committed: Committed) -> None:
        for channel in {effect.channel for effect in committed.outbox if effect.kind == KIND}:
            self._look(channel)

    def _look(self, channel: str) -> None:
        if self._closed:
            return
        line = self._lines.get(channel)
        if line is None:
            line = self._lines[channel] = Line(channel, self._at_once_each)
            self._begin(self._serve(line))
        line.heard.set()

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, line: Line) -> None:
        """One page after the other, until nothing of this channel waits."""
        failures = 0
        while line.channel in self._lines:
            try:
                await self._go_on(line)
                failures = 0
            except Unavailable:  # the engine stopped before us: what is left is in the store
                return
            except Exception:  # the one place of a channel's files: a store that cannot be read is asked again
                failures += 1
                log.exception("could not see which files wait", channel=line.channel)
                await self._clockwork.wait(max(PAUSE, self._clockwork.backoff(failures)))

    async def _go_on(self, line: Line) -> None:
        line.heard.clear()
        page = await self._page(line)
        now = self._engine.now()
        # One that was never tried was never put off: it is due, whatever a clock said that has been set back since.
        due = [effect for effect in page if effect.at <= now or not effect.attempt]
        for effect in due:
            await self._start(line, errand_of(effect))
        if due or line.heard.is_set():
            return
        if page or line.under_way:
            await self._rest(line, page[0].at if page else None)
        else:
            del self._lines[line.channel]  # nothing was awaited since we looked: what is heard from here on begins anew

    async def _page(self, line: Line) -> list[Effect]:
        """The files that are due next, without those under way."""
        busy = set(line.under_way)
        query = select(t.outbox).where(t.outbox.c.channel == line.channel, *WAITS)
        query = query.order_by(t.outbox.c.at, t.outbox.c.id).limit(PAGE + len(busy))

        def run(connection: Connection) -> list[Effect]:
            return [effect_of(row) for row in connection.execute(query) if row.id not in busy]

        return await self._engine.store.read(run)

    async def _start(self, line: Line, errand: Errand) -> None:
        """Begin this file as soon as its channel works and there is a place for it."""
        while True:
            channel = await self._parking.ready(line.channel)
            await line.places.acquire()
            await self._places.acquire()
            if self._parking.usable(line.channel) is channel:
                break
            self._leave(line)
        line.under_way.add(errand.id)
        self._begin(self._one(line, channel, errand))

    def _leave(self, line: Line) -> None:
        self._places.release()
        line.places.release()

    async def _one(self, line: Line, channel: Channel, errand: Errand) -> None:
        try:
            try:
                await self._do(channel, errand)
            except Unavailable:
                raise
            except Exception as error:  # the one place of a file: a bug costs this one, not those behind it
                log.exception("could not be fetched", channel=line.channel)
                await self._spoil(errand, error)
            line.under_way.discard(errand.id)  # not of one that could not even be given up: that is for the next start
        except Unavailable:
            pass
        finally:
            self._leave(line)
            line.heard.set()

    async def _rest(self, line: Line, until: datetime | None) -> None:
        """Until then, or until something is heard."""
        ends: list[asyncio.Future[object]] = [asyncio.ensure_future(line.heard.wait())]
        if until is not None:
            nap = (until - self._engine.now()).total_seconds()
            ends.append(asyncio.ensure_future(self._clockwork.wait(min(nap, LONGEST_NAP))))
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
