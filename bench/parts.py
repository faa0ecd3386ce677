"""Where the time of an inbound message goes: each part of its way alone, in this process, in batches as the engine makes them.

Processor time; the least of many rounds counts, for whatever else runs on the machine only adds. What is left of `inbound_cpu_us`,
which a real server measures, is HTTP (`echo_cpu_us` is what a bare one takes), the hand-overs between threads, the sockets'
frames, and that nothing is as warm there as it is in a loop.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from bench.inside import inside
from bench.line_requests import webhook
from channels.wire import Request
from ucs.api.api import Api
from ucs.core import events as e
from ucs.core.contact import State
from ucs.core.seat import SeatState, SignedIn, StateChosen
from ucs.runtime.center.center import Channel
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.inputs import Did, SeatDid
from ucs.runtime.engine.performing import PERFORM
from ucs.runtime.engine.work import Work
from ucs.runtime.runtime import Runtime

CUSTOMERS, BATCH, ROUNDS = 200, 40, 80
PARTS = ("verify", "parse", "step", "write", "commit", "tell")


class Ears:
    """Stands where an agent's socket would: frames are made for it."""

    epoch = 1
    session = ""

    def push(self, frame: bytes) -> None:
        pass


def requests(count: int, dice: random.Random) -> list[Request]:
    """Signed webhooks of customers in turn, as the HTTP server hands them over."""
    made = []
    for number in range(count):
        head, _, body = webhook(number % CUSTOMERS, dice).partition(b"\r\n\r\n")
        lines = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        headers = {name.lower(): value for name, value in lines}
        made.append(Request("POST", "/hooks/line0", {}, headers, body, datetime.now(UTC)))
    return made


async def talk(runtime: Runtime, dice: random.Random) -> None:
    """Every customer talks with the one agent."""
    adapter, engine = runtime.engine.center.channel("line0").adapter, runtime.engine
    opening = [Arrived("line0", tuple(adapter.parse(each)), each) for each in requests(CUSTOMERS, dice)]
    await asyncio.gather(*(engine.submit(each) for each in opening))
    await engine.submit(SeatDid("bench", "agent0", SignedIn()))
    runtime.presence.heard("bench", "agent0")
    await engine.submit(SeatDid("bench", "agent0", StateChosen(SeatState.IDLE)))
    while any(contact.state is not State.TALKING for contact in engine.memory.contacts.values()):
        offered = [each for each in engine.memory.contacts.values() if each.state is State.OFFERED]
        await asyncio.gather(*(engine.submit(Did(each.id, e.Accepted("agent0", each.epoch))) for each in offered))
        await asyncio.sleep(0.01)


def timed(spent: dict[str, float], part: str, act: Callable[[], Any]) -> Any:
    began = time.thread_time()
    result = act()
    spent[part] = spent.get(part, 0.0) + time.thread_time() - began
    return result


def verify_all(channel: Channel, batch: list[Request]) -> None:
    for request in batch:
        channel.adapter.verify(request)


def one_batch(runtime: Runtime, batch: list[Request]) -> dict[str, float]:
    """Seconds that each part took for a whole batch."""
    engine, channel, spent = runtime.engine, runtime.engine.center.channel("line0"), dict[str, float]()
    timed(spent, "verify", partial(verify_all, channel, batch))
    events = timed(spent, "parse", lambda: [tuple(channel.adapter.parse(request)) for request in batch])

    def run(connection: Connection) -> Work:
        work = Work(connection, engine.memory, engine.center, engine.now(), engine.new_id, PERFORM)
        inputs = [Arrived(channel.id, each, request) for each, request in zip(events, batch, strict=True)]
        timed(spent, "step", lambda: [work.attempt(each.apply) for each in inputs])
        timed(spent, "write", lambda: work.flush(engine.store.statements))
        return work

    work = timed(spent, "commit", lambda: engine.store.write(run))
    spent["commit"] -= spent["step"] + spent["write"]
    timed(spent, "tell", lambda: engine.tell(work.remember()))
    return spent


async def measure() -> dict[str, float]:
    dice = random.Random(1)
    async with inside(capacity=CUSTOMERS * 10) as runtime:
        api = Api(runtime)
        await talk(runtime, dice)
        api.live.agents["bench", "agent0"].add(Ears())  # type: ignore[arg-type]  # all of a socket that is used here
        waiting = requests(BATCH * ROUNDS, dice)
        rounds = [one_batch(runtime, waiting[place : place + BATCH]) for place in range(0, len(waiting), BATCH)]
    return {f"part_{part}_us": min(each[part] for each in rounds) / BATCH * 1e6 for part in PARTS}


def run() -> dict[str, Any]:
    return asyncio.run(measure())
