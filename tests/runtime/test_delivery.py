"""Delivery: who gets what in which order, whatever goes wrong on the way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.adapter import Receipt
from channels.copies import Copies
from channels.errors import NotFound, Refused, Rejected, Unauthorized, Uncertain, Unreachable
from channels.events import MessageEdited, ReplyToken, Status, StatusReported
from channels.manifest import Pace
from channels.parts import Template, Text
from tests.runtime.conftest import Made
from tests.runtime.fake_channel import Held
from tests.runtime.fake_time import START
from tests.runtime.world import AGENT, manifest
from ucs.core.events import AgentRead, AgentRecalled, AgentSpoke
from ucs.runtime.delivery.dead_letters import dead_letters
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.inputs import Did, Line
from ucs.store import tables as t


async def test_a_message_goes_out_and_its_status_comes_back(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    seq = await world.says(contact, "hello")
    await world.until(lambda: world.statuses(contact))
    assert world.adapter.said == [("ann", "hello")]
    assert world.status_lines(contact) == [{"of": seq, "status": Status.SENT, "platform": ("m1",)}]
    assert await world.rows() == []


async def test_a_lane_waits_and_the_others_do_not(world_of: Made) -> None:
    world = await world_of()
    delivery = await world.delivering()
    ann, bob = await world.talks("ann"), await world.talks("bob")
    world.adapter.answers["ann"].append(Unreachable("Nobody there."))
    await world.says(ann, "one")
    await world.says(ann, "two")
    await world.until(lambda: world.time.naps)
    for word in ("uno", "due", "tre"):
        await world.says(bob, word)
    await world.until(lambda: len(world.statuses(bob)) == 3)
    assert world.adapter.said == [("ann", "one"), ("bob", "uno"), ("bob", "due"), ("bob", "tre")]
    assert delivery.waiting == 2
    await world.skip(0.5)
    await world.until(lambda: world.statuses(ann).count("sent") == 2)
    assert world.adapter.said[4:] == [("ann", "one"), ("ann", "two")]


async def test_a_call_that_hangs_holds_up_its_own_customer_only(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    ann, bob = await world.talks("ann"), await world.talks("bob")
    held = Held()
    world.adapter.answers["ann"].append(held)
    await world.says(ann, "one")
    await world.says(ann, "two")
    await world.until(lambda: world.adapter.busy)
    await world.says(bob, "uno")
    await world.until(lambda: world.statuses(bob))
    assert world.adapter.said == [("ann", "one"), ("bob", "uno")]
    held.go.set()
    await world.until(lambda: len(world.statuses(ann)) == 2)
    assert world.adapter.said[2:] == [("ann", "two")]


async def test_calls_under_way_are_bounded(world_of: Made) -> None:
    world = await world_of()
    await world.delivering(at_once=2)
    contacts = [await world.talks(address) for address in ("a", "b", "c", "d")]
    held = Held()
    for address, contact in zip("abcd", contacts, strict=True):
        world.adapter.answers[address].append(held)
        await world.says(contact, "hello")
    await world.until(lambda: world.adapter.busy == 2)
    held.go.set()
    await world.until(lambda: all(world.statuses(contact) for contact in contacts))
    assert world.adapter.most_busy == 2


async def test_a_customer_gets_no_more_than_the_pace_of_the_manifest(world_of: Made) -> None:
    world = await world_of(manifest(pace=Pace(account=100.0, customer=2.0, burst=2)))
    await world.delivering()
    contact = await world.talks("ann")
    for word in ("one", "two", "three"):
        await world.says(contact, word)
    await world.until(lambda: world.time.naps == [0.5])
    assert [text for _, text in world.adapter.said] == ["one", "two"]
    await world.skip(0.5)
    await world.until(lambda: len(world.statuses(contact)) == 3)


async def test_a_long_message_goes_out_in_calls_and_the_permission_to_answer_with_the_first(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    token = ReplyToken("free", START + timedelta(minutes=1))
    contact = await world.talks("ann", reply_token=token)
    seq = await world.says(contact, "a", "b", "c", "d", "e", reply_to=2)
    await world.until(lambda: world.statuses(contact))
    assert [text for _, text in world.adapter.said] == ["a|b", "c|d", "e"]
    assert [m.reply_token for m in world.adapter.sent] == [token, None, None]
    assert [m.reply_to for m in world.adapter.sent] == ["in1", "", ""]
    assert len({m.key for m in world.adapter.sent}) == 3
    assert world.status_lines(contact) == [{"of": seq, "status": Status.SENT, "platform": ("m1", "m2", "m3")}]


async def test_what_no_human_wrote_is_said_to_be_automatic(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    center = world.center()
    channels = {
        id: replace(channel, policy=replace(channel.policy, welcome_text="Welcome"))
        for id, channel in center.channels.items()
    }
    world.engine.center = replace(center, channels=channels)
    contact = await world.talks("ann")
    await world.says(contact, "Hello, it is me")
    await world.until(lambda: len(world.adapter.sent) == 2)
    assert [(m.parts, m.automatic) for m in world.adapter.sent] == [
        ((Text("Welcome"),), True),
        ((Text("Hello, it is me"),), False),
    ]


async def test_who_else_is_to_get_it_goes_with_every_call(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    copies = Copies(("carol@x.example",), ("dave@x.example",))
    parts = tuple(Text(word) for word in "abc")
    said = AgentSpoke(AGENT, world.contacts[contact].epoch, parts, copies=copies)
    await world.engine.submit(Did(contact, said))
    await world.until(lambda: world.statuses(contact))
    await world.says(contact, "to you alone")
    await world.until(lambda: len(world.statuses(contact)) == 2)
    assert [(m.customer, m.copies) for m in world.adapter.sent] == [("ann", copies), ("ann", copies), ("ann", None)]


async def test_an_answer_quotes_by_the_id_and_by_the_newest_token_there_is(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann", quote_token="q1")
    theirs = next(each.seq for each in world.entries if each.body.get("platform") == "in1")
    await world.says(contact, "this?", reply_to=theirs)
    edit = MessageEdited("e1", world.time.now(), "ann", "in1", (Text("hey"),), "q2")
    await world.engine.submit(Arrived("fake1", (edit,)))
    await world.says(contact, "that?", reply_to=theirs)
    await world.until(lambda: len(world.statuses(contact)) == 2)
    world.adapter.answers["ann"].append(Receipt(("x1", "x2"), quote_tokens={"x1": "q3", "x2": "q4"}))
    ours = await world.says(contact, "a", "b")
    await world.until(lambda: len(world.statuses(contact)) == 3)
    await world.says(contact, "as I said", reply_to=ours)
    await world.says(contact, "no quote")
    await world.until(lambda: len(world.statuses(contact)) == 5)
    quoted = [(m.reply_to, m.quote_token) for m in world.adapter.sent]
    assert quoted == [("in1", "q1"), ("in1", "q2"), ("", ""), ("x1", "q3"), ("", "")]


async def test_tokens_of_quotes_survive_a_call_that_came_halfway(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    receipt = Receipt(("x1", "x2"), quote_tokens={"x1": "q1", "x2": "q2"})
    world.adapter.answers["ann"].extend([receipt, Unreachable("Busy.")])
    seq = await world.says(contact, "a", "b", "c")
    await world.until(lambda: world.time.naps)
    world = await world_of()  # the first call is on disk, the second is still to be made
    await world.delivering()
    await world.skip(1)
    await world.until(lambda: world.statuses(contact, seq))
    assert world.status_lines(contact, seq)[-1]["quote_tokens"] == {"x1": "q1", "x2": "q2"}


async def test_what_has_gone_out_of_a_long_message_is_not_sent_again(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann", reply_token=ReplyToken("free", START + timedelta(minutes=1)))
    world.adapter.answers["ann"].extend(
        [
            Unreachable("Busy.", delivered=("x1",)),  # one of the first two parts
            Unreachable("Busy."),
            Receipt(("x2",)),
            Rejected("No.", code="7", delivered=("x3",)),
        ]
    )
    seq = await world.says(contact, "a", "b", "c", "d", "e")
    await world.skip(1)
    await world.until(lambda: len(world.adapter.sent) == 2)
    await world.skip(1)
    await world.until(lambda: "failed" in world.statuses(contact))
    assert [text for _, text in world.adapter.said] == ["a|b", "b", "b", "c|d"]
    assert [m.attempt for m in world.adapter.sent] == [1, 1, 2, 1]
    first, rest, again, _ = (m.key for m in world.adapter.sent)
    assert first != rest == again
    assert [bool(m.reply_token) for m in world.adapter.sent] == [True, False, False, False]
    assert world.status_lines(contact, seq)[-1]["platform"] == ("x1", "x2", "x3")

    (letter,) = await world.store.read(dead_letters(["fake1"]))
    assert (letter.begun, letter.trouble.code) == (True, "7")
    await world.stops[0]()  # and not after a restart either
    delivery = await world.delivering()
    await delivery.send_again(letter.id)
    await world.until(lambda: world.statuses(contact)[-1] == "sent")
    assert [text for _, text in world.adapter.said[4:]] == ["d", "e"]


async def test_taken_back_before_it_went_out(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    world.adapter.answers["ann"].append(Unreachable("Nobody there."))
    await world.says(contact, "one")
    seq = await world.says(contact, "a slip")
    await world.until(lambda: world.time.naps)
    await world.engine.submit(Did(contact, AgentRecalled(AGENT, world.contacts[contact].epoch, seq)))
    await world.skip(1)
    await world.until(lambda: world.statuses(contact, seq))
    assert [text for _, text in world.adapter.said] == ["one", "one"]
    assert world.status_lines(contact, seq)[0]["reason"] == "It was taken back before it was sent."
    await world.says(contact, "two")
    await world.until(lambda: ("ann", "two") in world.adapter.said)
    assert world.adapter.recalled == []


async def test_taken_back_after_it_went_out(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    seq = await world.says(contact, "a", "b", "c")
    await world.until(lambda: world.statuses(contact))
    world.adapter.answers["ann"].extend([Receipt(), Unreachable("Nobody there.")])
    await world.engine.submit(Did(contact, AgentRecalled(AGENT, world.contacts[contact].epoch, seq)))
    await world.skip(1)
    await world.says(contact, "d")
    await world.until(lambda: world.statuses(contact).count("sent") == 2)
    assert world.adapter.recalled == [("ann", "m1"), ("ann", "m2"), ("ann", "m2")]
    assert await world.rows() == []


async def test_a_message_that_cannot_be_taken_back_stays_sent(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    seq = await world.says(contact, "a")
    await world.until(lambda: world.statuses(contact))
    world.adapter.answers["ann"].append(Rejected("Too old."))
    await world.engine.submit(Did(contact, AgentRecalled(AGENT, world.contacts[contact].epoch, seq)))
    await world.until(lambda: len(world.statuses(contact)) == 2)
    assert world.status_lines(contact)[1]["reason"] == "It could not be taken back: Too old."
    assert world.statuses(contact) == ["sent", "sent"]


async def test_what_was_read_is_said_with_the_newest_token(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann", read_token="r1")
    await world.hears("ann", read_token="r2")
    await world.hears("ann")
    world.adapter.answers["ann"].append(Unreachable("Nobody there."))
    seen = AgentRead(AGENT, world.contacts[contact].epoch, world.contacts[contact].seq)
    await world.engine.submit(Did(contact, seen))
    await world.until(lambda: world.adapter.read)
    await world.says(contact, "not held up by it")
    await world.until(lambda: world.statuses(contact))
    assert world.adapter.read == [("ann", "r2")]
    assert await world.rows() == []


async def test_the_reply_window(world_of: Made) -> None:
    """A former process left it too long. A template may go out at any time."""
    world = await world_of(manifest(reply_window=timedelta(hours=1), sends=manifest().sends))
    contact = await world.talks("ann")
    late = await world.says(contact, "late")
    template = await world.says(contact, "Hello.", Template("order_shipped", text="On its way."))
    world.time.skip(3601)
    await world.delivering()
    await world.until(lambda: world.statuses(contact, template))
    assert world.statuses(contact, late) == ["failed"]
    assert "until 2026-03-02 10:00 UTC" in world.status_lines(contact, late)[0]["reason"]
    assert [text for _, text in world.adapter.said] == ["Hello.|On its way."]
    assert [row.state for row in await world.rows()] == ["dead"]


async def test_what_the_platform_counts_is_counted_before_it_goes_out(world_of: Made) -> None:
    """Three messages after each of the customer's. What does not fit in as a whole is not begun; the next may still fit in."""
    world = await world_of(manifest(reply_window=timedelta(hours=1)))
    world.adapter.quota = 3
    await world.delivering()
    contact = await world.talks("ann")
    for words in ("one", "two"):
        await world.says(contact, words)
    long = await world.says(contact, "three four five six seven")  # two messages
    last = await world.says(contact, "three")
    over = await world.says(contact, "four")
    await world.until(lambda: world.statuses(contact, over))
    assert [text for _, text in world.adapter.said] == ["one", "two", "three"]
    assert [world.statuses(contact, seq)[-1] for seq in (long, last, over)] == ["failed", "sent", "failed"]
    assert "2 have gone out, and this would be 2 more" in world.status_lines(contact, long)[0]["reason"]
    world.time.skip(1)
    await world.hears("ann")
    again = await world.says(contact, "four")
    await world.until(lambda: world.statuses(contact, again))
    assert world.statuses(contact, again) == ["sent"]


async def test_what_is_free_and_what_is_approved_is_not_counted_and_what_is_uncertain_is(world_of: Made) -> None:
    world = await world_of(manifest(reply_window=timedelta(hours=1)))
    world.adapter.quota = 2
    await world.delivering()
    contact = await world.talks("ann")
    world.adapter.answers["ann"].extend([Receipt(("p1",), counts=False), Uncertain("Who knows?")])
    free = await world.says(contact, "free")
    lost = await world.says(contact, "lost")
    sent = await world.says(contact, "sent")
    over = await world.says(contact, "over")
    template = await world.says(contact, Template("order_shipped", text="On its way."))
    await world.until(lambda: world.statuses(contact, template))
    ends = [world.statuses(contact, seq)[-1] for seq in (free, lost, sent, over, template)]
    assert ends == ["sent", "uncertain", "sent", "failed", "sent"]


async def test_one_customers_count_is_not_anothers(world_of: Made) -> None:
    world = await world_of(manifest(reply_window=timedelta(hours=1)))
    world.adapter.quota = 1
    await world.delivering()
    for name in ("ann", "bob"):
        contact = await world.talks(name)
        seq = await world.says(contact, "one")
        await world.until(lambda contact=contact, seq=seq: world.statuses(contact, seq))  # type: ignore[misc]
        assert world.statuses(contact, seq) == ["sent"]


async def test_without_a_window_nothing_is_counted(world_of: Made) -> None:
    world = await world_of()
    world.adapter.quota = 1
    await world.delivering()
    contact = await world.talks("ann")
    seqs = [await world.says(contact, words) for words in ("one", "two")]
    await world.until(lambda: world.statuses(contact, seqs[1]))
    assert [world.statuses(contact, seq) for seq in seqs] == [["sent"], ["sent"]]


async def test_sent_again_after_the_customer_wrote_again(world_of: Made) -> None:
    world = await world_of(manifest(reply_window=timedelta(hours=1)))
    contact = await world.talks("ann")
    seq = await world.says(contact, "late")
    world.time.skip(3601)
    delivery = await world.delivering()
    await world.until(lambda: world.statuses(contact))
    (letter,) = await world.store.read(dead_letters(["fake1"]))
    assert (letter.kind, letter.seq, letter.parts, letter.trouble.kind) == (
        "send",
        seq,
        (Text("late"),),
        "WindowClosed",
    )
    with pytest.raises(NotFound):
        await delivery.send_again(letter.id, tenant="other")
    with pytest.raises(NotFound):
        await delivery.send_again("nonsense")
    await world.hears("ann")
    asked = (delivery.send_again(letter.id, "acme"), delivery.send_again(letter.id, "acme"))
    once, twice = await asyncio.gather(*asked, return_exceptions=True)  # in one transaction
    assert isinstance(once, Line)
    assert once.seq == seq
    assert isinstance(twice, Refused)
    await world.until(lambda: len(world.statuses(contact)) == 3)
    assert world.statuses(contact) == ["failed", "pending", "sent"]
    assert world.adapter.said == [("ann", "late")]
    assert await world.rows() == []


async def test_a_receipt_that_overtakes_our_own_knowledge(world_of: Made) -> None:
    """The platform reports before its answer to our call has come."""
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    held = Held()
    world.adapter.answers["ann"].append(held)
    seq = await world.says(contact, "hello")
    await world.until(lambda: world.adapter.busy)
    read = StatusReported("r1", world.time.now(), "ann", "m1", Status.READ)
    await world.engine.submit(Arrived("fake1", (read,)))
    held.go.set()
    await world.until(lambda: len(world.statuses(contact)) == 2)
    assert world.statuses(contact, seq) == ["sent", "read"]
    assert await world.rows(t.parked) == []


async def test_parked_and_taken_up_again(world_of: Made) -> None:
    world = await world_of()
    delivery = await world.delivering()
    heard: list[tuple[str, str]] = []
    world.parking.on_health(lambda channel, parked: heard.append((channel, parked.reason if parked else "")))
    ann, bob = await world.talks("ann"), await world.talks("bob")
    cleo = await world.talks("cleo", channel="fake2")
    world.adapter.answers["ann"].append(Unauthorized("The token was revoked."))
    one = await world.says(ann, "one")
    await world.until(lambda: world.parking.parked and world.statuses(ann))
    await world.says(ann, "two")
    await world.says(bob, "uno")
    await world.says(cleo, "eins")
    await world.until(lambda: world.statuses(cleo))
    assert world.adapter.said == [("ann", "one"), ("cleo", "eins")]
    assert world.statuses(ann, one) == ["pending"]
    assert {row.state for row in await world.rows()} == {"pending"}
    assert [(row.channel, row.reason) for row in await world.rows(t.park)] == [("fake1", "The token was revoked.")]
    await delivery.typing(world.contacts[ann])
    assert world.adapter.typed == []

    await world.parking.unpark("fake1")
    await world.until(lambda: world.statuses(ann).count("sent") == 2 and world.statuses(bob))
    assert [said for said in world.adapter.said[2:] if said[0] == "ann"] == [("ann", "one"), ("ann", "two")]
    assert heard == [("fake1", "The token was revoked."), ("fake1", "")]
    assert await world.rows(t.park) == []


async def test_parked_over_a_restart_until_the_configuration_changes(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    world.adapter.answers["ann"].append(Unauthorized("The token was revoked."))
    await world.says(contact, "one")
    await world.until(lambda: world.statuses(contact))
    world = await world_of()
    await world.delivering()
    assert world.parking.parked["fake1"].reason == "The token was revoked."
    await world.reconfigure(world.center())  # the same again mends nothing
    for _ in range(3):  # whatever was begun is committed by then
        await world.hears("bob")
    assert "fake1" in world.parking.parked
    await world.reconfigure(world.center(config={"token": "new"}))
    await world.until(lambda: world.statuses(contact))
    assert world.adapter.said == [("ann", "one")]
    assert world.parking.parked == {}


async def test_credentials_changed_while_the_old_ones_were_being_refused(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    held = Held(then=Unauthorized("The token was revoked."))
    world.adapter.answers["ann"].append(held)
    await world.says(contact, "one")
    await world.until(lambda: world.adapter.busy)
    await world.reconfigure(world.center(config={"token": "new"}))
    held.go.set()
    await world.until(lambda: "sent" in world.statuses(contact))
    assert world.adapter.said == [("ann", "one"), ("ann", "one")]
    assert world.parking.parked == {}


async def test_a_channel_that_is_gone_holds_what_it_has(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    whole = world.center()
    world.adapter.answers["ann"].append(Unreachable("Nobody there."))
    await world.says(contact, "one")
    await world.until(lambda: world.time.naps)
    await world.reconfigure(type(whole)(agents=whole.agents, channels={"fake2": whole.channels["fake2"]}))
    await world.skip(1)
    await world.says(await world.talks("bob", channel="fake2"), "uno")
    await world.until(lambda: ("bob", "uno") in world.adapter.said)
    assert world.adapter.said == [("ann", "one"), ("bob", "uno")]
    await world.reconfigure(whole)
    await world.until(lambda: "sent" in world.statuses(contact))


async def test_what_is_committed_during_the_start_goes_out_once_and_in_order(world_of: Made) -> None:
    world = await world_of()
    contact = await world.talks("ann")
    await world.says(contact, "one")
    world.store.gate = asyncio.Event()
    starting = asyncio.create_task(world.delivering())
    await asyncio.sleep(0)
    await world.says(contact, "two")
    world.store.gate.set()
    await starting
    await world.says(contact, "three")
    await world.until(lambda: len(world.statuses(contact)) == 3)
    assert world.adapter.said == [("ann", "one"), ("ann", "two"), ("ann", "three")]


async def test_dead_letters_are_listed_newest_first_and_nothing_else_is(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    world.adapter.answers["ann"].extend([Rejected("1"), Rejected("2"), Rejected("3"), Unreachable("Nobody there.")])
    for word in ("a", "b", "c", "d"):
        await world.says(contact, word)
    await world.until(lambda: world.time.naps)
    letters = await world.store.read(dead_letters(["fake1"]))
    assert [letter.trouble.reason for letter in letters] == ["3", "2", "1"]
    (second,) = await world.store.read(dead_letters(["fake1"], before=letters[0].id, limit=1))
    assert second == letters[1]
    assert await world.store.read(dead_letters(["fake2"])) == []


async def test_a_dead_letter_rests_over_a_restart(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    world.adapter.answers["ann"].append(Rejected("No."))
    await world.says(contact, "dead")
    await world.until(lambda: world.statuses(contact))
    await world.says(contact, "well")
    await world.until(lambda: len(world.statuses(contact)) == 2)
    world = await world_of()
    delivery = await world.delivering()
    assert delivery.waiting == 0
    assert len(await world.rows()) == 1


async def test_who_waits_for_a_slot_does_not_call_a_channel_that_was_parked_meanwhile(world_of: Made) -> None:
    world = await world_of()
    await world.delivering(at_once=1)
    ann, bob = await world.talks("ann"), await world.talks("bob")
    held = Held(then=Unauthorized("The token was revoked."))
    world.adapter.answers["ann"].append(held)
    await world.says(ann, "one")
    await world.until(lambda: world.adapter.busy)
    await world.says(bob, "uno")
    held.go.set()
    await world.until(lambda: world.statuses(ann))
    await world.hears("cleo")
    assert world.adapter.said == [("ann", "one")]
    await world.parking.unpark("fake1")
    await world.until(lambda: world.statuses(bob))


async def test_a_channel_that_lost_the_power_to_send(world_of: Made) -> None:
    world = await world_of()
    contact = await world.talks("ann")
    await world.says(contact, "one")
    world = await world_of(powers=frozenset({"parse"}))
    await world.delivering()
    await world.until(lambda: world.statuses(contact))
    assert world.statuses(contact) == ["failed"]


async def test_typing_is_shown_now_and_then_and_never_fails(world_of: Made) -> None:
    world = await world_of()
    delivery = await world.delivering()
    contact = world.contacts[await world.talks("ann")]
    world.adapter.answers["ann"].append(Unreachable("Nobody there."))
    await delivery.typing(contact)
    await delivery.typing(contact)
    world.time.skip(3.9)
    await delivery.typing(contact)
    assert world.adapter.typed == ["ann"]
    world.time.skip(0.1)
    await delivery.typing(contact)
    assert world.adapter.typed == ["ann", "ann"]


async def test_a_bug_costs_its_own_message_only(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    world.adapter.answers["ann"].append(KeyError("secret-token"))
    seq = await world.says(contact, "one")
    await world.says(contact, "two")
    await world.until(lambda: len(world.statuses(contact)) == 2)
    assert world.adapter.said == [("ann", "one"), ("ann", "two")]
    assert world.statuses(contact, seq) == ["uncertain"]  # the call may have gone through before the bug
    assert "secret-token" not in world.status_lines(contact)[0]["reason"]
    (row,) = await world.rows()
    assert row.state == "dead"
    assert "secret-token" not in row.body


async def test_an_answer_carries_the_newest_thread(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann", thread="t1")
    await world.says(contact, "one")
    await world.hears("ann", thread="t2")
    await world.says(contact, "two")
    await world.hears("ann")
    await world.says(contact, "three")
    await world.until(lambda: len(world.statuses(contact)) == 3)
    assert [m.thread for m in world.adapter.sent] == ["t1", "t2", "t2"]
