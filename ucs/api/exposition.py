"""`/metrics` as Prometheus reads it: what `metrics` has counted, and what only has to be read, which is open contacts, seats, queues
and the outbox. Names begin with `ucs_`. Imported when Prometheus asks for the first time, for its library is not small.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from channels.health import Condition
from ucs.api.metrics import Histogram, Metrics

if TYPE_CHECKING:
    from ucs.api.api import Api

TYPE = CONTENT_TYPE_LATEST


def exposed(api: Api, outbox: Mapping[Any, int]) -> bytes:
    """Everything, in the text format; `outbox` is how many errands of a channel are in which state."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collected([*counted(api.metrics), *standing(api, outbox)]))
    return generate_latest(registry)


def counted(metrics: Metrics) -> Iterator[Metric]:
    """What has happened since the start."""
    yield counter("ucs_http_requests", "Requests answered", ("method", "route", "status"), metrics.requests.items())
    yield histogram("ucs_http_seconds", "How long requests took", ("method", "route"), metrics.durations)
    yield counter("ucs_channel_events", "Events by channel and outcome", ("channel", "outcome"), metrics.events.items())
    yield counter("ucs_failures", "Failures by kind", ("kind",), (((kind,), n) for kind, n in metrics.failures.items()))
    yield histogram("ucs_robot_turn_seconds", "Robots' turns by outcome", ("robot", "outcome"), metrics.turns)
    yield counter("ucs_calls", "Calls to platforms by status", ("channel", "status"), metrics.calls.items())


def standing(api: Api, outbox: Mapping[Any, int]) -> Iterator[Metric]:
    """What is so now."""
    engine, memory = api.runtime.engine, api.runtime.engine.memory
    contacts = Counter((contact.tenant, contact.state.value) for contact in list(memory.contacts.values()))
    seats = Counter((seat.tenant, seat.state.value) for seat in list(memory.seats.values()))
    waiting = {key: memory.waiting.get(key, 0) for key in api.center.queues}
    parked, checkups = api.runtime.outward.parking.parked, api.runtime.outward.checkups
    conditions = {id: list(Condition).index(checkups.health(id).condition) for id in checkups.known}
    yield gauge("ucs_contacts_open", "Open contacts", ("tenant", "state"), contacts.items())
    yield gauge("ucs_seats", "Seats by state", ("tenant", "state"), seats.items())
    yield gauge("ucs_queue_waiting", "Contacts waiting or offered", ("tenant", "queue"), waiting.items())
    yield gauge("ucs_outbox", "Errands not done", ("channel", "state"), outbox.items())
    yield gauge("ucs_channel_parked", "1: parked", ("channel",), (((id,), id in parked) for id in api.center.channels))
    told = (((id,), 2 if id in parked else worst) for id, worst in conditions.items() if id in api.center.channels)
    yield gauge(
        "ucs_channel_health", "0: ok, 1: degraded, 2: broken; only channels that were asked", ("channel",), told
    )
    yield gauge("ucs_sockets_open", "WebSockets", (), [((), len(api.sockets.open))])
    yield counter("ucs_engine_batches", "Transactions of the engine", (), [((), engine.batches)])
    yield counter("ucs_engine_inputs", "Inputs applied by the engine", (), [((), engine.applied)])


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
