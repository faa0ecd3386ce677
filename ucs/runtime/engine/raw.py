"""Webhooks as they arrived, kept in the transaction of what came out of them: those that were understood many in a row of the
store, the others as rows of their own (`docs/decisions/0004` and `0006`). What only served to trust a request is not kept.

What is too large for a row lies in the media cache, as an item that nobody is shown, and the row names it (`docs/decisions/0025`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from cache.item import Item
from channels.wire import Request
from ucs.runtime.engine.bundles import content_type
from ucs.store.catalog import item_writes

if TYPE_CHECKING:
    from ucs.runtime.engine.work import Work


def keep_arrival(
    work: Work, channel: str, request: Request, outcome: str, reason: str, item: Item | None = None, **more: object
) -> None:
    """The request as it arrived, without what only served to trust it. `item` has its bytes where they are too many to be in `body`;
    `more` is what an admin will want to know of it."""
    head = {"method": request.method, "path": request.path, "content_type": content_type(request), **more}
    if item is not None:
        head |= {"media": item.id, "size": item.size}
    text = orjson.dumps(head).decode()
    work.write("add_arrival", work.new_id(), channel, work.at, outcome, reason, text, request.body)
    _keep_item(work, item)


def keep_understood(work: Work, channel: str, request: Request, item: Item | None) -> None:
    """Together with the others of this transaction."""
    work.requests.append((channel, request, item))
    _keep_item(work, item)


def _keep_item(work: Work, item: Item | None) -> None:
    for name, row in () if item is None else item_writes(item):
        work.write(name, *row)
