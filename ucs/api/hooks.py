"""`/hooks/{channel}`: the address that platforms call. Everything it does is the gateway's. This is the hot path: keep it lean.

A platform's call goes straight from the server to here (`open_front_door`): to find one route among a hundred costs as much as to
check a signature and to read a message together, and this address says at once whose it is. It is a route as well, so that
the application is whole without that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from channels.errors import UcsError
from channels.wire import Request
from ucs.api import problems
from ucs.api.acknowledged import acknowledged
from ucs.api.body import read_bytes
from ucs.core.failures import failure_of

if TYPE_CHECKING:
    from ucs.api.api import Api


HOOKS = "/hooks/"
NO_QUERY: dict[str, str] = {}
Hook = Callable[[web.Request, str], Awaitable[web.StreamResponse]]


def hook(api: Api) -> Hook:
    """What answers a platform that calls this channel."""
    gateway, now = api.runtime.gateway, api.runtime.engine.now

    async def handle(request: web.Request, channel_id: str) -> web.StreamResponse:
        try:
            channel = gateway.channel(channel_id)
            body = await read_bytes(request, channel.adapter.manifest.body_limit)
            headers = {name.lower(): value for name, value in request.headers.items()}
            query = request.query if request.query_string else NO_QUERY
            arrived = Request(request.method, request.path, query, headers, body, now(), api.remote(request))
            answer = await gateway.receive(channel, arrived)
        except UcsError as error:
            api.metrics.failed(failure_of(error).metric)
            return problems.of_error(error)
        if not answer.body and not answer.headers:
            return acknowledged(request, answer.status)
        response = web.Response(status=answer.status, body=answer.body, headers=answer.headers)
        response.headers["Content-Type"] = answer.content_type
        return response

    return handle


def by_route(hook: Hook) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The same as a route's handler."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await hook(request, request.match_info["channel"])

    return handle


def open_front_door(server: web.Server, hook: Hook) -> None:
    """Whoever connects from now on comes in by it: platforms straight to `hook`, everybody else to the router."""
    router = server.request_handler

    def enter(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        path = request.path
        if path.startswith(HOOKS) and isinstance(request, web.Request):
            channel = path[len(HOOKS) :]
            if channel and "/" not in channel:
                return hook(request, channel)
        return router(request)

    server.request_handler = enter
