"""How many messages may still follow what a customer said or pressed, on platforms that count them and open the count anew with each
word of the customer's.

It is asked before anything of a message goes out, so that none goes out by half. In memory: after a restart it begins at nothing, and
the platform itself says when it is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.adapter import Adapter
from channels.value import value
from ucs.runtime.delivery.errand import Errand

MOST_CUSTOMERS = 10_000
Key = tuple[str, bool]  # an address, and whether it is about what was pressed there


@value
class Opening:
    """What one word of the customer's allows: `quota` messages until then (None: any number)."""

    key: Key
    until: datetime
    quota: int | None


def openings(errand: Errand, adapter: Adapter[Any], now: datetime) -> Iterator[Opening]:
    """Those that are open now; the one that ends first comes first, and is used up first."""
    until, pressed_until = errand.window_closed_at, errand.pressed_until
    if until is None:
        return
    if pressed_until is not None and pressed_until >= now:
        yield Opening((errand.address, True), pressed_until, adapter.press_quota())
    if until != pressed_until and until >= now:
        yield Opening((errand.address, False), until, adapter.reply_quota())


@dataclass(slots=True)
class _Used:
    until: datetime
    messages: int = 0


class Allowance:
    """One channel's. A window is known by its end: a later one belongs to a later word of the customer's."""

    def __init__(self) -> None:
        self._used: dict[Key, _Used] = {}
        self._most = MOST_CUSTOMERS

    def used(self, opening: Opening) -> int:
        """How many have gone out since the customer's last word that we know of."""
        known = self._used.get(opening.key)
        return 0 if known is None or known.until < opening.until else known.messages

    def holds(self, opening: Opening, messages: int) -> bool:
        return opening.quota is None or self.used(opening) + messages <= opening.quota

    def use(self, opening: Opening, messages: int, now: datetime) -> None:
        known = self._used.get(opening.key)
        if known is None or known.until < opening.until:
            if known is None and len(self._used) >= self._most:
                self._sweep(now)
            known = self._used[opening.key] = _Used(opening.until)
        known.messages += messages

    def _sweep(self, now: datetime) -> None:
        """Forget windows that have closed. The next time is when there are twice as many as are left, so that however many there
        are, each costs a look or two."""
        self._used = {key: each for key, each in self._used.items() if each.until >= now}
        self._most = max(MOST_CUSTOMERS, 2 * len(self._used))
