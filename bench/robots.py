"""Robots: a thousand customers in one process talk with a robot that thinks for 200 ms. What do we add, and is every word answered?

Customers write when they have read and thought, a few seconds after each answer, as people do. `added` is the time from the word to
the commit of its answer, without what the robot itself takes. Meanwhile one robot's call hangs for a minute; who waits for it is
nobody else. The burst is not what people do: all of them write in the same moment.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from bench.inside import inside
from bench.memory import own_rss_mb
from bench.thinker import THINKS
from channels.events import MessageReceived
from channels.parts import Text
from ucs.core.contact import State
from ucs.runtime.center.center import Document
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.work import Committed
from ucs.runtime.runtime import Runtime

CUSTOMERS, WORDS = 1_000, 6
READS = (2.0, 8.0)  # seconds between an answer and the next word
FRONT = (
    Document("robot", "bench", "front", {"robot": "thinker"}),
    Document(
        "channel",
        "bench",
        "chat",
        {"adapter": "webchat", "queue": "queue0", "robot": {"robot": "front", "turn_within": "70s"}},
    ),
)


class Crowd:
    """The customers, and what each has heard."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.heard: defaultdict[str, list[str]] = defaultdict(list)
        self.waits: dict[str, asyncio.Future[float]] = {}
        runtime.engine.listen(self.hear)

    def hear(self, committed: Committed) -> None:
        now = time.perf_counter()
        for entry in committed.entries:
            if entry.kind == "message" and entry.by.startswith("robot:"):
                address = committed.contacts[entry.contact].address
                self.heard[address].append(entry.body["parts"][0].text)
                waits = self.waits.pop(address, None)
                if waits is not None:
                    waits.set_result(now)

    async def say(self, address: str, text: str) -> float:
        """Seconds that we have added to what the robot takes."""
        answered = self.waits[address] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        await self.put(address, text)
        at: float = await answered
        return at - began - THINKS

    async def put(self, address: str, text: str) -> None:
        said = MessageReceived(f"{address}:{text}", datetime.now(UTC), address, (Text(text),))
        await self.runtime.engine.submit(Arrived("chat", (said,), strict=True))

    async def talk(self, address: str, dice: random.Random) -> list[float]:
        added = []
        for number in range(WORDS):
            await asyncio.sleep(dice.uniform(*READS))
            added.append(await self.say(address, f"word{number}"))
        return added


async def measured() -> dict[str, Any]:
    dice = random.Random(7)
    async with inside(more=FRONT) as runtime:
        crowd = Crowd(runtime)
        await crowd.put("hanging", "hang")
        names = [f"customer{number}" for number in range(CUSTOMERS)]
        began = time.perf_counter()
        added = sorted(
            each for mine in await asyncio.gather(*(crowd.talk(name, dice) for name in names)) for each in mine
        )
        took = time.perf_counter() - began
        wanted = [f"word{number}" for number in range(WORDS)]
        wrong = sum(crowd.heard[name] != wanted for name in names)
        hung = [each for each in runtime.engine.memory.contacts.values() if each.address == "hanging"]
        burst = sorted(await asyncio.gather(*(crowd.say(name, "all at once") for name in names)))
        return {
            "robot_contacts": CUSTOMERS,
            "robot_turns_per_s": len(added) / took,
            "robot_added_p50_ms": added[len(added) // 2] * 1000,
            "robot_added_p99_ms": added[len(added) * 99 // 100] * 1000,
            "robot_burst_p99_ms": burst[len(burst) * 99 // 100] * 1000,
            "robot_wrong_contacts": wrong + sum(each.state is not State.ROBOT for each in hung),
            "robot_rss_mb": own_rss_mb(),
        }


def run() -> dict[str, Any]:
    return asyncio.run(measured())
