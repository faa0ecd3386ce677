"""Answers that a channel can only show as numbers: the number comes back as the answer, also after a restart."""

from __future__ import annotations

from typing import Any

import pytest

from channels import events as ev
from channels.events import Status
from channels.manifest import ButtonLimit, Sends
from channels.parts import Button, Choices, Text
from tests.runtime.conftest import Made
from tests.runtime.heard import heard, json_of, timelines
from tests.runtime.world import World, manifest
from ucs.core.events import AgentRecalled
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.inputs import Did

MENU = Choices("Which one?", (Button("Red", "colour:red"), Button("Blue", "colour:blue")))


async def last_line(world: World, contact: str) -> tuple[str, dict[str, Any]]:
    line = (await timelines(world, contact))[contact][-1]
    return line.kind, line.body


@pytest.mark.parametrize("answer", ["2", "２", " 2. ", "②", "blue", "ＢＬＵＥ"])
async def test_a_number_or_a_label_is_the_answer(world_of: Made, answer: str) -> None:
    world = await world_of()
    contact = await world.talks("uma")
    asked = await world.says(contact, MENU)
    await world.hears("uma", (Text(answer),))
    kind, body = await last_line(world, contact)
    assert (kind, body["payload"], body["label"], body["of"]) == ("tapped", "colour:blue", "Blue", asked)
    assert body["typed"] == answer
    await world.hears("uma", (Text(answer),))  # it is answered: what comes now is words
    assert (await last_line(world, contact))[0] == "message"


async def test_where_there_is_something_to_press_a_number_is_a_number(world_of: Made) -> None:
    world = await world_of(manifest(sends=Sends(choices=ButtonLimit(3, 20))))
    contact = await world.talks("uma")
    await world.says(contact, MENU)
    await world.hears("uma", (Text("2"),))
    assert (await last_line(world, contact))[0] == "message"


@pytest.mark.parametrize("words", [0, 3, 40])
async def test_the_question_stands_after_a_restart(world_of: Made, words: int) -> None:
    """The row of the contact is up to 16 lines behind: the question is in the row, in the lines after it, or in both."""
    world = await world_of()
    contact = await world.talks("uma")
    for _ in range(7):
        await world.hears("uma", (Text("Hm."),))
    asked = await world.says(contact, MENU)
    for _ in range(words):
        await world.hears("uma", (Text("Well."),))
    before = world.engine.memory.contacts[contact]
    world = await world_of()
    assert world.engine.memory.contacts[contact] == before
    await world.engine.submit(heard("late", "uma", "1"))
    kind, body = await last_line(world, contact)
    assert (kind, body["payload"], body["of"]) == ("tapped", "colour:red", asked)
    before = world.engine.memory.contacts[contact]
    world = await world_of()
    assert world.engine.memory.contacts[contact] == before
    assert before.question is None


async def test_what_was_taken_back_cannot_be_answered(world_of: Made) -> None:
    world = await world_of()
    contact = await world.talks("uma")
    asked = await world.says(contact, MENU)
    await world.engine.submit(Did(contact, AgentRecalled("amy", world.contacts[contact].epoch, asked)))
    await world.hears("uma", (Text("1"),))
    assert (await last_line(world, contact))[0] == "message"


async def test_the_answer_is_still_a_message_of_the_platform_s(world_of: Made) -> None:
    """It can be quoted, corrected and taken back by the platform's id, and then says nothing any more."""
    world = await world_of()
    contact = await world.talks("uma")
    await world.says(contact, MENU)
    await world.hears("uma", (Text("2"),), message="p-2", read_token="seen")
    said = world.contacts[contact].seq
    at = world.time.now()
    for event in (
        ev.StatusReported("s1", at, "uma", "p-2", Status.READ),
        ev.MessageEdited("s2", at, "uma", "p-2", (Text("1, sorry"),)),
        ev.MessageRecalled("s3", at, "uma", "p-2"),
    ):
        line = (await world.engine.submit(Arrived("fake1", (event,))))[0]
        assert line is not None
    lines = {line.seq: line for line in (await timelines(world, contact))[contact]}
    assert [lines[said + n].body["of"] for n in (1, 2, 3)] == [said] * 3
    assert json_of(lines[said].body) == {
        "of": world.contacts[contact].seq - 4,
        "sent_at": json_of(at),
        "platform": "p-2",
        "read_token": "seen",
        "redacted": True,
    }
