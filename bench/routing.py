"""How fast the router decides: `python -m bench.routing [scale]`.

No store, no socket: the pure core with a steady line of waiting contacts (three weights would be three lanes; here there
are two) and a twentieth as many agents of three skills each. Two directions, because they touch different ends:

freed      everybody is busy, agents become free one at a time, each gets the best contact and a new one joins the line
arriving   a full line nobody free can serve, contacts arrive one at a time, each gets the best of the free agents

A decision is told (`seat` or `wait`), made (`assign`) and confirmed (`seat` as the transaction left it).
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ucs.core.routing import Router, Seat, Waiting

NINE = datetime(2025, 3, 3, 9, tzinfo=UTC)
SIZES = (1_000, 10_000, 100_000)
QUEUES = tuple(f"queue-{number:02}" for number in range(20))
DECISIONS = 20_000


def contact(number: int, dice: random.Random, queue: str = "") -> Waiting:
    since = NINE + timedelta(milliseconds=number)
    return Waiting(f"contact-{number:09}", queue or dice.choice(QUEUES), dice.choice((10, 20)), 0, since)


def seats(count: int, dice: random.Random, free: int) -> list[Seat]:
    return [
        Seat(f"agent-{number:06}", {queue: dice.randint(1, 5) for queue in dice.sample(QUEUES, 3)}, free, NINE)
        for number in range(count)
    ]


def freed(waiting: int, decisions: int) -> float:
    """Decisions per second when agents become free."""
    dice = random.Random(waiting)
    router, agents = Router(), seats(waiting // 20, dice, 20)
    for number in range(waiting):
        router.wait(contact(number, dice))
    joining = [contact(waiting + number, dice) for number in range(decisions)]
    chosen = [dice.choice(agents) for _ in range(decisions)]
    busy = {agent.agent: Seat(agent.agent, agent.skills, 0, NINE) for agent in agents}
    made, now, started = 0, NINE + timedelta(days=1), time.perf_counter()
    for one, agent in zip(joining, chosen, strict=True):
        router.seat(agent)
        for assignment in router.assign(now):
            made += 1
            router.seat(busy[assignment.agent])
        router.seat(busy[agent.agent])
        router.wait(one)
    return made / (time.perf_counter() - started)


def arriving(waiting: int, decisions: int) -> float:
    """Decisions per second when contacts arrive while agents are free; the agent becomes free again right after."""
    dice = random.Random(waiting)
    router, agents = Router(), seats(waiting // 20, dice, 100)
    for number in range(waiting):
        router.wait(contact(number, dice, "queue-nobody-serves"))
    by_name = {agent.agent: agent for agent in agents}
    for agent in agents:
        router.seat(agent)
    served = sorted({queue for agent in agents for queue in agent.skills})
    joining = [contact(waiting + number, dice, dice.choice(served)) for number in range(decisions)]
    made, now, started = 0, NINE + timedelta(days=1), time.perf_counter()
    for one in joining:
        router.wait(one)
        now += timedelta(milliseconds=1)
        for assignment in router.assign(now):
            made += 1
            router.seat(Seat(assignment.agent, by_name[assignment.agent].skills, 100, now))
    return made / (time.perf_counter() - started)


DIRECTIONS: dict[str, Callable[[int, int], float]] = {"freed": freed, "arriving": arriving}


def run(scale: float = 1.0) -> dict[str, float]:
    """Decisions per second by direction and number of waiting contacts, such as `freed_100000`; `scale` shrinks both the
    line and the number of decisions, for a quick look."""
    return {
        f"{name}_{size}": measure(max(100, int(size * scale)), max(200, int(DECISIONS * scale)))
        for name, measure in DIRECTIONS.items()
        for size in SIZES
    }


def figures() -> dict[str, float]:
    """All of them, and the one that has a goal: the slower direction with 100,000 waiting."""
    measured = {f"routing_{name}": value for name, value in run().items()}
    return {**measured, "routing_per_s": min(measured["routing_freed_100000"], measured["routing_arriving_100000"])}


def main() -> None:
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    measured = run(scale)
    print(f"{'waiting':>10}" + "".join(f"{name:>12}/s" for name in DIRECTIONS))
    for size in SIZES:
        print(f"{int(size * scale):>10,}" + "".join(f"{measured[f'{name}_{size}']:>14,.0f}" for name in DIRECTIONS))


if __name__ == "__main__":
    main()
