"""Polling: platforms that do not call us are asked, one task for each such channel.

What a poll brought and the cursor after it are one transaction, so a crash repeats at most what duplicates are dropped from. A
batch that cannot be taken in is tried a few times, then taken apart: its good events are taken, the others go to quarantine, and
the cursor moves on.

Some platforms do both: their webhook says that there is something and nothing more. Then the channel is asked at once, with what
the webhook said as a hint, and between such calls as seldom as its adapter wants. A hint that is lost costs time and no event.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

import orjson
import structlog
from sqlalchemy import select

from cache.blobs import StorageTrouble
from channels.adapter import Batch
from channels.errors import ChannelError, Malformed, Throttled, Unavailable, Unreachable
from channels.events import Received, Typing, Unknown
from channels.wire import Request
from ucs.core.failures import Action, action_for, failure_of
from ucs.runtime.center.center import Channel
from ucs.runtime.delivery.clockwork import Clockwork
from ucs.runtime.delivery.parking import Parking
from ucs.runtime.engine.arrived import Arrived, Quarantined
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.inputs import Input, Together, Wrote
from ucs.runtime.http.ways_out import HttpFor
from ucs.runtime.platforms.asked import Asked
from ucs.runtime.platforms.channel_tasks import ChannelTasks
from ucs.runtime.platforms.hints import Hints
from ucs.runtime.platforms.raw_files import RawFiles
from ucs.store import tables as t

log = structlog.get_logger("ucs.polling")
TRIES = 3  # of a batch before it is taken apart
LARGE = 256 * 1024  # bytes of a request that is read in a thread
PAUSE = 1.0  # seconds at least before asking again when it failed


class Polling:
    """`on_typing` hears of what is shown and never stored, as the gateway's does."""

    def __init__(
        self,
        engine: Engine,
        parking: Parking,
        http_for: HttpFor,
        clockwork: Clockwork,
        hints: Hints,
        count: Callable[[str, str], None],
        on_typing: Callable[[Channel, Typing], None],
        kept: RawFiles,
    ) -> None:
        self.engine = engine
        self.parking = parking
        self.http_for = http_for
        self.clockwork = clockwork
        self.hints = hints
        self.count = count
        self.on_typing = on_typing
        self.kept = kept
        self.asked = Asked(engine.now)
        self._tasks = ChannelTasks(engine, "poll", self._run, self._forget)

    def start(self) -> None:
        self._tasks.start()

    async def close(self) -> None:
        await self._tasks.close()

    async def _run(self, id: str) -> None:
        failures = 0
        while True:
            channel = await self.parking.ready(id)
            hints = self.hints.of(id)
            try:
                cursor = await self._cursor(id)
                async with aclosing(self._batches(channel, cursor, tuple(hints))) as batches:
                    async for batch in batches:
                        if batch != Batch((), cursor):
                            await self._take(channel, batch)
                            cursor = batch.cursor
                        failures = 0
                        self.asked.went_well(id)
                failures = 0
                self.asked.went_well(id)
                self.hints.settle(id, hints)
                await self._rest(id, channel.adapter.poll_every().total_seconds())
                continue
            except Unavailable as error:
                if self.engine.closed:  # it stopped before us
                    return
                failures += 1
                delay = await self._failed(
                    channel, Unreachable(str(error)), failures
                )  # our disk's trouble: it may pass
            except ChannelError as error:
                failures += 1
                if action_for(error) is Action.FAIL:
                    self.hints.settle(id, hints)  # the platform says no, perhaps to a hint that is too old
                delay = await self._failed(channel, error, failures)
            except Exception as error:  # the one place of a poller: a bug in an adapter must not end the asking
                failures += 1
                self.hints.settle(id, hints)  # it may be a hint that brings it about
                delay = self.clockwork.backoff(failures)
                self.asked.failed(id, f"The adapter failed: {type(error).__name__}.")
                self.count(id, "bug")
                log.exception("adapter could not poll", channel=id)
            await self.clockwork.wait(delay)

    def _forget(self, channel: str) -> None:
        self.asked.forget(channel)
        self.hints.forget(channel)

    async def _rest(self, id: str, seconds: float) -> None:
        """Until so much time has passed, or a hint comes."""
        ends = [asyncio.ensure_future(self.clockwork.wait(seconds)), asyncio.create_task(self.hints.come(id))]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()

    async def _cursor(self, channel: str) -> str:
        query = select(t.cursor.c.value).where(t.cursor.c.channel == channel)
        return await self.engine.store.read(lambda connection: connection.execute(query).scalar()) or ""

    async def _batches(self, channel: Channel, cursor: str, hints: tuple[str, ...]) -> AsyncGenerator[Batch, None]:
        batches = channel.adapter.poll(cursor, self.http_for(channel), hints)
        try:
            async for batch in batches:
                yield batch
        finally:
            aclose = getattr(batches, "aclose", None)
            if aclose is not None:
                await aclose()

    async def _failed(self, channel: Channel, error: ChannelError, failures: int) -> float:
        """Seconds until we ask again."""
        self.count(channel.id, failure_of(error).metric)
        if action_for(error) is Action.PARK:
            self.asked.forget(channel.id)  # being parked says it
            await self.parking.park(channel, str(error))
            return 0.0
        self.asked.failed(channel.id, str(error))
        log.warning("poll failed", channel=channel.id, reason=str(error), failures=failures)
        if isinstance(error, Throttled) and error.retry_after is not None:
            return max(PAUSE, error.retry_after.total_seconds())
        return max(PAUSE, self.clockwork.backoff(failures))

    # -- what a poll brought ---------------------------------------------------------------------------------------------

    async def _take(self, channel: Channel, batch: Batch) -> None:
        for event in batch.events:
            if isinstance(event, Typing):
                self.on_typing(channel, event)
        read = [await self._read_kept(channel, request) for request in batch.requests]
        moved = Arrived(channel.id, batch.events, cursor=batch.cursor)
        whole: Input = Together((*read, moved)) if read else moved
        error: BaseException | None = None
        for attempt in range(1, TRIES + 1):
            error = await self._try(whole)
            if error is None:
                return
            await self.clockwork.wait(self.clockwork.backoff(attempt))
        log.error("batch taken apart", channel=channel.id, events=len(batch.events), error=repr(error))
        await self._take_apart(channel, batch, read)

    async def _read_kept(self, channel: Channel, request: Request) -> Arrived | Quarantined:
        """What a request of a poll means. One that is too large to be in a row is kept before anybody reads it."""
        if request.large is None:
            return await self._read(channel, request)
        item = await self.kept.keep(channel, request, request.large)
        read = await self._read(channel, request)
        events = read.events if isinstance(read, Arrived) else ()
        understood = isinstance(read, Arrived) and not any(isinstance(event, Unknown) for event in events)
        return replace(read, request=replace(request, large=None), item=self.kept.until(item, understood=understood))

    async def _read(self, channel: Channel, request: Request) -> Arrived | Quarantined:
        """A long one is read beside the loop: others are not to wait for it."""
        try:
            if len(request.source) > LARGE:
                events = await asyncio.to_thread(lambda: tuple(channel.adapter.parse(request)))
            else:
                events = tuple(channel.adapter.parse(request))
        except Malformed as error:
            self.count(channel.id, "unreadable")
            return Quarantined(channel.id, request, str(error))
        except StorageTrouble:  # what lies aside could not be read: the platform still has it
            raise
        except Exception as error:  # a bug in a plugin: the bytes are kept, and the asking goes on
            self.count(channel.id, "bug")
            log.exception("adapter could not parse", channel=channel.id)
            return Quarantined(channel.id, request, f"The adapter failed: {type(error).__name__}.")
        for event in events:
            if isinstance(event, Unknown):
                self.count(channel.id, "unknown")
        return Arrived(channel.id, events, request)

    async def _take_apart(self, channel: Channel, batch: Batch, read: Sequence[Arrived | Quarantined]) -> None:
        """Each for itself, what cannot be taken into quarantine, and the cursor moves on."""
        single = [*read, *(Arrived(channel.id, (event,)) for event in batch.events)]
        refused: list[Input] = []
        for each in single:
            error = await self._try(each)
            if error is not None:
                self.count(channel.id, "failed")
                kept = each.request or self._request(channel, each.events[0])  # type: ignore[union-attr]
                item = each.item and self.kept.until(each.item, understood=False)
                refused.append(Quarantined(channel.id, kept, f"{type(error).__name__}: {error}", item))
        moved = Wrote((("put_cursor", (channel.id, batch.cursor)),))
        error = await self._try(Together((*refused, moved)))
        if error is not None:
            raise error

    async def _try(self, input: Input) -> BaseException | None:
        """Why it could not be taken in. A database that fails says nothing about the batch: that is waited for."""
        failures = 0
        while True:
            future = self.engine.submit(input)
            await asyncio.wait((future,))
            error = future.exception()
            if not isinstance(error, Unavailable):
                return error
            if self.engine.closed:
                raise error
            failures += 1
            await self.clockwork.wait(self.clockwork.backoff(failures))

    def _request(self, channel: Channel, event: Received) -> Request:
        """A polled event as the quarantine keeps it: in our words, for the platform's own are gone."""
        body = orjson.dumps({"event": type(event).__name__, "fields": event}, default=str)
        headers = {"content-type": "application/json"}
        return Request("POLL", channel.id, {}, headers, body, self.engine.now())
