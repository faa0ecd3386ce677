"""Uploads: a file on its way from a caller into the media cache, piece by piece. It is never whole in memory.

The body is the file itself, with its name in `X-File-Name` (percent-encoded), or `multipart/form-data` with one file and nothing else.
Too large is refused before anything is read, if the length is announced, and as soon as it is too much, if it is not. Who sends
slower than `SLOWEST` for longer than `PATIENCE` is cut off.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aiohttp import BodyPartReader, web
from aiohttp.client_exceptions import ClientPayloadError
from aiohttp.http_exceptions import HttpProcessingError

from cache.item import Item
from channels.errors import Malformed, NotKept, TooLarge
from channels.wire import Stream
from ucs.api.api import owner_of
from ucs.api.tokens import Caller
from ucs.runtime.engine.inputs import Wrote
from ucs.store.catalog import item_writes

if TYPE_CHECKING:
    from ucs.api.api import Api

READ_WITHIN = 20.0  # seconds between two pieces
PATIENCE = 30.0  # seconds before the pace matters
SLOWEST = 2_000.0  # bytes a second
PIECE = 65_536
NAME_LIMIT = 1_000  # characters of a name as it is sent
FORM = 2_000  # bytes that a form may have around its file
UNSAID_FOR = timedelta(days=1)  # what no message ever names is forgotten
BROKEN = (ClientPayloadError, HttpProcessingError, web.RequestPayloadError, ValueError, AssertionError)


async def upload(api: Api, caller: Caller, request: web.Request, channel: str) -> Item:
    """The item, which is ready. Raises `TooLarge`, `NotKept` with the reason, `Malformed` or `TooMany`."""
    api.limits.upload(caller)
    limit = api.center.media_policy(caller.tenant, channel).largest
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise NotKept(
            "Send the file as it is, without a Content-Encoding: a few bytes of one can become the largest file there is."
        )
    announced = request.content_length
    if announced is not None and announced > limit + FORM:
        raise TooLarge(f"The file has {announced} bytes, and at most {limit} are taken here.")
    try:
        stream = await _form(request) if request.content_type == "multipart/form-data" else _plain(request)
        bounded = replace(stream, chunks=_bounded(stream.chunks, limit, api.runtime.clock))
        pending = api.runtime.media.expect(caller.tenant, channel, owner=owner_of(caller))
        item = await api.runtime.media.keep(pending, bounded)
    except BROKEN as error:
        raise Malformed(f"The upload cannot be read: {type(error).__name__}.") from None
    if item.state != "ready":
        raise NotKept(item.reason)
    item = replace(item, expires_at=min(item.expires_at, api.now() + UNSAID_FOR))
    await api.submit(Wrote(item_writes(item)))
    return item


def _plain(request: web.Request) -> Stream:
    async def chunks() -> AsyncIterator[bytes]:
        while piece := await request.content.readany():
            yield piece

    name = request.headers.get("X-File-Name", "")[:NAME_LIMIT]
    mime = request.content_type if "Content-Type" in request.headers else ""
    return Stream(chunks(), mime, unquote(name, errors="replace"), request.content_length)


async def _form(request: web.Request) -> Stream:
    """The only part of the form, which is a file."""
    reader = await request.multipart()
    try:
        async with asyncio.timeout(READ_WITHIN):
            part = await reader.next()
    except TimeoutError:
        raise _silent() from None
    if not isinstance(part, BodyPartReader) or not part.filename:
        raise Malformed("The form has one field, which is the file.")

    async def chunks(file: BodyPartReader) -> AsyncIterator[bytes]:
        while piece := await file.read_chunk(PIECE):
            yield bytes(piece)
        if await reader.next() is not None:
            raise Malformed("The form has one field, which is the file, and nothing after it.")

    return Stream(chunks(part), part.headers.get("Content-Type", ""), part.filename[:NAME_LIMIT])


def _silent() -> Malformed:
    return Malformed(f"Nothing of the file came for {READ_WITHIN:.0f} s.")


async def _bounded(chunks: AsyncIterator[bytes], limit: int, clock: Callable[[], float]) -> AsyncIterator[bytes]:
    """The same pieces, as long as they are not too many and do not take too long."""
    began, size = clock(), 0
    while True:
        try:
            async with asyncio.timeout(READ_WITHIN):
                piece = await anext(chunks, b"")
        except TimeoutError:
            raise _silent() from None
        if not piece:
            return
        size += len(piece)
        if size > limit:
            raise TooLarge(f"The file has more than the {limit} bytes that are taken here.")
        if clock() - began > PATIENCE and size < SLOWEST * (clock() - began - PATIENCE):
            raise Malformed("The file comes too slowly.")
        yield piece
