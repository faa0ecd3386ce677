"""Who gets which waiting contact, and when: over every event that could free work, and back when offers come to nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from channels.errors import Refused
from tests.runtime.conftest import Opened
from tests.runtime.hall import CENTER, Hall, changed
from tests.runtime.heard import heard
from ucs.core import events as e
from ucs.core.contact import State
from ucs.core.seat import SeatState, SignedIn, SignedOut, StateChosen
from ucs.runtime.engine.inputs import Configured, Did

OFFERED, QUEUED, TALKING, CLOSED = State.OFFERED, State.QUEUED, State.TALKING, State.CLOSED
REST, IDLE = StateChosen(SeatState.REST), StateChosen(SeatState.IDLE)


async def test_an_offer_runs_out_and_goes_on_to_the_next(hall_of: Opened) -> None:
    hall = await hall_of()
    await hall.ready("ann", "bob")
    contact = await hall.hears("x")
    assert hall.state(contact) == (OFFERED, "ann")  # who has been idle longest
    await hall.skip(29)
    assert hall.state(contact) == (OFFERED, "ann")
    await hall.skip(1)
    assert hall.state(contact) == (OFFERED, "bob")
    assert (hall.seat("ann").load, hall.seat("ann").missed) == (0, 1)
    await hall.skip(30)
    assert hall.state(contact) == (QUEUED, "")  # both are spared it for a while
    await hall.skip(60)
    assert hall.state(contact)[0] is OFFERED


async def test_who_lets_three_offers_pass_is_sent_to_rest(hall_of: Opened) -> None:
    hall = await hall_of(changed(CENTER, "acme.queue.support.declined_for", "1s"))
    await hall.ready("ann")
    contact = await hall.hears("x")
    for _ in range(3):
        assert hall.state(contact) == (OFFERED, "ann")
        await hall.skip(30)
        await hall.skip(1)
    assert hall.seat("ann").state is SeatState.REST
    assert hall.state(contact) == (QUEUED, "")
    await hall.seat_did("ann", IDLE)
    assert hall.state(contact) == (OFFERED, "ann")


async def test_what_is_declined_goes_to_the_next_at_once(hall_of: Opened) -> None:
    hall = await hall_of()
    await hall.ready("ann", "bob")
    contact = await hall.hears("x")
    await hall.did(contact, e.Declined("ann", hall.known[contact].epoch))
    assert hall.state(contact) == (OFFERED, "bob")
    assert hall.seat("ann").load == 0


# -- every event that could free work -------------------------------------------------------------------------------------


async def full(hall: Hall) -> list[str]:
    """Ann talks to two, which is all she can; one more waits. Bob is away. The three contacts."""
    await hall.ready("ann")
    contacts = [await hall.hears(f"c{n}") for n in range(2)]
    for contact in contacts:
        await hall.accepts(contact)
    waiting = await hall.hears("waits")
    assert hall.state(waiting) == (QUEUED, "")
    return [*contacts, waiting]


async def closed(hall: Hall, talk: str) -> None:
    await hall.closes(talk)


async def wrap_up_is_over(hall: Hall, talk: str) -> None:
    await hall.did(talk, e.AgentClosed("ann", hall.known[talk].epoch))
    await hall.skip(19)
    assert hall.seat("ann").load == 20
    await hall.skip(1)


async def ended_by_the_customer(hall: Hall, talk: str) -> None:
    await hall.did(talk, e.CustomerEnded())
    await hall.skip(20)


async def customer_left(hall: Hall, talk: str) -> None:
    await hall.did(talk, e.CustomerLeft())
    await hall.skip(20)


async def ended_by_an_admin(hall: Hall, talk: str) -> None:
    await hall.did(talk, e.Ended("admin"))


async def transferred_to_a_queue(hall: Hall, talk: str) -> None:
    await hall.did(talk, e.Transferred("ann", hall.known[talk].epoch, to_queue="sales"))


async def transferred_to_an_agent(hall: Hall, talk: str) -> None:
    await hall.ready("cat")
    await hall.did(talk, e.Transferred("ann", hall.known[talk].epoch, to_agent="cat"))
    assert hall.state(talk) == (OFFERED, "cat")


async def signed_in(hall: Hall, talk: str) -> None:
    await hall.ready("bob")


async def ready_after_rest(hall: Hall, talk: str) -> None:
    await hall.seat_did("bob", SignedIn())
    assert hall.state(talk) == (TALKING, "ann")
    await hall.seat_did("bob", IDLE)


async def capacity_raised(hall: Hall, talk: str) -> None:
    await hall.configured("acme.agent.ann.capacity", 30)


async def skill_learned(hall: Hall, talk: str) -> None:
    await hall.ready("cat")
    await hall.configured("acme.agent.cat.skills", {"sales": 1, "support": 1})


async def ring_widens(hall: Hall, talk: str) -> None:
    await hall.configured("acme.agent.cat.skills", {"support": 1})
    rings = [{"after": "0s", "level": 5}, {"after": "40s", "level": 1}]
    await hall.configured("acme.queue.support.rings", rings)
    await hall.ready("cat")
    assert hall.seat("cat").load == 0
    await hall.skip(40)


FREEING: tuple[Callable[[Hall, str], Awaitable[None]], ...] = (
    closed,
    wrap_up_is_over,
    ended_by_the_customer,
    customer_left,
    ended_by_an_admin,
    transferred_to_a_queue,
    transferred_to_an_agent,
    signed_in,
    ready_after_rest,
    capacity_raised,
    skill_learned,
    ring_widens,
)


@pytest.mark.parametrize("frees", FREEING, ids=lambda function: function.__name__)
async def test_whatever_frees_work_runs_routing(hall_of: Opened, frees: Callable[[Hall, str], Awaitable[None]]) -> None:
    """Pain 11: the sweep that runs now and then must not be needed, so it is stopped."""
    hall = await hall_of()
    talk, other, waiting = await full(hall)
    assert hall.dispatch._sweep is not None
    hall.dispatch._sweep.cancel()
    await frees(hall, talk)
    assert hall.state(waiting)[0] is OFFERED
    assert hall.state(other) == (TALKING, "ann")


async def test_contacts_that_weigh_less_find_room(hall_of: Opened) -> None:
    hall = await hall_of(changed(CENTER, "acme.agent.ann.capacity", 15))
    await hall.ready("ann")
    await hall.accepts(await hall.hears("a"))
    waiting = await hall.hears("b")
    assert hall.state(waiting)[0] is QUEUED
    await hall.configured("acme.channel.fake1.weight", 5)
    assert hall.state(waiting) == (OFFERED, "ann")


async def test_an_agent_who_is_heard_again_gets_offers_again(hall_of: Opened) -> None:
    hall = await hall_of()
    await hall.ready("bob")
    hall.time.skip(50)
    hall.presence.look()
    await hall.settled()
    waiting = await hall.hears("x")
    assert hall.state(waiting)[0] is QUEUED
    hall.presence.heard("acme", "bob")
    await hall.settled()
    assert hall.state(waiting) == (OFFERED, "bob")


async def test_the_oldest_is_served_first(hall_of: Opened) -> None:
    hall = await hall_of()
    waiting = []
    for n in range(4):
        waiting.append(await hall.hears(f"c{n}"))
        await hall.skip(1)
    assert [hall.dispatch.position(hall.known[each]) for each in waiting] == [1, 2, 3, 4]
    await hall.ready("ann")
    assert [hall.state(each)[0] for each in waiting] == [OFFERED, OFFERED, QUEUED, QUEUED]
    newest = await hall.hears("new")
    await hall.accepts(waiting[0])
    await hall.closes(waiting[0])
    assert hall.state(waiting[2]) == (OFFERED, "ann")
    assert [hall.dispatch.position(hall.known[each]) for each in (waiting[3], newest)] == [1, 2]
    assert hall.dispatch.length("acme", "support") == 2


async def test_a_higher_priority_goes_first(hall_of: Opened) -> None:
    values = changed(CENTER, "acme.channel.vip", {"adapter": "fake", "queue": "support", "priority": 5})
    hall = await hall_of(changed(values, "acme.agent.ann.capacity", 10))
    early = await hall.hears("a")
    await hall.skip(10)
    vip = await hall.hears("b", channel="vip")
    await hall.ready("ann")
    assert (hall.state(early)[0], hall.state(vip)[0]) == (QUEUED, OFFERED)


async def test_the_better_skilled_is_asked_first(hall_of: Opened) -> None:
    hall = await hall_of(changed(CENTER, "acme.agent.bob.skills.support", 7))
    await hall.ready("ann")
    await hall.skip(100)
    await hall.ready("bob")
    assert hall.state(await hall.hears("x")) == (OFFERED, "bob")


async def test_tenants_do_not_share_agents(hall_of: Opened) -> None:
    other = {
        "queue": {"support": {}},
        "agent": {"ann": {"skills": {"support": 1}}},
        "channel": {"fake2": {"adapter": "fake", "queue": "support"}},
    }
    hall = await hall_of({**CENTER, "globex": other})
    contact = await hall.hears("x")
    await hall.ready("ann", tenant="globex")
    assert hall.state(contact) == (QUEUED, "")
    theirs = await hall.hears("x", channel="fake2")
    assert hall.state(theirs) == (OFFERED, "ann")
    assert hall.known[theirs].tenant == "globex"


# -- who comes back ----------------------------------------------------------------------------------------------------------


async def talked_to(hall: Hall, agent: str) -> str:
    """A contact of this agent's that is over."""
    contact = await hall.hears("x")
    assert hall.state(contact) == (OFFERED, agent)
    await hall.accepts(contact)
    await hall.answers(contact)
    await hall.closes(contact)
    return contact


STICKY = changed(CENTER, "acme.channel.fake1.sticky_for", "60s")


async def test_a_returning_customer_waits_for_the_agent_of_last_time(hall_of: Opened) -> None:
    hall = await hall_of(STICKY)
    await hall.ready("ann")
    first = await talked_to(hall, "ann")
    await hall.ready("bob")
    await hall.seat_did("ann", REST)
    second = await hall.hears("x")
    assert hall.known[second].predecessor == first
    assert hall.state(second) == (QUEUED, "")  # bob is free, but it waits for ann
    await hall.seat_did("ann", IDLE)
    assert hall.state(second) == (OFFERED, "ann")


async def test_but_not_for_ever(hall_of: Opened) -> None:
    hall = await hall_of(STICKY)
    await hall.ready("ann")
    await talked_to(hall, "ann")
    await hall.ready("bob")
    await hall.seat_did("ann", REST)
    second = await hall.hears("x")
    await hall.skip(59)
    assert hall.state(second) == (QUEUED, "")
    await hall.skip(1)
    assert hall.state(second) == (OFFERED, "bob")


async def test_nor_for_somebody_who_has_gone_home_nor_after_a_day(hall_of: Opened) -> None:
    hall = await hall_of(STICKY)
    await hall.ready("ann")
    await talked_to(hall, "ann")
    await hall.ready("bob")
    await hall.seat_did("ann", SignedOut())
    assert hall.state(await hall.hears("x")) == (OFFERED, "bob")
    await hall.accepts(hall.engine.memory.lanes["fake1", "x"])
    await hall.closes(hall.engine.memory.lanes["fake1", "x"])
    await hall.ready("ann")
    await hall.skip(25 * 3600)
    await hall.seat_did("bob", REST)
    assert hall.state(await hall.hears("x")) == (OFFERED, "ann")


# -- queues that are full, closed, or too slow ---------------------------------------------------------------------------------


async def test_a_full_queue_overflows_and_then_turns_away(hall_of: Opened) -> None:
    values = changed(CENTER, "acme.queue.support.max_length", 1)
    values = changed(values, "acme.queue.support.overflow", "sales")
    values = changed(values, "acme.queue.sales", {"name": "Sales", "max_length": 1, "full_text": "{queue} is full."})
    hall = await hall_of(values)
    contacts = [await hall.hears(f"c{n}") for n in range(3)]
    assert [(hall.known[each].state, hall.known[each].queue) for each in contacts] == [
        (QUEUED, "support"),
        (QUEUED, "sales"),
        (CLOSED, "sales"),
    ]
    assert hall.said(contacts[2]) == ["Sales is full."]
    await hall.ready("cat")
    assert hall.state(contacts[1]) == (OFFERED, "cat")


async def test_many_at_once_fill_a_queue_to_its_limit_and_no_further(hall_of: Opened) -> None:
    hall = await hall_of(changed(CENTER, "acme.queue.support.max_length", 10))
    await asyncio.gather(*(hall.engine.submit(heard(f"m{n}", f"c{n}")) for n in range(50)))
    await hall.settled()
    assert Counter(contact.state for contact in hall.known.values()) == {QUEUED: 10, CLOSED: 40}


@pytest.mark.parametrize("stays", [True, False])
async def test_who_waits_too_long_is_told_and_closed_or_goes_on_waiting(hall_of: Opened, stays: bool) -> None:
    values = changed(CENTER, "acme.queue.support.max_wait", "5m")
    values = changed(values, "acme.queue.support.max_wait_text", "We are sorry.")
    hall = await hall_of(changed(values, "acme.queue.support.on_max_wait", "stay" if stays else "close"))
    contact = await hall.hears("x")
    await hall.skip(299)
    assert hall.said(contact) == []
    await hall.skip(1)
    assert hall.said(contact) == ["We are sorry."]
    assert hall.known[contact].state is (QUEUED if stays else CLOSED)


async def test_who_waits_too_long_overflows_at_the_rank_it_had(hall_of: Opened) -> None:
    values = changed(CENTER, "acme.queue.support.max_wait", "5m")
    hall = await hall_of(changed(values, "acme.queue.support.overflow", "sales"))
    contact = await hall.hears("x")
    since = hall.known[contact].since
    await hall.skip(300)
    assert (hall.known[contact].queue, hall.known[contact].since) == ("sales", since)
    await hall.ready("cat")
    assert hall.state(contact) == (OFFERED, "cat")


async def test_outside_working_hours_it_waits_or_is_told(hall_of: Opened) -> None:
    hours = {"timezone": "UTC", "week": ["mon-fri 10:00-18:00"]}  # it is nine
    values = changed(CENTER, "acme.queue.support.hours", hours)
    values = changed(values, "acme.queue.support.closed_text", "{queue} is closed.")
    hall = await hall_of(values)
    assert hall.known[await hall.hears("x")].state is CLOSED
    await hall.configured("acme.queue.support.when_closed", "wait")
    waiting = await hall.hears("y")
    assert hall.said(waiting) == ["support is closed."]
    await hall.skip(3601)
    await hall.ready("ann")
    assert hall.state(waiting) == (OFFERED, "ann")
    assert hall.said(await hall.hears("z")) == []


async def test_the_place_in_the_line_is_told_and_so_is_the_wait_once_it_can_be(hall_of: Opened) -> None:
    text = "Number {position} in {queue}, about {minutes} min."
    values = changed(CENTER, "acme.queue.support.queued_text", text)
    hall = await hall_of(changed(values, "acme.agent.ann.capacity", 10))
    contacts = [await hall.hears(f"c{n}") for n in range(9)]
    assert hall.said(contacts[0]) == ["Number 1 in support, about ? min."]
    assert hall.said(contacts[2]) == ["Number 3 in support, about ? min."]
    await hall.ready("ann")
    for contact in contacts[:6]:  # each takes two minutes
        await hall.accepts(contact)
        await hall.skip(120)
        await hall.closes(contact)
    newest = await hall.hears("new")
    assert hall.said(newest) == ["Number 3 in support, about 6 min."]


# -- under load, and after a crash ---------------------------------------------------------------------------------------------


async def test_two_hundred_together_and_nobody_above_capacity(hall_of: Opened) -> None:
    """Pain 10: every commit is looked at by the hall itself."""
    hall = await hall_of(changed(CENTER, "acme.agent.cat.skills", {"support": 3, "sales": 1}))
    await hall.ready("ann", "bob", "cat")
    await asyncio.gather(*(hall.engine.submit(heard(f"m{n:03}", f"c{n:03}")) for n in range(200)))
    await hall.settled()
    assert Counter(contact.state for contact in hall.known.values()) == {OFFERED: 6, QUEUED: 194}
    served: list[str] = []
    while open_ones := [contact for contact in hall.known.values() if contact.state is OFFERED]:
        for contact in open_ones:
            served.append(contact.address)
            hall.engine.submit(inputs_of(contact.id, contact.agent, contact.epoch))
        await hall.settled()
        for contact in [contact for contact in hall.known.values() if contact.state is TALKING]:
            await hall.engine.submit(wrapped(contact.id, contact.agent, contact.epoch))
        await hall.settled()
    assert len(served) == 200
    blocks = [sorted(served[n : n + 6]) for n in range(0, 200, 6)]
    assert [each for block in blocks for each in block] == sorted(
        served
    )  # in the order of their coming, as many at once as there is room


def inputs_of(contact: str, agent: str, epoch: int) -> Did:
    return Did(contact, e.Accepted(agent, epoch))


def wrapped(contact: str, agent: str, epoch: int) -> Did:
    return Did(contact, e.WrappedUp(agent, epoch))


async def test_after_a_restart_everything_that_waits_is_offered(hall_of: Opened) -> None:
    hall = await hall_of()
    await hall.ready("ann")
    contacts = [await hall.hears(f"c{n}") for n in range(4)]
    await hall.accepts(contacts[0])
    hall.engine._listeners.clear()
    await hall.engine.submit(wrapped(contacts[0], "ann", hall.known[contacts[0]].epoch))  # and then the power went
    hall = await hall_of()
    assert contacts[0] not in hall.engine.memory.contacts
    assert [hall.state(each)[0] for each in contacts[1:]] == [OFFERED, OFFERED, QUEUED]
    await hall.ready("bob")
    assert hall.state(contacts[3]) == (OFFERED, "bob")


async def test_an_offer_of_before_the_restart_runs_out_after_it(hall_of: Opened) -> None:
    hall = await hall_of()
    await hall.ready("ann")
    contact = await hall.hears("x")
    await hall.skip(20)
    hall = await hall_of()
    assert hall.state(contact) == (OFFERED, "ann")
    await hall.ready("bob")
    await hall.skip(10)
    assert hall.state(contact) == (OFFERED, "bob")
    assert hall.seat("ann").load == 0


async def test_a_disk_that_was_full_delays_offers_and_loses_none(hall_of: Opened) -> None:
    hall = await hall_of()
    await hall.ready("ann")

    def trouble(committed: object) -> None:
        hall.store.fail, hall.engine._listeners[-1] = 1, lambda committed: None

    hall.engine.listen(trouble)
    contact = await hall.hears("x")
    assert hall.store.fail == 0  # the offer met the full disk, and its refusal has been told
    assert hall.state(contact) == (QUEUED, "")
    await hall.skip(5)
    assert hall.state(contact) == (OFFERED, "ann")


async def test_a_capacity_that_was_lowered_while_no_server_ran_counts(hall_of: Opened) -> None:
    hall = await hall_of()
    await hall.ready("ann")
    hall = await hall_of(changed(CENTER, "acme.agent.ann.capacity", 10))
    for number in range(3):
        await hall.hears(f"customer{number}")
    assert (hall.seat("ann").capacity, hall.seat("ann").load) == (10, 10)


OTHERS = {name: {"skills": {"sales": 1}, "capacity": 20} for name in ("ann", "bob", "cat")}
WITHOUT_CHANNEL = changed(CENTER, "acme.channel", {})
WITHOUT_QUEUE = {
    "acme": {"queue": {"sales": {}}, "agent": OTHERS, "channel": {"fake1": {"adapter": "fake", "queue": "sales"}}}
}


@pytest.mark.parametrize("values", [WITHOUT_CHANNEL, WITHOUT_QUEUE])
async def test_what_a_contact_needs_since_a_moment_ago_is_not_removed(hall_of: Opened, values: dict[str, Any]) -> None:
    """It opens while the new center is being looked at: the two meet in one transaction, and the customer was first."""
    hall = await hall_of()
    said = hall.engine.submit(heard("m1", "ann"))
    removed = hall.engine.submit(Configured(hall.center(values), ()))
    contact = (await said)[0].contact
    with pytest.raises(Refused, match="still have open contacts"):
        await removed
    assert "fake1" in hall.engine.center.channels
    assert ("acme", "support") in hall.engine.center.queues
    await hall.did(contact, e.CustomerEnded())
    await hall.engine.submit(Configured(hall.center(values), ()))
    assert hall.engine.center.queues.keys() == hall.center(values).queues.keys()
