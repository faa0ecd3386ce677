"""The end of a contact is told to platforms that want to hear it: after the last word, once, and never to who has written again."""

from __future__ import annotations

import pytest

from channels.adapter import powers_of
from channels.errors import ChannelError, Rejected, Throttled, Unauthorized, Uncertain, Unreachable, Unsubscribed
from tests.runtime.conftest import Made
from tests.runtime.fake_channel import FakeChannel, Held
from tests.runtime.world import AGENT, World
from ucs.core.contact import State
from ucs.core.events import WrappedUp
from ucs.runtime.engine.inputs import Did


async def closes(world: World, contact: str) -> None:
    await world.engine.submit(Did(contact, WrappedUp(AGENT, world.contacts[contact].epoch)))
    assert world.contacts[contact].state is State.CLOSED


async def test_it_is_told_after_the_last_word(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    goodbye = Held()
    world.adapter.answers["ann"].append(goodbye)
    await world.says(contact, "Goodbye")
    await closes(world, contact)
    await world.until(lambda: world.adapter.busy)
    assert world.adapter.ended == []
    goodbye.go.set()
    await world.until(lambda: world.adapter.ended)
    await world.until(lambda: not world.adapter.answers["ann"])
    assert world.adapter.ended == ["ann"]


async def test_nobody_is_told_who_does_not_ask_for_it(world_of: Made) -> None:
    world = await world_of(powers=powers_of(FakeChannel) - {"end"})
    contact = await world.talks("ann")
    await closes(world, contact)
    assert await world.rows() == []


async def test_a_customer_who_has_written_again_is_not_cut_off(world_of: Made) -> None:
    world = await world_of()
    contact = await world.talks("ann")
    await closes(world, contact)
    await world.hears("ann")
    assert [row.kind for row in await world.rows()] == ["end"]
    delivery = await world.delivering()
    await world.until(lambda: not delivery.waiting)
    assert (world.adapter.ended, await world.rows()) == ([], [])


@pytest.mark.parametrize(
    "error",
    [
        Rejected("Not so."),
        Unreachable("Nobody there."),
        Uncertain("No answer."),
        Throttled("Slower."),
        Unauthorized("Who?"),
        Unsubscribed("Gone."),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_it_is_told_once_whatever_comes_of_it(world_of: Made, error: ChannelError) -> None:
    world = await world_of()
    delivery = await world.delivering()
    world.adapter.answers["ann"].append(error)
    contact = await world.talks("ann")
    await closes(world, contact)
    await world.until(lambda: world.adapter.ended and not delivery.waiting)
    assert world.adapter.ended == ["ann"]
    assert await world.rows() == []
    assert not world.status_lines(contact)


async def test_a_crash_before_it_was_told_tells_it_after_the_restart(world_of: Made) -> None:
    world = await world_of()
    contact = await world.talks("ann")
    await closes(world, contact)
    world = await world_of()
    await world.delivering()
    await world.until(lambda: world.adapter.ended)
