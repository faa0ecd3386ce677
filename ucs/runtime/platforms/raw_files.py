"""What platforms sent, as it came, where it is too large for a row: a file that nobody is shown (`docs/decisions/0025`)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from cache.aside import Aside
from cache.blobs import StorageTrouble
from cache.item import Item, random_id
from cache.media_cache import MediaCache
from cache.names import NAMELESS, name_for
from channels.errors import Unreachable
from channels.wire import Request, Source
from ucs.runtime.center.center import Channel
from ucs.runtime.platforms.expiry import KeptFor


class RawFiles:
    """Keeps them, for as long as the rows that name them."""

    def __init__(self, cache: MediaCache, aside: Aside, kept_for: KeptFor, now: Callable[[], datetime]) -> None:
        self._cache = cache
        self._aside = aside
        self._kept_for = kept_for
        self._now = now

    async def keep(self, channel: Channel, request: Request, source: Source) -> Item:
        """The bytes are on disk; the caller writes the item down. Raises `Unreachable` if there is no room: the platform still has
        them."""
        now, mime = self._now(), request.headers.get("content-type", "")
        name, until = name_for(NAMELESS, mime), now + self._kept_for.raw
        item = Item(random_id(), channel.tenant, now, until, channel=channel.id, name=name, mime=mime)
        try:
            return await self._cache.keep_raw(item, source)
        except StorageTrouble as error:
            raise Unreachable(str(error)) from error

    def until(self, item: Item, *, understood: bool) -> Item:
        """The item with the time for which it is kept."""
        kept_for = self._kept_for.raw if understood else self._kept_for.quarantine
        return replace(item, expires_at=item.created_at + kept_for)

    @asynccontextmanager
    async def opened(self, tenant: str, id: str) -> AsyncIterator[Source]:
        """The bytes again, to be looked into. Raises `NotFound` if they are no longer kept."""
        async with self._aside.hold(await self._cache.read(await self._cache.find(tenant, id))) as source:
            yield source
