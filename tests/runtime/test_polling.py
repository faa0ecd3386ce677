"""Polling: what was asked for is taken in once, with the cursor after it, whatever goes wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from cache.blobs import StorageTrouble
from channels.adapter import Batch, powers_of
from channels.errors import Malformed, Rejected, Throttled, Unauthorized, Unreachable
from channels.events import MessageReceived, Received, Typing, Unknown
from channels.parts import Text
from channels.wire import Request
from tests.runtime.conftest import Made
from tests.runtime.fake_channel import FakeChannel
from tests.runtime.fake_time import START
from tests.runtime.world import World
from ucs.runtime.platforms.expiry import KeptFor
from ucs.runtime.platforms.hints import MOST, Hints
from ucs.store import tables as t


def said(*words: str) -> tuple[Received, ...]:
    return tuple(MessageReceived(word, START, "ann", (Text(word),), message=word) for word in words)


def poison() -> Received:
    """A message that no step can take: its text is no text."""
    return replace(said("bad")[0], parts=(Text(object()),))  # type: ignore[arg-type]


async def a_world(world_of: Made) -> World:
    """Only one channel is asked."""
    world = await world_of()
    center = world.center()
    await world.reconfigure(replace(center, channels={"fake1": center.channels["fake1"]}))
    return world


def heard(world: World) -> list[str]:
    return [e.body["parts"][0].text for e in world.entries if e.kind == "message"]


async def cursor(world: World) -> list[str]:
    return [row.value for row in await world.rows(t.cursor)]


async def test_events_and_cursor_are_one_commit(world_of: Made) -> None:
    world = await a_world(world_of)
    world.adapter.polls.append(Batch(said("one", "two"), "c2"))
    world.adapter.polls.append(Batch(said("two", "three"), "c3"))
    world.polling()
    await world.until(lambda: len(heard(world)) == 3)
    assert heard(world) == ["one", "two", "three"]
    assert await cursor(world) == ["c3"]
    world = await a_world(world_of)
    world.polling()
    await world.until(lambda: world.adapter.cursors)
    assert world.adapter.cursors == ["c3"]


async def test_that_there_was_nothing_costs_nothing(world_of: Made) -> None:
    world = await a_world(world_of)
    world.adapter.polls.extend([Batch((), ""), Batch(said("one"), "c1"), Batch((), "c1"), Batch((), "c1")])
    world.polling()
    await world.until(lambda: heard(world) == ["one"] and not world.adapter.polls)
    applied = world.engine.applied
    await world.hears("bob")
    assert (world.engine.applied, await cursor(world)) == (applied + 1, ["c1"])


async def test_an_empty_batch_moves_the_cursor_too(world_of: Made) -> None:
    world = await a_world(world_of)
    world.adapter.polls.append(Batch((), "c9"))
    world.polling()
    await world.until(lambda: world.engine.applied == 2)
    assert await cursor(world) == ["c9"]


@pytest.mark.parametrize(
    ("error", "nap", "counted"),
    [
        (Unreachable("Down."), 1.0, "unreachable"),
        (Throttled("Slow.", retry_after=timedelta(seconds=40)), 40.0, "throttled"),
        (StorageTrouble("What was put aside could not be read."), 1.0, "unreachable"),
        (ZeroDivisionError("Hm."), 0.5, "bug"),
    ],
)
async def test_a_failure_is_waited_out(world_of: Made, error: Exception, nap: float, counted: str) -> None:
    world = await a_world(world_of)
    world.adapter.polls.extend([Batch(said("one"), "c1"), error, Batch(said("two"), "c2")])
    world.polling()
    await world.until(lambda: world.time.naps == [nap])
    assert heard(world) == ["one"]
    await world.skip(nap)
    await world.until(lambda: len(heard(world)) == 2)
    assert world.adapter.cursors == ["", "c1"]
    assert world.counted == {counted: 1}


async def test_what_cannot_be_read_from_the_disk_stays_at_the_platform(world_of: Made) -> None:
    """It is not what the platform sent that is wrong: it would be in quarantine for good."""
    world = await a_world(world_of)
    request = letter(b"large")
    world.adapter.parsed[b"large"] = StorageTrouble("What was put aside could not be read.")
    world.adapter.polls.append(Batch((), "c1", (request,)))
    world.polling()
    await world.until(lambda: world.time.naps == [1.0])
    assert (await world.rows(t.arrival), await cursor(world)) == ([], [])
    world.adapter.parsed[b"large"] = said("one")
    world.adapter.polls.append(Batch((), "c1", (request,)))
    await world.skip(1)
    await world.until(lambda: heard(world) == ["one"])
    assert await cursor(world) == ["c1"]


async def test_a_parked_channel_is_not_asked(world_of: Made) -> None:
    world = await a_world(world_of)
    world.adapter.polls.append(Unauthorized("Revoked."))
    world.polling()
    await world.until(lambda: world.parking.parked)
    world.adapter.polls.append(Batch(said("one"), "c1"))
    await world.hears("bob")
    assert world.adapter.cursors == [""]
    await world.parking.unpark("fake1")
    await world.until(lambda: "one" in heard(world))


async def test_a_poisoned_batch_is_taken_apart(world_of: Made) -> None:
    world = await a_world(world_of)
    one, two = said("one", "two")
    world.adapter.polls.append(Batch((one, poison(), two), "c1"))
    world.polling()
    for seconds in (0.5, 1.0, 2.0):
        assert heard(world) == []
        await world.until(lambda: world.time.naps == [seconds])  # noqa: B023  # awaited here
        world.time.skip(seconds)
    await world.until(lambda: len(heard(world)) == 2)
    assert heard(world) == ["one", "two"]
    for _ in range(3):  # whatever was begun is committed by then
        await world.hears("bob")
    assert await cursor(world) == ["c1"]
    (row,) = await world.rows(t.arrival)
    assert (row.channel, row.outcome) == ("fake1", "unreadable")
    assert orjson.loads(row.body)["event"] == "MessageReceived"
    assert world.counted == {"failed": 1}


async def test_typing_is_shown_and_not_stored(world_of: Made) -> None:
    world = await a_world(world_of)
    world.adapter.polls.append(Batch((Typing("", START, "ann"),), "c1"))
    world.polling()
    await world.until(lambda: world.typing)
    assert [event.customer for event in world.typing] == ["ann"]
    assert world.entries == []


async def test_channels_that_come_go_and_change(world_of: Made) -> None:
    world = await a_world(world_of)
    world.polling()
    await world.until(lambda: len(world.adapter.cursors) == 1)
    both = world.center()
    await world.reconfigure(both)
    await world.until(lambda: len(world.adapter.cursors) == 2)
    await world.reconfigure(world.center())  # nothing has changed: nobody is asked anew
    changed = world.center(config={"token": "new"})
    await world.reconfigure(replace(changed, channels={**both.channels, "fake2": changed.channels["fake2"]}))
    await world.until(lambda: len(world.adapter.cursors) == 3)
    await world.reconfigure(replace(both, channels={}))
    world.adapter.polls.append(Batch(said("one"), "c1"))
    world.adapter.more.set()
    await world.reconfigure(replace(both, channels={}))
    await world.until(lambda: world.adapter.polling == 0)
    assert (heard(world), len(world.adapter.cursors)) == ([], 3)


async def test_a_channel_without_the_power_is_not_asked(world_of: Made) -> None:
    world = await world_of(powers=powers_of(FakeChannel) - {"poll"})
    world.polling()
    await world.hears("ann")
    assert world.adapter.cursors == []


# -- bytes that a poll brings --------------------------------------------------------------------------------------------


def letter(body: bytes) -> Request:
    return Request("FETCH", "box/7/12", {}, {"content-type": "message/rfc822"}, body, START)


async def test_what_is_brought_as_bytes_is_kept_and_read(world_of: Made) -> None:
    world = await a_world(world_of)
    world.adapter.parsed[b"good"] = said("one")
    world.adapter.polls.append(Batch((), "c1", (letter(b"good"), letter(b"x" * 300_000))))
    world.adapter.parsed[b"x" * 300_000] = said("large")
    world.polling()
    await world.until(lambda: len(heard(world)) == 2)
    assert heard(world) == ["one", "large"]
    assert await cursor(world) == ["c1"]
    (bundle,) = await world.rows(t.bundle)
    assert bundle.body == b"good" + b"x" * 300_000


def a_large_letter(body: bytes) -> Request:
    return replace(letter(b""), large=body)


async def test_what_nobody_can_read_is_seen_and_stops_nothing(world_of: Made) -> None:
    world = await a_world(world_of)
    world.adapter.parsed[b"good"] = said("one")
    world.adapter.parsed[b"bad"] = Malformed("That is nothing.")
    world.adapter.parsed[b"bug"] = ZeroDivisionError("oh")
    world.adapter.polls.append(Batch((), "c1", tuple(map(letter, (b"bad", b"good", b"bug")))))
    world.polling()
    await world.until(lambda: heard(world) == ["one"])
    assert await cursor(world) == ["c1"]
    kept = {row.body: (row.outcome, row.reason) for row in await world.rows(t.arrival)}
    assert kept == {
        b"bad": ("unreadable", "That is nothing."),
        b"bug": ("unreadable", "The adapter failed: ZeroDivisionError."),
    }
    assert world.counted == {"unreadable": 1, "bug": 1}


async def test_bytes_whose_events_cannot_be_taken_are_kept_aside(world_of: Made) -> None:
    world = await a_world(world_of)
    world.adapter.parsed[b"good"] = said("one")
    world.adapter.parsed[b"poison"] = (poison(),)
    world.adapter.polls.append(Batch((), "c1", (letter(b"poison"), letter(b"good"))))
    world.polling()
    for seconds in (0.5, 1.0, 2.0):
        await world.until(lambda: world.time.naps == [seconds])  # noqa: B023  # awaited here
        world.time.skip(seconds)
    await world.until(lambda: heard(world) == ["one"])
    for _ in range(3):  # whatever was begun is committed by then
        await world.hears("bob")
    assert await cursor(world) == ["c1"]
    (row,) = await world.rows(t.arrival)
    assert (row.outcome, row.body) == ("unreadable", b"poison")


# -- what is too large to be in memory -----------------------------------------------------------------------------------


async def kept_of(world: World, id: str) -> bytes:
    item = await world.cache.find("acme", id)
    return b"".join([chunk async for chunk in await world.cache.read(item)])


async def test_what_is_large_is_a_file_that_its_row_names(world_of: Made) -> None:
    world = await a_world(world_of)
    world.adapter.parsed[b"good"] = said("one")
    world.adapter.parsed[b"large"] = said("two")
    world.adapter.polls.append(Batch((), "c1", (letter(b"good"), a_large_letter(b"large"))))
    world.polling()
    await world.until(lambda: heard(world) == ["one", "two"])
    (bundle,) = await world.rows(t.bundle)
    (_, _, _, _, length), (_, _, _, _, none, id) = orjson.loads(bundle.head)
    assert (bundle.body, length, none) == (b"good", 4, 0)
    assert await kept_of(world, id) == b"large"
    assert (await world.cache.find("acme", id)).expires_at == START + KeptFor().raw


async def test_what_is_large_and_came_before_is_kept_once(world_of: Made) -> None:
    world = await a_world(world_of)
    world.adapter.parsed[b"large"] = said("one")
    world.adapter.polls.extend(Batch((), f"c{number}", (a_large_letter(b"large"),)) for number in (1, 2))
    world.polling()
    await world.until(lambda: heard(world) == ["one"])
    world.adapter.polls.append(Batch(said("two"), "c3"))
    world.adapter.more.set()
    await world.until(lambda: heard(world) == ["one", "two"])
    assert len(await world.rows(t.media)) == 1


@pytest.mark.parametrize(
    "meant",
    [Malformed("That is nothing."), ZeroDivisionError("oh"), (Unknown("u", START, "ann", "odd", {}),), (poison(),)],
    ids=["unreadable", "bug", "unknown", "poison"],
)
async def test_what_is_large_and_odd_is_quarantined(world_of: Made, meant: Any) -> None:
    """Whoever cannot be read, or taken: the bytes are there, for as long as the quarantine lasts."""
    world = await a_world(world_of)
    world.adapter.parsed[b"large"] = meant
    world.adapter.polls.extend((Batch((), "c1", (a_large_letter(b"large"),)), Batch(said("one"), "c2")))
    world.polling()
    while heard(world) != ["one"]:
        await world.until(lambda: world.time.naps or heard(world) == ["one"])
        world.time.skip(4)
    (row,) = await world.rows(t.arrival)
    head = orjson.loads(row.head)
    assert (row.body, head["size"]) == (b"", 5)
    assert await kept_of(world, head["media"]) == b"large"
    item = await world.cache.find("acme", head["media"])
    assert item.expires_at - item.created_at == KeptFor().quarantine
    async with world.raw_files.opened("acme", head["media"]) as source:
        assert source[:] == b"large"


async def test_what_is_large_finds_no_room_and_stays_at_the_platform(world_of: Made) -> None:
    """It is asked for again: nothing of it was taken, and the cursor stands."""
    world = await a_world(world_of)
    world.adapter.parsed[b"large"] = said("one")
    world.adapter.polls.extend([Batch((), "c1", (a_large_letter(b"large"),))] * 2)
    world.blobs.full = 1
    world.polling()
    await world.until(lambda: world.time.naps)
    assert await cursor(world) == []
    await world.skip(5)
    await world.until(lambda: heard(world) == ["one"])


# -- webhooks that say: look now -----------------------------------------------------------------------------------------


async def a_lazy_world(world_of: Made) -> World:
    """Its channel is asked every ten minutes, and has been once."""
    world = await a_world(world_of)
    world.adapter.every = 600.0
    world.polling()
    await world.until(lambda: world.time.naps == [600.0])
    return world


async def test_between_two_polls_passes_as_much_time_as_the_adapter_wants(world_of: Made) -> None:
    world = await a_lazy_world(world_of)
    world.adapter.polls.append(Batch(said("one"), "c1"))
    await world.skip(599.0)
    await world.hears("bob")
    assert world.adapter.hints == [()]
    await world.skip(1.0)
    await world.until(lambda: "one" in heard(world))
    assert world.adapter.hints == [(), ()]


async def test_a_hint_ends_the_wait_at_once(world_of: Made) -> None:
    world = await a_lazy_world(world_of)
    world.adapter.polls.append(Batch(said("one"), "c1"))
    world.hints.put("fake2", "another channel's")
    world.hints.put("fake1", "a")
    await world.until(lambda: heard(world) == ["one"])
    await world.until(lambda: world.time.naps == [600.0])
    assert world.adapter.hints == [(), ("a",)]
    world.hints.put("fake1", "b")
    await world.until(lambda: len(world.adapter.hints) == 3)
    assert world.adapter.hints[2] == ("b",)


async def test_hints_that_come_during_a_poll_are_for_the_next(world_of: Made) -> None:
    """Also one that has come before: it says that there is something new again."""
    world = await a_lazy_world(world_of)
    reached: list[int] = []

    class Busy(list[tuple[str, ...]]):
        def append(self, hints: tuple[str, ...]) -> None:
            super().append(hints)
            if hints and not reached:
                reached.append(1)
                world.hints.put("fake1", "b")
                world.hints.put("fake1", "a")

    world.adapter.hints = Busy()
    world.hints.put("fake1", "a")
    await world.until(lambda: len(world.adapter.hints) == 2 and world.time.naps)
    assert world.adapter.hints == [("a",), ("b", "a")]


async def test_a_hint_is_good_until_a_poll_with_it_has_ended_well(world_of: Made) -> None:
    world = await a_lazy_world(world_of)
    world.adapter.polls.extend([Batch(said("one"), "c1"), Unreachable("Down."), Batch(said("two"), "c2")])
    world.hints.put("fake1", "a")
    await world.until(lambda: world.time.naps == [1.0])
    world.hints.put("fake1", "b")  # does not cut short what a platform in trouble is left alone for
    await world.hears("bob")
    assert world.adapter.hints == [(), ("a",)]
    await world.skip(1.0)
    await world.until(lambda: "two" in heard(world))
    assert world.adapter.hints == [(), ("a",), ("a", "b")]
    assert world.adapter.cursors == ["", "", "c1"]


async def test_a_hint_that_brings_about_a_bug_is_let_go(world_of: Made) -> None:
    world = await a_lazy_world(world_of)
    world.adapter.polls.append(ZeroDivisionError("Hm."))
    world.hints.put("fake1", "poison")
    await world.until(lambda: world.time.naps == [0.5])
    await world.skip(0.5)
    await world.until(lambda: len(world.adapter.hints) == 3)
    assert world.adapter.hints[1:] == [("poison",), ()]


async def test_after_a_crash_the_cursor_says_what_is_new(world_of: Made) -> None:
    """The hint is gone with the process that had it, and nothing else is."""
    world = await a_lazy_world(world_of)
    world.adapter.polls.append(Batch(said("one"), "c1"))
    world.hints.put("fake1", "a")
    await world.until(lambda: heard(world) == ["one"])
    world.hints.put("fake1", "b")
    world = await a_world(world_of)
    world.adapter.every = 600.0
    world.adapter.polls.append(Batch(said("two"), "c2"))
    world.polling()
    await world.until(lambda: heard(world) == ["two"])
    assert (world.adapter.cursors, world.adapter.hints) == (["c1"], [()])


async def test_hints_wait_for_a_parked_channel(world_of: Made) -> None:
    world = await a_lazy_world(world_of)
    world.adapter.polls.append(Unauthorized("Revoked."))
    world.hints.put("fake1", "a")
    await world.until(lambda: world.parking.parked)
    world.hints.put("fake1", "b")
    await world.hears("bob")
    assert len(world.adapter.hints) == 2
    await world.parking.unpark("fake1")
    await world.until(lambda: len(world.adapter.hints) == 3)
    assert world.adapter.hints[2] == ("a", "b")


def test_only_the_newest_hints_are_kept() -> None:
    hints = Hints()
    for number in range(MOST + 5):
        hints.put("fake1", str(number))
    hints.put("fake1", "7")
    assert list(hints.of("fake1")) == ["5", "6", *map(str, range(8, MOST + 5)), "7"]
    assert list(hints.of("fake2")) == []


async def test_hints_and_failures_go_with_the_channel_that_they_were_about(world_of: Made) -> None:
    world = await a_world(world_of)
    world.adapter.polls.append(Unreachable("Down."))
    polling = world.polling()
    await world.until(lambda: polling.asked.failing)
    world.hints.put("fake1", "of another account")
    center = world.engine.center
    await world.reconfigure(replace(center, channels={}))
    assert (polling.asked.failing, dict(world.hints.of("fake1"))) == ({}, {})
    await world.reconfigure(center)
    await world.until(lambda: len(world.adapter.hints) == 2)
    assert world.adapter.hints[1] == ()


async def test_a_hint_that_the_platform_refuses_is_not_said_again(world_of: Made) -> None:
    """It may have been good for ten minutes only: the cursor knows what is new without it."""
    world = await a_world(world_of)
    world.hints.put("fake1", "stale")
    world.adapter.polls.extend([Rejected("Unknown token."), Batch(said("one"), "c1")])
    world.polling()
    await world.until(lambda: world.time.naps)
    await world.skip(world.time.naps[0])
    await world.until(lambda: heard(world) == ["one"])
    assert world.adapter.hints == [("stale",), ()]
