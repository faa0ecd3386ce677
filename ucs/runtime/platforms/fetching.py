"""Fetching: files that still lie on a platform are brought into the media cache. Text never waits for them.

Each file is an errand of its own, tried until it is here or will never be; then its item, the blobs it names, its line in the
contact and the row in the outbox change in one transaction. How many are under way is bounded, for the whole and for a channel, so
that one platform's slow files do not hold up another's; those that wait are rows (`ucs/runtime/delivery/backlog.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from cache.blobs import StorageTrouble
from cache.item import Item, State
from cache.media_cache import MediaCache
from channels.errors import ChannelError, NotFound, Refused, Rejected, Unreachable
from channels.value import value
from channels.wire import NotYet, Stream
from ucs.core.events import MediaSettled
from ucs.core.failures import Action, failure_of
from ucs.runtime.center.center import Channel
from ucs.runtime.delivery.backlog import Backlog
from ucs.runtime.delivery.clockwork import Clockwork
from ucs.runtime.delivery.commits import commit
from ucs.runtime.delivery.errand import Errand, ErrandState, trouble_of
from ucs.runtime.delivery.outcomes import settled
from ucs.runtime.delivery.parking import Parking
from ucs.runtime.delivery.verdict import verdict
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.work import Work
from ucs.runtime.http.ways_out import HttpFor
from ucs.store import tables as t
from ucs.store.catalog import item_of, item_writes, media_row

ASK_AGAIN = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)  # seconds, while the platform prepares a file
PREPARED_WITHIN = timedelta(minutes=10)
AT_ONCE, AT_ONCE_EACH = 16, 4


@value
class Brought:
    """The item as it is from now on, and the errand's row (None: it is done). What was taken back meanwhile stays so."""

    item: Item
    errand: str
    row: tuple[Any, ...] | None
    contact: str

    def apply(self, work: Work) -> None:
        if self.row is None:
            work.write("drop_outbox", self.errand)
        else:
            work.write("change_outbox", *self.row)
        if not write_again(work, self.item):
            return
        ready, item = self.item.state is State.READY, self.item
        line = MediaSettled(item.id, ready, item.reason, item.name, item.mime, item.size)
        with suppress(NotFound, Refused):
            work.happen(work.contact(self.contact), line)


def write_again(work: Work, item: Item) -> bool:
    """Write an item anew, unless it is gone. It never lives longer for that: what was taken back stays so."""
    known = work.connection.execute(select(t.media.c.expires_at).where(t.media.c.id == item.id)).scalar()
    if known is None:
        return False
    early = [values[1] for name, values in work.writes if name == "expire_media" and values[0] == item.id]
    for name, values in item_writes(item):
        work.write(name, *values)
    work.write("expire_media", item.id, min([media_row(item)[3], known, *early]))
    return True


class Fetching:
    """`await start()` after the engine has started, `await close()` before it closes."""

    def __init__(
        self,
        engine: Engine,
        parking: Parking,
        cache: MediaCache,
        http_for: HttpFor,
        clockwork: Clockwork,
        count: Callable[[str, str], None],
        *,
        at_once: int = AT_ONCE,
        at_once_each: int = AT_ONCE_EACH,
    ) -> None:
        self.engine = engine
        self.parking = parking
        self.cache = cache
        self.http_for = http_for
        self.clockwork = clockwork
        self.count = count
        self.backlog = Backlog(
            engine, parking, clockwork, self._try, self._spoil, at_once=at_once, at_once_each=at_once_each
        )

    async def start(self) -> None:
        await self.backlog.start()

    async def close(self) -> None:
        """What is half fetched is fetched again by the next process."""
        await self.backlog.close()

    async def _spoil(self, errand: Errand, error: Exception) -> None:
        self.count(errand.channel, "bug")
        errand.trouble = trouble_of(error)
        item = await self._item(errand)
        if item is not None:
            await self._fail(errand, item)

    async def _try(self, channel: Channel, errand: Errand) -> None:
        """Try once, and write down what became of it."""
        item = await self._item(errand)
        if item is None or item.state is State.READY:  # taken back, or expired; there already
            await self._commit(settled(errand, done=True))
            return
        errand.attempt += 1
        try:
            kept = await self._fetch(channel, errand, item)
        except ChannelError as error:
            await self._failed(channel, errand, item, error)
        except StorageTrouble as error:  # the disk's fault, not the file's
            await self._failed(channel, errand, item, Unreachable(str(error)))
        else:
            await self._came(channel, errand, item, kept)

    async def _came(self, channel: Channel, errand: Errand, item: Item, kept: Item | NotYet) -> None:
        if isinstance(kept, NotYet):
            await self._ask_again(errand, item, kept)
            return
        errand.state = ErrandState.DEAD
        self.count(channel.id, "fetched" if kept.state is State.READY else "not_kept")
        await self._commit(Brought(kept, errand.id, None, errand.contact))

    async def _item(self, errand: Errand) -> Item | None:
        query = select(t.media).where(t.media.c.id == errand.media)
        row = await self.engine.store.read(lambda connection: connection.execute(query).first())
        item = None if row is None else item_of(row)
        return None if item is None or item.expires_at <= self.engine.now() else item

    async def _fetch(self, channel: Channel, errand: Errand, item: Item) -> Item | NotYet:
        if "fetch" not in channel.powers or errand.ref is None:
            raise Rejected("This channel has no way of fetching files.")
        found = await channel.adapter.fetch(errand.ref, self.http_for(channel))
        if isinstance(found, NotYet):
            return found
        try:
            return await self.cache.keep(item, found)
        finally:
            await _give_up_the_rest(found)

    async def _ask_again(self, errand: Errand, item: Item, answer: NotYet) -> None:
        now = self.engine.now()
        errand.asked_since = errand.asked_since or now
        wait = ASK_AGAIN[min(errand.attempt, len(ASK_AGAIN)) - 1]
        again_at = now + (answer.retry_after or timedelta(seconds=wait))
        if again_at > errand.asked_since + PREPARED_WITHIN:
            errand.trouble = trouble_of(Rejected("The platform did not have the file ready in time."))
            await self._fail(errand, item)
            return
        errand.at = again_at
        await self._commit(settled(errand))

    async def _failed(self, channel: Channel, errand: Errand, item: Item, error: ChannelError) -> None:
        """What the table of failures says; to ask twice for a file does no harm."""
        self.count(channel.id, failure_of(error).metric)
        errand.trouble = trouble_of(error)
        judged = verdict(error, errand, self.engine.now(), self.clockwork, resend_safe=True)
        if judged.action is Action.PARK:
            await self.parking.park(channel, str(error))
        elif judged.again_at is None:
            await self._fail(errand, item)
            return
        errand.doubts += judged.action is Action.MARK_UNCERTAIN
        errand.at = judged.again_at or errand.at
        await self._commit(settled(errand))

    async def _fail(self, errand: Errand, item: Item) -> None:
        """The file will not come: the agents are told why, and may have it tried again."""
        reason = errand.trouble.reason if errand.trouble else ""
        errand.state = ErrandState.DEAD
        await self._commit(Brought(self.cache.fail(item, reason), errand.id, errand.row(), errand.contact))

    async def _commit(self, input: Any) -> None:
        await commit(self.engine, input, self.clockwork)


async def _give_up_the_rest(stream: Stream) -> None:
    """A refused file is not read to its end; its connection is not to wait for that."""
    aclose = getattr(stream.chunks, "aclose", None)
    if aclose is not None:
        await aclose()
