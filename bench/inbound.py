"""The whole way in: a signed LINE webhook, verified, parsed, deduplicated, stepped, committed with a flush to disk, answered, and
pushed to the WebSocket of the agent who talks to that customer. Beside it, in turns, a raw aiohttp echo of the same
bodies on the same processor.

`inbound_ratio` is requests per second of our whole process on one processor, divided by the echo's; `inbound_cpu_ratio` the same for
requests per second of processor time, which a noisy neighbour disturbs less. Both are medians over several servers.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import aiohttp

from bench.desk import Agent
from bench.line_requests import webhook
from bench.load import write_requests
from bench.server import AGENTS, LOAD_CORE, Server, echoing, keep_to, pinned, running

CUSTOMERS = 500
CONNECTIONS = 64
SERVERS = 5
ROUNDS = 3
SECONDS = 3.0
MOST = 18_000  # requests a second that are made ready

Rows = list[dict[str, float]]  # one for each round


async def load(server: Server, requests: Path, seconds: float, connections: int) -> dict[str, float]:
    """What the load generator measured, and the processor time that the server used meanwhile."""
    before = server.cpu()
    command = [*pinned(LOAD_CORE), sys.executable, "-m", "bench.load", str(server.port), str(connections), str(seconds)]
    generator = await asyncio.create_subprocess_exec(*command, str(requests), stdout=asyncio.subprocess.PIPE)
    out, _ = await generator.communicate()
    figures: dict[str, float] = json.loads(out)
    if figures["failed"] or not figures["answered"]:
        raise RuntimeError(f"Not every request was taken: {figures}")
    figures["per_cpu_second"] = figures["answered"] / (server.cpu() - before)
    return figures


def made(file: Path, count: int, dice: random.Random) -> Path:
    write_requests(file, [webhook(dice.randrange(CUSTOMERS), dice) for _ in range(count)])
    return file


async def measure(folder: Path) -> dict[str, Any]:
    """Over several servers, each a process and a database of its own: the same code is a tenth faster in one than in another."""
    dice = random.Random()
    served = []
    with echoing() as echo:
        for number in range(SERVERS):
            with running(folder / f"data{number}") as server:
                served.append(await _turns(server, echo, folder, dice))
    return summary(served)


async def _turns(server: Server, echo: Server, folder: Path, dice: random.Random) -> tuple[Rows, Rows]:
    """What this server did in each round, and the echo in between."""
    async with aiohttp.ClientSession() as session:
        agents = [Agent(server, f"agent{number}", session) for number in range(AGENTS)]
        for agent in agents:
            await agent.sign_in()
            agent.accept_all()
            await agent.ready()
        opening = [webhook(customer, dice) for customer in range(CUSTOMERS)]
        write_requests(folder / "opening", opening)
        await load(server, folder / "opening", 30, 8)
        await _until_all_talk(agents)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            pushed = sum(agent.pushed for agent in agents)
            ours.append(await load(server, made(folder / "ours", int(MOST * SECONDS), dice), SECONDS, CONNECTIONS))
            await asyncio.sleep(0.5)
            pushed = sum(agent.pushed for agent in agents) - pushed
            if pushed < ours[-1]["answered"]:
                raise RuntimeError(f"{ours[-1]['answered']} were answered and only {pushed} pushed.")
            echoed = made(folder / "echo", int(MOST * 2.5 * SECONDS), dice)
            theirs.append(await load(echo, echoed, SECONDS, CONNECTIONS))
        for agent in agents:
            agent.close()
    return ours, theirs


async def _until_all_talk(agents: list[Agent]) -> None:
    for _ in range(600):
        if sum(agent.pushed for agent in agents) >= 2 * CUSTOMERS and all(agent.offered.empty() for agent in agents):
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)


def summary(served: list[tuple[Rows, Rows]]) -> dict[str, Any]:
    """Medians over all rounds; `inbound_ratio_slowest` is the ratio of the slowest server alone."""
    ours, theirs = [row for rows, _ in served for row in rows], [row for _, rows in served for row in rows]
    ratios = [_median(ours, "rate") / _median(theirs, "rate") for ours, theirs in served]
    return {
        "inbound_per_s": _median(ours, "rate"),
        "echo_per_s": _median(theirs, "rate"),
        "inbound_ratio": statistics.median(ratios),
        "inbound_ratio_slowest": min(ratios),
        "inbound_cpu_us": 1e6 / _median(ours, "per_cpu_second"),
        "echo_cpu_us": 1e6 / _median(theirs, "per_cpu_second"),
        "inbound_cpu_ratio": _median(ours, "per_cpu_second") / _median(theirs, "per_cpu_second"),
        "inbound_p50_ms": _median(ours, "p50_ms"),
        "inbound_p99_ms": _median(ours, "p99_ms"),
    }


def _median(rows: Rows, name: str) -> float:
    return statistics.median(row[name] for row in rows)


def run() -> dict[str, Any]:
    keep_to(LOAD_CORE)  # the agents, who read what is pushed, are load as well
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(Path(folder)))


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
