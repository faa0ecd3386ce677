"""Profiles: a new contact's customer gets a name, at most once a day, and never at anybody's cost."""

from __future__ import annotations

import orjson
from sqlalchemy import select

from channels.errors import Unreachable
from tests.runtime.conftest import Made
from ucs.core.events import Ended
from ucs.runtime.customers import Described, Speaks
from ucs.runtime.engine.inputs import Did
from ucs.store import tables as t


async def test_a_new_contact_gets_its_name(world_of: Made) -> None:
    world = await world_of()
    world.profiles()
    world.adapter.names["ann"] = "Ann"
    contact = await world.hears("ann")
    await world.until(lambda: world.lines(contact, "renamed"))
    assert world.lines(contact, "renamed") == [{"name": "Ann"}]
    assert world.engine.memory.customers["fake1", "ann"][1] == "Ann"


async def test_what_the_customer_speaks_is_kept_with_what_else_is_known(world_of: Made) -> None:
    world = await world_of()
    world.profiles()
    world.adapter.languages |= {"ann": "de", "bob": "no language!"}
    for address in ("ann", "bob"):
        await world.hears(address)
    await world.until(lambda: len(world.adapter.asked) == 2)
    ann, bob = (world.engine.memory.customers["fake1", address][0] for address in ("ann", "bob"))
    await world.engine.submit(Described(ann, "acme", {"size": "L"}))
    for address, language in (("ann", "fr"), ("nobody", "fr")):
        await world.engine.submit(Speaks("fake1", address, language))
    rows = await world.engine.store.read(lambda connection: list(connection.execute(select(t.customer))))
    bodies = {row.id: orjson.loads(row.body) for row in rows}
    assert bodies == {ann: {"language": "fr", "fields": {"size": "L"}}, bob: {}}


async def test_asked_once_a_day(world_of: Made) -> None:
    world = await world_of()
    world.profiles()
    asked = []
    for seconds in (0, 24 * 3600 - 1, 1):
        world.time.skip(seconds)
        contact = await world.hears("ann")
        await world.hears("ann")
        await world.until(lambda: world.adapter.asked)
        asked.append(len(world.adapter.asked))
        await world.engine.submit(Did(contact, Ended("boss")))
    assert asked == [1, 1, 2]


async def test_a_name_that_is_known_makes_no_line(world_of: Made) -> None:
    world = await world_of()
    world.profiles()
    world.adapter.names["ann"] = "Ann"
    contact = await world.hears("ann", name="Ann")
    await world.until(lambda: world.adapter.asked)
    await world.hears("ann")
    assert world.lines(contact, "renamed") == []


async def test_a_failure_costs_the_name_only(world_of: Made) -> None:
    world = await world_of()
    world.profiles()
    world.adapter.names.update({"ann": Unreachable("Down."), "bob": ZeroDivisionError("Hm."), "cleo": "Cleo"})
    for address in ("ann", "bob", "cleo"):
        contact = await world.hears(address)
    await world.until(lambda: world.lines(contact, "renamed"))
    assert sorted(world.adapter.asked) == ["ann", "bob", "cleo"]
