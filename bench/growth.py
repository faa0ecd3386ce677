"""What an inbound message costs when a million are stored already, against ten thousand: the engine and the store, batches of 32.

The stored messages are other customers', with random ids spread over the last days, as a real table has them.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
import uuid
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bench.inside import inside
from bench.line_requests import webhook
from channels.wire import Request
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.runtime import Runtime, new_id
from ucs.store.store import micros

CUSTOMERS = 500
BATCH = 32
MESSAGES = 3_000
ROUNDS = 5
DAYS = 7
BODY = '{"parts":[{"text":"' + "Where is the other one that I have ordered? " * 6 + '","type":"text"}]}'


def prefill(runtime: Runtime, count: int, dice: random.Random) -> None:
    """Stored messages of closed contacts, twenty each, and their duplicate keys."""
    now = micros(datetime.now(UTC))
    left = count
    while left > 0:
        many = min(left, 20_000)
        writes: list[tuple[str, tuple[Any, ...]]] = []
        for number in range(many):
            if number % 20 == 0:
                contact = new_id()
                row = (contact, "bench", "line0", uuid.uuid4().hex, uuid.uuid4().hex, "closed", now, now, 20, "{}")
                writes.append(("add_contact", row))
            at = now - dice.randrange(DAYS * 86_400_000_000)
            writes.append(("add_entry", (contact, number % 20 + 1, at, "message", "customer", "all", BODY, None)))
            key = (at // 3_600_000_000, "line0", f"{dice.getrandbits(128):026x}")
            writes.append(("add_seen", (*key, None, None, "", at)))
        runtime.store.write(partial(runtime.store.statements.run, writes=writes))
        left -= many


async def cost(runtime: Runtime, dice: random.Random) -> float:
    """Microseconds a message: the median of several rounds."""
    adapter, now = runtime.engine.center.channel("line0").adapter, datetime.now(UTC)
    costs = []
    for _ in range(ROUNDS):
        bodies = [webhook(dice.randrange(CUSTOMERS), dice).split(b"\r\n\r\n", 1)[1] for _ in range(MESSAGES)]
        requests = [Request("POST", "/hooks/line0", {}, {}, body, now) for body in bodies]
        inputs = [Arrived("line0", tuple(adapter.parse(request)), request) for request in requests]
        started = time.perf_counter()
        for place in range(0, MESSAGES, BATCH):
            await asyncio.gather(*(runtime.engine.submit(each) for each in inputs[place : place + BATCH]))
        costs.append((time.perf_counter() - started) / MESSAGES * 1e6)
    return statistics.median(costs)


async def measure(stored: int) -> float:
    dice = random.Random(1)
    async with inside() as runtime:
        prefill(runtime, stored, dice)
        await cost(runtime, dice)  # the first round opens the contacts
        return await cost(runtime, dice)


def run(few: int = 10_000, many: int = 1_000_000) -> dict[str, Any]:
    small, large = asyncio.run(measure(few)), asyncio.run(measure(many))
    return {"cost_us_1e4": small, "cost_us_1e6": large, "growth_1e6_over_1e4": large / small}
