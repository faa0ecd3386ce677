"""Who is still there: a lease, a grace period, and contacts that go back to their old rank when it is over."""

from __future__ import annotations

import pytest

from channels.errors import Refused
from tests.runtime.conftest import Opened
from tests.runtime.hall import CENTER, Hall, changed
from ucs.core import events as e
from ucs.core.contact import State
from ucs.core.seat import SeatState, SignedIn, StateChosen
from ucs.runtime.engine.inputs import Did, SeatDid

LOST = changed(CENTER, "acme.channel.fake1.lost_text", "One moment, please.")


async def passes(hall: Hall, seconds: int, *there: str) -> None:
    """Time passes second by second; only these agents give signs of life."""
    for _ in range(seconds):
        hall.time.skip(1)
        for agent in there:
            hall.presence.heard("acme", agent)
        hall.presence.look()
        if hall.engine._running:
            await hall.settled()
    await hall.settled()


async def test_lost_then_back_to_the_old_rank_then_the_next_agent(hall_of: Opened) -> None:
    hall = await hall_of(LOST)
    await hall.ready("ann")
    talks, offered = await hall.hears("a"), await hall.hears("b")
    await hall.accepts(talks)
    await hall.answers(talks)
    since = hall.known[talks].since
    await passes(hall, 10, "ann")
    await hall.ready("bob")
    younger = [await hall.hears(name) for name in "cdef"]
    assert [hall.state(each)[1] for each in younger] == ["bob", "bob", "", ""]
    for contact in younger[:2]:
        await hall.accepts(contact)
    await passes(hall, 46, "bob")
    assert hall.seat("ann").lost_at is not None
    assert hall.state(talks) == (State.TALKING, "ann")  # the grace period runs: ann may come back
    await passes(hall, 60, "bob")
    assert (hall.seat("ann").state, hall.seat("ann").load) == (SeatState.OFFLINE, 0)
    assert (hall.known[talks].state, hall.known[talks].since) == (State.QUEUED, since)
    assert hall.said(talks) == ["One moment, please."]
    assert hall.dispatch.position(hall.known[talks]) == 1  # before those who came later
    await hall.did(younger[0], e.Ended("admin"))
    assert hall.state(talks) == (State.OFFERED, "bob")
    assert hall.known[offered].state is State.QUEUED


async def test_no_offer_to_who_is_not_heard_of(hall_of: Opened) -> None:
    hall = await hall_of()
    await hall.ready("ann")
    await passes(hall, 44)
    assert hall.seat("ann").lost_at is None
    await passes(hall, 2)
    contact = await hall.hears("x")
    assert hall.state(contact) == (State.QUEUED, "")
    hall.presence.heard("acme", "ann")
    await hall.settled()
    assert hall.state(contact) == (State.OFFERED, "ann")


async def test_who_is_back_within_the_grace_period_has_lost_nothing(hall_of: Opened) -> None:
    hall = await hall_of()
    await hall.ready("ann")
    contact = await hall.hears("x")
    await hall.accepts(contact)
    epoch = hall.known[contact].epoch
    await passes(hall, 100)
    hall.presence.heard("acme", "ann")
    await passes(hall, 44, "bob")
    assert (hall.seat("ann").lost_at, hall.state(contact), hall.known[contact].epoch) == (
        None,
        (State.TALKING, "ann"),
        epoch,
    )


async def test_a_late_word_of_the_lost_agent_is_refused_with_the_reason(hall_of: Opened) -> None:
    """Fault 19."""
    hall = await hall_of()
    await hall.ready("ann")
    contact = await hall.hears("x")
    await hall.accepts(contact)
    old = hall.known[contact].epoch
    await passes(hall, 106)
    await hall.ready("bob")
    await hall.accepts(contact)
    with pytest.raises(Refused, match="bob has it now"):
        await hall.engine.submit(Did(contact, e.AgentSpoke("ann", old, ())))
    assert hall.state(contact) == (State.TALKING, "bob")


async def test_an_old_tab_s_choice_is_refused(hall_of: Opened) -> None:
    hall = await hall_of()
    await hall.ready("ann")
    old = hall.seat("ann").epoch
    await hall.seat_did("ann", SignedIn())
    with pytest.raises(Refused, match="anew elsewhere"):
        await hall.engine.submit(SeatDid("acme", "ann", StateChosen(SeatState.REST), old))


async def test_after_a_restart_everyone_has_a_whole_lease(hall_of: Opened) -> None:
    hall = await hall_of()
    await hall.ready("ann")
    contact = await hall.hears("x")
    await hall.accepts(contact)
    await passes(hall, 40)
    hall = await hall_of()
    await passes(hall, 44)
    assert hall.seat("ann").lost_at is None
    await passes(hall, 2)
    assert hall.seat("ann").lost_at is not None
    await passes(hall, 60)
    assert hall.state(contact) == (State.QUEUED, "")


async def test_who_went_home_is_not_looked_for(hall_of: Opened) -> None:
    hall = await hall_of()
    await hall.ready("ann")
    await passes(hall, 200)
    assert hall.seat("ann").reason == "lost"
    before = hall.engine.batches
    hall.presence.look()
    assert not hall.engine._running
    assert hall.engine.batches == before


async def test_it_looks_by_itself_once_a_second(hall_of: Opened) -> None:
    hall = await hall_of()
    await hall.ready("ann")
    hall.time.skip(46)
    await hall.settled()
    assert hall.seat("ann").lost_at is not None
