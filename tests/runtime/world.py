"""A small world for the runtime's tests: a real store and engine, one fake channel, and time that stands still.

`restarted` is what remains after a crash: the database and nothing else.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Row, Table, select
from sqlalchemy.exc import OperationalError

from cache.aside import Aside
from cache.blobs import StorageFull, Stored
from cache.disk import DiskBlobs
from cache.item import Item, random_id
from cache.links import Links
from cache.media_cache import MediaCache
from cache.policy import Policy as MediaPolicy
from channels.adapter import powers_of
from channels.events import MessageReceived, Tapped, Typing
from channels.manifest import Manifest
from channels.parts import Parts, Text
from channels.wire import Http
from tests.runtime.fake_channel import FAST, MANIFEST, FakeChannel
from tests.runtime.fake_time import FakeTime
from tests.runtime.founded import found
from ucs.core.contact import Contact
from ucs.core.effects import Entry
from ucs.core.events import Accepted, AgentSpoke, Offered
from ucs.core.policy import Policy, Queue
from ucs.core.seat import SeatState, SignedIn, StateChosen
from ucs.runtime.center.center import Center, Channel
from ucs.runtime.center.settings import AgentSetting, ChannelSetting
from ucs.runtime.delivery.delivery import Delivery
from ucs.runtime.delivery.media_links import MediaLinks
from ucs.runtime.delivery.outlet import Outlets
from ucs.runtime.delivery.parking import Parking
from ucs.runtime.delivery.sending import Means
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.inputs import Did, SeatDid
from ucs.runtime.engine.work import Committed, Work
from ucs.runtime.platforms.checkups import Checkups
from ucs.runtime.platforms.expiry import KeptFor
from ucs.runtime.platforms.fetching import Fetching
from ucs.runtime.platforms.hints import Hints
from ucs.runtime.platforms.polling import Polling
from ucs.runtime.platforms.profiles import Profiles
from ucs.runtime.platforms.raw_files import RawFiles
from ucs.store import tables as t
from ucs.store.catalog import StoreCatalog
from ucs.store.store import PATIENCE, Store, sqlite_url

T = TypeVar("T")
AGENT = "amy"
HI: Parts = (Text("hi"),)
_numbers = itertools.count(1)


def new_id() -> str:
    """As a UUIDv7 does it: later ids are greater."""
    return f"{next(_numbers):032x}"


class ShakyStore(Store):
    """Fails to write as often as `fail` says, and to read as often as `unreadable`; reads only when `gate` is open."""

    fail = 0
    unreadable = 0
    gate: asyncio.Event | None = None

    def migrate(self, patience: float = PATIENCE) -> None:
        if self.sqlite:
            found(Path(str(self.engine.url.database)))
        super().migrate(patience)

    async def read(self, work: Callable[[Connection], T]) -> T:
        if self.gate is not None:
            await self.gate.wait()
        if self.unreadable:
            self.unreadable -= 1
            raise OperationalError("SELECT", None, OSError("disk I/O error"))
        return await super().read(work)

    def write(self, work: Callable[[Connection], T]) -> T:
        if self.fail:
            self.fail -= 1
            raise OperationalError("COMMIT", None, OSError("disk I/O error"))
        return super().write(work)


class FullBlobs(DiskBlobs):
    """Has no room as often as `full` says."""

    full = 0

    async def put(self, chunks: AsyncIterator[bytes], limit: int) -> Stored:
        if self.full:
            self.full -= 1
            raise StorageFull("There is no room.")
        return await super().put(chunks, limit)


@dataclass(frozen=True, slots=True)
class Reconfigured:
    center: Center

    def apply(self, work: Work) -> None:
        work.new_center = self.center


class World:
    def __init__(
        self, folder: Path, manifest: Manifest = MANIFEST, *, powers: frozenset[str] | None = None, url: str = ""
    ) -> None:
        self.folder = folder
        self.time = FakeTime()
        self.adapter = type("Fake", (FakeChannel,), {"manifest": manifest})()
        self.adapter.changed = self.time.changed = self._tick
        self.powers = powers_of(FakeChannel) if powers is None else powers
        self.store = ShakyStore(url or sqlite_url(folder / "ucs.db"))
        self.engine = Engine(self.store, self.center(), now=self.time.now, new_id=new_id)
        self.blobs = FullBlobs(folder / "media", self.time.now)
        self.cache = MediaCache(
            self.blobs,
            StoreCatalog(self.store, self.engine.submit),
            Links([b"k" * 32]),
            policy_for=lambda tenant, channel: MediaPolicy(),
            now=self.time.now,
            new_id=random_id,
        )
        self.raw_files = RawFiles(self.cache, Aside(folder / "aside"), KeptFor(), self.time.now)
        self.parking = Parking(self.engine, self.time.clockwork)
        self.hints = Hints()
        self.counted: Counter[str] = Counter()
        self.entries: list[Entry] = []
        self.typing: list[Typing] = []
        self.contacts: dict[str, Contact] = {}
        self.stops: list[Callable[[], Awaitable[None]]] = []
        self._ticked = asyncio.Event()
        self._number = 0

    def center(self, **changes: Any) -> Center:
        setting = ChannelSetting(adapter="fake", queue="q", **changes)
        policy = Policy("q", {"q": Queue("q")}, weight=1, sends=self.adapter.manifest.sends)
        channels = {id: Channel(id, "acme", setting, self.adapter, self.powers, policy) for id in ("fake1", "fake2")}
        return Center(agents={("acme", AGENT): AgentSetting(capacity=10_000)}, channels=channels)

    def http_for(self, channel: Channel) -> Http:
        return cast(Http, None)  # fake channels call nobody

    def count(self, channel: str, outcome: str) -> None:
        self.counted[outcome] += 1

    async def delivering(self, at_once: int = 8) -> Delivery:
        outlets = Outlets(at_once, self.time.clockwork)
        links = MediaLinks(self.cache, lambda token: f"https://media.example/{token}")
        clockwork = self.time.clockwork
        means = Means(self.engine, self.parking, outlets, links, self.http_for, clockwork, self.count)
        delivery = Delivery(means)
        await delivery.start()
        self.stops.append(delivery.close)
        return delivery

    async def fetching(self, **limits: int) -> Fetching:
        clockwork = self.time.clockwork
        fetching = Fetching(self.engine, self.parking, self.cache, self.http_for, clockwork, self.count, **limits)
        await fetching.start()
        self.stops.append(fetching.close)
        return fetching

    def polling(self) -> Polling:
        clockwork, typing = self.time.clockwork, self.typing.append
        polling = Polling(
            self.engine,
            self.parking,
            self.http_for,
            clockwork,
            self.hints,
            self.count,
            lambda channel, event: typing(event),
            self.raw_files,
        )
        polling.start()
        self.stops.append(polling.close)
        return polling

    def checkups(self, polling: Polling | None = None) -> Checkups:
        polling = polling or Polling(
            self.engine,
            self.parking,
            self.http_for,
            self.time.clockwork,
            self.hints,
            self.count,
            lambda channel, event: None,
            self.raw_files,
        )
        checkups = Checkups(
            self.engine,
            self.parking,
            polling,
            self.http_for,
            lambda channel: f"https://ucs.example/hooks/{channel.id}",
            self.time.clockwork,
            self.count,
        )
        checkups.start()
        self.stops.append(checkups.close)
        return checkups

    def profiles(self) -> Profiles:
        profiles = Profiles(self.engine, self.parking, self.http_for)
        profiles.start()
        self.stops.append(profiles.close)
        return profiles

    async def start(self) -> None:
        self.store.migrate()
        await self.engine.start()
        await self.parking.start()
        self.engine.listen(self._hear)

    async def close(self) -> None:
        for stop in reversed(self.stops):
            await stop()
        await self.parking.close()
        await self.engine.close()
        await self.cache.close()
        self.store.close()

    async def reconfigure(self, center: Center) -> None:
        await self.engine.submit(Reconfigured(center))

    # -- what people do ----------------------------------------------------------------------------------------------------

    async def hears(self, address: str, parts: Parts = HI, channel: str = "fake1", **more: Any) -> str:
        """The customer says something; returns the contact."""
        self._number += 1
        id = f"in{self._number}"
        event = MessageReceived(id, self.time.now(), address, parts, **{"message": id, **more})
        lines = await self.engine.submit(Arrived(channel, (event,)))
        contact: str = lines[0].contact
        return contact

    async def presses(self, address: str, channel: str = "fake1") -> str:
        """The customer presses something; returns the contact."""
        self._number += 1
        lines = await self.engine.submit(
            Arrived(channel, (Tapped(f"in{self._number}", self.time.now(), address, "yes"),))
        )
        contact: str = lines[0].contact
        return contact

    async def talks(self, address: str, channel: str = "fake1", **more: Any) -> str:
        """A customer who has written and whom an agent talks to; returns the contact."""
        contact = await self.hears(address, channel=channel, **more)
        await self.accepts(contact)
        return contact

    async def accepts(self, contact: str) -> None:
        """The agent talks from now on."""
        if ("acme", AGENT) not in self.engine.memory.seats:
            await self.engine.submit(SeatDid("acme", AGENT, SignedIn()))
            await self.engine.submit(SeatDid("acme", AGENT, StateChosen(SeatState.IDLE)))
        await self.engine.submit(Did(contact, Offered(AGENT)))
        await self.engine.submit(Did(contact, Accepted(AGENT, self.contacts[contact].epoch)))

    async def says(self, contact: str, *said: Any, reply_to: int | None = None) -> int:
        """The agent says something; returns the number of its line."""
        parts = tuple(Text(part) if isinstance(part, str) else part for part in said)
        epoch = self.contacts[contact].epoch
        line = await self.engine.submit(Did(contact, AgentSpoke(AGENT, epoch, parts, reply_to=reply_to)))
        seq: int = line.seq
        return seq

    async def keeps(self, item: Item) -> Item:
        await StoreCatalog(self.store, self.engine.submit).save(item)
        return item

    # -- what can be seen --------------------------------------------------------------------------------------------------

    def statuses(self, contact: str, seq: int | None = None) -> list[str]:
        return [line["status"] for line in self.status_lines(contact, seq)]

    def status_lines(self, contact: str, seq: int | None = None) -> list[Mapping[str, Any]]:
        lines = [each.body for each in self.entries if each.contact == contact and each.kind == "status"]
        return [line for line in lines if seq is None or line["of"] == seq]

    def lines(self, contact: str, kind: str) -> list[Mapping[str, Any]]:
        return [each.body for each in self.entries if each.contact == contact and each.kind == kind]

    async def rows(self, table: Table = t.outbox) -> list[Row[Any]]:
        return await self.store.read(lambda connection: list(connection.execute(select(table))))

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for it, looking again whenever something was committed, called or put off."""
        async with asyncio.timeout(10):
            while not holds():
                self._ticked.clear()
                await self._ticked.wait()
                await asyncio.sleep(0)  # whoever was woken by the same thing goes first

    async def skip(self, seconds: float) -> datetime:
        """Let time pass once somebody waits for it."""
        await self.until(lambda: self.time.naps)
        self.time.skip(seconds)
        return self.time.now()

    def _hear(self, committed: Committed) -> None:
        self.entries += committed.entries
        self.contacts.update(committed.contacts)
        self._tick()

    def _tick(self) -> None:
        self._ticked.set()


def manifest(**changes: Any) -> Manifest:
    return replace(MANIFEST, **{"pace": FAST, **changes})
