"""A robot's way out for one turn: the guarded `http`, which keeps the last answer in case nobody can make anything of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from channels.wire import Answer, Http, Stream, Token

MOST_KEPT = 64 * 1024  # bytes of an answer, for the admin to look at


class KeptHttp:
    """`channels.wire.Http`. `body` is how the last answer began, `path` where it came from, without what a query may hide."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self.method = ""
        self.path = ""
        self.type = ""
        self.body = b""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        body: bytes | None = None,
        within: timedelta = timedelta(seconds=15),
    ) -> Answer:
        """See `channels.wire.Http.request`."""
        answer = await self._http.request(
            method, url, headers=headers, query=query, json=json, form=form, body=body, within=within
        )
        self._keep(method, url, answer)
        return answer

    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        within: timedelta = timedelta(minutes=5),
    ) -> tuple[Answer, Stream]:
        """See `channels.wire.Http.stream`. What comes piece by piece is not kept."""
        answer, stream = await self._http.stream(method, url, headers=headers, query=query, within=within)
        self._keep(method, url, answer)
        return answer, stream

    async def token(self, name: str, renew: Callable[[], Awaitable[Token]], *, refused: str = "") -> str:
        """See `channels.wire.Http.token`."""
        return await self._http.token(name, renew, refused=refused)

    def _keep(self, method: str, url: str, answer: Answer) -> None:
        self.method, self.path = method, urlsplit(url).path
        self.type, self.body = answer.headers.get("content-type", ""), answer.body[:MOST_KEPT]
