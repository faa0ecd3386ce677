"""Robots are asked silently while a human talks: what comes of it is shown to that agent, and never said by itself.

Nothing waits for it and nothing is kept of it. A question is no row of the outbox: it is asked after the commit that brought the
customer's words, and is called off as soon as newer words come, the agent has answered, or the contact is somebody else's. After a
restart nobody asks again before the customer's next word. A robot that hangs or fails is told to the log, and after several failures
left alone for a while; its breaker is not that of the robot in front, for a missing suggestion is no reason to call a human.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from channels.errors import Malformed
from channels.robot import Turn, Why, Words
from channels.value import value
from channels.wire import Http
from ucs.core.contact import Contact, State
from ucs.runtime.center.center import Center, TenantRobot
from ucs.runtime.delivery.clockwork import Clockwork
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.work import Committed
from ucs.runtime.robots.breaker import Breaker
from ucs.runtime.robots.said import checked
from ucs.runtime.robots.turns import Asked, known_of, turn_of

log = structlog.get_logger("ucs.robots")
GATHER_FOR = 0.5  # seconds in which quick words become one question
ASK_WITHIN = timedelta(seconds=10)
SAYING = frozenset({"message", "tapped", "edited"})


@value
class Advice:
    """What a robot suggests to the agent who has a contact. `of`: the newest line that it knew."""

    tenant: str
    contact: str
    agent: str
    epoch: int
    of: int
    robot: str
    words: Words


@dataclass(slots=True)
class _Question:
    contact: str
    agent: str
    epoch: int
    of: int
    task: asyncio.Task[None] | None = None


class Assist:
    """`start()` after the engine has started, `await close()` before it closes. `latest`: advice that still holds, by contact."""

    def __init__(
        self,
        engine: Engine,
        http_for: Callable[[TenantRobot], Http],
        clockwork: Clockwork,
        tell: Callable[[Advice], None],
        turned: Callable[[str, str, float], None] = lambda robot, outcome, seconds: None,
        within: timedelta = ASK_WITHIN,
    ) -> None:
        self._within = within
        self.latest: dict[str, Advice] = {}
        self._engine = engine
        self._http_for = http_for
        self._clockwork = clockwork
        self._tell = tell
        self._turned = turned
        self._questions: dict[str, _Question] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._breakers: defaultdict[tuple[str, str], Breaker] = defaultdict(lambda: Breaker(clockwork.clock))
        self._center: Center | None = None
        self._robots: dict[str, TenantRobot] = {}

    def start(self) -> None:
        self._engine.listen(self._hear)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def robots(self) -> dict[str, TenantRobot]:
        """Which robot assists in which channel, as the center has it now."""
        center = self._engine.center
        if center is not self._center:
            wanted = {id: (each.tenant, each.setting.assist) for id, each in center.channels.items()}
            self._robots = {id: center.robots[key] for id, key in wanted.items() if key in center.robots}
            self._center = center
        return self._robots

    # -- when --------------------------------------------------------------------------------------------------------------

    def _hear(self, committed: Committed) -> None:
        robots = self.robots()
        if not robots and not self._questions and not self.latest:
            return
        for contact in committed.changed:
            self._forget_if_over(contact)
        for entry in committed.entries:
            contact = committed.contacts[entry.contact]
            if entry.kind == "joined" or (entry.by == "customer" and entry.kind in SAYING):
                self._forget(contact.id)
                if contact.channel in robots and contact.state is State.TALKING:
                    self._ask(contact, robots[contact.channel])
            elif entry.kind == "message" and entry.by.startswith("agent:"):
                self._forget(contact.id)

    def _forget_if_over(self, contact: Contact) -> None:
        known = self._questions.get(contact.id) or self.latest.get(contact.id)
        if known is not None and not _holds(contact, known):
            self._forget(contact.id)

    def _forget(self, contact: str) -> None:
        """Whatever was asked, or suggested, is about something older."""
        self.latest.pop(contact, None)
        question = self._questions.pop(contact, None)
        if question is not None and question.task is not None:
            question.task.cancel()

    def _ask(self, contact: Contact, robot: TenantRobot) -> None:
        question = self._questions[contact.id] = _Question(contact.id, contact.agent, contact.epoch, contact.seq)
        task = question.task = asyncio.get_running_loop().create_task(self._carry(question, contact, robot))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a robot could not be asked for advice", error=repr(error))

    # -- one question --------------------------------------------------------------------------------------------------------

    async def _carry(self, question: _Question, contact: Contact, robot: TenantRobot) -> None:
        await self._clockwork.wait(GATHER_FOR)
        breaker, began = self._breakers[contact.tenant, robot.id], self._clockwork.clock()
        turn = await self._turn(question, contact)
        outcome = "advice_moot"
        if turn.heard and not breaker.lets_through():
            outcome = "advice_rested"
        elif turn.heard:
            outcome = await self._advised(question, contact, robot, turn, breaker)
        if self._questions.get(contact.id) is question:
            del self._questions[contact.id]
        self._turned(f"{contact.tenant}/{robot.id}", outcome, self._clockwork.clock() - began)

    async def _turn(self, question: _Question, contact: Contact) -> Turn:
        """What the robot is asked: all that the customer has said since the agent's last word. What a robot in front remembers is
        that robot's, and is neither shown nor changed."""
        known = await self._engine.store.read(known_of(contact, question.of))
        now = self._engine.now()
        of = question.of
        asked = Asked("", contact.channel, contact.id, "", question.epoch, of, contact.answered, Why.HEARD, now)
        turn = turn_of(asked, contact, known, self._engine.center.policy(contact.channel), now)
        return replace(turn, key=f"{asked.key}:assist", memory={}, until=now + self._within, assist=True)

    async def _advised(
        self, question: _Question, contact: Contact, robot: TenantRobot, turn: Turn, breaker: Breaker
    ) -> str:
        """Ask, and tell the agent; returns what came of it."""
        task = asyncio.create_task(robot.robot.turn(turn, self._http_for(robot)))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # called off, it may fail unheard
        try:
            await asyncio.wait({task}, timeout=self._within.total_seconds())
        except asyncio.CancelledError:
            breaker.gave_up()
            raise
        finally:
            if not task.done():
                task.cancel()  # and not waited for: a robot may hang on to it
        words = _words_of(task)
        if isinstance(words, str):
            breaker.failed(robot.setting.failures, robot.setting.rests_for.total_seconds())
            log.warning("a robot gave no advice", robot=robot.id, contact=contact.id, failure=words)
            return "advice_failed"
        breaker.worked()
        now = self._engine.memory.contacts.get(contact.id)
        if now is None or not _holds(now, question):
            return "advice_moot"
        if words.say or words.knowledge or words.intent:
            advice = Advice(
                contact.tenant, contact.id, question.agent, question.epoch, question.of, _name_of(robot), words
            )
            self.latest[contact.id] = advice
            self._tell(advice)
        return "advised"


def _words_of(task: asyncio.Task[Words]) -> Words | str:
    """What the robot said, or the name of what went wrong."""
    if not task.done() or task.cancelled():
        return "TimedOut"
    if (error := task.exception()) is not None:
        return type(error).__name__
    try:
        return checked(task.result())
    except Malformed as error:
        return f"Malformed: {error}"


def _name_of(robot: TenantRobot) -> str:
    return robot.setting.name or robot.id


def _holds(contact: Contact, known: _Question | Advice) -> bool:
    """Whether this agent still talks in it."""
    return (contact.state, contact.epoch, contact.agent) == (State.TALKING, known.epoch, known.agent)
