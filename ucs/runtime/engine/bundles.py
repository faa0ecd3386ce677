"""Webhooks that were understood, many in a row of the store (`docs/decisions/0006`). Pure."""

from __future__ import annotations

import orjson

from cache.item import Item
from channels.wire import Request


def content_type(request: Request) -> str:
    """What the sender calls it. A header may hold bytes that are no text."""
    return request.headers.get("content-type", "").encode("utf-8", "replace").decode()


def bundled(requests: list[tuple[str, Request, Item | None]]) -> tuple[str, bytes]:
    """Webhooks in one row: what they were, with the length of each body, and the bodies one after the other. Of one whose bytes are in
    the media cache the item is named behind the length."""
    head = [
        (channel, each.method, each.path, content_type(each), len(each.body), *([item.id] if item else []))
        for channel, each, item in requests
    ]
    return orjson.dumps(head).decode(), b"".join(each.body for _, each, _ in requests)
