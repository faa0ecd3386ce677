"""Items of the media cache as rows, and the catalog that the cache reads them from."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import TypeAdapter

from cache.item import Item
from ucs.store.store import micros

_ITEM: TypeAdapter[Item] = TypeAdapter(Item)


def item_from_json(text: bytes | str) -> Item:
    """The item that `media_row` wrote."""
    return _ITEM.validate_json(text)


def media_row(item: Item) -> tuple[Any, ...]:
    """An item as a row of the table `media`."""
    body = orjson.dumps(item, default=dict).decode()
    return (item.id, item.tenant, item.state.value, micros(item.expires_at), body)
