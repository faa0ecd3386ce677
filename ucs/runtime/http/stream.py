"""An answer read piece by piece: its chunks, and what its headers say of the file."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from urllib.parse import unquote

from aiohttp import ClientError, ClientResponse

from channels.errors import DeliveryError, Rejected
from channels.wire import Stream

_NAME_EXTENDED = re.compile(r"""(?:^|;)\s*filename\*\s*=\s*"?([\w-]*)'[^']*'([^;"]+)""", re.IGNORECASE)
_NAME_QUOTED = re.compile(r'(?:^|;)\s*filename\s*=\s*"((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_NAME_BARE = re.compile(r"(?:^|;)\s*filename\s*=\s*([^;\"\s]+)", re.IGNORECASE)
_NAME_LIMIT = 255


class Chunks(AsyncIterator[bytes]):
    """The body of an answer. The connection is given back when it is exhausted, and cut at a failure, at the deadline, or
    when `aclose` says that nobody wants the rest; a stream that nobody ever reads is cut at the deadline.

    A class and not a generator, because a generator that was never started runs no cleaning up.

    deadline  the event loop's time at which the connection is cut
    limit     most bytes to hand out, after decompression
    failed    makes the error to raise of what went wrong
    """

    def __init__(
        self,
        response: ClientResponse,
        *,
        deadline: float,
        limit: int | None,
        failed: Callable[[BaseException], DeliveryError],
    ) -> None:
        self._response = response
        self._limit = limit
        self._failed = failed
        self._read = 0
        self._late = False
        self._open = True
        self._timer = asyncio.get_running_loop().call_at(deadline, self._expire)

    async def __anext__(self) -> bytes:
        if not self._open:
            raise StopAsyncIteration
        failure: DeliveryError | None = None
        try:
            chunk = await self._response.content.readany()
        except (ClientError, OSError) as error:
            failure = self._failed(TimeoutError() if self._late else error)
        except asyncio.CancelledError:  # nobody will read the rest
            self._close()
            raise
        else:
            self._read += len(chunk)
            if self._limit is not None and self._read > self._limit:
                failure = Rejected(f"The file is larger than the {self._limit:,} bytes that are accepted.")
        if failure:
            self._close()
            raise failure
        if not chunk:
            self._timer.cancel()
            self._open = False
            self._response.release()
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        """Give up the rest."""
        self._close()

    def _expire(self) -> None:
        self._late = True
        self._response.close()

    def _close(self) -> None:
        self._timer.cancel()
        self._open = False
        self._response.close()


def described(response: ClientResponse, chunks: Chunks) -> Stream:
    """The stream with what the headers say: none of it is to be trusted, and the size only where nothing is compressed."""
    headers = response.headers
    mime = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    size = headers.get("Content-Length", "")
    encoded = headers.get("Content-Encoding", "identity").lower() != "identity"
    return Stream(
        chunks=chunks,
        mime=mime,
        name=file_name(headers.get("Content-Disposition", "")),
        size=int(size) if size.isascii() and size.isdigit() and not encoded else None,
    )


def file_name(disposition: str) -> str:
    """The file's name from a `Content-Disposition` header (RFC 6266, with RFC 5987 spelling preferred), without folders."""
    disposition = disposition.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if found := _NAME_EXTENDED.search(disposition):
        try:
            name = unquote(found[2].strip(), encoding=found[1] or "utf-8", errors="replace")
        except LookupError:  # a charset nobody knows
            name = unquote(found[2].strip(), errors="replace")
    elif found := _NAME_QUOTED.search(disposition):
        name = found[1].replace('\\"', '"')
    elif found := _NAME_BARE.search(disposition):
        name = found[1]
    else:
        return ""
    name = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[\x00-\x1f\x7f]", "", name)[:_NAME_LIMIT].strip()
