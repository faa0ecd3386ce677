"""Durable assignments: contacts wait, agents become ready, every offer is decided, committed with a flush to disk, and told.

The engine, the router and the store as they are, in this process; what is left out is HTTP, which an offer does not pass. Measured
at 1,000, 10,000 and 100,000 waiting with a twentieth as many agents, three skills each. Every agent takes one contact.
"""

from __future__ import annotations

import asyncio
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
SIZES = (1_000, 10_000, 100_000)
LEAST = 400  # assignments to measure over, at least


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


async def rate(waiting: int) -> float:
    """Offers a second, from the first agent who becomes ready to the last offer told."""
    agents = max(LEAST, waiting // 20)
    async with inside(agents, QUEUES, capacity=10) as runtime:
        runtime.outward.profiles._closed = True  # nobody is asked for a name
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


def run(sizes: tuple[int, ...] = SIZES) -> dict[str, Any]:
    figures: dict[str, Any] = {f"assignments_per_s_{size}": asyncio.run(rate(size)) for size in sizes}
    figures["assignments_per_s"] = figures[f"assignments_per_s_{sizes[-1]}"]
    return figures
