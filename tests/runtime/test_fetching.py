"""Fetching: a customer's file on its way into the media cache, and everything that can keep it from getting there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from cache.item import State
from channels.adapter import powers_of
from channels.errors import Rejected, Throttled, Unauthorized, Uncertain, Unreachable
from channels.events import MessageEdited, MessageRecalled, MessageReceived
from channels.parts import File, MediaRef, Text
from channels.wire import NotYet
from tests.runtime.conftest import Made
from tests.runtime.fake_channel import FakeChannel
from tests.runtime.fake_time import START
from tests.runtime.world import World
from ucs.runtime.delivery.backlog import PAGE
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.inputs import Together
from ucs.runtime.platforms.fetching import Fetching
from ucs.store import tables as t
from ucs.store.catalog import item_of


def a_file(key: str = "k1") -> tuple[File]:
    return (File(MediaRef(key, "note.txt", "text/plain", 5)),)


def heard(number: int) -> MessageReceived:
    return MessageReceived(f"h{number}", START, f"c{number}", a_file(f"k{number}"), message=f"h{number}")


async def the_item(world: World) -> Any:
    (row,) = await world.rows(t.media)
    return item_of(row)


async def test_a_file_comes_after_its_message(world_of: Made) -> None:
    world = await world_of()
    await world.fetching()
    contact = await world.hears("ann", a_file())
    await world.until(lambda: world.lines(contact, "media"))
    item = await the_item(world)
    assert (item.state, item.size, item.channel) == (State.READY, 5, "fake1")
    (line,) = world.lines(contact, "media")
    assert line == {"media": item.id, "ready": True, "name": "note.txt", "mime": "text/plain", "size": 5}
    assert b"".join([chunk async for chunk in await world.cache.read(item)]) == b"hello"
    assert [(row.sha256, row.media) for row in await world.rows(t.media_blob)] == [(item.sha256, item.id)]
    assert await world.rows() == []


async def nothing_waits(fetching: Fetching) -> None:
    for _ in range(1_000_000):
        if fetching.backlog.empty:
            return
        await asyncio.sleep(0)
    raise AssertionError("There are files that wait.")


@dataclass(frozen=True)
class Row:
    """`naps`: who waits how long before the next try; none: the file is lost, for `reason`."""

    error: Exception | NotYet | bytes
    naps: tuple[float, ...] = ()
    reason: str = ""
    parked: bool = False


TABLE = {
    "unreachable": Row(Unreachable("Down."), (0.5,)),
    "uncertain": Row(Uncertain("No answer."), (0.5,)),
    "throttled": Row(Throttled("Slow.", retry_after=timedelta(seconds=9)), (9.0,)),
    "not_yet": Row(NotYet(), (1.0,)),
    "not_yet_but_then": Row(NotYet(timedelta(seconds=7)), (7.0,)),
    "not_yet_for_long": Row(NotYet(timedelta(minutes=11)), reason="did not have the file ready"),
    "unauthorized": Row(Unauthorized("Revoked."), parked=True),
    "rejected": Row(Rejected("It has expired there."), reason="It has expired there."),
    "not_kept": Row(b"", reason="The file is empty."),
    "bug": Row(ZeroDivisionError("Hm."), reason="Our own program failed here (ZeroDivisionError)"),
}


@pytest.mark.parametrize("name", TABLE)
async def test_table(world_of: Made, name: str) -> None:
    expected = TABLE[name]
    world = await world_of()
    fetching = await world.fetching()
    world.adapter.files["k1"].append(expected.error)
    contact = await world.hears("ann", a_file())
    if expected.parked:
        await world.until(lambda: world.parking.parked)
        await world.parking.unpark("fake1")
    elif expected.naps:
        await world.until(lambda: tuple(world.time.naps) == expected.naps)
        assert (await the_item(world)).state is State.PENDING
        await world.skip(expected.naps[0])
    await world.until(lambda: world.lines(contact, "media"))
    await nothing_waits(fetching)
    item = await the_item(world)
    assert (item.state is State.FAILED) is bool(expected.reason)
    assert expected.reason in item.reason
    assert world.lines(contact, "media")[0]["ready"] is not bool(expected.reason)
    gives_up = expected.reason and name != "not_kept"
    assert [row.state for row in await world.rows()] == (["dead"] if gives_up else [])


async def test_a_file_that_is_being_prepared_is_asked_for_ever_more_rarely(world_of: Made) -> None:
    world = await world_of()
    await world.fetching()
    world.adapter.files["k1"].extend([NotYet()] * 100)
    contact = await world.hears("ann", a_file())
    naps: list[float] = []
    while not world.lines(contact, "media"):
        await world.until(lambda: world.time.naps or world.lines(contact, "media"))
        if world.time.naps:
            naps.append(world.time.naps[0])
            world.time.skip(naps[-1])
    assert naps[:7] == [1, 2, 4, 8, 15, 30, 30]
    assert 570 <= sum(naps) <= 600


async def test_files_under_way_are_bounded_for_each_channel(world_of: Made) -> None:
    world = await world_of()
    await world.fetching(at_once=3, at_once_each=2)
    contacts = [await world.hears(f"c{n}", a_file(f"k{n}"), channel="fake1" if n % 2 else "fake2") for n in range(10)]
    await world.until(lambda: all(world.lines(contact, "media") for contact in contacts))
    assert world.adapter.most_busy <= 3


async def test_text_does_not_wait_for_files(world_of: Made) -> None:
    world = await world_of()
    await world.fetching()
    await world.delivering()
    world.adapter.files["k1"].append(Unreachable("Down."))
    contact = await world.talks("ann", parts=a_file())
    await world.until(lambda: world.time.naps)
    await world.says(contact, "hello")
    await world.until(lambda: world.statuses(contact))
    assert world.lines(contact, "media") == []


async def test_a_restart_fetches_what_is_missing(world_of: Made) -> None:
    world = await world_of()
    await world.fetching()
    world.adapter.files["k1"].append(Unreachable("Down."))
    contact = await world.hears("ann", a_file())
    await world.until(lambda: world.time.naps)
    world = await world_of()
    await world.fetching()
    await world.until(lambda: world.time.naps == [0.5])
    await world.skip(1)
    await world.until(lambda: world.lines(contact, "media"))
    assert (await the_item(world)).state is State.READY


async def test_a_lost_file_tried_again(world_of: Made) -> None:
    world = await world_of()
    await world.fetching()
    delivery = await world.delivering()
    world.adapter.files["k1"].append(Rejected("Not now."))
    contact = await world.hears("ann", a_file())
    await world.until(lambda: world.lines(contact, "media"))
    (row,) = await world.rows()
    await delivery.send_again(row.id, "acme")
    await world.until(lambda: len(world.lines(contact, "media")) == 2)
    assert [line["ready"] for line in world.lines(contact, "media")] == [False, True]
    assert await world.rows() == []


async def test_a_message_taken_back_takes_its_file_along(world_of: Made) -> None:
    """Also when the file comes later than that: it must not live on."""
    world = await world_of()
    contact = await world.hears("ann", a_file())
    recalled = MessageRecalled("r1", START, "ann", "in1")
    await world.engine.submit(Arrived("fake1", (recalled,)))
    fetching = await world.fetching()
    await nothing_waits(fetching)
    assert world.adapter.asked == []
    assert world.lines(contact, "media") == []
    assert await world.rows() == []
    assert len(await world.cache.expire(10)) == 1
    assert await world.rows(t.media) == []


async def test_taken_back_while_it_is_fetched(world_of: Made) -> None:
    world = await world_of()
    await world.fetching()
    world.adapter.files["k1"].append(Unreachable("Down."))
    contact = await world.hears("ann", a_file())
    await world.until(lambda: world.time.naps)
    held = world.adapter.hold_files()
    await world.skip(1)
    await world.until(lambda: world.adapter.busy)
    await world.engine.submit(Arrived("fake1", (MessageRecalled("r1", START, "ann", "in1"),)))
    held.go.set()
    await world.until(lambda: world.lines(contact, "media"))
    (row,) = await world.rows(t.media)
    assert item_of(row).expires_at <= world.time.now()


async def test_files_of_an_edited_message_are_fetched_too(world_of: Made) -> None:
    world = await world_of()
    await world.fetching()
    contact = await world.hears("ann", (Text("see"),))
    edited = MessageEdited("e1", START, "ann", "in1", (Text("see"), *a_file("k2")))
    await world.engine.submit(Arrived("fake1", (edited,)))
    await world.until(lambda: world.lines(contact, "media"))
    assert world.adapter.asked == ["k2"]


async def test_a_channel_without_the_power(world_of: Made) -> None:
    world = await world_of(powers=powers_of(FakeChannel) - {"fetch"})
    await world.fetching()
    contact = await world.hears("ann", a_file())
    await world.until(lambda: world.lines(contact, "media"))
    assert (await the_item(world)).reason == "This channel has no way of fetching files."


async def test_files_that_wait_are_rows_and_no_tasks(world_of: Made) -> None:
    """However many there are, what is in memory is a page and what is under way."""
    world = await world_of()
    fetching = await world.fetching(at_once=3, at_once_each=2)
    held = world.adapter.hold_files()
    await world.engine.submit(Together(tuple(Arrived("fake1", (heard(number),)) for number in range(120))))
    await world.until(lambda: world.adapter.busy == 2)
    assert fetching.backlog.tasks == 3  # one for the channel, two that fetch
    held.go.set()
    await world.until(lambda: world.counted["fetched"] == 120)
    await nothing_waits(fetching)
    assert sorted(world.adapter.asked) == sorted(f"k{number}" for number in range(120))
    assert world.adapter.most_busy == 2


async def test_files_that_fail_do_not_stand_in_the_way_of_others(world_of: Made) -> None:
    """They take no place until it is their time again."""
    world = await world_of()
    await world.fetching(at_once=1, at_once_each=1)
    for number in range(PAGE + 10):
        world.adapter.files[f"k{number}"].append(Throttled("Slow.", retry_after=timedelta(seconds=9)))
    await world.engine.submit(Together(tuple(Arrived("fake1", (heard(number),)) for number in range(PAGE + 11))))
    await world.until(lambda: world.counted["fetched"] == 1)
    await world.until(lambda: world.time.naps == [9.0])
    await world.skip(9)
    await world.until(lambda: world.counted["fetched"] == PAGE + 11)


async def test_a_channel_that_is_parked_does_not_hold_up_another(world_of: Made) -> None:
    world = await world_of()
    fetching = await world.fetching(at_once=1)
    world.adapter.files["k1"].append(Unauthorized("Revoked."))
    first = await world.hears("ann", a_file("k1"))
    await world.until(lambda: world.parking.parked)
    waits = await world.hears("ann", a_file("k2"))
    other = await world.hears("ben", a_file("k3"), channel="fake2")
    await world.until(lambda: world.lines(other, "media"))
    assert world.lines(first, "media") == world.lines(waits, "media") == []
    await world.parking.unpark("fake1")
    await nothing_waits(fetching)
    assert len(world.lines(first, "media")) == 2


async def test_the_files_that_are_due_are_found_by_their_index(world_of: Made) -> None:
    """Neither letters that wait to go out nor files that were lost for good are walked through."""
    world = await world_of()
    asked: list[tuple[str, Any]] = []

    def hear(_connection: object, _cursor: object, sql: str, values: Any, _context: object, _many: bool) -> None:
        if "outbox" in sql and sql.startswith("SELECT"):
            asked.append((sql, values))

    event.listen(world.store.engine, "before_cursor_execute", hear)
    fetching = await world.fetching()
    await world.hears("ann", a_file())
    await nothing_waits(fetching)
    event.remove(world.store.engine, "before_cursor_execute", hear)

    def plans(connection: Connection) -> list[str]:
        found = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all() for sql, values in asked]
        return [row[3] for plan in found for row in plan]

    steps = await world.store.read(plans)
    assert len(asked) >= 3
    assert all("outbox_fetch" in step for step in steps), steps


async def test_a_store_that_cannot_be_read_is_asked_again(world_of: Made) -> None:
    world = await world_of()
    contact = await world.hears("ann", a_file())
    fetching = await world.fetching()
    world.store.unreadable = 1
    await world.skip(1)
    await world.until(lambda: world.lines(contact, "media"))
    await nothing_waits(fetching)


async def test_a_file_does_not_wait_for_a_clock_that_was_set_back(world_of: Made) -> None:
    world = await world_of()
    world.engine.now = lambda: world.time.now() + timedelta(hours=8)
    contact = await world.hears("ann", a_file())
    world.engine.now = world.time.now
    fetching = await world.fetching()
    await world.until(lambda: world.lines(contact, "media"))
    await nothing_waits(fetching)
    assert world.time.passed == 0
