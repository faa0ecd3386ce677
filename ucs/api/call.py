"""One request as a handler gets it, and a route as data. The OpenAPI document is made from the same rows."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from channels.errors import Malformed, NotFound
from channels.value import value
from ucs.api.body import LAST
from ucs.api.tokens import Caller, Role

if TYPE_CHECKING:
    from ucs.api.api import Api

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class View(BaseModel):
    """What a caller gets, and nothing besides."""

    # Built when it is first used, and most are only ever described: memory and time of each start.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


@value
class Call:
    """One request: who calls, and what was sent, already checked."""

    request: web.Request
    caller: Caller
    body: Any = None
    raw: Any = None  # the JSON that `body` was made from

    def path(self, name: str) -> str:
        """An id out of the path. What cannot be one names nothing: raises `NotFound`."""
        text = self.request.match_info[name]
        if ID.fullmatch(text) is None:
            raise NotFound(f"There is no {name} {text[:80]!r}.")
        return text

    def id(self, name: str) -> str:
        """An id out of the query, or nothing."""
        text = self.request.query.get(name, "")
        if text and ID.fullmatch(text) is None:
            raise NotFound(f"There is no {name} {text[:80]!r}.")
        return text

    def number(self, name: str, default: int = 0) -> int:
        """A number out of the query. Raises `Malformed`."""
        text = self.request.query.get(name, "")
        if not text:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 12:
            raise Malformed(f"{name} is a number from 0 to {LAST}, not {text[:40]!r}.")
        return min(int(text), LAST)

    def flag(self, name: str) -> bool:
        return self.request.query.get(name, "") in ("1", "true")


Handler = Callable[["Api", Call], Awaitable[Any]]


@value
class Route:
    """`role` None: anybody may call, and the handler trusts nobody. `takes`: the model of the body; `gives`: of the answer, None
    for one that is not JSON.

    `query`: what may stand behind the question mark, with a sentence each. `takes_file`: the body is a file."""

    method: str
    path: str
    handler: Handler
    role: Role | None
    summary: str
    gives: type[View] | None
    takes: type[BaseModel] | None = None
    status: int = 200
    query: tuple[tuple[str, str], ...] = ()
    takes_file: bool = False

    @property
    def tag(self) -> str:
        return self.path.split("/")[1]
