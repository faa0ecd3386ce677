"""The golden table of delivery: what went wrong → what agents see, what the row says, when the next try is."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from cache.item import Rendition
from cache.item import State as ItemState
from channels.errors import (
    DeliveryError,
    Malformed,
    Rejected,
    Throttled,
    Unauthorized,
    Uncertain,
    Unreachable,
    Unsubscribed,
    Untrusted,
    WindowClosed,
)
from channels.events import ReplyToken
from channels.parts import File, Image, Text
from channels.wire import Stream
from tests.runtime.conftest import Made
from tests.runtime.fake_channel import Held
from tests.runtime.fake_time import START
from tests.runtime.world import World, manifest
from ucs.core.contact import State
from ucs.runtime.delivery.errand import KEPT_UP_FOR
from ucs.runtime.delivery.media_links import MediaLinks
from ucs.runtime.delivery.verdict import DOUBTS
from ucs.runtime.engine.work import Effect
from ucs.store.store import micros


@dataclass(frozen=True)
class Row:
    """`naps`: who waits how long (the chance is a half). `state`: of the row afterwards."""

    error: Exception
    statuses: list[str]
    state: str
    naps: list[float] = field(default_factory=list)
    parked: bool = False
    contact: State = State.TALKING
    resend_safe: bool = False
    doubts: int | None = None
    counted: str = ""


TABLE = {
    "unreachable": Row(Unreachable("Down."), ["pending"], "pending", [0.5]),
    "throttled": Row(Throttled("Slow down."), ["pending"], "pending", [0.5]),
    "throttled_for": Row(
        Throttled("Slow down.", retry_after=timedelta(seconds=30)), ["pending"], "pending", [30.0], counted="throttled"
    ),
    "throttled_for_too_long": Row(
        Throttled("Slow down.", retry_after=KEPT_UP_FOR), ["failed"], "dead", counted="throttled"
    ),
    "uncertain": Row(Uncertain("No answer."), ["uncertain"], "dead"),
    "uncertain_but_safe": Row(
        Uncertain("No answer."), ["pending"], "pending", [0.5], resend_safe=True, doubts=1, counted="uncertain"
    ),
    "unauthorized": Row(Unauthorized("Revoked."), ["pending"], "pending", parked=True),
    "rejected": Row(Rejected("Refused.", code="42"), ["failed"], "dead"),
    "window_closed": Row(WindowClosed("Too late."), ["failed"], "dead"),
    "unsubscribed": Row(Unsubscribed("Gone."), ["failed"], "dead", contact=State.WRAP_UP),
    "some_delivery_error": Row(DeliveryError("Hm."), ["failed"], "dead", counted="delivery"),
    "untrusted": Row(Untrusted("Hm."), ["failed"], "dead"),
    "malformed": Row(Malformed("Hm."), ["failed"], "dead"),
    "bug": Row(ZeroDivisionError("Hm."), ["uncertain"], "dead"),
}


@pytest.mark.parametrize("name", TABLE)
async def test_table(world_of: Made, name: str) -> None:
    expected = TABLE[name]
    world = await world_of(manifest(resend_safe=expected.resend_safe))
    await world.delivering()
    contact = await world.talks("ann")
    world.adapter.answers["ann"].append(expected.error)
    await world.says(contact, "hello")
    await world.until(lambda: world.statuses(contact) and world.time.naps == expected.naps)
    (row,) = await world.rows()
    body = orjson.loads(row.body)
    assert world.statuses(contact) == expected.statuses
    assert (row.state, row.attempt) == (expected.state, 1)
    assert body["trouble"]["kind"] in (type(expected.error).__name__, "Bug")
    assert body.get("doubts") == expected.doubts
    assert ("fake1" in world.parking.parked) is expected.parked
    assert world.contacts[contact].state is expected.contact
    if expected.naps:
        assert row.at == micros(world.time.now() + timedelta(seconds=expected.naps[0]))
    line = world.status_lines(contact)[0]
    assert line["reason"]
    assert line.get("code", "") == getattr(expected.error, "code", "")
    assert dict(world.counted) == {expected.counted or name: 1}


async def tries(world: World, error: Exception) -> int:
    """How often it is tried before it is given up, with time passing as it is waited for."""
    contact = await world.talks("ann")
    world.adapter.answers["ann"].extend([error] * 1000)
    await world.says(contact, "hello")
    while True:
        await world.until(lambda: world.time.naps or {"failed", "uncertain"} & set(world.statuses(contact)))
        if not world.time.naps:
            return len(world.adapter.sent)
        world.time.skip(world.time.naps[0])


async def test_back_off_grows_and_ends_after_a_day(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    world.adapter.answers["ann"].extend([Unreachable("Down.")] * 1000)
    await world.says(contact, "hello")
    naps = []
    for count in range(1, 12):
        await world.until(lambda: len(world.adapter.sent) == count and world.time.naps)  # noqa: B023  # awaited here
        naps.append(world.time.naps[0])
        while world.time.naps and len(world.adapter.sent) == count:
            world.time.skip(world.time.naps[0])
            await world.until(lambda: world.time.naps or len(world.adapter.sent) > count)  # noqa: B023
    assert naps == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]  # naps are short, the row says how long it really is
    assert world.statuses(contact) == ["pending"]
    world.time.skip(KEPT_UP_FOR.total_seconds())
    await world.until(lambda: "failed" in world.statuses(contact))
    assert [row.state for row in await world.rows()] == ["dead"]


async def test_the_reply_window_ends_the_trying(world_of: Made) -> None:
    world = await world_of(manifest(reply_window=timedelta(seconds=3)))
    await world.delivering()
    assert await tries(world, Unreachable("Down.")) == 3  # after 0, 0.5 and 1.5 s; 3.5 s would be too late


async def test_what_stays_uncertain_does_not_hold_up_the_lane_for_ever(world_of: Made) -> None:
    world = await world_of(manifest(resend_safe=True))
    await world.delivering()
    assert await tries(world, Uncertain("No answer.")) == DOUBTS + 1
    assert [m.uncertain for m in world.adapter.sent] == [False] + [True] * DOUBTS
    assert len({m.key for m in world.adapter.sent}) == 1


async def test_a_doubt_remains_however_it_ends(world_of: Made) -> None:
    """Uncertain once, then unreachable for a day: it may have arrived the first time."""
    world = await world_of(manifest(resend_safe=True, reply_window=timedelta(seconds=2)))
    await world.delivering()
    contact = await world.talks("ann")
    world.adapter.answers["ann"].extend([Uncertain("No answer."), Unreachable("Down."), Unreachable("Down.")])
    await world.says(contact, "hello")
    await world.skip(0.5)
    await world.until(lambda: len(world.adapter.sent) == 2 and world.time.naps)
    world.time.skip(1)
    await world.until(lambda: len(world.statuses(contact)) == 2)
    assert world.statuses(contact) == ["pending", "uncertain"]


async def test_slow_down_is_meant_for_the_whole_channel(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    ann, bob = await world.talks("ann"), await world.talks("bob")
    cleo = await world.talks("cleo", channel="fake2")
    world.adapter.answers["ann"].append(Throttled("Slow down.", retry_after=timedelta(seconds=30)))
    await world.says(ann, "one")
    await world.until(lambda: world.time.naps)
    await world.says(bob, "uno")
    await world.says(cleo, "eins")
    await world.until(lambda: world.time.naps == [30.0, 30.0] and world.statuses(cleo))
    assert world.adapter.said == [("ann", "one"), ("cleo", "eins")]
    await world.skip(30)
    await world.until(lambda: world.statuses(bob) and "sent" in world.statuses(ann))


@pytest.mark.parametrize(
    ("age", "error", "given"),
    [
        (0, Uncertain("No answer."), [True, True]),  # it may have been used: the next attempt has to know
        (0, Uncertain("No answer.", token_refused=True), [True, False]),
        (0, Unreachable("Down."), [True, True]),
        (60, Uncertain("No answer."), [False, False]),  # too old for the first attempt, and so for no other
    ],
)
async def test_a_reply_token_that_nothing_was_sent_with_is_not_given_again(
    world_of: Made, age: int, error: Exception, given: list[bool]
) -> None:
    world = await world_of(manifest(resend_safe=True))
    await world.delivering()
    contact = await world.talks("ann", reply_token=ReplyToken("free", START + timedelta(seconds=60)))
    world.adapter.answers["ann"].extend([before := Held(), error])
    await world.says(contact, "first")
    await world.hears("ann", reply_token=ReplyToken("free", START + timedelta(seconds=60)))
    await world.says(contact, "hello")  # it has a token, and waits behind the first
    world.time.skip(age)
    before.go.set()
    await world.skip(1)
    await world.until(lambda: world.statuses(contact)[-1] == "sent" and len(world.adapter.sent) == 3)
    assert [m.reply_token is not None for m in world.adapter.sent[1:]] == given


async def test_somebody_who_left_has_left_once(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    world.adapter.answers["ann"].extend([Unsubscribed("Gone."), Unsubscribed("Gone.")])
    await world.says(contact, "one")
    await world.says(contact, "two")
    await world.until(lambda: len(world.statuses(contact)) == 2)
    assert world.lines(contact, "left") == [{"reason": "Gone."}]


# -- after a crash -------------------------------------------------------------------------------------------------------


async def crash_while_sending(world_of: Made, **changes: Any) -> tuple[World, str]:
    """A process that dies after a call went out and before anybody knows its outcome."""
    world = await world_of(manifest(**changes))
    delivery = await world.delivering()
    contact = await world.talks("ann")
    world.adapter.answers["ann"].append(Held())
    await world.says(contact, "one")
    await world.says(contact, "two")
    await world.until(lambda: world.adapter.busy)
    assert [row.state for row in await world.rows()] == ["sending", "pending"]
    world.stops.clear()
    await delivery.close(within=0)
    key = world.adapter.sent[0].key
    after = await world_of(manifest(**changes))
    await after.delivering()
    return after, key


async def test_a_crash_while_sending_leaves_the_outcome_open(world_of: Made) -> None:
    world, _ = await crash_while_sending(world_of)
    await world.until(lambda: len([e for e in world.entries if e.kind == "status"]) == 2)
    assert [e.body["status"] for e in world.entries if e.kind == "status"] == ["uncertain", "sent"]
    assert "stopped while this was being sent" in world.entries[0].body["reason"]
    assert world.adapter.said == [("ann", "two")]
    assert [row.state for row in await world.rows()] == ["dead"]


async def test_a_crash_while_sending_where_sending_again_is_safe(world_of: Made) -> None:
    world, key = await crash_while_sending(world_of, resend_safe=True)
    await world.skip(1)
    await world.until(lambda: [e.body["status"] for e in world.entries] == ["pending", "sent", "sent"])
    assert world.adapter.said == [("ann", "one"), ("ann", "two")]
    assert [(m.uncertain, m.attempt) for m in world.adapter.sent] == [(True, 2), (False, 1)]
    assert world.adapter.sent[0].key == key
    assert await world.rows() == []


async def test_a_database_that_fails_loses_no_outcome(world_of: Made) -> None:
    """What was sent is not sent again because nobody could write it down."""
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    held = Held()
    world.adapter.answers["ann"].append(held)
    await world.says(contact, "one")
    await world.until(lambda: world.adapter.busy)
    world.store.fail = 2
    held.go.set()
    await world.skip(0.5)
    await world.until(lambda: world.time.naps == [1.0])
    assert world.statuses(contact) == []
    await world.skip(1)
    await world.until(lambda: world.statuses(contact) == ["sent"])
    assert world.adapter.said == [("ann", "one")]


async def test_closing_lets_a_call_under_way_end(world_of: Made) -> None:
    world = await world_of()
    delivery = await world.delivering()
    contact = await world.talks("ann")
    held = Held()
    world.adapter.answers["ann"].append(held)
    await world.says(contact, "one")
    await world.says(contact, "two")
    await world.until(lambda: world.adapter.busy)
    closing = asyncio.create_task(delivery.close(within=60))
    await asyncio.sleep(0)
    held.go.set()
    await closing
    assert world.statuses(contact) == ["sent"]
    assert [(row.state, row.seq > 0) for row in await world.rows()] == [("pending", True)]
    assert world.adapter.said == [("ann", "one")]


async def test_a_restart_goes_on_where_it_stopped(world_of: Made) -> None:
    """In its order, no sooner than it was due, and each once."""
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    world.adapter.answers["ann"].append(Throttled("Slow.", retry_after=timedelta(seconds=50)))
    for word in ("one", "two"):
        await world.says(contact, word)
    await world.until(lambda: world.time.naps)
    world = await world_of()
    await world.delivering()
    await world.until(lambda: world.time.naps == [50.0])
    assert world.adapter.sent == []
    await world.skip(50)
    await world.until(lambda: len(world.statuses(contact)) == 2)
    assert world.adapter.said == [("ann", "one"), ("ann", "two")]
    assert [m.attempt for m in world.adapter.sent] == [2, 1]


async def test_nor_does_a_clock_that_was_set_back_change_the_order(
    world_of: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids begin with the time, and what a former process left is taken up in their order."""
    world = await world_of()
    contact = await world.talks("ann")
    await world.says(contact, "one")
    monkeypatch.setattr("tests.runtime.world.new_id", map("{:032x}".format, itertools.count()).__next__)
    world = await world_of()
    world.contacts = dict(world.engine.memory.contacts)
    for word in ("two", "three"):
        await world.says(contact, word)
    world = await world_of()
    await world.delivering()
    await world.until(lambda: len(world.statuses(contact)) == 3)
    assert [text for _, text in world.adapter.said] == ["one", "two", "three"]


async def test_nor_is_anything_put_off_that_was_written_by_a_clock_ahead(world_of: Made) -> None:
    world = await world_of()
    contact = await world.talks("ann")
    ahead, world.engine.now = world.engine.now, lambda: world.time.now() + timedelta(hours=8)
    await world.says(contact, "one")
    world.engine.now = ahead
    await world.delivering()
    await world.until(lambda: world.statuses(contact) == ["sent"])
    assert world.time.naps == []


# -- files ---------------------------------------------------------------------------------------------------------------


async def test_files_go_out_as_links(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    pending = world.cache.expect("acme", name="note.txt")
    item = await world.keeps(await world.cache.keep(pending, text_stream(b"hello")))
    await world.says(contact, File(item.id))
    await world.until(lambda: world.statuses(contact))
    text = world.adapter.said[0][1]
    assert text.startswith("note.txt:")
    assert world.statuses(contact) == ["sent"]


async def test_a_store_that_cannot_be_read_for_a_moment_fails_no_message(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    item = await world.cache.keep(world.cache.expect("acme", name="note.txt"), text_stream(b"words"))
    await world.keeps(item)
    contact = await world.talks("ann")
    world.store.unreadable = 2
    first = await world.says(contact, File(item.id))
    second = await world.says(contact, "behind it")
    await world.skip(1)
    await world.skip(1)
    await world.until(lambda: "sent" in world.statuses(contact, second))
    assert world.statuses(contact, first) == ["sent"]
    texts = [text for _, text in world.adapter.said]
    assert (texts[0].startswith("note.txt:"), texts[-1]) == (True, "behind it")


def text_stream(content: bytes) -> Any:
    async def chunks() -> Any:
        yield content

    return Stream(chunks(), "text/plain", "note.txt")


async def test_the_link_is_to_the_picture_we_drew(world_of: Made) -> None:
    """What the platform is told of a file is what is behind the link."""
    world = await world_of()
    item = world.cache.expect("acme", name="photo.png")
    drawn = {"web": Rendition("a" * 64, 7, "image/jpeg"), "preview": Rendition("b" * 64, 3, "image/jpeg")}
    ready = replace(item, state=ItemState.READY, mime="image/png", size=100, sha256="c" * 64, renditions=drawn)
    await world.keeps(ready)
    links = MediaLinks(world.cache, lambda token: token)
    link = (await links.of("acme", [(Image(item.id),)]))[item.id]
    assert (link.mime, link.size, link.name) == ("image/jpeg", 7, "photo.png")
    for url, rendition in ((link.url, "web"), (link.preview, "preview")):
        assert await world.cache.follow(url, None) == (ready, rendition)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("pending", "is not here yet"),
        ("failed", "cannot be sent: Too large."),
        ("missing", "no longer there"),
        ("foreign", "no longer there"),
    ],
)
async def test_a_file_that_is_not_ready(world_of: Made, change: str, reason: str) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    item = world.cache.expect("other" if change == "foreign" else "acme", name="photo.jpg")
    if change != "missing":
        await world.keeps(world.cache.fail(item, "Too large.") if change == "failed" else item)
    await world.says(contact, "look", Image(item.id))
    await world.says(contact, "the next")
    await world.until(lambda: len(world.statuses(contact)) == 2)
    assert world.statuses(contact) == ["failed", "sent"]
    assert reason in world.status_lines(contact)[0]["reason"]
    assert world.adapter.said == [("ann", "the next")]


async def test_nothing_to_show(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    await world.says(contact, Text("  "))
    await world.until(lambda: world.statuses(contact))
    assert world.statuses(contact) == ["failed"]


async def test_a_contact_that_is_gone_does_not_keep_its_errands(world_of: Made) -> None:
    world = await world_of()

    class Orphaned:
        def apply(self, work: Any) -> None:
            body = {"parts": [{"type": "text", "text": "hello"}]}
            work.outbox.append(Effect("e1", "fake1", "ann", "gone", 3, "send", "pending", 0, work.now, body))

    delivery = await world.delivering()
    await world.engine.submit(Orphaned())
    await world.until(lambda: delivery.waiting == 0)
    assert world.adapter.said == [("ann", "hello")]
    assert world.counted["bug"] == 0
