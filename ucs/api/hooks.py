"""`/hooks/{channel_id}`: the address that platforms call. Everything it does is the gateway's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from channels.errors import UcsError
from channels.wire import Request
from ucs.api import problems
from ucs.api.routes import read_bytes

if TYPE_CHECKING:
    from ucs.api.app import Api


def hook(api: Api) -> Callable[[web.Request], Awaitable[web.Response]]:
    gateway, now = api.runtime.gateway, api.runtime.engine.now

    async def handle(request: web.Request) -> web.Response:
        channel = request.match_info["channel"]
        try:
            body = await read_bytes(request, gateway.body_limit(channel))
            arrived = Request(
                request.method,
                request.path,
                request.query,
                {name.lower(): value for name, value in request.headers.items()},
                body,
                now(),
                request.remote or "",
            )
            answer = await gateway.receive(channel, arrived)
        except UcsError as error:
            return problems.of_error(error)
        return web.Response(
            status=answer.status, body=answer.body, content_type=answer.content_type, headers=dict(answer.headers)
        )

    return handle
