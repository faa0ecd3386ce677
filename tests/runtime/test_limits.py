"""Token buckets: one for each key, full again with time, and never more of them than there is room for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import TooMany
from ucs.runtime import limits
from ucs.runtime.limits import Limit, network_of


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_and_then_the_rate() -> None:
    clock = Clock()
    limit = Limit("customer", 2.0, 3.0, clock)
    for _ in range(3):
        limit.take("ann")
    with pytest.raises(TooMany, match=r"this customer: wait 0\.5 s") as refused:
        limit.take("ann")
    assert refused.value.retry_after == timedelta(seconds=0.5)
    clock.now += 0.5
    limit.take("ann")
    with pytest.raises(TooMany):
        limit.take("ann")


def test_what_one_does_costs_no_other_anything() -> None:
    limit = Limit("customer", 1.0, 1.0, Clock())
    limit.take("ann")
    limit.take("bob")
    with pytest.raises(TooMany):
        limit.take("ann")


def test_what_costs_more_waits_longer() -> None:
    clock = Clock()
    limit = Limit("customer", 1.0, 10.0, clock)
    limit.take("ann", 8.0)
    with pytest.raises(TooMany) as refused:
        limit.take("ann", 5.0)
    assert refused.value.retry_after == timedelta(seconds=3)


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 2)), max_size=200))
def test_nobody_gets_more_than_burst_and_rate(asked: list[tuple[float, int]]) -> None:
    clock = Clock()
    limit = Limit("customer", 2.0, 4.0, clock)
    given_at: dict[int, int] = {}
    for wait, key in asked:
        clock.now += wait
        try:
            limit.take(key)
        except TooMany:
            continue
        given_at[key] = given_at.get(key, 0) + 1
        assert given_at[key] <= 4.0 + 2.0 * clock.now + 1e-6


def test_waiting_as_long_as_it_says_always_works() -> None:
    clock = Clock()
    limit = Limit("customer", 0.3, 1.0, clock)
    limit.take("ann")
    for _ in range(50):
        with pytest.raises(TooMany) as refused:
            limit.take("ann")
        clock.now += refused.value.retry_after.total_seconds() + 1e-6
        limit.take("ann")


def test_keys_without_end_take_no_memory_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_KEYS", 100)
    clock = Clock()
    limit = Limit("address", 1.0, 2.0, clock)
    for number in range(10_000):
        limit.take(number)
        clock.now += 0.001
    assert len(limit._buckets) <= 101
    clock.now += 10
    limit.take("last")
    assert len(limit._buckets) <= 101


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:DB8:1:2::9", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("[2001:db8::1]:443", "[2001:db8::1]:443"),
        ("unknown", "unknown"),
    ],
)
def test_what_an_address_is_counted_under(address: str, network: str) -> None:
    assert network_of(address) == network
