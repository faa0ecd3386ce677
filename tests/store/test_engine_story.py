"""The engine on every database: a contact from the first word over a crash to the end, and what the database itself can do to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DataError, DBAPIError

from channels import events as ev
from channels.errors import NotFound, Rejected, Unavailable
from channels.events import Status
from channels.parts import Button, Choices, Text
from channels.plugins import Plugins
from tests.runtime.fake_channel import FakeChannel
from tests.runtime.hall import CENTER
from tests.runtime.heard import assert_gap_free, heard, spoken, texts, timelines
from tests.runtime.world import AGENT, World, manifest
from ucs.cli.center_store import put_center
from ucs.core.contact import State
from ucs.core.events import AgentRecalled, WrappedUp
from ucs.runtime.center.installation import Installation
from ucs.runtime.delivery.outcomes import Discarded, Revived
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.inputs import Did
from ucs.runtime.engine.work import Work
from ucs.runtime.platforms.expiry import Expiry, KeptFor
from ucs.runtime.runtime import Runtime
from ucs.store import tables as t

Made = Callable[[], Awaitable[World]]


@pytest.fixture
async def world_of(url: str, tmp_path: Path) -> AsyncIterator[Made]:
    """A world on this database; a second one is what a restart finds."""
    worlds: list[World] = []

    async def make() -> World:
        passed = 0.0
        if worlds:
            passed = worlds[-1].time.passed
            await worlds.pop().close()
        world = World(tmp_path, manifest(keeps_time=True), url=url)
        world.time.passed = passed
        worlds.append(world)
        await world.start()
        return world

    yield make
    for world in worlds:
        await world.close()


async def test_a_contact_from_the_first_word_over_a_crash_to_the_end(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    await world.hears("uma", (Text("Grüezi 你好 👋"),), name="Uma")
    contact = await world.talks("uma")
    asked = await world.says(contact, Choices("Which?", (Button("Red", "red"), Button("Blue", "blue"))))
    await world.until(lambda: world.statuses(contact, asked) == ["sent"])
    before = world.engine.memory.contacts[contact]

    world = await world_of()  # the power went
    await world.delivering()
    assert world.engine.memory.contacts[contact] == before
    world.contacts.update(world.engine.memory.contacts)
    again = Arrived("fake1", (spoken("in1", "uma", at=world.time.now()),))
    assert [line.again for line in await world.engine.submit(again)] == [True]  # only the index can know
    await world.engine.submit(heard("late", "uma", "2"))
    late = (ev.MessageEdited("e1", world.time.now(), "uma", "in1", (Text("Hello"),)),)
    await world.engine.submit(Arrived("fake1", late))
    await world.says(contact, "Blue it is", reply_to=2)
    await world.until(lambda: len(world.statuses(contact)) == 1)
    assert world.adapter.sent[-1].reply_to == "in1"
    await world.engine.submit(Did(contact, AgentRecalled(AGENT, before.epoch, asked)))
    await world.until(lambda: world.adapter.recalled)
    await world.engine.submit(Did(contact, WrappedUp(AGENT, before.epoch, "sold")))

    world = await world_of()
    assert contact not in world.engine.memory.contacts
    successor = await world.engine.submit(heard("again", "uma", "One more thing"))
    lines = (await timelines(world, contact))[contact]
    assert_gap_free(lines)
    assert texts(lines) == ["Grüezi 你好 👋", "hi", "Blue it is"]
    kinds = [line.kind for line in lines if line.by != "system"]
    assert kinds == ["message", "message", "joined", "message", "tapped", "edited", "message", "recalled", "wrapped_up"]
    assert world.engine.memory.contacts[successor[0].contact].predecessor == contact
    assert [row.name for row in await world.rows(t.customer)] == ["Uma"]


async def test_many_at_once_with_one_that_no_database_takes(world_of: Made) -> None:
    world = await world_of()
    said = [heard(f"m{n}", f"a{n % 7}") for n in range(60)]
    bad = Arrived("fake1", (spoken("bad", "\ud800"),))
    futures = [world.engine.submit(each) for each in [*said[:30], bad, *said[30:], *said]]
    outcomes = [await future if future is not futures[30] else future for future in futures]
    with pytest.raises(UnicodeError):
        await futures[30]
    assert [outcome[0].again for outcome in outcomes[61:]] == [True] * 60
    found = await timelines(world)
    assert sorted(len(texts(lines)) for lines in found.values()) == [8, 8, 8, 9, 9, 9, 9]
    for lines in found.values():
        assert_gap_free(lines)


@dataclass(frozen=True, slots=True)
class Poison:
    """Something that spoils the transaction of everybody on one database, and is nothing to the other."""

    def apply(self, work: Work) -> object:
        return work.connection.execute(text("SELECT CAST('x' AS INTEGER)")).scalar()


async def test_what_spoils_a_transaction_fails_alone(world_of: Made, url: str) -> None:
    world = await world_of()
    said = [heard(f"m{n}", f"a{n}") for n in range(9)]
    futures = [world.engine.submit(each) for each in (*said[:4], Poison(), *said[4:])]
    outcomes = await asyncio.gather(*futures, return_exceptions=True)
    poisoned = outcomes.pop(4)
    assert isinstance(poisoned, DataError) if url.startswith("postgresql") else poisoned == 0
    assert [outcome[0].again for outcome in outcomes if isinstance(outcome, list)] == [False] * 9
    assert len(await timelines(world)) == 9


@pytest.mark.parametrize("address", ["a\x00b", "漢" * 100_000], ids=["NUL", "long"])
async def test_what_one_of_the_databases_cannot_keep_fails_alone(world_of: Made, url: str, address: str) -> None:
    """PostgreSQL has no NUL in its texts and no end of an index that long: quarantine. SQLite takes both."""
    world = await world_of()
    said = [heard(f"m{n}", f"a{n}") for n in range(5)]
    futures = [world.engine.submit(each) for each in (*said, heard("bad", address))]
    *outcomes, bad = await asyncio.gather(*futures, return_exceptions=True)
    assert all(isinstance(outcome, list) for outcome in outcomes)
    assert isinstance(bad, DBAPIError) if url.startswith("postgresql") else isinstance(bad, list)


async def test_dead_letters_and_what_is_forgotten(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("uma")
    world.adapter.answers["uma"].extend([Rejected("No."), Rejected("No.")])
    seq = await world.says(contact, "hello")
    await world.until(lambda: world.statuses(contact) == ["failed"])
    (letter,) = await world.rows(t.outbox)
    await world.engine.submit(Revived(letter.id))
    await world.until(lambda: world.statuses(contact) == [Status.FAILED, Status.PENDING, Status.FAILED])
    await world.engine.submit(Discarded(letter.id, "eve"))
    assert world.lines(contact, "given_up") == [{"of": seq, "kind": "send"}]
    with pytest.raises(NotFound):
        await world.engine.submit(Discarded(letter.id, "eve"))
    await world.engine.submit(Arrived("fake1", (ev.Reacted("r", world.time.now(), "uma", "never", "👍"),)))
    world.time.skip(timedelta(days=31).total_seconds())
    await Expiry(world.cache, world.time.clockwork, world.engine, KeptFor(), world.count).look()
    assert [await world.rows(table) for table in (t.seen, t.parked, t.outbox, t.bundle)] == [[], [], [], []]
    assert world.counted["unmatched"] == 1


async def test_a_database_that_comes_back_is_written_to_again(world_of: Made, url: str) -> None:
    """Nobody hears "ok" meanwhile, and nothing is half there."""
    if url.startswith("sqlite"):
        pytest.skip("there is no server that could go away")
    world = await world_of()
    await world.hears("uma")
    killer = create_engine(url, isolation_level="AUTOCOMMIT")
    with killer.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        connection.execute(text(f"{others} AND pid <> pg_backend_pid()"))
    killer.dispose()
    with pytest.raises(Unavailable):
        await world.hears("uma")
    contact = await world.hears("uma")
    assert world.engine.memory.contacts[contact].state is State.QUEUED
    assert len(texts((await timelines(world, contact))[contact])) == 2


async def test_a_whole_installation(url: str, tmp_path: Path) -> None:
    """As `ucs run` does it, twice: the center into the store, everything started, and all that is looked at in operation."""
    installation = Installation(data=tmp_path / "data", store=url)
    (tmp_path / "data").mkdir()
    plugins = Plugins({"fake": FakeChannel})
    for start in range(2):
        assert (put_center(installation, plugins, CENTER, "center.toml") > 0) is (start == 0)
        runtime = Runtime(installation, plugins)
        await runtime.start()
        (line,) = await runtime.engine.submit(heard("m1", "uma"))
        assert line.again is (start == 1)
        await runtime.outward.expiry.look()
        await runtime.close()
