"""The fake LINE's two hosts as aiohttp applications: who may call, what is answered, what is remembered.

What a message must look like is in `checking.py`, what LINE sends to us in `webhooks.py`.
"""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import unquote

import orjson
from aiohttp import web

from adapters.line.fake.account import Answered
from adapters.line.fake.answers import Answers
from adapters.line.fake.phones import EXPIRED, GIVES, QUOTING, STICKERS, TOGETHER, event_of, parts_of, pressed
from adapters.line.fake.phones import FAULTS as TROUBLES
from adapters.line.fake.state import Call, Fault, Gathering, Json, Person
from adapters.line.fake.webhooks import QUOTABLE
from channels.fake import Arrival, Bubble, FakePlatform, Kept, Ties, numbers
from channels.parts import Audio, Button, File, Image, MediaRef, Part, Video

SECRET = "fake-line-channel-secret"
BODY_LIMIT = 2_000_000
FAULTS = {
    Fault.RATE_LIMIT: (429, "The API rate limit has been exceeded. Try again later."),
    Fault.MONTHLY_LIMIT: (429, "You have reached your monthly limit."),
    Fault.BROKEN: (500, "Internal server error"),
    Fault.UNREADABLE: (400, "The property, text, in the request body is invalid (line: 1, column: 20)"),
    Fault.NOWHERE: (400, "Failed to send messages"),
    Fault.UNKNOWN_TOKEN: (401, "Authentication failed due to the following reason: invalid token."),
    Fault.FORBIDDEN: (403, "Access to this API is not available for your account"),
    Fault.TOO_LARGE: (413, "Payload Too Large"),
    Fault.WRONG_TYPE: (415, "The content type, text/plain, is not supported"),
}
REFUSALS = {str(fault): words for fault, (status, words) in FAULTS.items() if fault.startswith("4")}
FREE = ("/oauth2/", "/v2/oauth/")  # where a token is got, no token is asked for


def _now() -> datetime:
    return datetime.now(UTC)


class FakeLine(Answers, FakePlatform):
    """One LINE official account and the world around it. Use it as `async with FakeLine() as line`.

    `api_base` and `data_base` are where it listens, `webhooks` sends what customers do, `sent` is what reached them, `calls`
    all calls in order. `fail` makes the next calls go wrong.
    """

    title = "LINE"
    colours = ("#06c755", "#93aad4", "#85e249")
    gives = GIVES
    stickers = STICKERS
    quoting = QUOTING
    quoted = QUOTABLE
    together = TOGETHER
    faults = TROUBLES
    refusals = REFUSALS

    def __init__(
        self,
        *,
        secret: str = SECRET,
        channel_id: str = "1650000000",
        destination: str = "U" + "0" * 31 + "1",
        clock: Callable[[], datetime] = _now,
    ) -> None:
        Answers.__init__(self, secret, channel_id, destination, clock)
        FakePlatform.__init__(self)
        self.calls: list[Call] = []
        self.slowness = 0.5  # seconds that a slow answer takes
        self._faults: list[tuple[Fault, str]] = []
        self._requests = itertools.count(1)
        self._people = numbers()
        self._shown = 0

    # -- switches ------------------------------------------------------------------------------------------------------

    def person(self, name: str = "Ann", **fields: object) -> Person:
        person = Person("U" + f"{next(self._people):032x}", name, **fields)  # type: ignore[arg-type]
        self.people[person.id] = person
        return person

    def gathering(self, name: str = "Friends", *, room: bool = False, members: tuple[Person, ...] = ()) -> Gathering:
        identity = ("R" if room else "C") + f"{len(self.gatherings) + 1:032x}"
        self.gatherings[identity] = Gathering(identity, name, members=[member.id for member in members])
        return self.gatherings[identity]

    def fail(self, *faults: Fault, path: str = "") -> None:
        """The next calls (to a path that begins so) go wrong like this, one after the other."""
        self._faults += [(fault, path) for fault in faults]

    # -- life ----------------------------------------------------------------------------------------------------------

    @property
    def api_base(self) -> str:
        return self.address("api")

    @property
    def data_base(self) -> str:
        return self.address("data")

    def hosts(self) -> Mapping[str, web.Application]:
        return {host: self.application(host) for host in ("api", "data")}

    def application(self, host: str) -> web.Application:
        """`api` or `data`: a path of one is unknown to the other, as it is with LINE."""

        async def answer(request: web.Request) -> web.StreamResponse:
            return await self._answer(host, request)

        application = web.Application(client_max_size=BODY_LIMIT * 2)
        application.router.add_route("*", "/{path:.*}", answer)
        return application

    # -- the customers' side -------------------------------------------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        account = {"channel_id": self.channel_id, "channel_secret": self.secret, "destination": self.destination}
        return account | {"api_base": self.api_base, "data_base": self.data_base}

    def enter(self, hook: str) -> None:
        super().enter(hook)
        self.endpoint = hook

    def settle(self, name: str) -> tuple[str, object]:
        person = self.person(name)
        return person.id, self.webhooks.event("follow", person.source, follow={"isUnblocked": False})

    def say(self, customer: str, part: Part, body: bytes, ties: Ties) -> tuple[object, Part, str]:
        event = event_of(self.webhooks, self.people[customer], part, body, ties)
        identity = str(event["message"]["id"])
        if identity in self.webhooks.contents and isinstance(part, Image | Video | Audio | File):
            part = replace(part, media=MediaRef(identity))
        return event, part, identity

    def recall(self, customer: str, bubble: Bubble) -> object:
        return self.webhooks.unsend(self.webhooks.said[bubble.key])

    def press(self, customer: str, bubble: Bubble, button: Button) -> object | None:
        return pressed(self.webhooks, self.people[customer], button)

    def follow(self, customer: str, follows: bool) -> object:
        person = self.people[customer]
        person.blocked = not follows
        if follows:
            return self.webhooks.event("follow", person.source, follow={"isUnblocked": True})
        return self.webhooks.event("unfollow", person.source)

    async def tell(self, push: object, *, again: bool) -> str:
        bring = self.webhooks.redeliver if again else self.webhooks.deliver
        return (await bring(self.hook, cast(Json, push))).failure

    def spoil(self, fault: str) -> None:
        if fault == EXPIRED:
            self.access_tokens.clear()
        else:
            self.fail(Fault(fault), path="/v2/bot/message/")

    def arrivals(self) -> Iterator[Arrival]:
        for sent in self.sent[self._shown :]:
            self._shown += 1
            why = "" if sent.delivered else "The customer has blocked the account."
            quotes = self.webhooks.quote_tokens.get(sent.message.get("quoteToken", ""), "")
            yield Arrival(sent.to, parts_of(sent.message), sent.id, why, quotes)

    def writing(self) -> Iterator[tuple[str, datetime]]:
        return ((chat, until) for chat, until in self.loading_until.items() if until > self.clock())

    async def file(self, key: str) -> Kept | None:
        kept = self.webhooks.contents.get(key)
        return await self.fetched(key) if kept is None else Kept(kept.body, kept.mime)

    # -- answering -----------------------------------------------------------------------------------------------------

    async def _answer(self, host: str, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        request_id = str(uuid.UUID(int=next(self._requests)))
        fault = self._fault(request.path)
        if fault is Fault.LOST_REQUEST:
            self._log(host, request, body, 0)
            return self._hang_up(request)
        if fault in FAULTS:
            status, text = FAULTS[fault]
            answered = Answered(status, {"message": text})
        else:
            answered = await self._answered(host, request, body, request_id)
        self._log(host, request, body, answered.status)
        if fault is Fault.LOST_ANSWER:
            return self._hang_up(request)
        if fault is Fault.SLOW:
            await asyncio.sleep(self.slowness)
        headers = {"x-line-request-id": request_id, **answered.headers}
        if isinstance(answered.body, bytes):
            return web.Response(
                status=answered.status, body=answered.body, headers={"Content-Type": answered.mime, **headers}
            )
        return web.json_response(body=orjson.dumps(answered.body), status=answered.status, headers=headers)

    async def _answered(self, host: str, request: web.Request, body: bytes, request_id: str) -> Answered:
        if len(body) > BODY_LIMIT:
            return Answered(413, {"message": "Payload Too Large"})
        path, free = request.path, request.path.startswith(FREE)
        if not free and (refusal := self.unauthorized(request.headers.get("Authorization", ""))):
            return refusal
        handler = self.handler(host, request.method, path)
        if handler is None:
            return Answered(404, {"message": "Not found"})
        call, names = handler
        if request.method in ("POST", "PUT") and not free:
            if request.content_type != "application/json":
                return Answered(415, {"message": f"The content type, {request.content_type}, is not supported"})
            content = _object(body)
            if isinstance(content, Answered):
                return content
        else:
            content = {key: str(value) for key, value in (await request.post()).items()} if free else {}
        headers = {name.lower(): value for name, value in request.headers.items()} | {"x-line-request-id": request_id}
        answered = call(content, headers, *map(unquote, names))
        return answered if isinstance(answered, Answered) else await answered

    def _fault(self, path: str) -> Fault | None:
        for index, (fault, prefix) in enumerate(self._faults):
            if path.startswith(prefix):
                del self._faults[index]
                return fault
        return None

    def _log(self, host: str, request: web.Request, body: bytes, status: int) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.calls.append(Call(self.clock(), host, request.method, request.path, headers, body, status))

    def _hang_up(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


def _object(body: bytes) -> Json | Answered:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        place = f"(line: {error.lineno}, column: {error.colno})"
        return Answered(400, {"message": f"The request body could not be parsed as JSON {place}"})
    if not isinstance(content, dict):
        return Answered(400, {"message": "The request body could not be parsed as JSON (line: 1, column: 1)"})
    return content
