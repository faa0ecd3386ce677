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

from cache.aside import Aside
from cache.disk import DiskBlobs
from cache.item import random_id
from cache.links import Links
from cache.media_cache import MediaCache
from cache.sound import Studio
from channels.errors import Unavailable
from channels.events import Typing
from channels.plugins import Plugins
from ucs.core.contact import Contact
from ucs.runtime.center.center import Center, Channel, Document, build
from ucs.runtime.center.installation import Installation, key_for, own_secret
from ucs.runtime.delivery.clockwork import Clockwork
from ucs.runtime.delivery.delivery import Delivery
from ucs.runtime.delivery.media_links import MediaLinks
from ucs.runtime.delivery.outlet import Outlets
from ucs.runtime.delivery.parking import Parking
from ucs.runtime.delivery.sending import Means
from ucs.runtime.dispatch import Dispatch
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.work import Committed
from ucs.runtime.gateway import Gateway, GatewayLimits
from ucs.runtime.held import Held
from ucs.runtime.http.guard import Guard
from ucs.runtime.http.network import CallSeen, Network
from ucs.runtime.http.ways_out import WaysOut
from ucs.runtime.limits import Limit
from ucs.runtime.platforms.checkups import Checkups
from ucs.runtime.platforms.expiry import Expiry, KeptFor
from ucs.runtime.platforms.fetching import Fetching
from ucs.runtime.platforms.hints import Hints
from ucs.runtime.platforms.pictures import Pictures
from ucs.runtime.platforms.polling import Polling
from ucs.runtime.platforms.profiles import Profiles
from ucs.runtime.platforms.raw_files import RawFiles
from ucs.runtime.presence import Presence
from ucs.runtime.robots.assist import Advice, Assist
from ucs.runtime.robots.robots import Robots
from ucs.runtime.timers import Timers
from ucs.store import tables as t
from ucs.store.catalog import StoreCatalog
from ucs.store.store import Store

SENDING_AT_ONCE = 32  # calls under way for one channel
ROBOTS_AT_ONCE = 1024  # calls under way to one host where robots are


def new_id() -> str:
    """A UUIDv7: time first, so that what is new lies together."""
    return uuid_utils.uuid7().hex


def utc_now() -> datetime:
    return datetime.now(UTC)


def stored_documents(connection: Connection) -> list[Document]:
    """What the admin has configured, as it is stored."""
    rows = connection.execute(select(t.center.c.kind, t.center.c.tenant, t.center.c.id, t.center.c.body))
    return [Document(kind, tenant, id, orjson.loads(body)) for kind, tenant, id, body in rows]


class Outward:
    """Everything that reaches out to platforms: made when there is a loop, started after memory is filled."""

    def __init__(self, runtime: Runtime) -> None:
        engine, media, clock = runtime.engine, runtime.media, runtime.clock
        clockwork = Clockwork(clock)
        self.network = Network(
            Guard.allowing(runtime.installation.allow),
            aside=runtime.aside,
            clock=clock,
            now=engine.now,
            observe=runtime.saw_call,
        )
        # Where strangers' words point to: what the installation allows for its own servers is not for them.
        self.stranger_network = Network(Guard(), clock=clock, observe=runtime.saw_call)
        links = MediaLinks(media, runtime.media_url)
        http_for = self.ways_out = WaysOut(self.network, links.open, runtime.held.give, self.stranger_network)
        self.engine = engine
        # Robots are slow by nature, and a hundred of them may be thinking at once: their calls do not stand in the platforms' way.
        self.robot_network = Network(
            Guard.allowing(runtime.installation.allow), per_host=ROBOTS_AT_ONCE, clock=clock, observe=runtime.saw_call
        )
        to_robots = WaysOut(self.robot_network)
        self.robots = Robots(engine, to_robots, clockwork, runtime.saw_turn, runtime.saw_words)
        self.assist = Assist(engine, to_robots, clockwork, runtime.saw_advice, runtime.saw_turn)
        count, typing = runtime.counted, runtime.saw_typing
        self.parking = Parking(engine, clockwork)
        outlets = Outlets(SENDING_AT_ONCE, clockwork)
        self.delivery = Delivery(Means(engine, self.parking, outlets, links, http_for, clockwork, count))
        self.fetching = Fetching(engine, self.parking, media, http_for, clockwork, count)
        decided = runtime.installation
        kept_for = KeptFor(
            decided.keep_raw_for, decided.keep_seen_for, decided.keep_quarantine_for, decided.keep_parked_for
        )
        self.raw_files = RawFiles(media, runtime.aside, kept_for, engine.now)
        self.polling = Polling(engine, self.parking, http_for, clockwork, runtime.hints, count, typing, self.raw_files)
        self.profiles = Profiles(engine, self.parking, http_for)
        self.checkups = Checkups(
            engine, self.parking, self.polling, http_for, runtime.webhook_of, clockwork, runtime.counted
        )
        self.pictures = Pictures(engine, media, self.stranger_network)
        self.expiry = Expiry(media, clockwork, engine, kept_for, count)

    async def start(self) -> None:
        self.engine.listen(self._hear)
        await self.parking.start()
        await self.delivery.start()
        await self.fetching.start()
        await self.robots.start()
        self.assist.start()
        self.polling.start()
        self.profiles.start()
        self.checkups.start()
        self.expiry.start()

    def _hear(self, committed: Committed) -> None:
        if committed.center is not None:
            self.ways_out.match(committed.center)

    async def close(self) -> None:
        for part in (
            self.expiry,
            self.checkups,
            self.profiles,
            self.polling,
            self.assist,
            self.robots,
            self.fetching,
            self.delivery,
            self.parking,
        ):
            await part.close()

    async def close_network(self) -> None:
        await self.network.close()
        await self.robot_network.close()
        await self.stranger_network.close()


class Runtime:
    """`await start()`, `await close()`. `count` and everything that begins with `on_` are set by whoever shows and measures."""

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
        self.on_call: Callable[[CallSeen], None] = lambda call: None
        self.on_words: Callable[[Contact, str], None] = lambda contact, text: None
        self.on_turn: Callable[[str, str, float], None] = lambda robot, outcome, seconds: None
        self.on_advice: Callable[[Advice], None] = lambda advice: None
        self.dispatch = Dispatch(self.engine)
        self.timers = Timers(self.engine)
        self.presence = Presence(self.engine, clock=clock)
        limits = GatewayLimits(Limit("channel", 10_000, 20_000, clock), Limit("address", 2, 60, clock))
        self.held = Held(clock)
        self.hints = Hints()
        self.gateway = Gateway(
            self.engine, limits, self.held, self.hints, on_typing=self.saw_typing, count=self.counted
        )
        self.media = MediaCache(
            DiskBlobs(installation.data / "media", now),
            StoreCatalog(self.store, self.engine.submit),
            Links([key_for(self.secret, "media")]),
            policy_for=lambda tenant, channel: self.engine.center.media_policy(tenant, channel),
            now=now,
            new_id=random_id,
            studio=Studio(installation.ffmpeg),
        )
        self.aside = Aside(installation.data / "aside")
        self._outward: Outward | None = None

    def saw_typing(self, channel: Channel, typing: Typing) -> None:
        self.on_typing(channel, typing)

    def counted(self, channel: str, outcome: str) -> None:
        self.count(channel, outcome)

    def saw_call(self, call: CallSeen) -> None:
        self.on_call(call)

    def saw_words(self, contact: Contact, text: str) -> None:
        self.on_words(contact, text)

    def saw_turn(self, robot: str, outcome: str, seconds: float) -> None:
        self.on_turn(robot, outcome, seconds)

    def saw_advice(self, advice: Advice) -> None:
        self.on_advice(advice)

    @property
    def outward(self) -> Outward:
        """Delivery, fetching, polling and the rest of what reaches out; there once the runtime has started."""
        if self._outward is None:
            raise Unavailable("The server is still starting: try again in a moment.")
        return self._outward

    def media_url(self, token: str) -> str:
        """Where a platform fetches a file of ours."""
        here = self.installation
        base = here.media_url or here.public_url or f"http://{here.host}:{here.port}"
        return f"{base.rstrip('/')}/media/{token}"

    def webhook_of(self, channel: Channel) -> str:
        """Where a platform is to call us; empty if it is not to, or if nobody has said how we are reached."""
        base = self.installation.public_url.rstrip("/")
        return f"{base}/hooks/{channel.id}" if base and "verify" in channel.powers else ""

    async def start(self) -> None:
        """Raises `ConfigError` if what is stored does not fit what is installed."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self.store.migrate)
        self.engine.center = build(await self.store.read(stored_documents), self.plugins)
        await self.engine.start()
        self._outward = Outward(self)
        self.dispatch.start()
        self.timers.start()
        self.presence.start()
        await self._outward.start()

    async def close(self) -> None:
        """Stop taking, finish what was taken, let go."""
        self.presence.close()
        self.timers.close()
        self.dispatch.close()
        if self._outward is not None:
            await self._outward.close()
        await self.engine.close()
        if self._outward is not None:
            await self._outward.close_network()
        await self.media.close()
        self.store.close()
