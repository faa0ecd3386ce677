"""Records journals of this folder anew: `python -m tests.journals.record [STORY …]`. Only when what is written is meant to change.

Each story is played in a hall, with time that is moved by hand; what is kept is what the store holds of one contact, and the
configuration it lived under.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from channels import events as ev
from channels.errors import Unreachable
from channels.events import Status
from channels.parts import Button as Offered
from channels.parts import Choices, Image, MediaRef, Text
from channels.robot import Words
from tests.runtime.fake_robot import hands_over, says
from tests.runtime.hall import CENTER, Hall, changed
from tests.runtime.heard import spoken, timelines
from tests.runtime.robot_hall import FRONT, RobotHall
from ucs.core import events as e
from ucs.core.journal import Line
from ucs.core.seat import SeatState, StateChosen
from ucs.runtime.engine.arrived import Arrived
from ucs.store.store import micros

FOLDER = Path(__file__).parent
TEXTS = {
    "welcome_text": "Welcome.",
    "joined_text": "{agent} is here.",
    "lost_text": "One moment, please.",
    "closing_text": "Goodbye.",
    "silences": [{"after": "120s", "say": "Still there?"}, {"after": "300s", "say": "Bye.", "close": True}],
    "sticky_for": "30s",
}


def center(**queue: Any) -> dict[str, Any]:
    values = changed(CENTER, "acme.channel.fake1", {**CENTER["acme"]["channel"]["fake1"], **TEXTS})
    for name, value in queue.items():
        values = changed(values, f"acme.queue.support.{name}", value)
    return values


async def arrives(hall: Hall, event: ev.Received) -> None:
    await hall.engine.submit(Arrived("fake1", (event,)))
    await hall.settled()


async def help_and_transfer(hall: Hall) -> str:
    """A talk, a note, a transfer to a colleague, silence, a close, one more word, and wrap-up."""
    await hall.ready("ann")
    contact = await hall.hears("uma", "My order is late")
    await hall.skip(5)
    await hall.accepts(contact)
    await hall.answers(contact, "Which one?")
    await hall.skip(20)
    await hall.hears("uma", "Number 7")
    await hall.did(contact, e.AgentNoted("ann", "Looks like a job for Bob."))
    await hall.ready("bob")
    await hall.did(contact, e.Transferred("ann", hall.known[contact].epoch, to_agent="bob", note="Number 7"))
    await hall.skip(3)
    await hall.accepts(contact)
    await hall.answers(contact, "It is on its way.")
    await hall.did(contact, e.AgentRead("bob", hall.known[contact].epoch, hall.known[contact].seq))
    await hall.skip(120)
    await hall.did(contact, e.AgentClosed("bob", hall.known[contact].epoch))
    await hall.skip(5)
    await hall.hears("uma", "Thanks!")
    await hall.answers(contact, "You are welcome.")
    await hall.skip(120)
    await hall.skip(180)
    await hall.did(contact, e.WrappedUp("bob", hall.known[contact].epoch, "sold", "A nice one."))
    return contact


async def said_and_taken_back(hall: Hall) -> str:
    """Pictures, edits, a recall, reactions, buttons, files that settle, and what the platform reports of ours."""
    await hall.ready("ann")
    contact = await hall.hears("vic", "Look at this")
    at = hall.time.now()
    await arrives(hall, spoken("m1", "vic", Image(MediaRef("key"), "a picture"), at=at, album="a1/1"))
    await arrives(hall, spoken("m2", "vic", "my card is 4111", at=at))
    media = next(
        part["media"]
        for line in (await lines_of(hall, contact))
        for part in line.body.get("parts", ())
        if "media" in part
    )
    await hall.did(contact, e.MediaSettled(media, True, name="picture.jpg", mime="image/jpeg", size=1234))
    await hall.accepts(contact)
    await arrives(hall, ev.MessageEdited("e1", at, "vic", "m2", (Text("my card is 4111 1111"),)))
    await arrives(hall, ev.MessageRecalled("r1", at, "vic", "m2"))
    await hall.skip(7)
    choice = Choices("Blue or red?", (Offered("Blue", "blue"), Offered("Red", "red")))
    now = hall.known[contact]
    await hall.did(contact, e.AgentSpoke("ann", now.epoch, (choice,), "c-0001"))
    of = hall.known[contact].seq
    await hall.did(contact, e.StatusReported(of, Status.SENT, platform=("p1",)))
    await arrives(hall, ev.Tapped("t1", at + timedelta(seconds=9), "vic", "red", "Red", "p1"))
    await arrives(hall, ev.Reacted("x1", at, "vic", "p1", "👍"))
    await arrives(hall, ev.StatusReported("s1", at, "vic", "p1", Status.READ))
    await hall.answers(contact, "Oops")
    await hall.did(contact, e.AgentRecalled("ann", hall.known[contact].epoch, hall.known[contact].seq))
    await arrives(hall, ev.CustomerRenamed("n1", at, "vic", "Victoria"))
    await arrives(hall, ev.CustomerLeft("l1", at, "vic", "unfollow"))
    await hall.skip(20)
    return contact


async def waits_long(hall: Hall) -> str:
    """Comes back within the day, waits for the agent of last time, is offered and declined, missed, lost, and overflows."""
    await hall.ready("ann")
    first = await hall.hears("wim", "Hello")
    await hall.accepts(first)
    await hall.answers(first)
    await hall.closes(first)
    await hall.seat_did("ann", StateChosen(SeatState.REST, "lunch"))
    contact = await hall.hears("wim", "Me again")
    await hall.skip(30)
    await hall.ready("bob")
    await hall.did(contact, e.Declined("bob", hall.known[contact].epoch, "busy"))
    await hall.skip(20)
    await hall.seat_did("ann", StateChosen(SeatState.IDLE))
    await hall.skip(30)
    await hall.skip(60)
    await hall.accepts(contact)
    await hall.seat_did(hall.known[contact].agent, StateChosen(SeatState.REST))
    await hall.did(contact, e.AgentLost(hall.known[contact].agent))
    for agent in ("ann", "bob"):
        await hall.seat_did(agent, StateChosen(SeatState.REST))
    await hall.skip(60)
    await hall.skip(200)
    await hall.ready("cat")
    await hall.skip(1)
    await hall.did(contact, e.Ended("admin", "the shop closes"))
    return contact


async def robot_and_back(hall: Hall) -> str:
    """A robot in front: it talks, fails once, does not understand, hands over, gets the contact back, and is left for a human."""
    assert isinstance(hall, RobotHall)
    await hall.ready("ann")
    hall.robot.answers += [says("Which order?", slots={"topic": "refund"}), Unreachable("No way there.")]
    contact = await hall.hears("xia", "I want my money")
    hall.robot.answers.append(says("Pardon?", understood=False, confidence=0.3))
    await hall.hears("xia", "Seven")
    hall.robot.answers.append(
        hands_over("Wants money.", "I ask a colleague.", summary="A refund.", slots={"order": "7"})
    )
    await hall.hears("xia", "Order 7")
    await hall.skip(3)
    await hall.accepts(contact)
    await hall.answers(contact, "Done. Anything else?")
    await hall.hears("xia", "When are you open?")
    hall.robot.answers.append(Words())
    await hall.did(contact, e.GivenBack("ann", hall.known[contact].epoch, "Refunded.", "refund"))
    await hall.skip(120)
    await hall.hears("xia", "Hello?")
    await hall.did(contact, e.CustomerAsked())
    await hall.skip(3)
    await hall.accepts(contact)
    await hall.did(contact, e.GivenBack("ann", hall.known[contact].epoch))
    hall.robot.answers.append(Words(say=((Text("Bye."),),), close="done"))
    await hall.hears("xia", "Bye")
    return contact


def front() -> dict[str, Any]:
    values = changed(FRONT, "acme.channel.fake1", {**FRONT["acme"]["channel"]["fake1"], **TEXTS})
    return changed(values, "acme.channel.fake1.robot.failures", 2)


STORIES: tuple[tuple[Callable[[Hall], Awaitable[str]], dict[str, Any]], ...] = (
    (help_and_transfer, center()),
    (said_and_taken_back, center()),
    (robot_and_back, front()),
    (waits_long, center(max_wait="240s", overflow="sales", queued_text="Number {position} in {queue}.")),
)


async def lines_of(hall: Hall, contact: str) -> list[Line]:
    return (await timelines(hall))[contact]  # type: ignore[arg-type]  # a hall has a store, and that is all it takes


async def record(story: Callable[[Hall], Awaitable[str]], values: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        hall = RobotHall(Path(folder), values) if "robot" in values["acme"] else Hall(Path(folder), values)
        await hall.start()
        contact = await story(hall)
        lines, known = await lines_of(hall, contact), hall.known[contact]
        await hall.close()
    first = (
        known.id,
        known.tenant,
        known.channel,
        known.address,
        known.customer,
        micros(known.opened_at),
        known.predecessor,
    )
    return {"story": story.__doc__, "center": values, "first": first, "last": known.state, "lines": lines}


def main(wanted: list[str]) -> None:
    for story, values in STORIES:
        if wanted and story.__name__ not in wanted:
            continue
        recorded = asyncio.run(record(story, values))
        path = FOLDER / f"{story.__name__}.json"
        path.write_bytes(orjson.dumps(recorded, default=plain, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def plain(value: object) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(f"{value!r} has no JSON")


if __name__ == "__main__":
    main(sys.argv[1:])
