"""How fast a channel may send: a token bucket for the account and one for each customer, and a brake for "slow down".

Turns are given out in the order they are asked for. Who waits for a turn holds nothing that anybody else needs. The rates are the
manifest's; retrying is `sending.py`'s.
"""

from __future__ import annotations

from channels.manifest import Pace
from ucs.runtime.delivery.clockwork import Clockwork

SLOWEST = 1 / 32  # of the manifest's rate, however often the platform asks us to slow down
RECOVERS_WITHIN = 30.0  # seconds of peace after which the rate doubles again
MOST_CUSTOMERS = 10_000


class Bucket:
    """`rate` tokens a second, at most `burst` saved up. What is not there yet is lent: the answer is how long to wait for it."""

    __slots__ = ("_empty_at", "burst", "rate")

    def __init__(self, rate: float, burst: float) -> None:
        self.rate = rate
        self.burst = burst
        self._empty_at = float("-inf")  # when it was, or will be, without a token

    def take(self, cost: float, now: float, part: float = 1.0) -> float:
        """Seconds until `cost` tokens are there, with the bucket filling at `part` of its rate. They are taken already."""
        rate = self.rate * part
        self._empty_at = max(self._empty_at, now - self.burst / rate) + cost / rate
        return max(0.0, self._empty_at - now)

    def full(self, now: float) -> bool:
        return now - self._empty_at >= self.burst / self.rate


class Pacing:
    """The turns of one channel."""

    def __init__(self, pace: Pace, clockwork: Clockwork) -> None:
        self.pace = pace
        self._clockwork = clockwork
        self._account = Bucket(pace.account, pace.burst)
        self._customers: dict[str, Bucket] = {}
        self._most = MOST_CUSTOMERS
        self._stopped_until = float("-inf")
        self._part = 1.0

    async def turn(self, address: str, cost: int) -> None:
        """Come back when `cost` messages may go to this customer."""
        clock, wait = self._clockwork.clock, self._clockwork.wait
        if delay := self._bucket(address).take(cost, clock()):
            await wait(delay)
        if delay := self._account.take(cost, clock(), self.part(clock())):
            await wait(delay)
        while (delay := self._stopped_until - clock()) > 0:
            await wait(delay)

    def slow(self, seconds: float) -> None:
        """The platform asked for it: nothing for so long, and then at half the rate. The rate comes back with time."""
        now = self._clockwork.clock()
        self._part = max(SLOWEST, self.part(now) / 2)
        self._stopped_until = max(self._stopped_until, now + seconds)

    def part(self, now: float) -> float:
        """Of the manifest's rate, how much we use now."""
        if self._part == 1.0 or now < self._stopped_until:
            return self._part
        return min(1.0, self._part * float(2 ** int(min((now - self._stopped_until) // RECOVERS_WITHIN, 10))))

    def _bucket(self, address: str) -> Bucket:
        bucket = self._customers.get(address)
        if bucket is None:
            if len(self._customers) >= self._most:
                now = self._clockwork.clock()
                self._customers = {name: each for name, each in self._customers.items() if not each.full(now)}
                self._most = max(
                    MOST_CUSTOMERS, 2 * len(self._customers)
                )  # so that each costs a look or two, however many there are
            bucket = self._customers[address] = Bucket(self.pace.customer, self.pace.burst)
        return bucket
