"""The media cache: a file's way from "announced" to "ready" or "failed", to those who may read it, and out again.

    item = cache.expect("acme", name="photo.jpg")     written down with the message, in the caller's transaction
    item = await cache.keep(item, stream)             later: the bytes are on disk, the item says what they are
    await cache.find("acme", item.id)                 reading: `serve` for the headers, `read` for the bytes
    await cache.expire(100)                           now and then; and `tidy` once a day

`keep` commits nothing: the caller writes the item it returns, and only then tells anyone that the file is ready. A crash in
between leaves a pending item, which is kept again, and a blob without a name, which `tidy` removes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from cache.aside import pieces_of
from cache.blobs import Blobs, Stored
from cache.catalog import Catalog
from cache.easel import Easel
from cache.item import ORIGINAL, PREVIEW, WEB, Item, Rendition, State, is_id
from cache.kind import HEAD, Family, Kind, sniff
from cache.length import seconds_of
from cache.links import Link, Links
from cache.names import NAMELESS, clean_name, name_for
from cache.picture import Drawing, can_draw
from cache.policy import Policy
from cache.serve import rendition_of
from cache.sound import LONGEST, MP3, Studio
from channels.errors import Forbidden, NotFound, NotKept, Refused
from channels.wire import Source, Stream

PolicyFor = Callable[[str, str], Policy]  # (tenant, channel)
Inspect = Callable[[Item, AsyncIterator[bytes]], Awaitable[None]]  # a virus scanner: raises `NotKept`
GRACE = timedelta(hours=1)  # from putting bytes to committing the item that names them


class MediaCache:
    """Keeps files, and knows what they are. `now` and `new_id` are parameters; see `cache.item.random_id`."""

    def __init__(
        self,
        blobs: Blobs,
        catalog: Catalog,
        links: Links,
        *,
        policy_for: PolicyFor,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        inspect: Inspect | None = None,
        studio: Studio | None = None,
    ) -> None:
        self._blobs = blobs
        self._catalog = catalog
        self._links = links
        self._policy_for = policy_for
        self._now = now
        self._new_id = new_id
        self._inspect = inspect
        self._easel = Easel()
        self._studio = studio or Studio(None)

    def expect(
        self,
        tenant: str,
        channel: str = "",
        *,
        name: str = "",
        mime: str = "",
        seconds: float | None = None,
        owner: str = "",
    ) -> Item:
        """A pending item for a file that is to come, with what is claimed of it. The caller writes it down."""
        now = self._now()
        return Item(
            self._new_id(),
            tenant,
            created_at=now,
            expires_at=now + self._policy_for(tenant, channel).keep_for,
            channel=channel,
            owner=owner,
            name=clean_name(name) if name else "",
            mime=mime,
            seconds=seconds,
        )

    async def keep(self, item: Item, stream: Stream) -> Item:
        """Store the bytes and return the item as it is then: ready, or failed with the reason. The caller writes it down.

        A failed item may be kept again. `StorageTrouble` and whatever the stream raises pass through: then nothing was
        kept and the item is still pending.
        """
        if item.state is State.READY:
            raise Refused(f"The file {item.id} is already there.")
        claimed = replace(item, name=item.name or clean_name(stream.name), mime=item.mime or stream.mime)
        try:
            return await self._keep(claimed, stream)
        except NotKept as refusal:
            return self.fail(item, str(refusal))

    async def keep_raw(self, item: Item, source: Source) -> Item:
        """Store what a platform sent as it came, whatever it is: no policy is asked, for nobody is shown it. The caller writes the
        item down. Raises `StorageTrouble`."""
        stored = await self._blobs.put(pieces_of(source), len(source))
        return replace(item, state=State.READY, size=stored.size, sha256=stored.sha256)

    def fail(self, item: Item, reason: str) -> Item:
        """The item of a file that will not come; `reason` is a sentence for the agent."""
        return replace(item, state=State.FAILED, reason=reason)

    async def find(self, tenant: str, item: str) -> Item:
        """The item, or `NotFound`: not there, expired, or another tenant's cannot be told apart."""
        found = await self._catalog.get(tenant, item) if is_id(item) else None
        if found is None or found.expires_at <= self._now():
            raise NotFound("There is no such file, or it has expired.")
        return found

    async def claim(self, tenant: str, item: str, owner: str) -> Item:
        """The item, if `owner` uploaded it and may put it into a message; else `Forbidden`, or `NotFound`."""
        found = await self.find(tenant, item)
        if not owner or found.owner != owner:
            raise Forbidden("This file was uploaded by somebody else and cannot be attached.")
        return found

    async def read(
        self, item: Item, rendition: str = ORIGINAL, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """The bytes of a ready item from `start` up to `end`. Raises before the first of them if they are not there."""
        blob = rendition_of(item, rendition)
        await self._blobs.size(blob.sha256)
        return self._blobs.open(blob.sha256, start, end)

    def link(self, item: Item, rendition: str, audience: str, good_for: timedelta) -> str:
        """A signed token for this rendition. It never outlives the item."""
        now = self._now()
        return self._links.sign(
            Link(item.tenant, item.id, rendition, audience, min(now + good_for, item.expires_at)), now
        )

    async def follow(self, token: str, asker: str | None) -> tuple[Item, str]:
        """The item and the rendition that a token leads to; see `Links.check`."""
        link = self._links.check(token, self._now(), asker)
        return await self.find(link.tenant, link.item), link.rendition

    async def expire(self, limit: int) -> tuple[Item, ...]:
        """Forget at most `limit` items whose time is over; returns them."""
        items = await self._catalog.expired(self._now(), limit)
        await self._catalog.delete(items)
        await self.release(items)
        return items

    async def release(self, items: Iterable[Item]) -> None:
        """Delete the blobs of items that are no longer in the catalog, except those that other items name.

        Bytes put within the last hour stay for now: another `keep` of the same bytes may be about to name them.
        """
        for sha256 in sorted({sha256 for item in items for sha256 in item.hashes}):
            if not await self._catalog.references(sha256):
                await self._blobs.delete(sha256, self._now() - GRACE)

    async def tidy(self) -> int:
        """Delete what no item names: leftovers of crashes, files that were refused, items that were deleted early."""
        before = self._now() - GRACE
        removed = await self._blobs.sweep(before - timedelta(days=1))  # a slow upload may take hours
        async for sha256 in self._blobs.stored(before):
            if not await self._catalog.references(sha256):
                removed += await self._blobs.delete(sha256, before)
        return removed

    async def drawn(self, stream: Stream, limit: int) -> Drawing:
        """A picture as it may be shown, without keeping it. Raises `NotKept` for what is none, or has more than `limit` bytes."""
        head, chunks = await _beheaded(stream.chunks)
        kind = sniff(head, stream.mime, stream.name)
        if not can_draw(kind.mime):
            raise NotKept("This is no picture that can be drawn.")
        return (await self._easel.draw(_bounded(chunks, limit), kind.mime)).web

    async def with_rendition(self, item: Item, name: str, content: bytes, mime: str) -> Item:
        """The item with these bytes beside its own. The caller writes it down."""
        stored = await self._blobs.put(_one(content), len(content))
        return replace(item, renditions={**item.renditions, name: Rendition(stored.sha256, stored.size, mime)})

    async def close(self) -> None:
        """Let go of the thread for pictures, and of the blobs' own."""
        await self._easel.close()
        await self._blobs.close()

    async def _keep(self, item: Item, stream: Stream) -> Item:
        policy = self._policy_for(item.tenant, item.channel)
        head, chunks = await _beheaded(stream.chunks)
        kind = sniff(head, item.mime, item.name)
        # Refused by type, or by the size that was announced, before anything of it is on disk.
        policy.check(kind, max(stream.size or 0, len(head)))
        if not head:
            raise NotKept("The file is empty.")
        stored = await self._blobs.put(chunks, policy.limit(kind.family))
        ready = _ready(item, kind, stored)
        if self._inspect is not None:
            await self._inspect(ready, self._blobs.open(stored.sha256))
        if can_draw(kind.mime):
            return await self._drawn(ready)
        if kind.family in (Family.AUDIO, Family.VIDEO):
            return await self._heard(await self._timed(ready))
        return ready

    async def _timed(self, item: Item) -> Item:
        async def read(start: int, end: int) -> bytes:
            return b"".join([chunk async for chunk in self._blobs.open(item.sha256, start, end)])

        return replace(item, seconds=await seconds_of(item.mime, item.size, read) or item.seconds)

    async def _heard(self, item: Item) -> Item:
        """Where not every browser plays it, and we can make it so that each does."""
        if not self._studio.can_make(item.mime) or (item.seconds or 0) > LONGEST:
            return item
        made = await self._studio.make(self._blobs.open(item.sha256), item.mime)
        if not made:
            return item
        stored = await self._blobs.put(_one(made), len(made))
        return replace(item, renditions={WEB: Rendition(stored.sha256, stored.size, MP3)})

    async def _drawn(self, item: Item) -> Item:
        drawn = await self._easel.draw(self._blobs.open(item.sha256), item.mime)
        renditions = {WEB: await self._put(drawn.web), PREVIEW: await self._put(drawn.preview)}
        return replace(item, width=drawn.width, height=drawn.height, renditions=renditions)

    async def _put(self, drawing: Drawing) -> Rendition:
        stored = await self._blobs.put(_one(drawing.content), len(drawing.content))
        return Rendition(stored.sha256, stored.size, drawing.mime, drawing.width, drawing.height)


def _ready(item: Item, kind: Kind, stored: Stored) -> Item:
    sound = kind.family in (Family.AUDIO, Family.VIDEO)
    return replace(
        item,
        state=State.READY,
        reason="",
        name=name_for(item.name or NAMELESS, kind.mime),
        mime=kind.mime,
        size=stored.size,
        sha256=stored.sha256,
        seconds=item.seconds if sound else None,
    )


async def _one(chunk: bytes) -> AsyncIterator[bytes]:
    yield chunk


async def _bounded(chunks: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        limit -= len(chunk)
        if limit < 0:
            raise NotKept("The picture is too large.")
        yield chunk


async def _beheaded(chunks: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    """The first bytes of a stream, and all of it."""
    first: list[bytes] = []
    size = 0
    async for chunk in chunks:
        first.append(chunk)
        size += len(chunk)
        if size >= HEAD:
            break

    async def whole() -> AsyncIterator[bytes]:
        for chunk in first:
            yield chunk
        first.clear()
        async for chunk in chunks:
            yield chunk

    return b"".join(first)[:HEAD], whole()
