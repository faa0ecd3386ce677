"""How fast a skill queue moves, and so how long somebody at a place in it will wait.

An estimate, told to customers as one ("about 4 minutes, at most 9"); nothing is decided by it. What counts is the time the
queue kept somebody waiting for each contact it gave away: an hour in which nobody waited says nothing about its pace.

The model, in three sentences. The time between two assignments counts from when the later contact began to wait, if that was
after the former; their mean is what one place costs, and places add up. The gap that is open now counts as time in which
nothing was given away, so an estimate grows while nothing moves. What is older than `FRESH_FOR` is forgotten, and with
fewer than `FEWEST` gaps left there is no estimate: none is better than a wrong one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from math import sqrt
from typing import Final, NamedTuple

from channels.value import value

WINDOW: Final = 50  # assignments remembered
FEWEST: Final = 5  # gaps an estimate needs
FRESH_FOR: Final = timedelta(hours=2)
NINE_IN_TEN: Final = 1.2816  # standard deviations above the mean of a normal distribution


class Fact(NamedTuple):
    """One contact was given away at `at` after it had `waited`."""

    at: datetime
    waited: timedelta


@value
class Estimate:
    """`likely`: as often longer as shorter, roughly; `at_most`: nine of ten wait no longer."""

    likely: timedelta
    at_most: timedelta


@value
class Pace:
    """The last assignments of one queue, oldest first. A value: `took` gives the next one."""

    facts: tuple[Fact, ...] = ()

    def took(self, at: datetime, waited: timedelta) -> Pace:
        """A contact was given away. Facts may come out of order: nodes have clocks of their own."""
        facts = (*self.facts, Fact(at, max(waited, timedelta(0))))
        if self.facts and facts[-1] < facts[-2]:
            facts = tuple(sorted(facts))
        return Pace(facts[-WINDOW:])

    def estimate(self, position: int, now: datetime, since: datetime | None = None) -> Estimate | None:
        """How long the contact at `position` (from 1) will yet wait, or None if too little is known.

        since    from when on somebody has been waiting without a break, where the caller knows: what was idle before it is
                 then not held against the queue
        """
        if position < 1:
            raise ValueError(f"Position {position} is none: places in a queue count from 1.")
        fresh = [fact for fact in self.facts if now - fact.at <= FRESH_FOR]
        gaps = [min(later.at - former.at, later.waited).total_seconds() for former, later in pairwise(fresh)]
        if len(gaps) < FEWEST:
            return None
        last = fresh[-1].at if since is None else max(fresh[-1].at, since)
        still = max(0.0, (now - last).total_seconds())
        mean = (sum(gaps) + still) / len(gaps)
        spread = sqrt((sum((gap - mean) ** 2 for gap in gaps) + max(0.0, still - mean) ** 2) / len(gaps))
        likely = position * mean
        return Estimate(timedelta(seconds=likely), timedelta(seconds=likely + NINE_IN_TEN * spread * sqrt(position)))
