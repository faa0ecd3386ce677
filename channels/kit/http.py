"""`FakeHttp`: the one way out, answering from a script instead of the network.

A script is a function from a `Call` to an `Answer`; it may raise what the real `Http` raises. `played` follows a case's
exchange to the letter, `failing` does so up to a step and then fails for good, `permissive` says yes to anything.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from channels.connection import Connection, Security
from channels.errors import Uncertain, Unreachable
from channels.kit.case import AT, Step, body_to_case, lower
from channels.kit.connection import FakeConnection, ending
from channels.value import value
from channels.wire import Answer, Response, SessionT, Source, Stream, Token

MOST_CALLS = 50


class Unexpected(AssertionError):
    """The adapter made a request that the case does not have."""


@value
class Call:
    """One request an adapter made: its place in the order, and all of it. The URL's query is part of `query`."""

    index: int
    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    json: Any = None
    form: Mapping[str, str] | None = None
    body: bytes | None = None
    files: Mapping[str, Mapping[str, Any]] | None = None

    def as_case(self, header_names: Iterable[str] = ()) -> dict[str, Any]:
        """The call as a case's `request`, with only the named headers."""
        value: dict[str, Any] = {"method": self.method, "url": self.url}
        if self.query:
            value["query"] = dict(self.query)
        if headers := {name: self.headers[name] for name in map(str.lower, header_names) if name in self.headers}:
            value["headers"] = headers
        if self.json is not None:
            value["json"] = self.json
        if self.form is not None:
            value["form"] = dict(self.form)
        if self.files:
            value["files"] = {field: dict(file) for field, file in self.files.items()}
        return value | body_to_case(self.body or b"")


Said = Answer | FakeConnection  # the answer to a request, or the other side of a connection
Script = Callable[[Call], Said]


class FakeHttp:
    """An `Http` for tests. `calls` is what was asked, in order; `tokens` what `token` holds; `files` what our files contain (one
    that is missing contains its name); `held` the reply tokens whose webhook still waits, `responses` what it got."""

    def __init__(
        self,
        script: Script,
        tokens: Mapping[str, str] | None = None,
        *,
        files: Mapping[str, bytes] | None = None,
        held: Iterable[str] = (),
    ) -> None:
        self.calls: list[Call] = []
        self.files = dict(files or {})
        self.held = set(held)
        self.responses: list[Response] = []
        self.tokens = dict(tokens or {})
        self.at = datetime.fromisoformat(AT)  # what time it is
        self.connections: dict[int, FakeConnection] = {}  # by the index of the call that opened it
        self.renewals: set[int] = set()  # the indices of the calls that were made for a token
        self._script = script

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
        if files and (json is not None or body is not None):
            raise Unexpected(f"{method} {url}: files go out with a form, not with json or body.")
        if sum(given is not None for given in (json, form, body)) > 1:
            raise Unexpected(f"{method} {url}: give at most one of json, form and body.")
        address, its_query = _split(url)
        content = None if json is None else orjson.loads(orjson.dumps(json))
        asked = {**its_query, **{name: str(value) for name, value in (query or {}).items()}}
        sent = {field: await _sent(field, file) for field, file in (files or {}).items()} or None
        call = Call(len(self.calls), method.upper(), address, asked, lower(headers or {}), content, form, body, sent)
        self.calls.append(call)
        if len(self.calls) > MOST_CALLS:
            raise Unexpected(f"{MOST_CALLS} requests for one call: retrying is the runtime's work, not the adapter's.")
        answer = self._script(call)
        if isinstance(answer, FakeConnection):
            raise Unexpected(f"{method} {url}: the case has a connection here.")
        return answer

    async def connect(
        self, host: str, port: int, *, security: Security = "tls", within: timedelta = timedelta(seconds=15)
    ) -> Connection:
        call = Call(len(self.calls), "CONNECT", f"{security}://{host}:{port}", {}, {})
        self.calls.append(call)
        if len(self.calls) > MOST_CALLS:
            raise Unexpected(
                f"{MOST_CALLS} connections for one call: retrying is the runtime's work, not the adapter's."
            )
        found = self._script(call)
        if isinstance(found, Answer):  # a server that says something else altogether, and hangs up
            found = FakeConnection([f"S: {line}" for line in found.body.decode("utf-8", "replace").splitlines()])
        self.connections[call.index] = found
        return found

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
        answer = await self.request(method, url, headers=headers, query=query, json=json, within=within)
        if answer.status >= 300:
            return answer, Stream(_chunks(b""))
        mime = answer.headers.get("content-type", "").partition(";")[0].strip()
        stream = Stream(_chunks(answer.body), mime=mime, size=len(answer.body))
        return Answer(answer.status, b"", answer.headers), stream

    @asynccontextmanager
    async def session(self, name: str, begin: Callable[[], Awaitable[SessionT]]) -> AsyncIterator[SessionT]:
        """None is kept: a case is one call, and has all of the dialogue."""
        session = await begin()
        try:
            yield session
        finally:
            await session.aclose()

    @asynccontextmanager
    async def aside(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[Source]:
        yield b"".join([chunk async for chunk in chunks])

    async def token(self, name: str, renew: Callable[[], Awaitable[Token]], *, refused: str = "") -> str:
        if name not in self.tokens or self.tokens[name] == refused:
            first = len(self.calls)
            try:
                self.tokens[name] = (await renew()).value
            finally:
                self.renewals.update(range(first, len(self.calls)))
        return self.tokens[name]

    async def file(self, name: str) -> Stream:
        content = self.files.get(name, name.encode())
        return Stream(_chunks(content), size=len(content))

    def now(self) -> datetime:
        return self.at

    def respond(self, token: str, response: Response) -> bool:
        if token not in self.held:
            return False
        self.held.remove(token)
        self.responses.append(response)
        return True


def played(exchange: Sequence[Step]) -> Script:
    """Answers as the exchange has it, and refuses any request that differs from it."""

    def script(call: Call) -> Said:
        if call.index >= len(exchange):
            raise Unexpected(f"Request {call.index + 1} is one more than the case has: {_show(call.as_case())}")
        step = exchange[call.index]
        asked = call.as_case(step.request.get("headers", ()))
        if asked != (wanted := _normal(step.request)):
            raise Unexpected(f"Request {call.index + 1} differs.\nmade:     {_show(asked)}\nexpected: {_show(wanted)}")
        return _end(step, strict=True)

    return script


def recording(exchange: Sequence[Step]) -> Script:
    """Answers as the exchange has it, whatever is asked; 200 and `{}` beyond its end."""
    return lambda call: _end(exchange[call.index]) if call.index < len(exchange) else Answer(200, b"{}")


def cut(exchange: Sequence[Step], step: int, after: int) -> Script:
    """As the exchange has it, but the server of the connection at `step` hangs up after so many exchanges of its dialogue."""
    good = recording(exchange)

    def script(call: Call) -> Said:
        if call.index == step:
            return FakeConnection(exchange[step].dialogue or (), until=after)
        return good(call)

    return script


def refusing(exchange: Sequence[Step], step: int, after: int, lines: Sequence[str]) -> Script:
    """As the exchange has it, but at `step`, to what is said after so many exchanges of its dialogue, the server answers this and
    hangs up."""
    good, refused = recording(exchange), ending(exchange[step].dialogue or (), after, lines)
    return lambda call: FakeConnection(refused) if call.index == step else good(call)


def failing(exchange: Sequence[Step], step: int, end: Callable[[], Answer]) -> Script:
    """As the exchange has it up to `step` (the first is 0); from there on every request ends with `end`."""
    good = recording(exchange)
    return lambda call: good(call) if call.index < step else end()


def permissive(exchanges: Iterable[Sequence[Step]]) -> Script:
    """Answers every request as the most similar one of the exchanges was answered: same method and URL, else same method."""
    steps = [step for exchange in exchanges for step in exchange if not step.fault and step.answer.status < 300]

    def script(call: Call) -> Said:
        def likeness(step: Step) -> tuple[bool, bool]:
            wanted = _normal(step.request)
            same = wanted.get("method") == call.method
            return same and wanted.get("url") == call.url, same

        return _end(max(steps, key=likeness)) if steps else Answer(200, b"{}")

    return script


def _end(step: Step, *, strict: bool = False) -> Said:
    if step.fault == "unreachable":
        raise Unreachable("The platform cannot be reached.")
    if step.fault == "uncertain":
        raise Uncertain("The platform did not answer.")
    return step.answer if step.dialogue is None else FakeConnection(step.dialogue, strict=strict)


def _normal(request: Mapping[str, Any]) -> dict[str, Any]:
    """A case's request in the shape of `Call.as_case`."""
    address, its_query = _split(request.get("url", ""))
    query = {**its_query, **{name: str(value) for name, value in request.get("query", {}).items()}}
    value = {"method": request.get("method", "GET").upper(), "url": address}
    if query:
        value["query"] = query
    if headers := lower(request.get("headers", {})):
        value["headers"] = headers
    value |= {key: request[key] for key in ("json", "form", "files") if key in request}
    if "base64" in request:
        return value | body_to_case(base64.b64decode(request["base64"]))
    return value | ({"body": request["body"]} if request.get("body") else {})


def _split(url: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(url)
    return parts._replace(query="").geturl(), dict(parse_qsl(parts.query, keep_blank_values=True))


def _show(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


async def _sent(field: str, file: Stream) -> dict[str, Any]:
    """A file that goes out, as a case writes it."""
    if not file.name or not file.mime or file.size is None:
        raise Unexpected(f"The file {field} goes out without name, type or size: platforms want them all.")
    body = b"".join([chunk async for chunk in file.chunks])
    return {"name": file.name, "mime": file.mime, **body_to_case(body)}


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    half = len(body) // 2
    for piece in (body[:half], body[half:]):
        if piece:
            yield piece
