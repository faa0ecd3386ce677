"""A robot's way out for one turn: the guarded `http`, which keeps the last answer in case nobody can make anything of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

from channels.connection import Connection, Security
from channels.wire import Answer, Http, Response, SessionT, Source, Stream, Token
from ucs.runtime.http.channel_http import Oversized

MOST_KEPT = 64 * 1024  # bytes of an answer, for the admin to look at


class RobotHttp(Http, Protocol):
    """The guarded way out, which also knows what is secret."""

    def hide(self, text: str) -> str:
        """The text with every secret that we know of masked."""
        ...


class KeptHttp:
    """`channels.wire.Http`. `body` is how the last answer began (`cut`: there was more of it), `path` where it came from, without
    what a query may hide."""

    def __init__(self, http: RobotHttp) -> None:
        self._http = http
        self.method = ""
        self.path = ""
        self.type = ""
        self.body = b""
        self.cut = False

    def hide(self, text: str) -> str:
        """See `RobotHttp.hide`."""
        return self._http.hide(text)

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
        files: Mapping[str, Stream] | None = None,
        within: timedelta = timedelta(seconds=15),
    ) -> Answer:
        """See `channels.wire.Http.request`."""
        self.body, self.cut = b"", False  # what was read well before is not what is wrong now
        try:
            answer = await self._http.request(
                method, url, headers=headers, query=query, json=json, form=form, body=body, files=files, within=within
            )
        except Oversized as error:
            self._keep(method, url, error.answer)
            self.cut = True
            raise
        self._keep(method, url, answer)
        return answer

    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        within: timedelta = timedelta(minutes=5),
        stranger: bool = False,
    ) -> tuple[Answer, Stream]:
        """See `channels.wire.Http.stream`. Its beginning is kept while it is read."""
        self.body, self.cut = b"", False
        answer, stream = await self._http.stream(
            method, url, headers=headers, query=query, json=json, within=within, stranger=stranger
        )
        self._keep(method, url, answer)
        return answer, stream if answer.status >= 300 else replace(stream, chunks=self._keeping(stream.chunks))

    async def _keeping(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for chunk in chunks:
                self.cut = len(self.body) + len(chunk) > MOST_KEPT
                self.body += chunk[: MOST_KEPT - len(self.body)]
                yield chunk
        finally:
            if (close := getattr(chunks, "aclose", None)) is not None:
                await close()

    async def connect(
        self, host: str, port: int, *, security: Security = "tls", within: timedelta = timedelta(seconds=15)
    ) -> Connection:
        """See `channels.wire.Http.connect`. What is said there is not kept."""
        return await self._http.connect(host, port, security=security, within=within)

    def session(self, name: str, begin: Callable[[], Awaitable[SessionT]]) -> AbstractAsyncContextManager[SessionT]:
        """See `channels.wire.Http.session`."""
        return self._http.session(name, begin)

    def aside(self, chunks: AsyncIterator[bytes]) -> AbstractAsyncContextManager[Source]:
        """See `channels.wire.Http.aside`."""
        return self._http.aside(chunks)

    async def token(self, name: str, renew: Callable[[], Awaitable[Token]], *, refused: str = "") -> str:
        """See `channels.wire.Http.token`."""
        return await self._http.token(name, renew, refused=refused)

    async def file(self, name: str) -> Stream:
        """See `channels.wire.Http.file`."""
        return await self._http.file(name)

    def now(self) -> datetime:
        """See `channels.wire.Http.now`."""
        return self._http.now()

    def respond(self, token: str, response: Response) -> bool:
        """See `channels.wire.Http.respond`."""
        return self._http.respond(token, response)

    def _keep(self, method: str, url: str, answer: Answer) -> None:
        self.method, self.path = method, urlsplit(url).path
        self.type, self.body = answer.headers.get("content-type", ""), answer.body[:MOST_KEPT]
        self.cut = len(answer.body) > MOST_KEPT
