"""Robots at work in a hall: turns in their order and one at a time, deadlines, failures, handing over, giving back, restarts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from channels.errors import Malformed, Unreachable
from channels.parts import Image, MediaRef, Text
from channels.robot import HandOver, Returned, To, Told, Turn, Why, Words
from channels.wire import Answer
from tests.runtime.fake_robot import Thinking, hands_over, heard_in, says
from tests.runtime.hall import changed
from tests.runtime.heard import spoken
from tests.runtime.robot_hall import FRONT, RobotHall
from ucs.core import events as e
from ucs.core.contact import State
from ucs.core.seat import SeatState, SignedOut, StateChosen
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.inputs import Configured, Did, Wrote
from ucs.runtime.http.channel_http import Oversized
from ucs.store import tables as t

Opened = Callable[..., Awaitable[RobotHall]]
ROBOT = (State.ROBOT, "front")


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Opened]:
    """Opens a hall with a robot; a second one takes over the first one's database and time."""
    halls: list[RobotHall] = []

    async def make(values: dict[str, Any] = FRONT, *, dies: bool = False) -> RobotHall:
        hall = RobotHall(tmp_path, values)
        if halls:
            hall.time.passed = halls[-1].time.passed
            await halls.pop().close()
        halls.append(hall)
        await hall.start()
        return hall

    yield make
    for hall in halls:
        await hall.close()


def rules(**values: Any) -> dict[str, Any]:
    found = FRONT
    for name, value in values.items():
        found = changed(found, f"acme.channel.fake1.robot.{name}", value)
    return found


async def rows(hall: RobotHall, table: Any) -> list[Any]:
    return await hall.store.read(lambda connection: list(connection.execute(select(table))))


async def turns_left(hall: RobotHall) -> list[int]:
    return [row.seq for row in await rows(hall, t.outbox) if row.kind == "turn"]


# -- turns -----------------------------------------------------------------------------------------------------------------


async def test_the_robot_talks_first_and_remembers(front: Opened) -> None:
    hall = await front()
    contact = await hall.hears("uma", "Hello")
    await hall.hears("uma", "And now?")
    assert hall.owner(contact) == ROBOT
    assert hall.texts(contact) == ["customer: Hello", "robot: Hello", "customer: And now?", "robot: And now?"]
    first, second = hall.robot.turns
    assert (first.why, second.why) == (Why.OPENED, Why.HEARD)
    assert (first.memory, second.memory) == ({}, {"turns": 1})
    assert [(each.by, each.parts) for each in second.told] == [
        ("customer", (Text("Hello"),)),
        ("robot", (Text("Hello"),)),
    ]
    assert (first.person.name, first.channel, first.open, first.assist) == ("", "fake1", True, False)
    assert first.until - first.at == timedelta(seconds=10)
    assert first.shows == {"text", "image"}
    assert await turns_left(hall) == []
    assert hall.outcomes == {"answered": 2}


async def test_a_robot_gets_ready_once_and_again_when_it_is_configured_anew(front: Opened) -> None:
    """And what goes wrong there is in nobody's way."""
    hall = await front()
    first = hall.robot
    await hall.hears("uma", "Hello")
    assert first.readied == 0
    await hall.skip(1)
    await hall.configured("acme.channel.fake1.welcome_text", "Hi.")
    await hall.skip(1)
    await hall.hears("uma", "And now?")
    assert hall.robot is not first
    assert (first.readied, hall.robot.readied) == (1, 1)


async def test_quick_words_are_one_turn_and_none_is_lost(front: Opened) -> None:
    hall = await front()
    slow = Thinking(says("first"))
    hall.robot.answers.append(slow)
    contact = await hall.hears("uma", "one")
    for word in ("two", "three", "four"):
        await hall.hears("uma", word)
    assert len(hall.robot.turns) == 1, "One turn at a time."
    slow.go.set()
    await hall.settled()
    assert [heard_in(turn) for turn in hall.robot.turns] == [["one"], ["two", "three", "four"]]
    assert hall.texts(contact)[-2:] == ["robot: first", "robot: two + three + four"]
    assert len({turn.key for turn in hall.robot.turns}) == 2


async def test_words_are_gathered_for_a_while(front: Opened) -> None:
    hall = await front(rules(gather_for="3s"))
    await hall.hears("uma", "one")
    await hall.skip(2)
    await hall.hears("uma", "two")
    assert hall.robot.turns == []
    await hall.skip(1)
    assert [heard_in(turn) for turn in hall.robot.turns] == [["one", "two"]]


async def test_a_press_and_an_edit_reach_the_robot_as_they_are(front: Opened) -> None:
    hall = await front()
    slow = Thinking(says("Blue or red?"))
    hall.robot.answers.append(slow)
    await hall.hears("uma", "Hello")
    await hall.engine.submit(Arrived("fake1", (spoken("m1", "uma", "a shrit"), spoken("m2", "uma", "secret"))))
    contact = await hall.hears("uma", "in red")
    lines = {
        line.body["platform"]: line.seq for line in hall.entries if line.kind == "message" and line.body.get("platform")
    }
    await hall.did(contact, e.CustomerEdited(lines["m1"], (Text("a shirt"),)))
    await hall.did(contact, e.CustomerRecalled(lines["m2"]))
    await hall.did(contact, e.CustomerTapped("yes!", hall.time.now(), "Yes"))
    slow.go.set()
    await hall.settled()
    heard = hall.robot.turns[-1].heard
    assert [(each.parts, each.payload) for each in heard] == [
        ((Text("a shirt"),), ""),
        ((Text("in red"),), ""),
        ((Text("Yes"),), "yes!"),
    ]


async def test_a_robot_that_hangs_delays_nobody_else(front: Opened) -> None:
    hall = await front()
    hall.robot.answers.append(Thinking())
    hanging = await hall.hears("uma", "Hello")
    for name in ("vic", "wim", "xia"):
        contact = await hall.hears(name, f"I am {name}")
        assert hall.texts(contact)[-1] == f"robot: I am {name}"
    assert hall.texts(hanging) == ["customer: Hello"]


# -- failures --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stubborn", [False, True])
async def test_who_does_not_answer_in_time_is_replaced_by_a_human(front: Opened, stubborn: bool) -> None:
    hall = await front()
    slow = Thinking(says("too late"), stubborn=stubborn)
    hall.robot.answers.append(slow)
    contact = await hall.hears("uma", "Hello")
    await hall.skip(9)
    assert hall.owner(contact) == ROBOT
    await hall.skip(1.1)
    assert hall.owner(contact) == (State.QUEUED, "support")
    body = hall.line(contact, "handed_over").body
    assert (body["why"], body["reason"]) == ("failed", "Robot front did not answer within 10 s.")
    assert hall.line(contact, "robot_failed").body["failure"] == "TimedOut"
    slow.go.set()
    await hall.settled()
    assert hall.texts(contact) == ["customer: Hello", "system: One moment."]
    assert slow.called_off
    assert await turns_left(hall) == []


@pytest.mark.parametrize(
    ("answer", "failure", "reason"),
    [
        (Unreachable("No way there."), "Unreachable", "No way there."),
        (Malformed("That is not JSON."), "Malformed", "That is not JSON."),
        (ZeroDivisionError("secret words"), "Bug", "Our own program failed here (ZeroDivisionError)"),
        (lambda turn: {"say": []}, "Malformed", "The robot gave dict: Words was expected."),
        (lambda turn: Words(say=((),)), "Malformed", "1 to 20 parts in a message"),
        (lambda turn: Words(say=(({"type": "hologram"},),)), "Malformed", "a part that nobody knows"),  # type: ignore[arg-type]
        (lambda turn: Words(say=((Image(MediaRef("key")),),)), "Malformed", "files by their id"),
        (lambda turn: Words(say=((Image("somebody-elses"),),)), "Malformed", "does not have ready"),
        (says("x" * 200_000), "Malformed", "at most 131,072 bytes"),
        (Words(say=((Text("x"),),) * 21), "Malformed", "at most 20 messages"),
        (Words(memory={"x": "y" * 40_000}), "Malformed", "bytes of memory"),
        (Words(memory={"x": object()}), "Malformed", "which are JSON"),
        (Words(close="done", hand_over=HandOver("why")), "Malformed", "to hand over or to close, not both"),
        (Words(confidence=7), "Malformed", "a confidence from 0 to 1, not 7"),
        (Words(slots={"a": 3}), "Malformed", "slots"),  # type: ignore[dict-item]
        (Words(hand_over=HandOver("x" * 3_000)), "Malformed", "a short reason"),
        (Words(hand_over="support"), "Malformed", "a HandOver"),  # type: ignore[arg-type]
    ],
)
async def test_what_cannot_be_taken_brings_a_human_and_nothing_is_said(
    front: Opened, answer: Any, failure: str, reason: str
) -> None:
    hall = await front()
    hall.robot.answers.append(answer)
    contact = await hall.hears("uma", "Hello")
    assert hall.owner(contact) == (State.QUEUED, "support")
    line = hall.line(contact, "robot_failed").body
    assert line["failure"] == failure
    assert reason in line["reason"]
    assert "secret" not in str(line)
    assert hall.texts(contact) == ["customer: Hello", "system: One moment."]
    assert hall.outcomes == {"failed": 1}


async def test_the_bytes_that_nobody_could_read_are_kept_for_the_admin(front: Opened) -> None:
    hall = await front(changed(FRONT, "acme.robot.front.config.url", "https://robot.example/turn?key=hush"))
    hall.network.answer = Answer(200, b"<html>" + b"x" * 100_000, {"content-type": "text/html"})
    hall.robot.answers.append(Malformed("That is not JSON."))
    await hall.hears("uma", "Hello")
    (kept,) = await rows(hall, t.arrival)
    assert (kept.channel, kept.outcome, kept.reason) == ("fake1", "robot", "That is not JSON.")
    assert (len(kept.body), kept.body[:6]) == (65_536, b"<html>")
    assert "/turn" in kept.head
    assert "hush" not in kept.head
    assert orjson.loads(kept.head)["cut"]


@pytest.mark.parametrize(
    ("network", "then", "failure", "cut"),
    [
        (Answer(200, b'{"say": 3}'), Malformed("That is no message."), "Malformed", False),
        (Answer(200, b'{"say": 3}'), ZeroDivisionError(), "Bug", False),
        (Oversized("It is too much.", Answer(200, b'{"say": 3}')), None, "Oversized", True),
        (Answer(200, b'{"say": 3}'), Words(close="done", hand_over=HandOver("no")), "Malformed", False),
        (Answer(200, b'{"say": 3}'), Words(say=((),)), "Malformed", False),
    ],
)
async def test_whatever_is_wrong_with_an_answer_its_bytes_are_kept(
    front: Opened, network: Answer | Exception, then: Words | Exception | None, failure: str, cut: bool
) -> None:
    hall = await front(changed(FRONT, "acme.robot.front.config.url", "https://robot.example/turn"))
    hall.network.answer = network
    if then is not None:
        hall.robot.answers.append(then)
    contact = await hall.hears("uma", "Hello")
    assert hall.owner(contact) == (State.QUEUED, "support")
    (kept,) = await rows(hall, t.arrival)
    head = orjson.loads(kept.head)
    assert (kept.body, head["contact"], head["robot"], "cut" in head) == (b'{"say": 3}', contact, "front", cut)
    assert hall.line(contact, "robot_failed").body["failure"] == failure
    assert hall.line(contact, "handed_over").body["reason"] == kept.reason


@pytest.mark.parametrize(
    "answer", [Unreachable("POST hush: no way."), Malformed("hush"), hands_over("It said: hush", summary="hush")]
)
async def test_the_reason_that_people_read_holds_no_secret(front: Opened, answer: Words | Exception) -> None:
    hall = await front(changed(FRONT, "acme.robot.front.config.url", "https://robot.example/turn"))
    hall.robot.answers.append(answer)
    contact = await hall.hears("uma", "Hello")
    assert "[hidden]" in hall.line(contact, "handed_over").body["reason"]
    assert "hush" not in str([each.body for each in hall.entries])
    assert "hush" not in str([(row.reason, row.head) for row in await rows(hall, t.arrival)])


async def test_the_agent_of_last_time_gets_it_back_unless_away(front: Opened) -> None:
    hall = await front()
    hall.robot.answers += [hands_over("A refund."), hands_over(to=To.LAST), hands_over(to=To.LAST)]
    await hall.ready("ann")
    contact = await hall.hears("uma")
    await hall.accepts(contact)
    await hall.closes(contact)
    await hall.ready("bob")
    await hall.seat_did("ann", StateChosen(SeatState.REST))
    contact = await hall.hears("uma")
    assert hall.state(contact) == (State.QUEUED, "")  # bob is free, but ann is only at lunch
    await hall.seat_did("ann", StateChosen(SeatState.IDLE))
    assert hall.state(contact) == (State.OFFERED, "ann")
    await hall.accepts(contact)
    await hall.closes(contact)
    await hall.seat_did("ann", SignedOut())
    assert hall.state(await hall.hears("uma")) == (State.OFFERED, "bob")


async def test_a_robot_may_want_a_colleague_of_an_agent(front: Opened) -> None:
    values = changed(FRONT, "acme.queue.sales", {"name": "Sales"})
    hall = await front(changed(values, "acme.agent.bob.skills", {"support": 1, "sales": 9}))
    hall.robot.answers.append(hands_over(agent="bob", to=To.QUEUE))
    assert hall.known[await hall.hears("uma")].queue == "sales"


async def test_one_failure_is_forgiven_where_the_rules_say_so(front: Opened) -> None:
    hall = await front(rules(failures=2))
    hall.robot.answers.append(Unreachable("No way there."))
    contact = await hall.hears("uma", "Hello")
    assert hall.texts(contact) == ["customer: Hello", "robot: Hello"]
    first, second = hall.robot.turns
    assert first.key == second.key, "The same turn has the same key."
    assert hall.known[contact].failures == 0


async def test_three_failures_in_a_row_open_the_breaker(front: Opened) -> None:
    hall = await front()
    hall.robot.answers += [Unreachable("No way there.")] * 3
    for name in ("uma", "vic", "wim"):
        await hall.hears(name)
    contact = await hall.hears("xia")
    assert len(hall.robot.turns) == 3, "It is left alone."
    assert hall.line(contact, "handed_over").body["reason"].endswith("left alone for a while.")
    await hall.skip(30)
    hall.robot.answers.append(Unreachable("Still no way."))
    await hall.hears("yan")
    await hall.hears("zoe")
    assert len(hall.robot.turns) == 4, "One try, which fails, and it rests again."
    await hall.skip(30)
    assert hall.texts(await hall.hears("una", "Hi")) == ["customer: Hi", "robot: Hi"]
    assert hall.texts(await hall.hears("ula", "Ho")) == ["customer: Ho", "robot: Ho"]
    assert hall.outcomes == {"failed": 4, "rested": 2, "answered": 2}


@pytest.mark.parametrize("ends", ["late", "moot"])
async def test_a_try_that_ends_in_nothing_is_not_the_last(front: Opened, ends: str) -> None:
    """After its rest one turn is tried. Should the customer call a human meanwhile, somebody else's turn is the next try."""
    hall = await front()
    hall.robot.answers += [Unreachable("No way there.")] * 3
    for name in ("uma", "vic", "wim"):
        await hall.hears(name)
    await hall.skip(30)
    slow = Thinking()

    def and_then(turn: Turn) -> Words:
        hall.engine.submit(Arrived("fake1", (spoken("m7", "xia", "human"),)))
        return says("too late")

    hall.robot.answers.append(and_then if ends == "late" else slow)
    contact = await hall.hears("xia")
    if ends == "moot":
        await hall.did(contact, e.CustomerAsked())
    assert hall.outcomes == {"failed": 3, ends: 1}
    assert hall.texts(await hall.hears("yan", "Hi"))[-1] == "robot: Hi"


async def test_a_robot_that_is_gone_leaves_its_contacts_to_humans(front: Opened) -> None:
    hall = await front()
    contact = await hall.hears("uma", "Hello")
    values = changed(hall.values, "acme.channel.fake1", {"adapter": "fake", "queue": "support"})
    del values["acme"]["robot"]
    robots = hall.robots
    await hall.engine.submit(Configured(hall.center(values), ()))
    await hall.engine.submit(Arrived("fake1", (spoken("m9", "uma", "Still there?"),)))
    async with asyncio.timeout(10):
        while robots.waiting:
            await hall.engine.submit(Wrote(()))
    assert hall.owner(contact) == (State.QUEUED, "support")
    assert hall.line(contact, "robot_failed").body["reason"] == "There is no robot 'front' any more."


# -- handing over and giving back ------------------------------------------------------------------------------------------


async def test_a_robot_hands_over_all_it_knows(front: Opened) -> None:
    hall = await front()
    hall.robot.answers.append(says("Which order?", slots={"topic": "refund"}))
    hall.robot.answers.append(
        hands_over(
            "Wants money back.", "I ask a colleague.", queue="sales", summary="A refund for 7.", slots={"order": "7"}
        )
    )
    await hall.ready("cat")
    contact = await hall.hears("uma", "I want my money")
    await hall.hears("uma", "Number 7")
    assert hall.state(contact) == (State.OFFERED, "cat")
    body = hall.line(contact, "handed_over").body
    assert (body["why"], body["reason"], body["summary"]) == ("robot", "Wants money back.", "A refund for 7.")
    assert hall.known[contact].slots == (("order", "7"), ("topic", "refund"))
    assert hall.texts(contact)[-2:] == ["robot: I ask a colleague.", "system: One moment."]


async def test_no_text_of_the_robot_after_a_human_was_called(front: Opened) -> None:
    """The customer presses the button while the robot is thinking: its answer is called off, and would be refused."""
    hall = await front()
    slow = Thinking(says("too late"))
    hall.robot.answers.append(slow)
    contact = await hall.hears("uma", "Hello")
    await hall.did(contact, e.CustomerAsked())
    assert slow.called_off
    assert hall.owner(contact) == (State.QUEUED, "support")
    assert hall.outcomes == {"moot": 1}
    assert not [text for text in hall.texts(contact) if text.startswith("robot")]
    assert await turns_left(hall) == []


async def test_words_that_come_too_late_are_refused_and_counted(front: Opened) -> None:
    """The robot has answered, and the customer's wish is in the same transaction before it."""
    hall = await front()

    def and_then(turn: Turn) -> Words:
        hall.engine.submit(Arrived("fake1", (spoken("m7", "uma", "human"),)))  # committed before what is said below
        return says("too late")

    hall.robot.answers.append(and_then)
    contact = await hall.hears("uma", "Hello")
    assert hall.outcomes == {"late": 1}
    assert hall.texts(contact) == ["customer: Hello", "customer: human", "system: One moment."]
    assert await turns_left(hall) == []


async def test_given_back_the_robot_learns_what_the_human_part_was(front: Opened) -> None:
    hall = await front()
    await hall.ready("ann")
    contact = await hall.hears("uma", "human")
    await hall.accepts(contact)
    await hall.answers(contact, "How can I help?")
    await hall.hears("uma", "What are your hours?")
    await hall.did(contact, e.GivenBack("ann", hall.known[contact].epoch, "Only wants the hours.", "info"))
    (turn,) = hall.robot.turns
    assert (turn.why, turn.returned) == (Why.RETURNED, Returned("ann", "Only wants the hours.", "info"))
    assert heard_in(turn) == ["What are your hours?"], "What the human has answered is not heard again."
    assert turn.told[-1] == Told(turn.told[-1].seq, turn.told[-1].at, "agent", (Text("How can I help?"),))
    assert hall.owner(contact) == ROBOT
    assert hall.seat("ann").load == 0
    assert hall.texts(contact)[-1] == "robot: What are your hours?"


async def test_nobody_comes_and_the_robot_goes_on(front: Opened) -> None:
    hall = await front(changed(rules(nobody_came="robot"), "acme.queue.support.max_wait", "60s"))
    contact = await hall.hears("uma", "human")
    await hall.hears("uma", "Anybody?")
    assert hall.robot.turns == []
    await hall.skip(60)
    (turn,) = hall.robot.turns
    assert turn.why is Why.NOBODY_CAME
    assert heard_in(turn) == ["human", "Anybody?"], "What was said between owners waits in its order."
    assert hall.owner(contact) == ROBOT


async def test_the_end_is_told_and_the_memory_forgotten(front: Opened) -> None:
    hall = await front()
    contact = await hall.hears("uma", "Hello")
    assert [row.contact for row in await rows(hall, t.robot_memory)] == [contact]
    hall.robot.answers.append(Words(say=((Text("Bye."),),), close="done"))
    await hall.hears("uma", "Thanks")
    assert hall.owner(contact) == (State.CLOSED, "")
    (end,) = hall.robot.ends
    assert (end.contact, end.memory, end.heard) == (contact, {"turns": 1}, ())
    assert await rows(hall, t.robot_memory) == []
    again = await hall.hears("uma", "One more thing")
    assert again != contact
    assert hall.robot.turns[-1].memory == {}


async def test_a_robot_that_fails_at_the_end_changes_nothing(front: Opened) -> None:
    hall = await front()
    hall.robot.breaks_at_end = True
    contact = await hall.hears("uma", "Hello")
    await hall.did(contact, e.CustomerEnded())
    assert hall.owner(contact) == (State.CLOSED, "")
    assert await rows(hall, t.robot_memory) == []


# -- restarts --------------------------------------------------------------------------------------------------------------


async def test_a_turn_under_way_is_asked_again_after_a_restart(front: Opened) -> None:
    hall = await front()
    contact = await hall.hears("uma", "Hello")
    hall.robot.answers.append(Thinking())
    await hall.hears("uma", "Are you there?")
    await hall.hears("uma", "Please")
    asked = hall.robot.turns[-1]
    hall = await front()
    turn, after = hall.robot.turns
    assert (turn.key, turn.heard, turn.memory) == (asked.key, asked.heard, asked.memory)
    assert heard_in(after) == ["Please"]
    assert hall.owner(contact) == ROBOT
    assert hall.texts(contact) == ["robot: Are you there?", "robot: Please"]


async def test_a_turn_that_nobody_waits_for_is_dropped_at_the_start(front: Opened) -> None:
    hall = await front()
    hall.robot.answers.append(Thinking())
    contact = await hall.hears("uma", "Hello")
    await hall.robots.close(0.1)
    await hall.engine.submit(Arrived("fake1", (spoken("m5", "uma", "human"),)))
    hall = await front()
    assert hall.robot.turns == []
    assert hall.outcomes == {"moot": 1}
    assert hall.owner(contact) == (State.QUEUED, "support")
    assert await turns_left(hall) == []


async def test_a_memory_left_over_is_forgotten_at_the_start(front: Opened) -> None:
    hall = await front()
    contact = await hall.hears("uma", "Hello")
    await hall.robots.close(0.1)
    hall.engine._listeners.clear()  # as if the process had died with the commit
    await hall.engine.submit(Did(contact, e.CustomerEnded()))
    assert len(await rows(hall, t.robot_memory)) == 1
    hall = await front()
    assert await rows(hall, t.robot_memory) == []
