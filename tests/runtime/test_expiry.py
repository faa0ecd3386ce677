"""The catalog over the store, and forgetting what is in it when its time has come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cache.item import Item
from channels.events import Reacted
from channels.wire import Stream
from tests.runtime.conftest import Made
from tests.runtime.heard import spoken
from tests.runtime.world import World, manifest
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.inputs import Wrote
from ucs.runtime.platforms import expiry
from ucs.runtime.platforms.expiry import Expiry, KeptFor
from ucs.store import tables as t
from ucs.store.catalog import StoreCatalog
from ucs.store.lookup import rows
from ucs.store.store import micros


async def kept(world: World, content: bytes, **changes: object) -> Item:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    item = await world.cache.keep(world.cache.expect("acme", name="note.txt"), Stream(chunks(), "text/plain"))
    return await world.keeps(replace(item, **changes))  # type: ignore[arg-type]


async def test_a_catalog(world_of: Made) -> None:
    world = await world_of()
    catalog = StoreCatalog(world.store, world.engine.submit)
    one, two = await kept(world, b"same"), await kept(world, b"same")
    assert await catalog.get("acme", one.id) == one
    assert await catalog.get("other", one.id) is None
    assert await catalog.references(one.sha256) == 2
    assert await catalog.references("0" * 64) == 0
    await catalog.delete([one])
    await catalog.delete([])
    assert await catalog.get("acme", one.id) is None
    assert await catalog.references(one.sha256) == 1
    changed = replace(two, name="other.txt")
    await catalog.save(changed)
    assert await catalog.get("acme", two.id) == changed
    assert await catalog.references(one.sha256) == 1


async def test_the_oldest_first_and_no_more_than_asked(world_of: Made) -> None:
    world = await world_of()
    catalog = StoreCatalog(world.store, world.engine.submit)
    now = world.time.now()
    items = [await kept(world, b"x", expires_at=now + timedelta(seconds=n)) for n in (3, 1, 2, 0)]
    found = await catalog.expired(now + timedelta(seconds=2), 2)
    assert [item.id for item in found] == [items[3].id, items[1].id]
    assert len(await catalog.expired(now + timedelta(seconds=2), 9)) == 3
    assert len(await catalog.expired(now, 9)) == 1


async def test_expired_files_go_and_shared_bytes_stay(world_of: Made) -> None:
    world = await world_of()
    soon = world.time.now() + timedelta(hours=2)
    for _ in range(120):
        await kept(world, b"alone", expires_at=soon)
    await kept(world, b"shared", expires_at=soon)
    stays = await kept(world, b"shared")
    expiry = Expiry(world.cache, world.time.clockwork, world.engine, KeptFor())
    world.time.skip(2 * 3600 - 61)
    expiry.start()
    world.stops.append(expiry.close)
    await world.skip(60)
    await world.until(lambda: world.time.naps)
    assert len(await world.rows(t.media)) == 122
    await world.skip(60)
    await world.until(lambda: world.time.naps)
    assert [row.id for row in await world.rows(t.media)] == [stays.id]
    assert [row.media for row in await world.rows(t.media_blob)] == [stays.id]
    assert b"".join([chunk async for chunk in await world.cache.read(stays)]) == b"shared"


async def test_what_crashes_left_is_tidied_once_a_day(world_of: Made) -> None:
    world = await world_of()
    item = await kept(world, b"left behind")
    await StoreCatalog(world.store, world.engine.submit).delete([item])
    expiry = Expiry(world.cache, world.time.clockwork, world.engine, KeptFor())
    expiry.start()
    world.stops.append(expiry.close)
    files = [path for path in (world.folder / "media").rglob("*") if path.is_file()]
    await world.skip(24 * 3600)
    await world.until(lambda: world.time.naps)
    assert files
    assert [path for path in (world.folder / "media").rglob("*") if path.is_file()] == []


async def test_raw_webhooks_are_kept_for_a_week(world_of: Made) -> None:
    world = await world_of()
    for age in (timedelta(days=8), timedelta(days=6)):
        at = micros(world.time.now() - age)
        await world.engine.submit(Wrote((("add_bundle", (f"bundle-{age.days}", at, "[]", b"")),)))
    await Expiry(world.cache, world.time.clockwork, world.engine, KeptFor()).look()
    assert [row.id for row in await world.store.read(rows(t.bundle.select()))] == ["bundle-6"]


async def test_sessions_that_are_over_go(world_of: Made) -> None:
    world = await world_of()
    for name, left in (("over", timedelta(seconds=-1)), ("open", timedelta(seconds=1))):
        row = (name, "acme", "customer", "v:1", "hash", micros(world.time.now() + left), "{}")
        await world.engine.submit(Wrote((("put_session", row),)))
    await Expiry(world.cache, world.time.clockwork, world.engine, KeptFor()).look()
    assert [row.id for row in await world.store.read(rows(t.session.select()))] == ["open"]


async def session(world: World, name: str, left: timedelta) -> None:
    row = (name, "acme", "customer", "v:1", "hash", micros(world.time.now() + left), "{}")
    await world.engine.submit(Wrote((("put_session", row),)))


async def minutes(world: World, count: int) -> None:
    """So many looks."""
    for _ in range(count):
        await world.skip(60)
        await world.until(lambda: world.time.naps)


async def sessions(world: World) -> list[str]:
    return [row.id for row in await world.store.read(rows(t.session.select()))]


async def test_a_clock_that_jumps_ahead_forgets_nothing(world_of: Made) -> None:
    """Somebody sets it to the next year, and back: every file, session and duplicate key would be gone."""
    world = await world_of()
    item = await kept(world, b"a customer's picture")
    await session(world, "open", timedelta(days=30))
    expiry = Expiry(world.cache, world.time.clockwork, world.engine, KeptFor())
    jump = timedelta()
    world.engine.now = world.cache._now = lambda: world.time.now() + jump
    expiry.start()
    world.stops.append(expiry.close)
    await minutes(world, 2)
    jump = timedelta(days=365)
    await minutes(world, 60)
    assert await sessions(world) == ["open"]
    assert await StoreCatalog(world.store, world.engine.submit).get("acme", item.id) == item
    jump = timedelta()
    await session(world, "short", timedelta(minutes=1))
    await minutes(world, 2)
    assert await sessions(world) == ["open"]  # it is the right time again, and what is over goes


@pytest.mark.parametrize(("jump", "left"), [(timedelta(minutes=59), []), (timedelta(minutes=61), ["over"])])
async def test_a_jump_is_believed_after_a_day(world_of: Made, jump: timedelta, left: list[str]) -> None:
    """A machine that was asleep for a while is right, and so is who corrects a clock that was slow."""
    world = await world_of()
    expiry = Expiry(world.cache, world.time.clockwork, world.engine, KeptFor())
    by = timedelta()
    world.engine.now = lambda: world.time.now() + by
    expiry.start()
    world.stops.append(expiry.close)
    await world.until(lambda: world.time.naps)
    await session(world, "over", timedelta(minutes=10))
    by = jump
    await minutes(world, 1)
    assert await sessions(world) == left
    await world.skip(24 * 3600 - 60)
    await world.until(lambda: world.time.naps)
    assert await sessions(world) == left
    await minutes(world, 2)
    assert await sessions(world) == []


async def test_a_store_that_cannot_be_read_for_a_moment_is_looked_at_again(world_of: Made) -> None:
    world = await world_of()
    await session(world, "over", timedelta(seconds=1))
    expiry = Expiry(world.cache, world.time.clockwork, world.engine, KeptFor())
    expiry.start()
    world.stops.append(expiry.close)
    world.store.unreadable = 1
    await minutes(world, 1)
    world.store.unreadable = 0
    await minutes(world, 1)
    assert await sessions(world) == []


# -- what is kept of what has been taken in --------------------------------------------------------------------------------


DAY = 24 * 3600


def looking(world: World) -> Expiry:
    return Expiry(world.cache, world.time.clockwork, world.engine, KeptFor(), world.count)


async def test_a_repetition_is_known_for_thirty_days(world_of: Made) -> None:
    """Some have a time of their own, or one in their id, and some have neither: all are forgotten in time."""
    world = await world_of(manifest(keeps_time=True))
    dated = spoken("dated", "a", at=world.time.now())
    undated = Arrived("fake1", (spoken("undated", "b"),), strict=True)
    await world.engine.submit(Arrived("fake1", (dated,)))
    await world.engine.submit(undated)
    assert [row.dated == 0 for row in await world.rows(t.seen)] == [True, False]
    world.time.skip(30 * DAY)
    await looking(world).look()
    assert len(await world.rows(t.seen)) == 2
    world.time.skip(1)
    await looking(world).look()
    assert await world.rows(t.seen) == []
    world = await world_of(manifest(keeps_time=True))  # not even memory knows it now
    (line,) = await world.engine.submit(undated)
    assert not line.again


async def test_a_key_from_before_all_time_is_forgotten_too(world_of: Made) -> None:
    """A platform whose clock stands still says 1904 or 1970."""
    world = await world_of(manifest(keeps_time=True))
    for name, year in (("old", 1904), ("zero", 1970)):
        said = Arrived("fake1", (spoken(name, "a", at=datetime(year, 1, 1, tzinfo=UTC)),))
        assert [line.again for line in (await world.engine.submit(said))] == [False]
        assert [line.again for line in (await world.engine.submit(said))] == [True]
    world.time.skip(30 * DAY + 1)
    await looking(world).look()
    assert await world.rows(t.seen) == []


async def test_an_event_whose_own_time_is_long_past_is_still_known_again(world_of: Made) -> None:
    """A platform's clock may stand anywhere; its repetitions come within days all the same."""
    world = await world_of(manifest(keeps_time=True))
    old = Arrived("fake1", (spoken("old", "a", at=world.time.now() - timedelta(days=400)),))
    await world.engine.submit(old)
    await looking(world).look()
    world = await world_of(manifest(keeps_time=True))
    assert [line.again for line in await world.engine.submit(old)] == [True]


async def test_many_are_forgotten_a_few_at_a_time(world_of: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "ROWS_AT_ONCE", 10)
    world = await world_of()
    for dated in (0, 1):
        rows = tuple(("add_seen", (dated, "fake1", f"{dated}-{n}", None, None, "", n)) for n in range(45))
        await world.engine.submit(Wrote(rows))
    before = world.engine.batches
    await looking(world).look()
    assert await world.rows(t.seen) == []
    assert world.engine.batches - before >= 5


async def test_the_quarantine_is_kept_for_ninety_days(world_of: Made) -> None:
    world = await world_of()
    for outcome, days in (("unreadable", 91), ("accepted", 91), ("unknown", 89)):
        row = (outcome, "fake1", micros(world.time.now() - timedelta(days=days)), outcome, "Hm", "{}", b"")
        await world.engine.submit(Wrote((("add_arrival", row),)))
    await looking(world).look()
    assert [row.id for row in await world.rows(t.arrival)] == ["unknown"]


async def test_what_waits_for_a_message_that_never_comes_waits_a_week_and_is_counted(world_of: Made) -> None:
    world = await world_of()

    async def reacts(address: str, message: str, id: str) -> None:
        reacted = Reacted(id, world.time.now(), address, message, "👍")
        await world.engine.submit(Arrived("fake1", (reacted,)))

    await reacts("a", "never", "r1")
    await reacts("b", "never", "r2")
    world.time.skip(3 * DAY)
    await reacts("b", "late", "r3")
    world.time.skip(4 * DAY + 1)
    await looking(world).look()
    assert [row.id for row in await world.rows(t.parked)] == ["r3"]
    assert world.counted["unmatched"] == 2
    assert world.engine.memory.parked == {("fake1", "b")}
    contact = await world.hears("b", message="late")  # what still waits finds its message
    assert [body["emoji"] for body in world.lines(contact, "reacted")] == ["👍"]
