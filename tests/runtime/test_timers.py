"""Time for contacts: what is due happens, once, when it is due; also after a restart, a refusal, or a disk that was full."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.runtime.conftest import Opened
from tests.runtime.hall import CENTER, Hall, changed
from ucs.core.contact import State
from ucs.runtime.engine.memory import Memory

SILENCES = [{"after": "60s", "say": "Still there?"}, {"after": "120s", "say": "Goodbye.", "close": True}]
SILENT = changed(CENTER, "acme.channel.fake1.silences", SILENCES)


async def talk(hall: Hall) -> str:
    """Ann has answered, and the customer says nothing."""
    await hall.ready("ann")
    contact = await hall.hears("x")
    await hall.accepts(contact)
    await hall.answers(contact)
    return contact


async def test_a_silent_customer_is_reminded_and_then_closed(hall_of: Opened) -> None:
    hall = await hall_of(SILENT)
    contact = await talk(hall)
    await hall.skip(59)
    assert hall.said(contact) == []
    await hall.skip(1)
    assert hall.said(contact) == ["Still there?"]
    await hall.skip(60)
    assert hall.said(contact) == ["Still there?", "Goodbye."]
    assert hall.known[contact].state is State.WRAP_UP
    await hall.skip(20)
    assert (hall.known[contact].state, hall.known[contact].reason) == (State.CLOSED, "silence")


async def test_a_word_puts_it_off_and_costs_no_second_reminder(hall_of: Opened) -> None:
    hall = await hall_of(SILENT)
    contact = await talk(hall)
    for _ in range(5):
        await hall.skip(50)
        await hall.answers(contact)
    assert hall.said(contact) == []
    await hall.skip(60)
    assert hall.said(contact) == ["Still there?"]
    assert len(hall.timers._heap) <= 2  # a reminder that was too early was put back, not added to


async def test_an_agent_who_leaves_a_customer_waiting_loses_the_contact(hall_of: Opened) -> None:
    hall = await hall_of(changed(CENTER, "acme.channel.fake1.unanswered_for", "90s"))
    contact = await talk(hall)
    await hall.hears("x", "hello?")
    await hall.skip(30)
    await hall.hears("x", "hello??")  # the time runs from the first word that is not answered
    await hall.ready("bob")
    await hall.skip(59)
    assert hall.state(contact) == (State.TALKING, "ann")
    await hall.skip(1)
    assert hall.state(contact) == (State.OFFERED, "bob")


async def test_what_came_due_while_nobody_ran_happens_at_the_start(hall_of: Opened) -> None:
    hall = await hall_of(SILENT)
    contact = await talk(hall)
    hall.timers.close()
    hall.time.skip(3600)
    hall = await hall_of(SILENT)
    assert hall.said(contact) == ["Still there?"]  # nobody is reminded and closed in the same moment
    assert hall.known[contact].state is State.TALKING
    await hall.skip(60)
    assert hall.said(contact) == ["Still there?", "Goodbye."]


async def test_what_the_disk_refused_is_tried_again(hall_of: Opened) -> None:
    hall = await hall_of(SILENT)
    contact = await talk(hall)
    hall.time.skip(60)
    hall.store.fail = 1
    hall.timers._look()
    while hall.store.fail or hall.engine._running:
        await hall.engine.store.read(lambda connection: None)
    assert hall.said(contact) == []
    await hall.skip(4)
    assert hall.said(contact) == []
    await hall.skip(1)
    assert hall.said(contact) == ["Still there?"]


async def test_the_earliest_of_many_is_the_one_that_is_waited_for(hall_of: Opened) -> None:
    values = changed(SILENT, "acme.agent.ann.capacity", 1000)
    hall = await hall_of(values)
    await hall.ready("ann")
    contacts = [await hall.hears(f"c{n}") for n in range(20)]
    for n, contact in enumerate(contacts):
        await hall.accepts(contact)
        await hall.answers(contact)
        await hall.skip(1 + n % 2)
    passed = hall.time.passed
    answered = {contact: hall.known[contact].quiet_since for contact in contacts}
    while hall.time.passed < passed + 61:
        await hall.skip(1)
        for contact in contacts:
            since = answered[contact]
            assert since is not None
            due = (hall.time.now() - since).total_seconds() >= 60
            assert bool(hall.said(contact)) == due


async def set_back(hall: Hall, by: timedelta) -> None:
    now = hall.time.now
    hall.engine.now = lambda: now() - by


@pytest.mark.parametrize("noticed", ["at a word", "by itself"])
async def test_a_clock_that_is_set_back_leaves_no_offer_standing(hall_of: Opened, noticed: str) -> None:
    """As after a start before the time server was heard: the offer would stand until the clock has come to where it was."""
    hall = await hall_of()
    await hall.ready("ann")
    contact = await hall.hears("x")
    await hall.ready("bob")
    assert hall.state(contact) == (State.OFFERED, "ann")
    await set_back(hall, timedelta(hours=8))
    if noticed == "at a word":
        await hall.hears("y")
    await hall.skip(30)
    assert hall.state(contact) == (State.OFFERED, "bob")
    since = hall.known[contact].since
    assert since is not None
    assert since < hall.engine.now()
    assert [entry.body for entry in hall.entries if entry.kind == "clock_set_back" and entry.contact == contact] == [
        {"by": pytest.approx(8 * 3600, abs=5)}
    ]


async def test_a_clock_that_is_corrected_a_little_changes_nothing(hall_of: Opened) -> None:
    hall = await hall_of()
    await hall.ready("ann")
    await hall.hears("x")
    await set_back(hall, timedelta(seconds=50))
    await hall.skip(60)
    assert [entry for entry in hall.entries if entry.kind == "clock_set_back"] == []


async def test_a_contact_whose_clock_was_set_back_is_the_same_after_a_restart(hall_of: Opened) -> None:
    hall = await hall_of(SILENT)
    contact = await talk(hall)
    await set_back(hall, timedelta(hours=8))
    await hall.hears("y")
    before = hall.known[contact]
    assert before.due_at is not None
    assert before.due_at <= hall.engine.now() + timedelta(seconds=61)
    memory = Memory()
    await hall.store.read(lambda connection: memory.load(connection, hall.engine.center.policy))
    assert memory.contacts[contact] == before
