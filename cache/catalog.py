"""Where items are written down. The real catalog is a table of the store, so that a message and its files commit together.

`MemoryCatalog` keeps the same promises in a dictionary, for tests and for trying things out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from cache.item import Item


class Catalog(Protocol):
    """Items by tenant and id. No method lets one tenant see another's."""

    async def get(self, tenant: str, item: str) -> Item | None:
        """The item, or None if this tenant has none with this id."""
        ...

    async def save(self, item: Item) -> None:
        """Write it down, in place of what was written under this tenant and id before."""
        ...

    async def delete(self, items: Iterable[Item]) -> None:
        """Forget these items; that one is not there is no error."""
        ...

    async def expired(self, now: datetime, limit: int) -> tuple[Item, ...]:
        """At most `limit` items of all tenants whose `expires_at` is not after `now`, oldest first."""
        ...

    async def references(self, sha256: str) -> int:
        """How many items of all tenants name this blob, as their original or as a rendition (`Item.hashes`)."""
        ...


class MemoryCatalog:
    """A `Catalog` that forgets everything with the process."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, str], Item] = {}

    async def get(self, tenant: str, item: str) -> Item | None:
        return self._items.get((tenant, item))

    async def save(self, item: Item) -> None:
        self._items[item.tenant, item.id] = item

    async def delete(self, items: Iterable[Item]) -> None:
        for item in items:
            self._items.pop((item.tenant, item.id), None)

    async def expired(self, now: datetime, limit: int) -> tuple[Item, ...]:
        due = (item for item in self._items.values() if item.expires_at <= now)
        return tuple(sorted(due, key=lambda item: (item.expires_at, item.id))[:limit])

    async def references(self, sha256: str) -> int:
        return sum(sha256 in item.hashes for item in self._items.values())
