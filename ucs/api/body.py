"""What callers send: read with a limit and a deadline, and held against a model. Nothing else of the API reads a body."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from aiohttp import StreamReader, web
from aiohttp.client_exceptions import ClientPayloadError
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import BaseModel, ConfigDict, Field

from channels.errors import Malformed, NotKept, TooLarge

BODY_LIMIT = 262_144  # bytes of JSON; files go through the media cache
READ_WITHIN = 20.0  # seconds between two pieces of a body
WHOLE_WITHIN = 60.0  # seconds for all of it: one byte now and then would keep a connection for days
TEXT_LIMIT = 20_000  # characters of one message
LAST = 2**31 - 1  # the greatest number a line can have

Number = Annotated[int, Field(ge=0, le=LAST)]
Words = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]  # one line, nothing that is not shown
CopyAddress = Annotated[
    str, Field(pattern=r"^[^\s\x00-\x1f\x7f]{1,320}$")
]  # what it has to look like, the platform knows
Client = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]  # the caller's own id of what is said


class Body(BaseModel):
    """What a caller sends. Unknown fields are refused, so that nobody sets what is not theirs to set."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)


async def read_json(request: web.Request, limit: int = BODY_LIMIT) -> Any:
    """The JSON body; an empty one is an empty object. Raises `Malformed`, `TooLarge`, or `NotKept` for another type."""
    raw = await read_bytes(request, limit)
    if not raw:
        return {}
    if request.content_type != "application/json":
        raise NotKept(f"Send JSON as Content-Type: application/json, not {request.content_type}.")
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error}.") from None


async def read_bytes(request: web.Request, limit: int) -> bytes:
    """The body, at most `limit` bytes of it. What has already come whole, as a webhook's has, is taken without waiting."""
    announced, content = request.content_length, request.content
    if announced is not None and announced > limit:
        raise TooLarge(f"The body has {announced} bytes, and {limit} are taken here.")
    try:
        body = _arrived(content) if content.is_eof() else await _arriving(content, limit)
    except (ClientPayloadError, HttpProcessingError, web.RequestPayloadError, ValueError) as error:
        raise Malformed(f"The body cannot be read: {type(error).__name__}.") from None
    except TimeoutError:
        raise Malformed(
            f"Nothing of the body came for {READ_WITHIN:.0f} s, or not all within {WHOLE_WITHIN:.0f} s."
        ) from None
    if len(body) > limit:
        raise TooLarge(f"The body has more than the {limit} bytes that are taken here.")
    return body


def _arrived(content: StreamReader) -> bytes:
    """What has come whole. Reading it makes aiohttp ask its parser and the socket for more, and there is no more: a twentieth of what
    a webhook costs. So what came in one piece is taken from where it lies, as long as it lies there."""
    came: Sequence[bytes] = getattr(content, "_buffer", ())
    return bytes(came[0]) if len(came) == 1 else content.read_nowait()


async def _arriving(content: StreamReader, limit: int) -> bytes:
    """The whole body, or the beginning of one that is too long."""
    chunks, size = [], 0
    until: float | None = None
    while size <= limit and not content.at_eof():
        now = asyncio.get_running_loop().time()
        until = until or now + WHOLE_WITHIN
        async with asyncio.timeout_at(min(now + READ_WITHIN, until)):
            chunk = await content.readany()
        size += len(chunk)
        chunks.append(chunk)
    return b"".join(chunks)
