"""However often, in whatever order and however much at once a platform delivers: the store says the same in the end.

One world serves all examples of a run; each example has two lanes of its own. The story is told once in order to one of them, and
repeated, shuffled and in parallel to the other.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, select

from channels import events as ev
from channels.events import Status
from channels.parts import Image, MediaRef, Text
from tests.runtime.fake_time import START
from tests.runtime.heard import assert_gap_free, spoken, timelines
from tests.runtime.world import World, manifest
from ucs.core.events import StatusReported
from ucs.core.journal import Line
from ucs.runtime.delivery.outcomes import Settled
from ucs.runtime.engine.arrived import Arrived
from ucs.store import tables as t

Story = list[tuple[tuple[str, Any, Any], ...]]  # deliveries of events: kind, which message, what
_lanes = count(1)

MESSAGE = st.integers(0, 4)
KINDS = st.one_of(
    st.tuples(st.just("says"), MESSAGE, st.none()),
    st.tuples(st.just("edits"), MESSAGE, st.integers(0, 2)),
    st.tuples(st.just("recalls"), MESSAGE, st.none()),
    st.tuples(st.just("reacts"), MESSAGE, st.sampled_from(["👍", "❤️"])),
    st.tuples(st.just("taps"), MESSAGE, st.none()),
    st.tuples(st.just("reports"), st.integers(0, 1), st.sampled_from([Status.DELIVERED, Status.READ])),
)
STORY = st.lists(st.lists(KINDS, min_size=1, max_size=3).map(tuple), min_size=1, max_size=7)


class Running:
    """A world on a loop of its own, for as long as a module's tests run."""

    def __init__(self, runner: asyncio.Runner, world: World) -> None:
        self.runner = runner
        self.world = world


@pytest.fixture(scope="module", params=[False, True], ids=["any-time", "keeps-time"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    async def made() -> World:
        world = World(tmp_path_factory.mktemp("world"), manifest(keeps_time=request.param))
        await world.start()
        return world

    with asyncio.Runner() as runner:
        world = runner.run(made())
        yield Running(runner, world)
        runner.run(world.close())


def event(address: str, number: int, kind: str, of: int, more: Any) -> ev.Received:
    """Event `number` of the story. The platform's ids of messages are the same in both tellings, and unlike in other lanes."""
    id, at, message = f"{address}-e{number}", START + timedelta(seconds=number), f"{address}-m{of}"
    match kind:
        case "says":
            part = Text(f"word {of}") if of % 2 else Image(MediaRef(message), f"picture {of}")
            return spoken(f"{address}-said{of}", address, part, message=message, at=START)
        case "edits":
            return ev.MessageEdited(id, at, address, message, (Text(f"word {of}, version {more}"),))
        case "recalls":
            return ev.MessageRecalled(id, at, address, message)
        case "reacts":
            return ev.Reacted(id, at, address, message, more)
        case "taps":
            return ev.Tapped(id, at, address, f"tap {number}")
        case _:
            return ev.StatusReported(id, at, address, f"{address}-ours{of}", more)


def deliveries(address: str, story: Story) -> list[Arrived]:
    numbers = count()
    every = [tuple(event(address, next(numbers), *each) for each in delivery) for delivery in story]
    said = {each.message for delivery in every for each in delivery if isinstance(each, ev.MessageReceived)}
    # What is edited, recalled or liked was said at some time: at the latest after everything else.
    about = (ev.MessageEdited, ev.MessageRecalled, ev.Reacted)
    missing = {each.message for delivery in every for each in delivery if isinstance(each, about)} - said
    every += [(event(address, -1, "says", int(message[-1]), None),) for message in sorted(missing)]
    return [Arrived("fake1", delivery) for delivery in every]


async def begin(world: World, address: str) -> tuple[str, list[Settled]]:
    """A talk in which we have said two things, of which the platform's answer has not come yet."""
    contact = await world.talks(address, message=f"{address}-hello")
    settled = []
    for number in range(2):
        seq = await world.says(contact, f"ours {number}")
        told = StatusReported(seq, Status.SENT, platform=(f"{address}-ours{number}",))
        settled.append(Settled(f"{address}-{number}", None, contact, told))
    return contact, settled


def normalised(address: str, lines: list[Line]) -> Counter[Any]:
    """The lines without their numbers: what they are about is said by name. A line that was taken back says nothing."""
    names = {
        line.seq: (line.body.get("platform") or str(line.body.get("parts"))) for line in lines if line.kind == "message"
    }

    def plain(line: Line) -> Any:
        body = {name: value for name, value in line.body.items() if name not in ("media", "sent_at", "agent", "epoch")}
        of = names.get(body.pop("of", None), "")
        parts = () if body.pop("redacted", False) else body.pop("parts", ())
        body.pop("parts", None)
        said = [(part["type"], part.get("text"), part.get("caption")) for part in parts]
        return line.kind, line.by, str((of, said, sorted(body.items(), key=str))).replace(address, "X")

    return Counter(plain(line) for line in lines)


async def tell(world: World, batches: list[list[Any]]) -> None:
    """Each batch at once; the next one when that is on disk."""
    for batch in batches:
        await asyncio.gather(*(world.engine.submit(each) for each in batch))


@given(story=STORY, data=st.data())
@settings(max_examples=50, deadline=None)
def test_repeated_shuffled_and_in_parallel_is_the_same_store(
    running: Running, story: Story, data: st.DataObject
) -> None:
    world, number = running.world, next(_lanes)
    calm, wild = f"calm{number}", f"wild{number}"

    async def told_twice() -> None:
        contacts = {}
        for address in (calm, wild):
            contacts[address], settled = await begin(world, address)
            inputs: list[Any] = [*settled, *deliveries(address, story)]
            if address == wild:
                times = data.draw(
                    st.lists(st.integers(1, 5), min_size=len(inputs), max_size=len(inputs)), label="times"
                )
                repeated = [
                    each
                    for each, often in zip(inputs, times, strict=True)
                    for _ in range(often if isinstance(each, Arrived) else 1)
                ]
                order = data.draw(st.permutations(repeated), label="order")
                cuts = sorted(data.draw(st.lists(st.integers(0, len(order)), max_size=4), label="cuts"))
                await tell(world, [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)])
            else:
                await tell(world, [[each] for each in inputs])
        lines = await timelines(world, *contacts.values())
        found = {address: lines[contacts[address]] for address in contacts}
        assert_gap_free(found[wild])
        assert normalised(wild, found[wild]) == normalised(calm, found[calm])
        assert await addresses(world, t.contact, calm, wild) == [calm, wild]
        assert await addresses(world, t.parked, calm, wild) == []
        assert said_after_recall(found[wild]) == []

    running.runner.run(told_twice())


async def addresses(world: World, table: Table, *lanes: str) -> list[str]:
    """The address of each of these lanes' rows."""
    query = select(table.c.address).where(table.c.address.in_(lanes)).order_by(table.c.address)
    return await world.store.read(lambda connection: list(connection.execute(query).scalars()))


def said_after_recall(lines: list[Line]) -> list[tuple[int, str]]:
    """What can still be read of messages that were taken back: nothing."""
    recalled = {line.body["of"] for line in lines if line.kind == "recalled"}
    about = [line for line in lines if line.seq in recalled or (line.kind == "edited" and line.body["of"] in recalled)]
    return [(line.seq, str(line.body["parts"])) for line in about if line.body.get("parts")]
