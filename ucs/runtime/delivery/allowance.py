"""How many messages may still follow what a customer said, on platforms that count them and open the count anew with each word of
the customer's.

It is asked before anything of a message goes out, so that none goes out by half. In memory: after a restart it begins at nothing, and
the platform itself says when it is enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MOST_CUSTOMERS = 10_000


@dataclass(slots=True)
class _Used:
    until: datetime
    messages: int = 0


class Allowance:
    """One channel's. A reply window is known by its end: a later one belongs to a later word of the customer's."""

    def __init__(self) -> None:
        self._used: dict[str, _Used] = {}

    def used(self, address: str, until: datetime) -> int:
        """How many have gone out since the customer's last word that we know of."""
        known = self._used.get(address)
        return 0 if known is None or known.until < until else known.messages

    def use(self, address: str, until: datetime, messages: int, now: datetime) -> None:
        known = self._used.get(address)
        if known is None or known.until < until:
            if known is None and len(self._used) >= MOST_CUSTOMERS:
                self._used = {name: each for name, each in self._used.items() if each.until >= now}
            known = self._used[address] = _Used(until)
        known.messages += messages
