"""The one wrapper around every handler: who may call, how often, what the body is, and what errors become."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import orjson
from aiohttp import web
from pydantic import BaseModel, ValidationError

from channels.errors import UcsError
from ucs.api import problems
from ucs.api.asking import NOBODY, permitted
from ucs.api.body import read_json
from ucs.api.call import Call, Route
from ucs.api.safe import Add, Handler
from ucs.core.failures import failure_of

if TYPE_CHECKING:
    from ucs.api.api import Api


def mount(add: Add, api: Api, routes: Iterable[Route]) -> None:
    for route in routes:
        add(route.method, route.path, wrapped(api, route))


def wrapped(api: Api, route: Route) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            caller = NOBODY if route.role is None else permitted(api, request, route.role)
            api.limits.ask(caller, api.remote(request))
            raw = None if route.takes is None else await read_json(request)
            body = None if route.takes is None else route.takes.model_validate(raw)
            answer = await route.handler(api, Call(request, caller, body, raw))
        except ValidationError as error:
            return problems.of_validation(error)
        except UcsError as error:
            api.metrics.failed(failure_of(error).metric)
            return problems.of_error(error)
        return answered(answer, route.status)

    return handle


def answered(answer: object, status: int = 200) -> web.StreamResponse:
    """What a handler gave back, as JSON that nobody keeps."""
    if isinstance(answer, web.StreamResponse):
        return answer
    content = answer.model_dump_json().encode() if isinstance(answer, BaseModel) else orjson.dumps(answer)
    return web.Response(
        body=content, content_type="application/json", status=status, headers={"Cache-Control": "no-store"}
    )
