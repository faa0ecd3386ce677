"""Checkups: what a platform says of a channel is found in time, told, and acted upon; and asking costs next to nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.adapter import Batch, powers_of
from channels.errors import Malformed, Throttled, Unauthorized, Unreachable
from channels.health import Checkup, Condition, Finding, Health
from tests.runtime.conftest import Made
from tests.runtime.fake_channel import FakeChannel
from tests.runtime.fake_time import START
from tests.runtime.world import World
from ucs.runtime.platforms.checkups import Checkups
from ucs.runtime.platforms.polling import Polling

FIRST, AGAIN = 50.0, 900.0  # seconds, where chance is a half
LOW = Finding(Condition.DEGRADED, "The month is nearly used up.", START + timedelta(days=3))
DEAF = Finding(Condition.BROKEN, "The platform calls nobody.")
MENDED = Finding(Condition.OK, "The webhook was set again.")


async def a_world(world_of: Made, *found: Health | Exception) -> tuple[World, Checkups]:
    """Only one channel is looked after."""
    world = await world_of()
    await only_one(world)
    world.adapter.healths.extend(found)
    return world, world.checkups()


async def only_one(world: World, **changes: object) -> None:
    center = world.center(**changes)
    await world.reconfigure(replace(center, channels={"fake1": center.channels["fake1"]}))


async def asked(world: World, times: int) -> None:
    """Let time pass until the platform was asked so often, and the answer was taken."""
    while len(world.adapter.checkups) < times:
        await world.until(lambda: world.time.naps)
        await world.skip(world.time.naps[0])
        await asyncio.sleep(0)
    await world.until(lambda: world.time.naps)


async def test_a_channel_is_looked_at_soon_and_then_seldom(world_of: Made) -> None:
    world, checkups = await a_world(world_of, Health((LOW, DEAF)))
    await world.until(lambda: world.time.naps == [FIRST])
    assert not checkups.looked
    await asked(world, 1)
    at = START + timedelta(seconds=FIRST)
    assert world.adapter.checkups == [Checkup(at, "https://ucs.example/hooks/fake1")]
    assert checkups.health("fake1") == Health((LOW, DEAF))
    assert checkups.health("fake1").condition is Condition.BROKEN
    assert checkups.looked["fake1"].at == at
    assert world.time.naps == [AGAIN]
    await asked(world, 2)
    assert checkups.health("fake1") == Health()


async def test_a_channel_whose_adapter_finds_nothing_is_not_asked(world_of: Made) -> None:
    world = await world_of(powers=powers_of(FakeChannel) - {"health"})
    checkups = world.checkups()
    await checkups.look(world.engine.center.channels["fake1"])
    await world.hears("ann")
    assert (world.time.naps, world.adapter.checkups, dict(checkups.looked)) == ([], [], {})


async def test_dead_credentials_park_the_channel_before_anybody_writes(world_of: Made) -> None:
    world, checkups = await a_world(world_of, Unauthorized("Revoked."))
    await asked(world, 1)
    await world.until(lambda: world.parking.parked)
    assert world.parking.parked["fake1"].reason == "Revoked."
    assert checkups.health("fake1").condition is Condition.BROKEN
    assert world.counted == {"unauthorized": 1}


async def test_being_let_in_takes_a_parked_channel_up_again(world_of: Made) -> None:
    world, checkups = await a_world(world_of, Unauthorized("Revoked."), Unauthorized("Revoked."), Health((LOW,)))
    contact = await world.talks("ann")
    await world.delivering()
    await asked(world, 2)
    await world.says(contact, "still there?")
    assert (world.adapter.said, len(world.parking.parked)) == ([], 1)
    await asked(world, 3)
    await world.until(lambda: world.adapter.said)
    assert world.parking.parked == {}
    assert checkups.health("fake1") == Health((LOW,))


@pytest.mark.parametrize("failed", [Unreachable("Down."), Throttled("Slow."), Malformed("What?"), ZeroDivisionError()])
async def test_who_could_not_be_asked_is_neither_well_nor_parked(world_of: Made, failed: Exception) -> None:
    world, checkups = await a_world(world_of, failed, failed)
    await asked(world, 1)
    assert checkups.health("fake1").condition is Condition.DEGRADED
    await world.parking.park(world.engine.center.channels["fake1"], "Revoked.")
    await asked(world, 2)
    assert "fake1" in world.parking.parked
    assert world.counted == ({"bug": 2} if isinstance(failed, ZeroDivisionError) else {})


async def test_a_channel_that_is_let_in_and_may_do_nothing_is_tried_ever_less(world_of: Made) -> None:
    world, _ = await a_world(world_of)
    pauses = []
    for times in range(1, 10):
        await world.parking.park(world.engine.center.channels["fake1"], "Not allowed.")
        await asked(world, times)
        assert world.parking.parked == {}
        pauses.append(world.time.naps[0] / AGAIN)
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 64, 64]
    await asked(world, 10)
    assert world.time.naps == [AGAIN]


# -- polls that fail -------------------------------------------------------------------------------------------------------


async def a_polled_world(world_of: Made, *polls: Batch | Exception) -> tuple[World, Polling, Checkups]:
    world = await world_of(powers=powers_of(FakeChannel) - {"health"})
    await only_one(world)
    world.adapter.polls.extend(polls)
    polling = world.polling()
    return world, polling, world.checkups(polling)


async def asked_again(world: World, polling: Polling, *, until: float) -> None:
    """Time passes, and with it the pauses between the polls."""
    while world.time.passed < until:
        polls = len(world.adapter.cursors)
        await world.until(lambda: world.time.naps)
        await world.skip(min(world.time.naps[0], until - world.time.passed))
        if world.time.passed < until:
            await world.until(lambda: len(world.adapter.cursors) > polls)  # noqa: B023  # awaited here


@pytest.mark.parametrize(
    ("failed", "why"),
    [
        (Unreachable("Down."), "Down."),
        (Throttled("Somebody else asks.", retry_after=timedelta(seconds=30)), "Somebody else asks."),
        (ZeroDivisionError(), "The adapter failed: ZeroDivisionError."),
    ],
    ids=["unreachable", "throttled", "bug"],
)
async def test_a_poll_that_fails_for_too_long_is_a_channel_that_is_broken(
    world_of: Made, capsys: pytest.CaptureFixture[str], failed: Exception, why: str
) -> None:
    """And well when it has been asked again, though there was nothing: whatever the platform says when it is asked how we are."""
    world, polling, checkups = await a_polled_world(world_of, *[failed] * 1000)
    assert (checkups.health("fake1"), checkups.known) == (Health(), frozenset())
    await world.until(lambda: polling.asked.failing)
    reason = f"The platform could not be asked for what is new: {why}"
    assert checkups.health("fake1").findings == (Finding(Condition.DEGRADED, reason),)
    await asked_again(world, polling, until=299)
    assert checkups.health("fake1").condition is Condition.DEGRADED
    await asked_again(world, polling, until=430)
    (found,) = checkups.health("fake1").findings
    assert (found.condition, checkups.known) == (Condition.BROKEN, {"fake1"})
    assert found.reason == f"Since 2026-03-02 09:00 UTC the platform cannot be asked for what is new: {why}"
    world.adapter.polls.clear()
    world.adapter.polls.append(Batch((), ""))
    await world.skip(300)
    await world.until(lambda: not polling.asked.failing)
    assert (checkups.health("fake1"), checkups.known) == (Health(), {"fake1"})
    said = capsys.readouterr().out
    assert [said.count(words) for words in ("channel cannot be asked", "channel can be asked again")] == [1, 1]


async def test_a_poll_that_fails_now_and_then_is_no_broken_channel(world_of: Made) -> None:
    """A mail server hangs up every few minutes, and nobody writes."""
    hung_up = Unreachable("Hung up.")
    world, polling, checkups = await a_polled_world(world_of, hung_up)
    for hours in range(1, 4):
        await world.until(lambda: polling.asked.failing)
        assert checkups.health("fake1").condition is Condition.DEGRADED
        world.adapter.polls.append(Batch((), ""))
        await world.skip(1)
        await world.until(lambda: not polling.asked.failing)
        assert checkups.health("fake1") == Health()
        world.time.passed = hours * 3600.0
        world.adapter.polls.append(hung_up)
        world.adapter.more.set()


async def test_a_channel_that_was_parked_begins_anew(world_of: Made) -> None:
    world, polling, checkups = await a_polled_world(world_of, Unreachable("Down."), Unauthorized("Revoked."))
    await world.until(lambda: polling.asked.failing)
    await world.skip(1)
    await world.until(lambda: world.parking.parked)
    assert (checkups.health("fake1"), checkups.known) == (Health(), frozenset())


async def test_a_channel_that_is_configured_anew_is_looked_at_anew(world_of: Made) -> None:
    world, _ = await a_world(world_of)
    await asked(world, 1)
    await only_one(world, name="Another")
    await world.until(lambda: world.time.naps == [FIRST])
    await world.reconfigure(replace(world.center(), channels={}))
    await world.until(lambda: world.time.naps == [])


async def test_what_was_found_is_said_once(world_of: Made, capsys: pytest.CaptureFixture[str]) -> None:
    world, _ = await a_world(world_of, Health((LOW,)), Health((LOW,)), Health((MENDED,)), Health())
    await asked(world, 4)
    said = [line for line in capsys.readouterr().out.splitlines() if "channel" in line]
    assert [word for line in said for word in ("not well", "mended", "well again") if word in line] == [
        "not well",
        "mended",
        "well again",
    ]


async def test_what_was_found_of_a_channel_is_not_told_of_the_next_of_its_name(world_of: Made) -> None:
    """An id that is free again may be taken by another tenant."""
    world, checkups = await a_world(world_of, Health((LOW,)))
    await asked(world, 1)
    assert checkups.health("fake1") == Health((LOW,))
    await world.reconfigure(replace(world.center(), channels={}))
    await only_one(world)
    assert (checkups.health("fake1"), dict(checkups.looked)) == (Health(), {})


async def test_an_answer_about_how_it_was_configured_before_is_not_told(world_of: Made) -> None:
    world, checkups = await a_world(world_of, Health((LOW,)))
    before = world.engine.center.channels["fake1"]
    await only_one(world, name="Another")
    await checkups.look(before)
    assert dict(checkups.looked) == {}


async def test_a_health_that_is_none_does_not_end_the_asking(world_of: Made) -> None:
    world, checkups = await a_world(world_of, None)  # type: ignore[arg-type]  # a bug in an adapter
    await asked(world, 1)
    assert checkups.health("fake1").condition is Condition.DEGRADED
    await asked(world, 2)
    assert checkups.health("fake1") == Health()
