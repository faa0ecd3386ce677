"""Webhooks as they arrived, kept in the transaction of what came out of them: those that were understood many in a row of the
store, the others as rows of their own (`docs/decisions/0004` and `0006`). What only served to trust a request is not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from channels.wire import Request

if TYPE_CHECKING:
    from ucs.runtime.engine.work import Work


def keep_arrival(work: Work, channel: str, request: Request, outcome: str, reason: str, **more: object) -> None:
    """The request as it arrived, without what only served to trust it. `more` is what an admin will want to know of it."""
    head = {"method": request.method, "path": request.path, "content_type": content_type(request), **more}
    text = orjson.dumps(head).decode()
    work.write("add_arrival", work.new_id(), channel, work.at, outcome, reason, text, request.body)


def content_type(request: Request) -> str:
    """What the sender calls it. A header may hold bytes that are no text."""
    return request.headers.get("content-type", "").encode("utf-8", "replace").decode()


def bundled(requests: list[tuple[str, Request]]) -> tuple[str, bytes]:
    """Webhooks in one row: what they were, with the length of each body, and the bodies one after the other."""
    head = [(channel, each.method, each.path, content_type(each), len(each.body)) for channel, each in requests]
    return orjson.dumps(head).decode(), b"".join(each.body for _, each in requests)
