"""The files of a message: links under which a platform fetches them, signed, for whoever holds them, for a few days; and their
bytes, for the platforms that want to be handed them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import timedelta

from cache.blobs import StorageTrouble
from cache.item import ORIGINAL, PREVIEW, Item, State
from cache.links import ANYONE, LONGEST_FOR_ANYONE
from cache.media_cache import MediaCache
from channels.adapter import MediaLink
from channels.errors import NotFound, Rejected, Unreachable
from channels.parts import Parts, media_of
from channels.wire import Stream


class MediaLinks:
    """`url_of` makes a public URL of a token. `good_for`: some platforms' customers fetch a file only when they look at it."""

    def __init__(
        self, cache: MediaCache, url_of: Callable[[str], str], good_for: timedelta = LONGEST_FOR_ANYONE
    ) -> None:
        self._cache = cache
        self._url_of = url_of
        self._good_for = good_for

    async def of(self, tenant: str, parts: Iterable[Parts]) -> dict[str, MediaLink]:
        """A link for every file that is named. Raises `Rejected` with the reason if one is not there."""
        names = dict.fromkeys(media for each in parts for part in each for media in media_of(part))
        return {name: self._link(await self._ready(tenant, name)) for name in names if isinstance(name, str)}

    async def open(self, tenant: str, name: str) -> Stream:
        """The bytes that the link of this name stands for. Raises `Rejected` if they are not there, `Unreachable` if the disk
        does not give them just now."""
        item = await self._ready(tenant, name)
        link = self._link(item)
        try:
            chunks = await self._cache.read(item, item.shown)
        except NotFound:
            raise Rejected(f"The file {item.name or item.id} is no longer there; attach it again.") from None
        except StorageTrouble as error:
            raise Unreachable(str(error)) from error
        return Stream(_read(chunks), link.mime, link.name, link.size)

    async def _ready(self, tenant: str, name: str) -> Item:
        try:
            item = await self._cache.find(tenant, name)
        except NotFound:
            raise Rejected("A file of this message is no longer there; attach it again.") from None
        shown = item.name or item.id
        if item.state is State.FAILED:
            raise Rejected(f"The file {shown} cannot be sent: {item.reason}")
        if item.state is State.PENDING:
            raise Rejected(f"The file {shown} is not here yet; send it again when it is.")
        return item

    def _link(self, item: Item) -> MediaLink:
        drawn = item.renditions.get(item.shown)
        mime, size = (item.mime, item.size) if item.shown == ORIGINAL or drawn is None else (drawn.mime, drawn.size)
        preview = self._url(item, PREVIEW) if PREVIEW in item.renditions else ""
        return MediaLink(self._url(item, item.shown), preview, item.name, mime, size, item.seconds)

    def _url(self, item: Item, rendition: str) -> str:
        return self._url_of(self._cache.link(item, rendition, ANYONE, self._good_for))


async def _read(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Nothing has gone out yet when the disk fails in the middle: the message is tried again."""
    try:
        async for chunk in chunks:
            yield chunk
    except StorageTrouble as error:
        raise Unreachable(str(error)) from error
