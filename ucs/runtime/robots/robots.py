"""Robots are asked: each contact's turns one after the other, those of different contacts side by side.

A turn is a row of the outbox, so it is asked after the commit that made it, and again after a restart, with the same key. Its outcome
carries the epoch and the turn, and takes the row away in the same transaction; what comes too late is refused there and counted
here. When a contact moves on, the call that nobody waits for is given up.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, select

from channels.errors import ChannelError, Malformed, Refused, Unavailable
from channels.robot import Robot, Turn, Why, Words
from channels.wire import Http, Request
from ucs.core.contact import Contact, State
from ucs.runtime.center.center import TenantRobot
from ucs.runtime.delivery.clockwork import Clockwork
from ucs.runtime.delivery.commits import commit
from ucs.runtime.delivery.errand import trouble_of
from ucs.runtime.delivery.intake import Intake
from ucs.runtime.delivery.lanes import Lanes
from ucs.runtime.engine.arrived import reads_itself
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.inputs import Input, Wrote
from ucs.runtime.engine.work import Committed
from ucs.runtime.robots.aloud import Aloud
from ucs.runtime.robots.breaker import Breaker
from ucs.runtime.robots.kept_http import KeptHttp, RobotHttp
from ucs.runtime.robots.ready import Ready
from ucs.runtime.robots.said import Answered, Dropped, Failed, checked, events_of, hidden
from ucs.runtime.robots.turns import Asked, asked_of, known_of, turn_of
from ucs.store import tables as t

log = structlog.get_logger("ucs.robots")
END_WITHIN = timedelta(seconds=5)  # how long a robot may take to hear of the end
HttpForRobot = Callable[[TenantRobot], RobotHttp]
Told = Callable[[Contact, str], None]
Turned = Callable[[str, str, float], None]  # robot, outcome, seconds


class TimedOut(ChannelError):
    """The robot did not answer within the turn's deadline."""


class Rests(ChannelError):
    """The robot has failed too often in a row and is left alone for a while."""


@dataclass(slots=True)
class _Call:
    """A turn under way. `over`: the contact has moved on, and nobody waits for the answer."""

    asked: Asked
    task: asyncio.Task[Words]
    over: bool = False


class Robots:
    """`await start()` after the engine has started, `await close()` before it closes."""

    def __init__(
        self,
        engine: Engine,
        http_for: HttpForRobot,
        clockwork: Clockwork,
        turned: Turned = lambda robot, outcome, seconds: None,
        told: Told = lambda contact, text: None,
    ) -> None:
        self._engine = engine
        self._http_for = http_for
        self._clockwork = clockwork
        self._turned = turned
        self._told = told
        self._lanes: Lanes[str, Asked] = Lanes(self._carry, self._spoil)
        self._intake = Intake(
            engine, frozenset({"turn"}), lambda asked: self._lanes.put(asked.contact, asked), asked_of
        )
        self._breakers: defaultdict[tuple[str, str], Breaker] = defaultdict(lambda: Breaker(clockwork.clock))
        self._calls: dict[str, _Call] = {}
        self._kept: dict[str, KeptHttp] = {}  # of the turns under way, by contact, as are the calls
        self._aloud: dict[str, Aloud] = {}
        self._ends: set[asyncio.Task[None]] = set()
        self._ready = Ready(clockwork)

    async def start(self) -> None:
        self._engine.listen(self._hear)
        left = await self._engine.store.read(_left_over)
        if left:
            await self._engine.submit(Wrote(tuple(("drop_robot_memory", (id,)) for id in left)))
        await self._intake.start()
        self._get_ready()

    async def close(self, within: float = 5.0) -> None:
        """What is under way is asked again after the next start."""
        self._intake.close()
        await self._lanes.close(within)
        await self._ready.close()
        for task in self._ends:
            task.cancel()
        await asyncio.gather(*self._ends, return_exceptions=True)

    @property
    def waiting(self) -> int:
        """How many turns are not done."""
        return len(self._lanes)

    def saying(self, contact: str) -> str:
        """How far the robot has got with what it is saying in this contact, for a page that comes meanwhile."""
        aloud = self._aloud.get(contact)
        return "" if aloud is None else aloud.shown

    # -- one turn ----------------------------------------------------------------------------------------------------------

    async def _carry(self, asked: Asked) -> None:
        await self._turn(asked)
        self._forget(asked)  # a bug leaves it to `_spoil`

    async def _turn(self, asked: Asked) -> None:
        began, contact = self._clockwork.clock(), self._current(asked)
        if contact is None:
            await self._drop(asked, "moot", began)
            return
        robot = self._engine.center.robots.get((contact.tenant, asked.robot))
        try:
            if robot is None:
                raise Malformed(f"There is no robot {asked.robot!r} any more.")
            kept = self._kept[asked.contact] = KeptHttp(self._http_for(robot))
            words = await self._ask(robot, asked, contact, kept)
            if words is None:
                await self._drop(asked, "moot", began)
                return
            state = await self._commit(Answered(asked, events_of(asked, hidden(words, kept.hide)), words.memory))
        except Refused:  # it did answer
            self._breakers[contact.tenant, asked.robot].worked()
            await self._drop(asked, "late", began)
        except ChannelError as error:
            await self._fail(asked, robot, error, began)
        else:
            self._breakers[contact.tenant, asked.robot].worked()
            self._count(asked, contact, _outcome(words, state), began)

    def _forget(self, asked: Asked) -> None:
        self._kept.pop(asked.contact, None)
        if aloud := self._aloud.pop(asked.contact, None):
            aloud.close()

    def _current(self, asked: Asked) -> Contact | None:
        """The contact, if it is still this turn that it waits for."""
        contact = self._engine.memory.contacts.get(asked.contact)
        return contact if contact is not None and _waits_for(contact, asked) else None

    async def _ask(self, robot: TenantRobot, asked: Asked, contact: Contact, http: Http) -> Words | None:
        """What the robot says, checked; None if nobody waits for it any more."""
        breaker = self._breakers[contact.tenant, asked.robot]
        if not breaker.lets_through():
            raise Rests(f"Robot {asked.robot} has failed several times in a row and is left alone for a while.")
        policy = self._engine.center.policy(contact.channel)
        known = await self._engine.store.read(known_of(contact, asked.turn))
        turn = turn_of(asked, contact, known, policy, self._engine.now())
        call = self._calls[asked.contact] = _Call(
            asked, asyncio.create_task(self._words(robot.robot, asked, turn, http))
        )
        if self._current(asked) is None:  # while we read
            call.over = True
        within = (turn.until - turn.at).total_seconds()
        try:
            if not call.over:
                await asyncio.wait({call.task}, timeout=within)
        finally:
            del self._calls[asked.contact]
            if not call.task.done():
                call.task.cancel()  # and not waited for: a robot may hang on to it
        if call.over:
            breaker.gave_up()
            return None
        if call.task.cancelled() or not call.task.done():
            raise TimedOut(f"Robot {asked.robot} did not answer within {within:g} s.")
        return checked(call.task.result())

    async def _words(self, robot: Robot[Any], asked: Asked, turn: Turn, http: Http) -> Words:
        channel = self._engine.center.channels.get(asked.channel)
        lexicon = None if channel is None else channel.policy.lexicon
        unseen = lexicon is not None and lexicon.looks_at("agent")  # nobody can tell yet what its half words become
        if channel is None or unseen or not reads_itself(channel) or type(robot).aloud is Robot.aloud:
            return await robot.turn(turn, http)

        def tell(text: str) -> None:
            if contact := self._engine.memory.contacts.get(asked.contact):
                self._told(contact, text)

        aloud = Aloud(self._clockwork, lambda: self._current(asked) is not None, tell)
        self._aloud[asked.contact] = aloud
        return await robot.aloud(turn, http, aloud.show)

    async def _fail(self, asked: Asked, robot: TenantRobot | None, error: Exception, began: float) -> None:
        trouble, answer, kept = trouble_of(error), None, self._kept.get(asked.contact)
        reason = trouble.reason if kept is None else kept.hide(trouble.reason)
        if kept is not None and kept.body and not isinstance(error, TimedOut | Rests):
            headers = {"content-type": kept.type}
            answer = Request(kept.method, kept.path, {}, headers, kept.body, self._engine.now())
        contact = self._engine.memory.contacts.get(asked.contact)
        if contact is not None and robot is not None and not isinstance(error, Rests):
            rest = robot.setting.rests_for.total_seconds()
            self._breakers[contact.tenant, asked.robot].failed(robot.setting.failures, rest)
        log.warning("a robot failed", robot=asked.robot, contact=asked.contact, failure=trouble.kind, reason=reason)
        try:
            await self._commit(Failed(asked, trouble.kind, reason, answer, kept is not None and kept.cut))
        except Refused:
            await self._drop(asked, "late", began)
        else:
            self._count(asked, contact, "rested" if isinstance(error, Rests) else "failed", began)

    async def _spoil(self, asked: Asked, error: Exception) -> None:
        """A bug, of ours or of the robot's."""
        contact = self._engine.memory.contacts.get(asked.contact)
        robot = self._engine.center.robots.get((contact.tenant, asked.robot)) if contact is not None else None
        await self._fail(asked, robot, error, self._clockwork.clock())
        self._forget(asked)

    async def _drop(self, asked: Asked, outcome: str, began: float) -> None:
        await self._commit(Dropped(asked.id))
        self._count(asked, self._engine.memory.contacts.get(asked.contact), outcome, began)

    async def _commit(self, input: Input) -> Any:
        with self._lanes.uninterrupted():
            return await commit(self._engine, input, self._clockwork)

    def _count(self, asked: Asked, contact: Contact | None, outcome: str, began: float) -> None:
        channel = self._engine.center.channels.get(asked.channel)
        tenant = contact.tenant if contact is not None else channel.tenant if channel is not None else ""
        self._turned(f"{tenant}/{asked.robot}", outcome, self._clockwork.clock() - began)

    # -- contacts that move on ---------------------------------------------------------------------------------------------

    def _hear(self, committed: Committed) -> None:
        if committed.center is not None:
            self._get_ready()
        for contact in committed.changed:
            call = self._calls.get(contact.id)
            if call is not None and not _waits_for(contact, call.asked):
                call.over = True
                call.task.cancel()
            if contact.state is State.CLOSED and contact.robot:
                task = asyncio.get_running_loop().create_task(self._end(contact))
                self._ends.add(task)
                task.add_done_callback(self._ends.discard)

    def _get_ready(self) -> None:
        self._ready.get(each.robot for each in self._engine.center.robots.values())

    async def _end(self, contact: Contact) -> None:
        """Tell a robot that wants to know, and forget what it remembered."""
        robot = self._engine.center.robots.get((contact.tenant, contact.robot))
        if robot is not None and type(robot.robot).ended is not Robot.ended:
            await self._tell_end(robot, contact)
        with suppress(Unavailable):
            await self._engine.submit(Wrote((("drop_robot_memory", (contact.id,)),)))

    async def _tell_end(self, robot: TenantRobot, contact: Contact) -> None:
        """Nobody waits for it, and what goes wrong in it is only told to the log."""
        turn = await self._last_turn(robot, contact)
        task = asyncio.create_task(robot.robot.ended(turn, self._http_for(robot)))
        try:
            await asyncio.wait({task}, timeout=END_WITHIN.total_seconds())
        finally:
            task.cancel()
        failed = "TimedOut" if not task.done() or task.cancelled() else repr(task.exception() or "")
        if failed != "''":
            log.warning("a robot did not hear of the end", robot=robot.id, contact=contact.id, error=failed)

    async def _last_turn(self, robot: TenantRobot, contact: Contact) -> Turn:
        known = await self._engine.store.read(known_of(contact, contact.seq))
        now = self._engine.now()
        asked = Asked(
            "", contact.channel, contact.id, robot.id, contact.epoch, contact.seq, contact.seq, Why.HEARD, now
        )
        turn = turn_of(asked, contact, known, self._engine.center.policy(contact.channel), now)
        return replace(turn, heard=(), until=now + END_WITHIN)


def _waits_for(contact: Contact, asked: Asked) -> bool:
    return (contact.state, contact.epoch, contact.turn) == (State.ROBOT, asked.epoch, asked.turn)


def _outcome(words: Words, state: State) -> str:
    if state is not State.ROBOT and state is not State.CLOSED:
        return "handed_over"
    return "closed" if state is State.CLOSED else "answered" if words.understood else "misunderstood"


def _left_over(connection: Connection) -> list[str]:
    """Contacts that are over and whose robot's memory a former process did not come to forget."""
    query = select(t.robot_memory.c.contact).join(t.contact, t.contact.c.id == t.robot_memory.c.contact)
    return list(connection.execute(query.where(t.contact.c.state == State.CLOSED.value)).scalars())
