"""What is counted, in plain dictionaries: counting costs a look-up, and everything Prometheus wants is made when it asks.

`/metrics` adds what only has to be read: open contacts, seats, queues, the outbox. Names begin with `ucs_`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

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
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._durations: defaultdict[tuple[str, str], Histogram] = defaultdict(Histogram)
        self._events: Counter[tuple[str, str]] = Counter()
        self._failures: Counter[str] = Counter()
        self._calls: Counter[tuple[str, str]] = Counter()
        self._turns: defaultdict[tuple[str, str], Histogram] = defaultdict(Histogram)

    def asked(self, method: str, route: str, status: int, seconds: float) -> None:
        """One HTTP request is answered. How long a WebSocket was open says nothing about us."""
        method = method if method in METHODS else "other"
        self._requests[method, route, status] += 1
        if status != 101:
            self._durations[method, route].add(seconds)

    def happened(self, channel: str, outcome: str) -> None:
        """What became of something that came in over a channel or went out."""
        self._events[channel, outcome] += 1
        if outcome in OF_FAILURES:
            self._failures[outcome] += 1

    def failed(self, metric: str) -> None:
        """An error of ours, by its name in `FAILURES`."""
        self._failures[metric] += 1

    def called(self, seen: CallSeen) -> None:
        """A call to a platform is over."""
        self._calls[seen.channel, str(seen.status) if seen.status else seen.failed] += 1

    def turned(self, robot: str, outcome: str, seconds: float) -> None:
        """A robot's turn is over: answered, misunderstood, handed_over, closed, failed, rested (not asked, for it had failed too
        often), late (its words were refused) or moot (nobody waited for it any more). While a
        human talks: advised, advice_failed, advice_rested, advice_moot."""
        self._turns[robot, outcome].add(seconds)

    def families(self) -> Iterator[Metric]:
        yield counter("ucs_http_requests", "Requests answered", ("method", "route", "status"), self._requests.items())
        yield histogram("ucs_http_seconds", "How long requests took", ("method", "route"), self._durations)
        yield counter(
            "ucs_channel_events", "Events by channel and outcome", ("channel", "outcome"), self._events.items()
        )
        yield counter(
            "ucs_failures", "Failures by kind", ("kind",), (((kind,), n) for kind, n in self._failures.items())
        )
        yield histogram("ucs_robot_turn_seconds", "Robots' turns by outcome", ("robot", "outcome"), self._turns)
        yield counter("ucs_calls", "Calls to platforms by status", ("channel", "status"), self._calls.items())


Labels = tuple[object, ...]


def counter(
    name: str,
    about: str,
    labels: tuple[str, ...],
    values: Iterable[tuple[Labels, float]],
) -> Metric:
    family = CounterMetricFamily(name, about, labels=labels)
    for key, value in values:
        family.add_metric([str(label) for label in key], value)
    return family


def gauge(name: str, about: str, labels: tuple[str, ...], values: Iterable[tuple[Labels, float]]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=labels)
    for key, value in values:
        family.add_metric([str(label) for label in key], value)
    return family


def histogram(name: str, about: str, labels: tuple[str, ...], values: Mapping[tuple[str, str], Histogram]) -> Metric:
    family = HistogramMetricFamily(name, about, labels=labels)
    for key, value in values.items():
        family.add_metric(list(key), value.cumulated(), value.total)
    return family


class Collected(Collector):
    """These families, once."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def registry_of(families: Iterable[Metric]) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collected(list(families)))
    return registry
