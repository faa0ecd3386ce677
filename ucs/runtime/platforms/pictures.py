"""Pictures from elsewhere in a message that is a document: brought when an agent asks to see them, never before.

They come through the guard, which here allows nothing but the public Internet over TLS: the installation's allow list is for its own
servers, and a stranger's mail must not reach those. The sender learns that somebody asked, not who or from where. What is shown are
pixels that we drew, kept beside the document, so nobody is asked twice.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from cache.item import ORIGINAL, PICTURES, Item
from cache.media_cache import MediaCache
from cache.page import LARGEST, SHOWN_AS, remote_of, with_pictures
from cache.picture import Drawing
from channels.errors import ChannelError, NotKept, Refused
from channels.value import value
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.work import Work
from ucs.runtime.http.channel_http import ChannelHttp, Network
from ucs.runtime.platforms.fetching import write_again

AT_ONCE = 6
EACH_WITHIN = timedelta(seconds=10)
ALL_WITHIN = 20.0  # seconds; what is not here by then stays away
EACH = 5_000_000  # bytes


@value
class Illustrated:
    """An input of the engine: the document has its pictures beside it now."""

    item: Item

    def apply(self, work: Work) -> None:
        write_again(work, self.item)


class Pictures:
    """`await show(item)`. `network` is one whose guard allows nothing by name."""

    def __init__(self, engine: Engine, media: MediaCache, network: Network) -> None:
        self.engine = engine
        self.media = media
        self._http = ChannelHttp(network, "pictures")
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def show(self, item: Item) -> Item:
        """The item with the document's pictures. Raises `Refused` if there are none to be had."""
        if PICTURES in item.renditions:
            return item
        if item.mime != SHOWN_AS or item.size > LARGEST:
            raise Refused("This file has no pictures from elsewhere.")
        content = b"".join([chunk async for chunk in await self.media.read(item, ORIGINAL)])
        document = content.decode("utf-8", "replace")
        addresses = remote_of(document)
        if not addresses:
            raise Refused("This file has no pictures from elsewhere.")
        pictures = await self._bring(addresses)
        if not pictures:
            raise Refused("None of the pictures can be had: their servers do not give them, or not over a safe line.")
        shown = with_pictures(document, pictures).encode()
        illustrated = await self.media.with_rendition(item, PICTURES, shown, SHOWN_AS)
        await self.engine.submit(Illustrated(illustrated))
        return illustrated

    async def _bring(self, addresses: list[str]) -> dict[str, Drawing]:
        found: dict[str, Drawing] = {}

        async def one(address: str) -> None:
            async with self._slots:
                if picture := await self._picture(address):
                    found[address] = picture

        tasks = [asyncio.create_task(one(address)) for address in addresses]
        try:
            done, _ = await asyncio.wait(tasks, timeout=ALL_WITHIN)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()
        return found

    async def _picture(self, address: str) -> Drawing | None:
        try:
            answer, stream = await self._http.stream("GET", address, within=EACH_WITHIN, limit=EACH)
            return await self.media.drawn(stream, EACH) if answer.status == 200 else None
        except (ChannelError, NotKept):
            return None
