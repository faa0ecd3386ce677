"""`/hooks/{channel}`: the address that platforms call. Everything it does is the gateway's. This is the hot path: keep it lean."""

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


NO_QUERY: dict[str, str] = {}


def hook(api: Api) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    gateway, now = api.runtime.gateway, api.runtime.engine.now

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            channel = gateway.channel(request.match_info["channel"])
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
