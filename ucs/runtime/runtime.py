"""Everything that runs, put together: made from an installation, started, closed. Nothing here decides anything.

The order of `start` is the order of need: the schema, what is configured, memory, then those who listen to commits, then those
who make work. `close` goes the other way, so that what was promised is finished.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

import orjson
import uuid_utils
from sqlalchemy import Connection, select

from cache.disk import DiskBlobs
from cache.item import random_id
from cache.links import Links
from cache.media_cache import MediaCache
from channels.events import Typing
from channels.plugins import Plugins
from ucs.runtime.center import Center, Channel, Document, build
from ucs.runtime.dispatch import Dispatch
from ucs.runtime.engine import Engine
from ucs.runtime.gateway import Gateway, GatewayLimits
from ucs.runtime.guard import Guard
from ucs.runtime.http_network import Network
from ucs.runtime.installation import Installation, key_for, own_secret
from ucs.runtime.limits import Limit
from ucs.runtime.presence import Presence
from ucs.runtime.timers import Timers
from ucs.store import tables as t
from ucs.store.catalog import StoreCatalog
from ucs.store.store import Store


def new_id() -> str:
    """A UUIDv7: time first, so that what is new lies together."""
    return uuid_utils.uuid7().hex


def utc_now() -> datetime:
    return datetime.now(UTC)


def stored_documents(connection: Connection) -> list[Document]:
    """What the admin has configured, as it is stored."""
    rows = connection.execute(select(t.center.c.kind, t.center.c.tenant, t.center.c.id, t.center.c.body))
    return [Document(kind, tenant, id, orjson.loads(body)) for kind, tenant, id, body in rows]


class Runtime:
    """`await start()`, `await close()`. `on_typing` and `count` are set by whoever shows and measures."""

    def __init__(
        self,
        installation: Installation,
        plugins: Plugins,
        *,
        now: Callable[[], datetime] = utc_now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.installation = installation
        self.plugins = plugins
        self.secret = own_secret(installation.data)
        self.clock = clock
        self.store = Store(installation.store_url)
        self.engine = Engine(self.store, Center(), now=now, new_id=new_id)
        self.on_typing: Callable[[Channel, Typing], None] = lambda channel, typing: None
        self.count: Callable[[str, str], None] = lambda channel, outcome: None
        self.dispatch = Dispatch(self.engine)
        self.timers = Timers(self.engine)
        self.presence = Presence(self.engine, clock=clock)
        limits = GatewayLimits(Limit("channel", 5_000, 10_000, clock), Limit("address", 2, 60, clock))
        self.gateway = Gateway(
            self.engine,
            limits,
            on_typing=lambda channel, typing: self.on_typing(channel, typing),
            count=lambda channel, outcome: self.count(channel, outcome),
        )
        self.media = MediaCache(
            DiskBlobs(installation.data / "media", now),
            StoreCatalog(self.store, self.engine.submit),
            Links([key_for(self.secret, "media")]),
            policy_for=lambda tenant, channel: self.engine.center.media_policy(tenant, channel),
            now=now,
            new_id=random_id,
        )
        self.network: Network | None = None

    async def start(self) -> None:
        """Raises `ConfigError` if what is stored does not fit what is installed."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self.store.migrate)
        self.engine.center = build(await self.store.read(stored_documents), self.plugins)
        await self.engine.start()
        self.network = Network(Guard.allowing(self.installation.allow), clock=self.clock)
        self.dispatch.start()
        self.timers.start()
        self.presence.start()

    async def close(self) -> None:
        """Stop taking, finish what was taken, let go."""
        self.presence.close()
        self.timers.close()
        self.dispatch.close()
        await self.engine.close()
        if self.network is not None:
            await self.network.close()
        await self.media.close()
        self.store.close()
