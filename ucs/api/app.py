"""The server: the runtime, and the routes in front of it. `ROUTES` is what it answers; the OpenAPI document is made from it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache

import orjson
from aiohttp import web

from channels.errors import UcsError
from ucs.api import (
    admin,
    admin_center,
    chat,
    chat_socket,
    desk,
    desk_floor,
    desk_socket,
    health,
    media,
    problems,
    quarantine,
)
from ucs.api.api import Api
from ucs.api.call import Route
from ucs.api.hooks import HOOKS, Hook, by_route, hook, open_front_door
from ucs.api.routes import mount
from ucs.api.safe import ELSE, adding, safe, unmatched
from ucs.runtime.runtime import Runtime
from ucs.web.desk_page import add_desk_page
from ucs.web.pages import add_pages
from ucs.web.widget_files import add_widget

FAMILIES = (chat, desk, desk_floor, media, admin, admin_center, quarantine, health)
ROUTES: tuple[Route, ...] = tuple(route for family in FAMILIES for route in family.ROUTES)
Socket = Callable[[Api, web.Request], Awaitable[web.StreamResponse]]


def make_app(runtime: Runtime) -> web.Application:
    """The application; it starts and closes the runtime with itself."""
    api = Api(runtime)
    app = web.Application(client_max_size=2**20)

    async def running(app: web.Application) -> AsyncIterator[None]:
        await runtime.start()
        api.sockets.start()
        yield
        await runtime.close()

    async def leaving(app: web.Application) -> None:
        """Before requests are waited for: sockets and long polls would keep the server for as long as they like."""
        api.waiters.close()
        api.at_seats.close()
        await api.sockets.close()

    app.cleanup_ctx.append(running)
    app.on_shutdown.append(leaving)
    add = adding(app, api)
    mount(add, api, ROUTES)
    app[HOOK] = safe(api, f"{HOOKS}{{channel}}", hook(api))
    app.router.add_route("*", f"{HOOKS}{{channel}}", by_route(app[HOOK]))
    add("GET", "/chat/socket", _socket(api, chat_socket.socket))
    add("GET", "/desk/socket", _socket(api, desk_socket.socket))
    add("GET", "/media/{token}", giving := media.giving(api))
    add("HEAD", "/media/{token}", giving)
    add("GET", "/openapi.json", _openapi())
    add_pages(add, api)
    add_desk_page(add, api)
    add_widget(add)
    add("*", ELSE, unmatched)
    app[API] = api
    return app


def open_doors(runner: web.AppRunner) -> None:
    """For a runner of this application that is set up, and before anybody connects."""
    server = runner.server
    assert server is not None  # noqa: S101  # it is set up
    open_front_door(server, runner.app[HOOK])


def _socket(api: Api, handler: Socket) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def open_socket(request: web.Request) -> web.StreamResponse:
        try:
            api.limits.open_socket(api.remote(request))
            return await handler(api, request)
        except UcsError as error:
            return problems.of_error(error)

    return open_socket


def _openapi() -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def openapi(request: web.Request) -> web.StreamResponse:
        headers = {"Access-Control-Allow-Origin": "*"}
        return web.Response(body=_described(), content_type="application/json", headers=headers)

    return openapi


@cache
def _described() -> bytes:
    """Made when somebody asks, which few do: it takes as long as a quarter of a start. And made on the loop: models that are built in
    one thread while they are used in another are not safe with every pydantic."""
    from ucs.api.openapi import document

    return orjson.dumps(document(ROUTES), option=orjson.OPT_INDENT_2)


API = web.AppKey("api", Api)
HOOK: web.AppKey[Hook] = web.AppKey("hook")
