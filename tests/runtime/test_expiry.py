"""The catalog over the store, and forgetting what is in it when its time has come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

from cache.item import Item
from channels.wire import Stream
from tests.runtime.conftest import Made
from tests.runtime.world import World
from ucs.runtime.engine.inputs import Wrote
from ucs.runtime.platforms.expiry import Expiry
from ucs.store import tables as t
from ucs.store.catalog import StoreCatalog
from ucs.store.lookup import rows
from ucs.store.store import micros

WEEK = timedelta(days=7)


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
    expiry = Expiry(world.cache, world.time.clockwork, world.engine, WEEK)
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
    expiry = Expiry(world.cache, world.time.clockwork, world.engine, WEEK)
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
    await Expiry(world.cache, world.time.clockwork, world.engine, WEEK).look()
    assert [row.id for row in await world.store.read(rows(t.bundle.select()))] == ["bundle-6"]


async def test_sessions_that_are_over_go(world_of: Made) -> None:
    world = await world_of()
    for name, left in (("over", timedelta(seconds=-1)), ("open", timedelta(seconds=1))):
        row = (name, "acme", "customer", "v:1", "hash", micros(world.time.now() + left), "{}")
        await world.engine.submit(Wrote((("put_session", row),)))
    await Expiry(world.cache, world.time.clockwork, world.engine, WEEK).look()
    assert [row.id for row in await world.store.read(rows(t.session.select()))] == ["open"]
