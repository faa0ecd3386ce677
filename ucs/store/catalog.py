"""Items of the media cache as rows, and the catalog that the cache reads them from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Protocol

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, func, select

from cache.item import Item
from channels.value import value
from ucs.store import tables as t
from ucs.store.statements import Write
from ucs.store.store import Store, micros, moment


def item_from_json(text: bytes | str) -> Item:
    """The item that `media_row` wrote."""
    return _reader().validate_json(text)


def media_row(item: Item) -> tuple[Any, ...]:
    """An item as a row of the table `media`."""
    body = orjson.dumps(item, default=dict).decode()
    return (item.id, item.tenant, item.state.value, micros(item.expires_at), body)


def item_writes(item: Item) -> tuple[Write, ...]:
    """Everything to be written for an item: its row, and which blobs it names."""
    return (("put_media", media_row(item)), *(("put_media_blob", (sha256, item.id)) for sha256 in sorted(item.hashes)))


def item_of(row: Row[Any]) -> Item:
    """The item of a row. The column says when it expires: that may be brought forward without touching the body."""
    return replace(item_from_json(row.body), expires_at=moment(row.expires_at))


class Written(Protocol):
    """What `submit` is handed the writes to."""

    def write(self, name: str, *row: Any) -> None: ...


@value
class Rows:
    """An input of the engine: these rows, without a decision."""

    writes: tuple[Write, ...]

    def apply(self, work: Written) -> None:
        for name, row in self.writes:
            work.write(name, *row)


class StoreCatalog:
    """`cache.Catalog` over the tables `media` and `media_blob`: read beside the engine, written through it (`submit`)."""

    def __init__(self, store: Store, submit: Callable[[Rows], Awaitable[Any]]) -> None:
        self._store = store
        self._submit = submit

    async def get(self, tenant: str, item: str) -> Item | None:
        def run(connection: Connection) -> Item | None:
            row = connection.execute(select(t.media).where(t.media.c.id == item, t.media.c.tenant == tenant)).first()
            return None if row is None else item_of(row)

        return await self._store.read(run)

    async def save(self, item: Item) -> None:
        await self._submit(Rows(item_writes(item)))

    async def delete(self, items: Iterable[Item]) -> None:
        ids = [item.id for item in items]
        writes = [(name, (id,)) for name in ("drop_media", "drop_media_blob") for id in ids]
        if writes:
            await self._submit(Rows(tuple(writes)))

    async def expired(self, now: datetime, limit: int) -> tuple[Item, ...]:
        def run(connection: Connection) -> tuple[Item, ...]:
            query = select(t.media).where(t.media.c.expires_at <= micros(now))
            rows = connection.execute(query.order_by(t.media.c.expires_at, t.media.c.id).limit(limit))
            return tuple(item_of(row) for row in rows)

        return await self._store.read(run)

    async def references(self, sha256: str) -> int:
        query = select(func.count()).select_from(t.media_blob).where(t.media_blob.c.sha256 == sha256)
        return await self._store.read(lambda connection: int(connection.execute(query).scalar_one()))


@cache
def _reader() -> TypeAdapter[Item]:
    """Built when the first one is read: that takes longer than to import this."""
    return TypeAdapter(Item)
