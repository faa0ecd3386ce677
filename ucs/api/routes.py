"""A route as data, and the one wrapper around every handler: who may call, what the body is, what errors become.

The OpenAPI document (`openapi`) is made from the same rows, so it cannot disagree with what the server does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from channels.errors import Forbidden, Malformed, TooLarge, UcsError, Untrusted
from ucs.api import problems
from ucs.api.tokens import RANK, Caller, Role

if TYPE_CHECKING:
    from ucs.api.app import Api

log = structlog.get_logger("ucs.api")
BODY_LIMIT = 262_144  # bytes of JSON; files go through the media cache


class Body(BaseModel):
    """What a caller sends. Unknown fields are refused, so that nobody sets what is not theirs to set."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class View(BaseModel):
    """What a caller gets."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: who calls, and what was sent, already checked."""

    request: web.Request
    caller: Caller
    body: Any = None

    def path(self, name: str) -> str:
        return self.request.match_info[name]

    def number(self, name: str, default: int = 0) -> int:
        """A number out of the query. Raises `Malformed`."""
        text = self.request.query.get(name, "")
        if not text:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 15:
            raise Malformed(f"{name} is a number of 0 or more, not {text!r}.")
        return int(text)


Handler = Callable[["Api", Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """`role` None: anybody may call, and the handler trusts nobody. `takes`: the model of the body; `gives`: of the answer."""

    method: str
    path: str
    handler: Handler
    role: Role | None
    summary: str
    takes: type[Body] | None = None
    gives: Any = None
    status: int = 200
    tags: tuple[str, ...] = field(default_factory=tuple)


NOBODY = Caller(Role.CUSTOMER, "", "")


def mount(app: web.Application, api: Api, routes: tuple[Route, ...]) -> None:
    for route in routes:
        app.router.add_route(route.method, route.path, wrapped(api, route))


def wrapped(api: Api, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            caller = NOBODY if route.role is None else permitted(api, request, route.role)
            api.allow(request, caller)
            body = None if route.takes is None else await read_body(request, route.takes)
            answer = await route.handler(api, Call(request, caller, body))
        except ValidationError as error:
            return problems.of_validation(error)
        except UcsError as error:
            return problems.of_error(error)
        if isinstance(answer, web.StreamResponse):
            return answer
        if isinstance(answer, BaseModel):
            return web.Response(
                body=answer.model_dump_json().encode(), content_type="application/json", status=route.status
            )
        return web.Response(body=orjson.dumps(answer), content_type="application/json", status=route.status)

    return handle


def permitted(api: Api, request: web.Request, role: Role) -> Caller:
    """The caller, if the token is good for this route. Raises `Untrusted` or `Forbidden`."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Untrusted("Send your token as 'Authorization: Bearer …'.")
    caller = Caller(Role.OPERATOR, "", "operator") if api.tokens.is_operator(token) else api.tokens.check(token)
    require_role(caller, role)
    return caller


def require_role(caller: Caller, role: Role) -> None:
    if role is Role.CUSTOMER:
        if caller.role is not Role.CUSTOMER:
            raise Forbidden("This is for customers: agents use /desk.")
    elif RANK.get(caller.role, 0) < RANK[role]:
        raise Forbidden(f"This needs the role {role}, and you are signed in as {caller.role}.")


async def read_body(request: web.Request, model: type[Body]) -> Body:
    """The JSON body as its model. Raises `Malformed` if it is not JSON, and pydantic's error if it is not what was expected."""
    raw = await read_bytes(request, BODY_LIMIT)
    try:
        values = orjson.loads(raw or b"{}")
    except orjson.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error}.") from None
    return model.model_validate(values)


async def read_bytes(request: web.Request, limit: int) -> bytes:
    """The body, at most `limit` bytes of it."""
    if request.content_length is not None and request.content_length > limit:
        raise TooLarge(f"The body has {request.content_length} bytes, and {limit} are taken here.")
    chunks, size = [], 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The body has more than the {limit} bytes that are taken here.")
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
