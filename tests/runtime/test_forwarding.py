"""What a customer said goes on to somebody else: as it reads then, in a lane of its own, and never to the customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from cache.item import State as ItemState
from channels.adapter import powers_of
from channels.errors import (
    ChannelError,
    Refused,
    Rejected,
    Throttled,
    Unauthorized,
    Uncertain,
    Unreachable,
    Unsubscribed,
    WindowClosed,
)
from channels.events import Author, MessageEdited, MessageRecalled, Status
from channels.events import StatusReported as Reported
from channels.manifest import FileLimit, Sends
from channels.parts import Image, Location, Text
from tests.runtime.conftest import Made
from tests.runtime.fake_channel import FakeChannel, Held
from tests.runtime.world import AGENT, World, manifest
from ucs.core.contact import State
from ucs.core.events import AgentClosed, AgentForwarded
from ucs.core.lexicon import Lexicon, WordList
from ucs.runtime.delivery.dead_letters import SentAgain
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.inputs import Did
from ucs.store import tables as t

SHOP = ("workshop@x.example",)


async def forwards(
    world: World, contact: str, of: int = 2, *, recipients: tuple[str, ...] = SHOP, **more: object
) -> int:
    epoch = world.contacts[contact].epoch
    event = AgentForwarded(AGENT, epoch, of, recipients, **more)  # type: ignore[arg-type]
    line = await world.engine.submit(Did(contact, event))
    seq: int = line.seq
    return seq


async def test_it_goes_out_and_its_status_comes_back(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann", parts=(Text("It squeaks."),), thread="t1", author=Author("a", "Ann B."))
    seq = await forwards(world, contact, recipients=(*SHOP, "law@x.example"), note="Can you mend it?")
    await world.until(lambda: world.statuses(contact))
    (sent,) = world.adapter.forwarded
    assert (sent.recipients, sent.note) == ((*SHOP, "law@x.example"), "Can you mend it?")
    assert (sent.customer, sent.name, sent.thread) == ("ann", "Ann B.", "t1")
    assert (sent.parts, sent.attempt, sent.uncertain) == ((Text("It squeaks."),), 1, False)
    assert world.status_lines(contact) == [{"of": seq, "status": Status.SENT, "platform": ("f1",)}]
    assert world.adapter.sent == []
    assert await world.rows() == []


async def test_the_customer_sees_no_line_of_it(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    told = world.contacts[contact].told
    await forwards(world, contact, note="Between us.")
    await world.until(lambda: world.statuses(contact))
    assert world.contacts[contact].told == told
    assert {line.shown for line in world.entries if line.kind in ("forwarded", "status")} == {"agents"}


async def test_an_edit_goes_along_and_what_cannot_be_shown_is_said_in_words(world_of: Made) -> None:
    world = await world_of()
    contact = await world.talks("ann", parts=(Text("It squeeks."),), message="m1")
    edit = MessageEdited("e1", world.time.now(), "ann", "m1", (Text("It squeaks."), Location(47.0, 8.0, "Here")))
    await world.engine.submit(Arrived("fake1", (edit,)))
    await forwards(world, contact)
    await world.delivering()
    await world.until(lambda: world.statuses(contact))
    first, *others = world.adapter.forwarded[0].parts
    assert first == Text("It squeaks.")
    assert all(isinstance(part, Text) for part in others)
    assert "Here" in "".join(part.text for part in others if isinstance(part, Text))


async def test_what_was_taken_back_goes_nowhere(world_of: Made) -> None:
    world = await world_of()
    contact = await world.talks("ann", message="m1")
    seq = await forwards(world, contact)
    await world.engine.submit(Arrived("fake1", (MessageRecalled("r1", world.time.now(), "ann", "m1"),)))
    await world.delivering()
    await world.until(lambda: world.statuses(contact))
    assert world.adapter.forwarded == []
    assert world.status_lines(contact, seq)[0]["reason"] == "It was taken back before it was sent."
    assert await world.rows() == []


async def test_what_is_taken_back_while_it_waits_goes_nowhere(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    world.adapter.answers[SHOP[0]].append(Unreachable("Nobody there."))
    contact = await world.talks("ann", message="m1")
    seq = await forwards(world, contact)
    await world.until(lambda: world.time.naps)
    await world.engine.submit(Arrived("fake1", (MessageRecalled("r1", world.time.now(), "ann", "m1"),)))
    await world.skip(1)
    await world.until(lambda: world.statuses(contact, seq)[-1:] == ["failed"])
    assert len(world.adapter.forwarded) == 1


@pytest.mark.parametrize("chosen", [None, (0,), (1,), ()])
async def test_the_agent_chooses_which_files_go_along(world_of: Made, chosen: tuple[int, ...] | None) -> None:
    world = await world_of(manifest(sends=Sends(image=FileLimit(1_000, captioned=True))))
    await world.delivering()
    items = [world.cache.expect("acme", name="brake.png") for _ in range(2)]
    for item in items:
        await world.keeps(replace(item, state=ItemState.READY, mime="image/png", size=9, sha256="c" * 64))
    one, two = items[0].id, items[1].id
    contact = await world.talks("ann", parts=(Image(one), Image(two, "The brake")))
    await forwards(world, contact, along=None if chosen is None else tuple(items[place].id for place in chosen))
    await world.until(lambda: world.statuses(contact))
    (sent,) = world.adapter.forwarded
    went = (0, 1) if chosen is None else chosen
    shown = (Image(one) if 0 in went else None, Image(two, "The brake") if 1 in went else Text("The brake"))
    assert sent.parts == tuple(part for part in shown if part is not None)
    assert set(sent.media) == {items[place].id for place in went}


async def test_masked_words_stay_masked(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    lexicon = Lexicon([WordList("insults", ("fool",), action="mask")])
    center = world.center()
    channels = {
        id: replace(channel, policy=replace(channel.policy, lexicon=lexicon)) for id, channel in center.channels.items()
    }
    await world.reconfigure(replace(center, channels=channels))
    contact = await world.talks("ann", parts=(Text("You fool."),))
    await forwards(world, contact, note="A fool?")
    await world.until(lambda: world.statuses(contact))
    assert (world.adapter.forwarded[0].note, world.adapter.forwarded[0].parts) == ("A ****?", (Text("You ****."),))


async def test_it_holds_up_no_answer_to_the_customer(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    held = Held()
    world.adapter.answers[SHOP[0]].append(held)
    contact = await world.talks("ann")
    await forwards(world, contact)
    await world.until(lambda: world.adapter.forwarded)
    await world.says(contact, "I have asked the workshop.")
    await world.until(lambda: world.statuses(contact))
    assert len(world.adapter.sent) == 1
    held.go.set()
    await world.until(lambda: len(world.statuses(contact)) == 2)


FAILURES: dict[str, tuple[Callable[[], ChannelError], str]] = {
    "refused": (lambda: Rejected("No such box.", code="550"), "failed"),
    "too late": (lambda: WindowClosed("Too late."), "failed"),
    "gone": (lambda: Unsubscribed("Gone."), "failed"),
    "lost": (lambda: Uncertain("No answer."), "uncertain"),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_what_goes_wrong_is_told_and_is_nothing_of_the_customers(world_of: Made, name: str) -> None:
    world = await world_of()
    await world.delivering()
    make, status = FAILURES[name]
    error = make()
    world.adapter.answers[SHOP[0]].append(error)
    contact = await world.talks("ann")
    seq = await forwards(world, contact)
    await world.until(lambda: world.statuses(contact))
    line = world.status_lines(contact, seq)[0]
    assert (line["status"], line["reason"]) == (status, getattr(error, "reason", ""))
    assert world.contacts[contact].state is State.TALKING  # whoever is gone, it is not the customer
    (row,) = await world.rows()
    assert (row.state, row.kind, row.address) == ("dead", "forward", SHOP[0])


async def test_it_is_tried_again_where_that_helps(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    later = Throttled("Slower.", retry_after=timedelta(seconds=5))
    world.adapter.answers[SHOP[0]].extend([Unreachable("Nobody there."), later])
    contact = await world.talks("ann")
    seq = await forwards(world, contact)
    await world.until(lambda: world.time.naps)
    await world.skip(1)
    await world.until(lambda: len(world.adapter.forwarded) == 2)
    await world.skip(5)
    await world.until(lambda: world.statuses(contact)[-1:] == ["sent"])
    assert world.statuses(contact, seq) == ["pending", "sent"]
    assert [sent.attempt for sent in world.adapter.forwarded] == [1, 2, 3]
    assert len({sent.key for sent in world.adapter.forwarded}) == 1


async def test_dead_credentials_hold_it(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    world.adapter.answers[SHOP[0]].append(Unauthorized("Another password."))
    contact = await world.talks("ann")
    await forwards(world, contact)
    await world.until(lambda: world.parking.parked)
    await world.parking.unpark("fake1")
    await world.until(lambda: world.statuses(contact)[-1:] == ["sent"])


async def test_after_a_crash_nobody_knows_and_it_is_not_sent_again_by_itself(world_of: Made) -> None:
    world = await world_of()
    delivery = await world.delivering()
    world.adapter.answers[SHOP[0]].append(Held())
    contact = await world.talks("ann")
    seq = await forwards(world, contact)
    await world.until(lambda: world.adapter.forwarded)
    await delivery.close(within=0)
    world = await world_of()
    await world.delivering()
    await world.until(lambda: world.statuses(contact))
    assert (world.statuses(contact, seq), world.adapter.forwarded) == (["uncertain"], [])
    known = world.engine.memory.contacts[contact]
    await world.engine.submit(SentAgain(contact, "acme", AGENT, known.epoch, seq))
    await world.until(lambda: world.statuses(contact)[-1:] == ["sent"])
    assert len(world.adapter.forwarded) == 1


async def test_what_its_platform_reports_later_is_told(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    seq = await forwards(world, contact)
    await world.until(lambda: world.statuses(contact))
    bounced = Reported("b1", world.time.now(), "ann", "f1", Status.FAILED, "workshop@x.example: no such box")
    await world.engine.submit(Arrived("fake1", (bounced,)))
    await world.until(lambda: len(world.statuses(contact)) == 2)
    assert world.status_lines(contact, seq)[-1]["reason"] == "workshop@x.example: no such box"


async def test_an_answer_to_the_customer_never_quotes_it(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    seq = await forwards(world, contact)
    await world.until(lambda: world.statuses(contact))
    await world.says(contact, "About this", reply_to=seq)
    await world.until(lambda: world.adapter.sent)
    assert world.adapter.sent[0].reply_to == ""


async def test_only_the_customers_own_words_are_forwarded(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    ours = await world.says(contact, "Hello")
    await world.until(lambda: world.statuses(contact))
    seq = await forwards(world, contact, of=ours)
    await world.until(lambda: world.statuses(contact, seq))
    assert world.statuses(contact, seq) == ["failed"]
    assert world.adapter.forwarded == []


async def test_to_no_more_than_the_manifest_says(world_of: Made) -> None:
    world = await world_of()
    contact = await world.talks("ann")
    with pytest.raises(Refused, match="to 2 at most, not to 3"):
        await forwards(world, contact, recipients=("a@x", "b@x", "c@x"))
    assert not world.lines(contact, "forwarded")


async def test_a_channel_that_forwards_nothing_refuses(world_of: Made) -> None:
    world = await world_of(manifest(forwards=0), powers=powers_of(FakeChannel) - {"forward"})
    contact = await world.talks("ann")
    with pytest.raises(Refused, match="forwards nothing"):
        await forwards(world, contact)
    assert await world.rows(t.outbox) == []


async def test_who_wraps_up_may_still_forward(world_of: Made) -> None:
    world = await world_of()
    await world.delivering()
    contact = await world.talks("ann")
    await world.engine.submit(Did(contact, AgentClosed(AGENT, world.contacts[contact].epoch)))
    await forwards(world, contact)
    await world.until(lambda: world.adapter.forwarded)
