"""Around every request: what nobody caught becomes a problem without details, every answer says how browsers shall treat it, and
it is counted. This is the one place of the API where a bug is kept from reaching the caller.

It is put around each handler when its route is added, and not around all of them as a middleware: the way of a webhook is hot, and
a middleware costs every request a look at which of them apply. What no route matches has a handler too, `unmatched`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec

import structlog
from aiohttp import web

from ucs.api import problems
from ucs.api.hooks import HOOKS
from ucs.api.origins import OPEN, READABLE, preflight

if TYPE_CHECKING:
    from ucs.api.api import Api

log = structlog.get_logger("ucs.api")
More = ParamSpec("More")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
With = Callable[Concatenate[web.Request, More], Awaitable[web.StreamResponse]]  # a handler that is told more
Add = Callable[[str, str, Handler], None]  # method, path, handler
ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
ELSE = "/{path:.*}"  # whatever no other route matches; added last
NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'"


def adding(app: web.Application, api: Api) -> Add:
    """What every route of the server is added with."""

    def add(method: str, path: str, handler: Handler) -> None:
        app.router.add_route(method, path, safe(api, path, handler))

    return add


def safe(api: Api, route: str, handler: With[More]) -> With[More]:
    """`handler`, counted under its `route`: a bounded number of names, none of them a secret."""
    metrics, clock = api.metrics, api.runtime.clock
    hook, name = route.startswith(HOOKS), "" if route == ELSE else route

    async def around(request: web.Request, /, *args: More.args, **more: More.kwargs) -> web.StreamResponse:
        began = clock()
        try:
            response = await handler(request, *args, **more)
        except web.HTTPException as error:
            response = of_http(error)
        except ConnectionError:
            response = problems.of_status(400, "The connection was lost.")
        except Exception as error:
            log.exception("request failed", method=request.method, route=name, error=type(error).__name__)
            response = problems.problem(500, "Our fault", "Something went wrong here; it has been logged.")
        # A webhook's answer without a body is the hot path, and there is nothing in it that a browser could misread.
        if not (hook and isinstance(response, web.Response) and not response.body) and not response.prepared:
            harden(request, response)
        metrics.asked(request.method, name, response.status, clock() - began)
        return response

    return around


async def unmatched(request: web.Request) -> web.StreamResponse:
    """No route is for this: nothing is there, or not with this method."""
    allowed: set[str] = set()
    for resource in request.app.router.resources():
        allowed |= (await resource.resolve(request))[1]
    allowed.discard("*")  # our own
    if not allowed:
        raise web.HTTPNotFound
    if request.method == "OPTIONS" and request.path.startswith(OPEN):
        return preflight()
    raise web.HTTPMethodNotAllowed(request.method, allowed)


def of_http(error: web.HTTPException) -> web.StreamResponse:
    """aiohttp's own refusals, in our words; a redirect stays what it is."""
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
