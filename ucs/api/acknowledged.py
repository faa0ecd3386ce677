"""The answer that most webhooks get: a status and nothing else, in bytes that are ready before they are asked for.

A server's general way to an answer (a response of its own, its headers sorted out, a writer that collects them) is a third of what a
request costs, and every acknowledgement says the same. Nothing here but the date ever changes, once a second.
"""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter


class Acknowledged(web.Response):
    """One for all requests of a status: it keeps nothing of any of them."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if request.transport is None:
            raise ConnectionResetError("The platform has hung up.")
        request.transport.write(_bytes(self.status, int(time.time())))
        await request.writer.drain()  # who asks and never reads is not answered further
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """All has been written."""

    @property
    def keep_alive(self) -> bool:
        return True


_READY: dict[int, Acknowledged] = {}


def acknowledged(request: web.Request, status: int) -> web.Response:
    """`status` without a body. Who wants the connection closed, or speaks HTTP/1.0, gets it the general way."""
    if request.version != HttpVersion11 or not request.keep_alive:
        return web.Response(status=status)
    ready = _READY.get(status)
    if ready is None:
        ready = _READY[status] = Acknowledged(status=status)
    return ready


@lru_cache(maxsize=8)
def _bytes(status: int, at: int) -> bytes:
    length = "" if status == HTTPStatus.NO_CONTENT else "Content-Length: 0\r\n"
    return (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{length}Date: {formatdate(at, usegmt=True)}\r\n\r\n".encode()
    )
