"""What passes between the outside and an adapter: the webhook request and our answer, and the one way out, `Http`.

`Http` is a protocol. The real one (`ucs/runtime/http/channel_http.py`) puts deadlines, size caps, the guard against requests into
our own network, redaction, metrics and traces around every call; `channels.kit` ships one that answers from a case file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import orjson

from channels.connection import Connection, Security, Session
from channels.errors import Malformed, Unreachable
from channels.value import value

SessionT = TypeVar("SessionT", bound=Session)


class Source(Protocol):
    """Bytes that are looked at in any order, wherever they lie: `bytes` is one, and so is a file that is too large for memory."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: slice, /) -> bytes: ...

    def find(self, sought: bytes, start: int = ..., end: int = ..., /) -> int:
        """Where these bytes begin, or -1."""
        ...


@value
class Request:
    """A webhook as it arrived. Header names are lower case; `body` is the raw bytes that a signature covers.

    `at` is when we received it (aware): an adapter never asks a clock. `remote` is the peer's address, for logs only. `large`:
    what a poll brought and is not to be in memory, lying aside; `body` is empty then.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: datetime
    remote: str = ""
    large: Source | None = None

    @property
    def source(self) -> Source:
        """The bytes, wherever they are."""
        return self.body if self.large is None else self.large

    def json(self) -> Any:
        """The body as JSON; raises `Malformed` with the place of the mistake."""
        try:
            return orjson.loads(self.source[:])
        except orjson.JSONDecodeError as error:
            raise Malformed(f"The body is not JSON: {error}.") from None


@value
class Response:
    """What the platform gets back. The default is what most platforms want: 200 and nothing."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)


@value
class Answer:
    """A platform's answer to a call of ours, read whole. Header names are lower case."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The body as JSON; raises `Unreachable`, for an answer nobody can read is no answer."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise Unreachable(f"The platform answered {self.status} with something that is not JSON.") from None


@value
class Stream:
    """Bytes on their way, with what the platform says of them. `chunks` is consumed once."""

    chunks: AsyncIterator[bytes]
    mime: str = ""
    name: str = ""
    size: int | None = None


@value
class NotYet:
    """`Adapter.fetch` may return this instead of a stream: the platform still prepares the file, ask again later."""

    retry_after: timedelta | None = None


@value
class Token:
    """An access token and how long it is good for."""

    value: str
    good_for: timedelta


class Http(Protocol):
    """The only way out. Every method raises `Unreachable` (nothing was sent, or 5xx was *not* seen), or `Uncertain` (the
    request went out and no answer came); an answer with any status is returned, not raised.

    A URL into a private network is refused unless the installation allows it. Redirects are followed at most three times,
    each hop checked, and credentials are not sent on to another host. `headers` and `form` never appear in a log.
    """

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
        """One call, its answer read whole (at most 8 MiB). At most one of `json`, `form`, `body` is given.

        `files` makes it multipart/form-data, `form` first: each file under its field's name, read piece by piece while it goes
        out. Of a file that goes out everything is known: name, type and size."""
        ...

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
        """One call whose answer is read piece by piece. For a status of 300 or more the body is in `Answer` (at most
        64 KiB) and the stream is empty; below it is in the stream and `Answer.body` is empty.

        `stranger`: whoever wrote to us has chosen this address, and neither the platform nor whoever configured the channel has. Then
        nothing but the public Internet is reached, also where the installation allows more for servers of its own."""
        ...

    async def connect(
        self, host: str, port: int, *, security: Security = "tls", within: timedelta = timedelta(seconds=15)
    ) -> Connection:
        """A connection that is not HTTP, to a host that the guard lets through. `security` is how it begins: with TLS, without
        it until `Connection.start_tls`, or never. Close it (`contextlib.aclosing`)."""
        ...

    def session(self, name: str, begin: Callable[[], Awaitable[SessionT]]) -> AbstractAsyncContextManager[SessionT]:
        """A session of the channel's over a connection: one of this name that was kept, or what `begin` gives. It is lent to one
        caller at a time, and kept afterwards for a while, unless what is done in it raises: then nobody knows where the
        dialogue stands, and it is closed. So raise within it what leaves it unusable, and after it what does not."""
        ...

    def aside(self, chunks: AsyncIterator[bytes]) -> AbstractAsyncContextManager[Source]:
        """These bytes, read to their end and put aside on our disk, for as long as the context lasts: for what is too large to be
        in memory and has to be looked into. Raises what `chunks` raises, and `Unreachable` if there is no room."""
        ...

    async def token(self, name: str, renew: Callable[[], Awaitable[Token]], *, refused: str = "") -> str:
        """The channel's token of this name, shared by all who send for it; `renew` is called when there is none, when it
        is about to expire, or when the current one is `refused` (the value that the platform just turned down). At most
        one renewal is under way at a time."""
        ...

    async def file(self, name: str) -> Stream:
        """The bytes of a file that a message names, as its `MediaLink` describes it: for platforms that are handed files and do
        not fetch them. Raises `Rejected` if it is gone, `Unreachable` if it cannot be read now."""
        ...

    def now(self) -> datetime:
        """What time it is: for a poll, which may last for days. Every other call says it (`Request.at`, `Outbound.at`)."""
        ...

    def respond(self, token: str, response: Response) -> bool:
        """Where `Manifest.replies_inside`: let this be the response to the webhook that brought this reply token. False if
        that is no longer held; then nothing has gone out and nothing will, and the message is to be sent in another way."""
        ...
