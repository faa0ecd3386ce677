"""What is counted, in plain dictionaries: counting costs a look-up, and everything Prometheus wants is made when it asks, by
`exposition`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict

from ucs.core.failures import FAILURES
from ucs.runtime.http.network import CallSeen

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
OF_FAILURES = frozenset(failure.metric for failure in FAILURES.values())
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})


class Histogram:
    """How often something took how long, in buckets."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(BUCKETS, value)] += 1
        self.total += value

    def cumulated(self) -> list[tuple[str, float]]:
        sums, so_far = [], 0
        for bound, count in zip([*map(str, BUCKETS), "+Inf"], self.counts, strict=True):
            so_far += count
            sums.append((bound, float(so_far)))
        return sums


class Metrics:
    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.durations: defaultdict[tuple[str, str], Histogram] = defaultdict(Histogram)
        self.events: Counter[tuple[str, str]] = Counter()
        self.failures: Counter[str] = Counter()
        self.calls: Counter[tuple[str, str]] = Counter()
        self.turns: defaultdict[tuple[str, str], Histogram] = defaultdict(Histogram)

    def asked(self, method: str, route: str, status: int, seconds: float) -> None:
        """One HTTP request is answered. How long a WebSocket was open says nothing about us."""
        method = method if method in METHODS else "other"
        self.requests[method, route, status] += 1
        if status != 101:
            self.durations[method, route].add(seconds)

    def happened(self, channel: str, outcome: str) -> None:
        """What became of something that came in over a channel or went out."""
        self.events[channel, outcome] += 1
        if outcome in OF_FAILURES:
            self.failures[outcome] += 1

    def failed(self, metric: str) -> None:
        """An error of ours, by its name in `FAILURES`."""
        self.failures[metric] += 1

    def called(self, seen: CallSeen) -> None:
        """A call to a platform is over."""
        self.calls[seen.channel, str(seen.status) if seen.status else seen.failed] += 1

    def turned(self, robot: str, outcome: str, seconds: float) -> None:
        """A robot's turn is over: answered, misunderstood, handed_over, closed, failed, rested (not asked, for it had failed too
        often), late (its words were refused) or moot (nobody waited for it any more). While a
        human talks: advised, advice_failed, advice_rested, advice_moot."""
        self.turns[robot, outcome].add(seconds)
