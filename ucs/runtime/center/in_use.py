"""What is to go and open contacts still need: they would belong to nobody, and what is said in them would reach nobody. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from ucs.core.contact import Contact, State
from ucs.runtime.center.center import Key


def in_use(gone: Collection[Key], contacts: Iterable[Contact]) -> Counter[Key]:
    """The channels and queues among these keys that open contacts need, and how many."""
    used: Counter[Key] = Counter()
    for contact in contacts:
        if contact.state is not State.CLOSED:
            needed = (("channel", contact.tenant, contact.channel), ("queue", contact.tenant, contact.queue))
            used.update(key for key in needed if key in gone)
    return used
