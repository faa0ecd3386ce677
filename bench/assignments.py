"""Durable assignments: contacts wait, agents become ready, every offer is decided, committed with a flush to disk, and told.

The engine, the router and the store as they are, in this process; what is left out is HTTP, which an offer does not pass. Measured
with 1,000, 10,000 and 100,000 waiting; every agent has three skills and takes one contact. Medians of several rounds: the
shortest takes a twentieth of a second. `assignment_growth` is the cost of one at 100,000 by that at 1,000; the logarithm grows by
`LOGARITHM`.
"""

from __future__ import annotations

import asyncio
import math
import statistics
import time
from datetime import UTC, datetime
from typing import Any

from bench.inside import inside
from channels.events import MessageReceived
from channels.parts import Text
from ucs.core.seat import SeatState, SignedIn, StateChosen
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.inputs import SeatDid
from ucs.runtime.engine.work import Committed
from ucs.runtime.runtime import Runtime

QUEUES = 20
AGENTS = {1_000: 500, 10_000: 5_000, 100_000: 5_000}  # by how many wait
ROUNDS = {1_000: 9, 10_000: 5, 100_000: 3}
LOGARITHM = math.log(100_000) / math.log(1_000)


async def fill(runtime: Runtime, waiting: int) -> None:
    """So many contacts, each of another customer, over all queues."""
    now, made = datetime.now(UTC), 0
    while made < waiting:
        batch = range(made, min(made + 500, waiting))
        arriving = [
            runtime.engine.submit(
                Arrived(f"line{number % QUEUES}", [MessageReceived(f"e{number}", now, f"U{number}", (Text("hello"),))])
            )
            for number in batch
        ]
        await asyncio.gather(*arriving)
        made += len(batch)


async def rate(waiting: int, agents: int) -> float:
    """Offers a second, from the first agent who becomes ready to the last offer told."""
    async with inside(agents, QUEUES, capacity=10) as runtime:
        await fill(runtime, waiting)
        names = [f"agent{number}" for number in range(agents)]
        for start in range(0, agents, 200):
            part = names[start : start + 200]
            await asyncio.gather(*(runtime.engine.submit(SeatDid("bench", name, SignedIn())) for name in part))
            for name in part:
                runtime.presence.heard("bench", name)
        offered, over = 0, asyncio.get_running_loop().create_future()

        def hear(committed: Committed) -> None:
            nonlocal offered
            offered += sum(entry.kind == "offered" for entry in committed.entries)
            if offered >= agents and not over.done():
                over.set_result(None)

        runtime.engine.listen(hear)
        started = time.perf_counter()
        for name in names:
            runtime.engine.submit(SeatDid("bench", name, StateChosen(SeatState.IDLE)))
        async with asyncio.timeout(120):
            await over
        return agents / (time.perf_counter() - started)


def run() -> dict[str, Any]:
    rates = {
        size: statistics.median(asyncio.run(rate(size, agents)) for _ in range(ROUNDS[size]))
        for size, agents in AGENTS.items()
    }
    return {
        **{f"assignments_per_s_{size}": value for size, value in rates.items()},
        "assignments_per_s": rates[100_000],
        "assignment_growth": rates[1_000] / rates[100_000],
    }
