"""The engine: many inputs to a commit, each on its own, one open contact a lane, and the same memory after a restart."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from channels.errors import Conflict, NotFound, Refused, Unavailable
from tests.runtime.conftest import Made
from tests.runtime.heard import assert_gap_free, heard, spoken, texts, timelines
from tests.runtime.world import AGENT, World
from ucs.core.contact import State
from ucs.core.events import AgentClosed, AgentNoted, AgentRead, AgentSpoke, Ended, WrappedUp
from ucs.core.seat import SeatState, StateChosen
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.engine import Closed, Late
from ucs.runtime.engine.inputs import Did, Line, SeatDid, Together, Wrote
from ucs.runtime.engine.work import Committed, Work
from ucs.store import tables as t

SURROGATE = "\ud800"  # no text: no database takes it


@dataclass(frozen=True, slots=True)
class Broken:
    """A bug of ours, after it has changed something."""

    contact: str

    def apply(self, work: Work) -> None:
        work.happen(work.contact(self.contact), AgentNoted(AGENT, "half done"))
        raise ZeroDivisionError("a bug")


POISON = Wrote((("put_cursor", ("poison", SURROGATE)),))  # fails only when everything is written
TAKEN = Wrote((("add_customer", ("same", "acme", "Ann", "{}")),))  # its id exists once


async def all_of(world: World, *inputs: Any) -> list[Any]:
    """What becomes of inputs that are submitted at once."""
    return await asyncio.gather(*(world.engine.submit(each) for each in inputs), return_exceptions=True)


def outcomes(results: list[Any]) -> list[type]:
    return [type(result) for result in results]


# -- group commit ------------------------------------------------------------------------------------------------------


async def test_many_inputs_are_few_commits(world_of: Made) -> None:
    world = await world_of()
    before = world.engine.batches
    await all_of(world, *(heard(f"m{number}", f"c{number % 40}") for number in range(400)))
    assert world.engine.applied == 400
    assert world.engine.batches - before <= 5
    assert len(await timelines(world)) == 40


async def test_nobody_hears_ok_before_it_is_on_disk(world_of: Made) -> None:
    world = await world_of()
    world.store.fail = 1
    with pytest.raises(Unavailable):
        await world.engine.submit(heard("m1", "ann"))
    assert await timelines(world) == {}
    assert world.engine.memory.contacts == {}
    line = (await world.engine.submit(heard("m1", "ann")))[0]
    assert not line.again


async def test_what_is_submitted_during_a_commit_is_the_next_batch(world_of: Made) -> None:
    world = await world_of()
    commits: list[list[str]] = []
    world.engine.listen(lambda committed: commits.append([entry.kind for entry in committed.entries]))

    def more(committed: Committed) -> None:
        if len(commits) == 1:
            for number in range(3):
                world.engine.submit(heard(f"later{number}", "ann"))

    world.engine.listen(more)
    await world.engine.submit(heard("first", "ann"))
    await world.until(lambda: len(commits) == 2)
    assert commits[1] == ["message"] * 3


async def test_a_listener_with_a_bug_stops_nobody(world_of: Made) -> None:
    world = await world_of()
    told: list[Committed] = []

    def broken(committed: Committed) -> None:
        raise ZeroDivisionError("a bug")

    world.engine.listen(broken)
    world.engine.listen(told.append)
    async with asyncio.timeout(5):
        for number in range(3):
            await world.engine.submit(heard(f"m{number}", "ann"))
    assert len(told) == 3


# -- each input on its own ---------------------------------------------------------------------------------------------


async def test_a_failed_input_leaves_no_trace_and_the_others_stay(world_of: Made) -> None:
    world = await world_of()
    contact = await world.talks("ann")
    epoch = world.contacts[contact].epoch
    results = await all_of(
        world,
        heard("m1", "ann", "one"),
        Broken(contact),
        Did(contact, AgentSpoke("stranger", epoch, spoken("", "", "no").parts)),
        Did("nobody", AgentNoted(AGENT, "no")),
        Arrived("no-channel", (spoken("m2", "ann"),)),
        heard("m3", "ann", "three"),
    )
    assert outcomes(results)[1:5] == [ZeroDivisionError, Refused, NotFound, NotFound]
    lines = (await timelines(world))[contact]
    assert texts(lines)[-2:] == ["one", "three"]
    assert [line.kind for line in lines[-2:]] == ["message", "message"]
    assert_gap_free(lines)


async def test_together_is_all_or_nothing(world_of: Made) -> None:
    world = await world_of()
    contact = await world.talks("ann")
    before = await timelines(world)
    with pytest.raises(Refused):
        await world.engine.submit(
            Together((Did(contact, AgentNoted(AGENT, "first")), Did(contact, AgentClosed(AGENT, -1))))
        )
    assert await timelines(world) == before


@pytest.mark.parametrize("poison", [POISON, TAKEN], ids=["unwritable", "constraint"])
async def test_what_no_database_takes_fails_alone(world_of: Made, poison: Wrote) -> None:
    world = await world_of()
    await world.engine.submit(TAKEN)
    inputs: list[Any] = [heard(f"m{number}", f"c{number}") for number in range(40)]
    inputs[17:17] = [poison]
    inputs[30:30] = [poison]
    results = await all_of(world, *inputs)
    bad = [number for number, result in enumerate(results) if isinstance(result, Exception)]
    assert bad == [17, 30]
    assert len(await timelines(world)) == 40
    again = (await world.engine.submit(heard("m39", "c39")))[0]
    assert again.again


async def test_listeners_hear_of_every_part_of_a_batch_that_had_to_be_split(world_of: Made) -> None:
    world = await world_of()
    await all_of(world, *(heard(f"m{number}", f"c{number}") for number in range(8)), POISON)
    assert len(world.contacts) == 8
    assert {entry.contact for entry in world.entries} == set(world.contacts)


async def test_trouble_of_the_database_is_no_input_s_fault(world_of: Made) -> None:
    world = await world_of()
    world.store.fail = 1
    results = await all_of(world, *(heard(f"m{number}", "ann") for number in range(8)))
    assert outcomes(results) == [Unavailable] * 8
    assert world.store.fail == 0  # one try for all of them: who sent it tries again
    assert outcomes(await all_of(world, heard("m0", "ann"))) == [list]


async def test_an_error_of_the_database_names_no_customer_s_words(world_of: Made) -> None:
    world = await world_of()
    (error,) = await all_of(world, Wrote((("add_customer", ("c", "acme", "private words", None)),)))
    assert "NOT NULL" in str(error)
    assert "private" not in str(error)


# -- the index is the judge --------------------------------------------------------------------------------------------


async def test_a_duplicate_that_only_the_index_knows(world_of: Made) -> None:
    """After a restart memory knows no ids: the batch that runs into the index is repeated carefully."""
    world = await world_of()
    await all_of(world, *(heard(f"m{number}", "ann") for number in range(5)))
    world = await world_of()
    assert world.engine.memory.seen == {}
    results = await all_of(
        world,
        heard("m3", "ann"),
        heard("new", "ann", "new"),
        heard("m3", "ann"),
        heard("m4", "bob"),
        heard("n2", "bob"),
    )
    assert [lines[0].again for lines in results] == [True, False, True, True, False]
    told = await timelines(world)
    assert sorted(len(texts(lines)) for lines in told.values()) == [1, 6]


async def test_strict_ids_same_words_same_line_other_words_conflict(world_of: Made) -> None:
    world = await world_of()
    first = (await world.engine.submit(heard("mine-0001", "ann", "hello", strict=True)))[0]
    assert (await world.engine.submit(heard("mine-0001", "ann", "hello", strict=True)))[0] == Line(
        first.contact, first.seq, again=True
    )
    with pytest.raises(Conflict):
        await world.engine.submit(heard("mine-0001", "ann", "goodbye", strict=True))
    world = await world_of()  # what memory has forgotten the index remembers
    again = (await world.engine.submit(heard("mine-0001", "ann", "hello", strict=True)))[0]
    assert again == Line(first.contact, first.seq, again=True)
    world = await world_of()
    with pytest.raises(Conflict):
        await world.engine.submit(heard("mine-0001", "ann", "goodbye", strict=True))
    assert [texts(lines) for lines in (await timelines(world)).values()] == [["hello"]]


async def test_an_agent_s_id_counts_within_the_contact_and_whatever_the_epoch(world_of: Made) -> None:
    world = await world_of()
    ann, bob = await world.talks("ann"), await world.talks("bob")
    epoch = world.contacts[ann].epoch
    said = spoken("", "", "hi").parts

    def says(contact: str, word: str = "hi", epoch: int = epoch) -> Did:
        return Did(contact, AgentSpoke(AGENT, epoch, spoken("", "", word).parts, "mine-0001"), "acme", "mine-0001")

    results = await all_of(world, says(ann), says(ann), says(bob), says(ann, "other"), says(ann, epoch=99))
    assert [type(result) for result in results] == [Line, Line, Line, Conflict, Line]
    assert [result.again for result in results if isinstance(result, Line)] == [False, True, False, True]
    assert said[0].text == "hi"
    world = await world_of()
    assert (await world.engine.submit(says(ann))).again


# -- lanes -------------------------------------------------------------------------------------------------------------


async def test_fifty_first_messages_at_once_open_one_contact(world_of: Made) -> None:
    world = await world_of()
    results = await all_of(world, *(heard(f"m{number}", "ann") for number in range(50)))
    assert len({lines[0].contact for lines in results}) == 1
    (lines,) = (await timelines(world)).values()
    assert texts(lines) == [f"word m{number}" for number in range(50)]
    assert_gap_free(lines)
    assert len(await world.rows(t.customer)) == 1


async def test_the_same_address_on_another_channel_is_another_lane(world_of: Made) -> None:
    world = await world_of()
    results = await all_of(world, heard("m1", "ann"), heard("m1", "ann", channel="fake2"))
    assert len({lines[0].contact for lines in results}) == 2
    assert [lines[0].again for lines in results] == [False, False]


async def test_a_word_on_a_closed_contact_opens_a_linked_successor(world_of: Made) -> None:
    world = await world_of()
    first = await world.talks("ann")
    epoch = world.contacts[first].epoch
    close = Did(first, WrappedUp(AGENT, epoch, "sold"))
    results = await all_of(world, close, *(heard(f"late{number}", "ann") for number in range(3)))
    second = results[1][0].contact
    assert [lines[0].contact for lines in results[1:]] == [second] * 3
    assert second != first
    assert world.contacts[second].predecessor == first
    assert world.contacts[first].state is State.CLOSED
    assert world.engine.memory.lanes == {("fake1", "ann"): second}
    world = await world_of()
    await world.engine.submit(Did(second, Ended("admin")))
    third = (await world.engine.submit(heard("later", "ann")))[0].contact
    assert world.contacts[third].predecessor == second
    assert world.contacts[third].customer == world.contacts[second].customer


async def test_contacts_that_open_and_close_within_one_commit_stay_linked_in_order(world_of: Made) -> None:
    world = await world_of()
    chain: list[str] = []
    for number in range(4):
        chain.append((await world.engine.submit(heard(f"m{number}", "ann")))[0].contact)
        await world.engine.submit(Did(chain[-1], Ended("admin")))  # time stands still: all opened at the same moment
    world = await world_of()
    last = (await world.engine.submit(heard("last", "ann")))[0].contact
    assert world.contacts[last].predecessor == chain[-1]


# -- what is left after a restart ---------------------------------------------------------------------------------------


def kept(world: World) -> dict[str, Any]:
    memory = world.engine.memory
    waiting = {queue: number for queue, number in memory.waiting.items() if number}
    return {"contacts": dict(memory.contacts), "seats": dict(memory.seats), "lanes": dict(memory.lanes), "w": waiting}


async def test_after_a_restart_memory_is_what_it_was(world_of: Made) -> None:
    world = await world_of()
    ann, bob, cat = await world.talks("ann"), await world.talks("bob"), await world.hears("cat")
    for number in range(40):  # more words than a row is let behind its timeline
        await world.hears("ann" if number % 3 else "cat")
        world.time.skip(1)
        if number % 7 == 0:
            await world.says(ann, f"answer {number}")
        await world.engine.submit(Did(ann, AgentRead(AGENT, world.contacts[ann].epoch, world.contacts[ann].seq)))
    await world.engine.submit(Did(cat, AgentNoted(AGENT, "a note")))
    await world.engine.submit(Did(bob, AgentClosed(AGENT, world.contacts[bob].epoch)))
    await world.engine.submit(SeatDid("acme", AGENT, StateChosen(SeatState.REST, "lunch")))
    before, seen = kept(world), await timelines(world)
    assert {contact.state for contact in before["contacts"].values()} == {
        State.TALKING,
        State.WRAP_UP,
        State.QUEUED,
    }
    world = await world_of()
    assert kept(world) == before
    assert await timelines(world) == seen
    await world.hears("ann")
    for lines in (await timelines(world)).values():
        assert_gap_free(lines)


# -- late, and over ------------------------------------------------------------------------------------------------------


async def test_late_is_refused_before_it_is_begun(world_of: Made) -> None:
    world = await world_of()
    late, intime = (
        world.engine.submit(heard("m1", "ann"), within=-1),
        world.engine.submit(heard("m2", "ann"), within=60),
    )
    with pytest.raises(Late):
        await late
    assert not (await intime)[0].again
    assert [texts(lines) for lines in (await timelines(world)).values()] == [["word m2"]]
    assert not (await world.engine.submit(heard("m1", "ann")))[0].again


async def test_only_late_ones_are_an_empty_batch(world_of: Made) -> None:
    world = await world_of()
    with pytest.raises(Late):
        await world.engine.submit(heard("m1", "ann"), within=-1)
    await world.engine.submit(heard("m2", "ann"))


async def test_closing_finishes_what_was_submitted_and_takes_nothing_more(world_of: Made) -> None:
    world = await world_of()
    waiting = [world.engine.submit(heard(f"m{number}", "ann")) for number in range(3)]
    await world.engine.close()
    assert all(not future.result()[0].again for future in waiting)
    with pytest.raises(Closed):
        await world.engine.submit(heard("m9", "ann"))


async def test_a_caller_that_has_gone_does_not_undo_what_it_asked_for(world_of: Made) -> None:
    world = await world_of()
    gone = world.engine.submit(heard("m1", "ann"))
    gone.cancel()
    await world.engine.submit(heard("m2", "ann"))
    assert [texts(lines) for lines in (await timelines(world)).values()] == [["word m1", "word m2"]]
