"""A robot that is asked while a human talks: only that agent learns of it, only the newest question counts, and no harm is done."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from channels.errors import Unreachable
from channels.parts import Text
from channels.robot import HandOver, Knowledge, Turn, Words
from channels.wire import Http
from tests.runtime.fake_robot import FakeRobot, Thinking, heard_in, says
from tests.runtime.hall import CENTER, changed
from tests.runtime.robot_hall import PLUGINS, AnswersAll, RobotHall
from ucs.core import events as e
from ucs.core.seat import SignedIn
from ucs.runtime.center.center_file import center_of
from ucs.runtime.engine.inputs import Configured, Wrote
from ucs.runtime.robots.assist import GATHER_FOR, Advice, Assist

ROBOT = changed(CENTER, "acme.robot.front", {"robot": "fake", "name": "Robby", "failures": 2, "rests_for": "30s"})
CHANNEL = changed(ROBOT, "acme.channel.fake1.assist", "front")
KNOWN = Words(say=((Text("At nine."),),), knowledge=(Knowledge("Hours", "Nine to six.", score=0.9),), intent="hours")


class AssistHall(RobotHall):
    """A hall in which agents are assisted."""

    def __init__(self, folder: Path, values: dict[str, Any], within: timedelta) -> None:
        super().__init__(folder, values)
        self.told: list[Advice] = []
        self.came: Counter[str] = Counter()
        self.assist = Assist(
            self.engine,
            lambda robot: cast(Http, AnswersAll()),
            self.time.clockwork,
            self.told.append,
            lambda robot, outcome, seconds: self.came.update([outcome]),
            within,
        )

    async def start(self) -> None:
        await super().start()
        self.assist.start()
        for agent in ("ann", "bob"):
            await self.seat_did(agent, SignedIn())

    async def close(self) -> None:
        await self.assist.close()
        await super().close()

    async def talking(self, customer: str = "uma", text: str = "When do you open?") -> str:
        """The contact of this customer, which ann has taken."""
        contact = await self.hears(customer, text)
        await self.did(contact, e.TakenOver("ann", self.known[contact].epoch))
        await self.asked()
        return contact

    async def asked(self) -> None:
        """Quick words are gathered, and then whoever is asked has answered or is thinking."""
        await self.settled()
        self.time.skip(GATHER_FOR)
        async with asyncio.timeout(20):
            while len(self.assist._tasks) > self.robot.thinking:
                await self.engine.submit(Wrote(()))
                await asyncio.sleep(0)


Opened = Callable[..., Awaitable[AssistHall]]


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Opened]:
    opened: list[AssistHall] = []

    async def open(values: dict[str, Any] = CHANNEL, within: timedelta = timedelta(seconds=10)) -> AssistHall:
        made = AssistHall(tmp_path, values, within)
        await made.start()
        opened.append(made)
        return made

    yield open
    for each in opened:
        await each.close()


async def test_the_agent_is_told_what_the_robot_suggests_and_nothing_is_said(hall: Opened) -> None:
    now = await hall()
    now.robot.answers.append(KNOWN)
    contact = await now.talking()
    (advice,) = now.told
    assert (advice.tenant, advice.contact, advice.agent, advice.words) == ("acme", contact, "ann", KNOWN)
    assert advice.epoch == now.known[contact].epoch
    assert now.assist.latest == {contact: advice}
    (turn,) = now.robot.turns
    assert (turn.assist, turn.memory, heard_in(turn)) == (True, {}, ["When do you open?"])
    assert now.texts(contact) == ["customer: When do you open?"]
    assert not any(each.by.startswith("robot") for each in now.entries)
    assert now.came == {"advised": 1}


async def test_where_no_robot_assists_nobody_is_asked(hall: Opened) -> None:
    now = await hall(ROBOT)
    await now.talking()
    assert (now.told, now.robot.turns, now.assist._tasks) == ([], [], set())


async def test_who_waits_for_a_human_is_nobodys_to_give_advice_on(hall: Opened) -> None:
    now = await hall()
    await now.hears("uma", "Hello")
    await now.asked()
    assert now.robot.turns == []


async def test_quick_words_are_one_question_and_what_was_answered_is_none(hall: Opened) -> None:
    now = await hall()
    contact = await now.talking()
    await now.did(contact, e.AgentSpoke("ann", now.known[contact].epoch, (Text("At nine."),)))
    assert now.assist.latest == {}
    for word in ("And", "on", "Sunday?"):
        await now.hears("uma", word)
    await now.asked()
    assert [heard_in(turn) for turn in now.robot.turns] == [["When do you open?"], ["And", "on", "Sunday?"]]
    assert [each.by for each in now.robot.turns[-1].told] == ["customer", "agent"]


async def test_only_the_newest_question_counts(hall: Opened) -> None:
    now = await hall()
    first = Thinking(says("old"))
    now.robot.answers += [first, says("new")]
    contact = await now.talking()
    assert now.robot.thinking == 1
    await now.hears("uma", "I mean on Sunday")
    await now.asked()
    assert first.called_off
    assert [advice.words.say for advice in now.told] == [((Text("new"),),)]
    assert heard_in(now.robot.turns[-1]) == ["When do you open?", "I mean on Sunday"]
    assert now.assist.latest[contact].of == now.known[contact].seq


MOVES: dict[str, Callable[[AssistHall, str, int], Awaitable[object]]] = {
    "transferred": lambda hall, contact, epoch: hall.did(contact, e.Transferred("ann", epoch, to_queue="support")),
    "taken over": lambda hall, contact, epoch: hall.did(contact, e.TakenOver("bob", epoch)),
    "closed": lambda hall, contact, epoch: hall.did(contact, e.AgentClosed("ann", epoch)),
    "ended": lambda hall, contact, epoch: hall.did(contact, e.CustomerEnded()),
    "answered": lambda hall, contact, epoch: hall.did(contact, e.AgentSpoke("ann", epoch, (Text("Nine."),))),
    "lost": lambda hall, contact, epoch: hall.did(contact, e.AgentLost("ann")),
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("stubborn", [False, True])
async def test_advice_that_comes_late_is_dropped(hall: Opened, move: str, stubborn: bool) -> None:
    """Also from a robot that cannot be called off."""
    now = await hall()
    slow = Thinking(KNOWN, stubborn=stubborn)
    now.robot.answers.append(slow)
    contact = await now.talking()
    await MOVES[move](now, contact, now.known[contact].epoch)
    slow.go.set()
    for _ in range(20):
        await asyncio.sleep(0)
    assert slow.called_off
    assert not any(advice.agent == "ann" for advice in now.told)
    assert all(advice.agent != "ann" for advice in now.assist.latest.values())


async def test_advice_that_was_given_is_forgotten_when_the_contact_moves_on(hall: Opened) -> None:
    now = await hall()
    now.robot.answers += [KNOWN, KNOWN]
    contact = await now.talking()
    await now.did(contact, e.TakenOver("bob", now.known[contact].epoch))
    assert now.assist.latest == {}
    await now.asked()
    assert [advice.agent for advice in now.told] == ["ann", "bob"]


def breaks(turn: Turn) -> Words:
    raise ZeroDivisionError


WRONG: dict[str, Any] = {
    "an error with a name": Unreachable("It does not answer."),
    "a bug": breaks,
    "not words": lambda turn: "words",
    "knowledge that is none": Words(knowledge=(Knowledge("x", "y", "javascript:alert(1)"),)),
    "a score beyond all": Words(knowledge=(Knowledge("x", "y", score=3),)),
    "both endings": Words(hand_over=HandOver("x"), close="y"),
    "nothing for ever": Thinking(stubborn=True),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_robot_that_fails_disturbs_nobody(hall: Opened, wrong: str) -> None:
    now = await hall(within=timedelta(seconds=1))
    now.robot.answers.append(WRONG[wrong])
    contact = await now.hears("uma", "Hello")
    await now.did(contact, e.TakenOver("ann", now.known[contact].epoch))
    now.time.skip(GATHER_FOR)
    await asyncio.wait(now.assist._tasks, timeout=20)
    if isinstance(WRONG[wrong], Thinking):
        WRONG[wrong].go.set()  # or it would hang on for the rest of the test
        await asyncio.sleep(0)
    assert (now.told, now.came) == ([], {"advice_failed": 1})
    await now.hears("uma", "Are you there?")
    await now.asked()
    assert [advice.words.say for advice in now.told] == [((Text("Hello + Are you there?"),),)]


async def test_a_robot_that_fails_again_and_again_is_left_alone_for_a_while(hall: Opened) -> None:
    now = await hall()
    now.robot.answers += [Unreachable("No."), Unreachable("No.")]
    await now.talking()
    for word in ("one", "two"):
        await now.hears("uma", word)
        await now.asked()
    assert now.came == {"advice_failed": 2, "advice_rested": 1}
    now.time.skip(31)
    await now.hears("uma", "three")
    await now.asked()
    assert now.came["advised"] == 1


async def test_a_robot_taken_out_of_the_channel_is_asked_no_more(hall: Opened) -> None:
    now = await hall()
    contact = await now.talking()
    await now.engine.submit(Configured(center_of(ROBOT, PLUGINS), ()))
    await now.hears("uma", "More")
    await now.asked()
    assert len(now.told) == 1
    assert contact not in now.assist.latest


async def test_it_closes_while_a_robot_thinks(hall: Opened) -> None:
    now = await hall()
    now.robot.answers.append(Thinking(stubborn=False))
    await now.talking()
    await now.assist.close()
    assert now.assist._tasks == set()


def test_the_fake_is_the_robot_of_the_tenant() -> None:
    assert isinstance(center_of(CHANNEL, PLUGINS).robots["acme", "front"].robot, FakeRobot)
