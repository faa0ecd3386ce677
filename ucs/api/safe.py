"""Around every request: what nobody caught becomes a problem without details, every answer says how browsers shall treat it, and
it is counted. This is the one place of the API where a bug is kept from reaching the caller."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from ucs.api import problems
from ucs.api.origins import OPEN, READABLE, preflight

if TYPE_CHECKING:
    from ucs.api.api import Api

log = structlog.get_logger("ucs.api")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
HOOKS, HOOK = "/hooks/", "/hooks/{channel}"
NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'"


def safe(api: Api) -> Middleware:
    metrics, clock = api.metrics, api.runtime.clock

    @web.middleware
    async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = clock()
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = of_http(request, error)
        except ConnectionError:
            response = problems.of_status(400, "The connection was lost.")
        except Exception as error:
            log.exception("request failed", method=request.method, route=route_of(request), error=type(error).__name__)
            response = problems.problem(500, "Our fault", "Something went wrong here; it has been logged.")
        if is_bare(request, response):
            metrics.asked(request.method, HOOK, response.status, clock() - began)
            return response
        if not response.prepared:
            harden(request, response)
        metrics.asked(request.method, route_of(request), response.status, clock() - began)
        return response

    return around


def is_bare(request: web.Request, response: web.StreamResponse) -> bool:
    """A webhook's answer without a body: the hot path, and nothing in it that a browser could misread."""
    return request.path.startswith(HOOKS) and isinstance(response, web.Response) and not response.body


def route_of(request: web.Request) -> str:
    """The pattern that the path matched: a bounded number of names, none of them a secret."""
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical


def of_http(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    """aiohttp's own refusals, in our words; a redirect stays what it is."""
    if request.method == "OPTIONS" and error.status == 405 and request.path.startswith(OPEN):
        return preflight()
    if error.status < 400:
        return web.Response(status=error.status, headers=error.headers)
    response = problems.of_status(error.status)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def harden(request: web.Request, response: web.StreamResponse) -> None:
    """Headers that every answer has; a page with a policy of its own keeps it."""
    headers = response.headers
    for name, value in ALWAYS.items():
        headers.setdefault(name, value)
    if "Content-Security-Policy" not in headers:
        headers["Content-Security-Policy"] = NOTHING_RUNS
        headers.setdefault("X-Frame-Options", "DENY")
    if request.path.startswith(OPEN):
        for name, value in READABLE.items():
            headers.setdefault(name, value)
