"""How much one sender may ask of us: a token bucket a key, for as many keys as there are senders.

Keys are never shared between customers: what one of them does costs no other anything. Buckets that are full again are forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv6Address

from channels.errors import TooMany

MOST_KEYS = 100_000
HALF = 64  # bits of an IPv6 address that name a network: whoever has one has every address in it


def network_of(address: str) -> str:
    """What an address is counted under. Who has an IPv6 address has 2^64 of them, and could come from another one each time."""
    if ":" not in address:
        return address
    try:
        found = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(found.ipv4_mapped or IPv6Address(int(found) >> HALF << HALF))


class Limit:
    """`rate` requests a second for each key, `burst` at once."""

    def __init__(self, name: str, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self.name = name
        self.rate = rate
        self.burst = burst
        self.clock = clock
        self._buckets: dict[object, tuple[float, float]] = {}  # key → tokens left, when that was

    def take(self, key: object, cost: float = 1.0) -> None:
        """Use one; raises `TooMany` with the time after which it will work."""
        now = self.clock()
        left, at = self._buckets.get(key, (self.burst, now))
        left = min(self.burst, left + (now - at) * self.rate)
        if left < cost:
            wait = timedelta(seconds=(cost - left) / self.rate)
            raise TooMany(
                f"Too many requests from this {self.name}: wait {wait.total_seconds():.1f} s.", retry_after=wait
            )
        self._buckets[key] = (left - cost, now)
        if len(self._buckets) > MOST_KEYS:
            self._forget(now)

    def _forget(self, now: float) -> None:
        full = [key for key, (left, at) in self._buckets.items() if left + (now - at) * self.rate >= self.burst]
        for key in full:
            del self._buckets[key]
        for key in list(self._buckets)[: max(0, len(self._buckets) - MOST_KEYS * 9 // 10)]:
            del self._buckets[key]  # room for many more, so that not every one of them has to look through all

    def forget(self, key: object) -> None:
        """This key will not come again; another of the same name shall not pay for it."""
        self._buckets.pop(key, None)
