"""The fake WeCom's API as an aiohttp application, and its customers' side: who may call, and what goes wrong on the way.

What is done is in `answers.py`, what a message must look like in `checking.py`, what WeCom tells us in `calls.py`. Errors are
200, and called text, as the real one's are at times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import orjson
from aiohttp import web

from adapters.wecom.fake.answers import ENDPOINTS, Answers
from adapters.wecom.fake.calls import Calls
from adapters.wecom.fake.crypto import Crypto, OurCrypto
from adapters.wecom.fake.phones import FAULTS, GIVES, part_of, told_of
from adapters.wecom.fake.state import Company, Fault, Json, Person, Sent, Trouble
from channels.fake import Bubble, FakePlatform, Kept
from channels.parts import Audio, Button, File, Image, MediaRef, Part, Parts, Video

CODES = {
    Fault.BUSY: (-1, "system error"),
    Fault.STALE: (42001, "expired"),
    Fault.OFTEN: (45009, "api freq out of limit"),
}
OK: Json = {"errcode": 0, "errmsg": "ok"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call, in the order they came. `code` is what was answered."""

    path: str
    query: dict[str, str]
    body: bytes
    code: int

    def json(self) -> Json:
        found: Json = orjson.loads(self.body)
        return found


def _now() -> datetime:
    return datetime.now(UTC)


class FakeWecom(FakePlatform):
    """One company and the world around it. Use it as `async with FakeWecom() as wecom`.

    `api_base` is where it listens, `calls` is what customers do and how we hear of it, `company` is all that it knows; `asked` are
    our calls, in order. `fail` makes the next ones go wrong. A push is the account that has something new: what that is is asked for.
    """

    title = "WeCom"
    colours = ("#2b7cd3", "#ededed", "#a9d8ff")
    gives = GIVES
    faults = FAULTS

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = _now,
        crypto: Callable[[str, str, str], Crypto] = OurCrypto,
        **fields: Any,
    ) -> None:
        super().__init__()
        self.company = Company(clock, **fields)
        self.calls = Calls(self.company, crypto(self.company.token, self.company.aes_key, self.company.corpid))
        self.asked: list[Call] = []
        self._answers = Answers(self.calls, self._call_soon)
        self._faults: list[tuple[Fault, str]] = []
        self._shown = 0
        self._calling: set[asyncio.Task[object]] = set()

    @property
    def sent(self) -> list[Sent]:
        return self.company.sent

    def called(self, path: str) -> list[Call]:
        return [call for call in self.asked if call.path == path]

    def fail(self, *faults: Fault, path: str = "") -> None:
        """The next calls to a path that begins so go wrong like this, one after the other."""
        self._faults += [(fault, path) for fault in faults]

    # -- life

    @property
    def api_base(self) -> str:
        return self.address("api")

    def applications(self) -> Mapping[str, web.Application]:
        application = web.Application(client_max_size=30_000_000)
        application.router.add_route("*", "/{path:.*}", self._answer)
        return {"api": application}

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._calling:
            task.cancel()
        await asyncio.gather(*self._calling, return_exceptions=True)
        await super().__aexit__(kind, error, trace)

    # -- the customers' side

    def settings(self) -> dict[str, Any]:
        company = self.company
        keys = {"corpid": company.corpid, "secret": company.secret, "token": company.token}
        own = {"encoding_aes_key": company.aes_key, "accounts": list(company.told), "api_base": self.api_base}
        return keys | own

    def settle(self, name: str) -> tuple[str, object]:
        person = self.company.person(nickname=name)
        self.calls.enters(person)
        return person.address, person.account

    def say(self, customer: str, part: Part, body: bytes) -> tuple[object, Part, str]:
        person = self._person(customer)
        id, file = told_of(self.calls, person, part, body)
        if isinstance(part, Image | Video | Audio | File) and isinstance(part.media, MediaRef):
            part = replace(part, media=replace(part.media, key=file))
        return person.account, part, id

    def press(self, customer: str, bubble: Bubble, button: Button) -> object | None:
        if not button.payload:
            return None
        person = self._person(customer)
        self.calls.picks(person, button.payload, button.label)
        return person.account

    def follow(self, customer: str, follows: bool) -> object | None:
        """Whoever refuses our messages does so in silence: we hear of it when the next one fails."""
        person = self._person(customer)
        person.refuses = not follows
        if not follows:
            return None
        self.calls.enters(person)
        return person.account

    async def tell(self, push: object, *, again: bool) -> str:
        delivery = await self.calls.call(self.hook, str(push))
        if delivery.accepted:
            return ""
        return f"answered {delivery.status}" if delivery.status else f"no answer in {delivery.tries} tries"

    def spoil(self, fault: str) -> None:
        self.fail(Fault(fault), path="/cgi-bin/kf/send_msg")

    def arrivals(self) -> Iterator[tuple[str, Parts, str, str]]:
        for sent in self.sent[self._shown :]:
            self._shown += 1
            why = "not delivered: the customer refuses messages" if sent.refused else ""
            yield self.company.people[sent.to].address, (part_of(sent, self.company.media),), sent.id, why

    def removed(self) -> Iterator[tuple[str, str]]:
        for sent in self.sent:
            if sent.id in self.company.recalled:
                yield self.company.people[sent.to].address, sent.id

    async def file(self, key: str) -> Kept | None:
        kept = self.company.media.get(key)
        return Kept(kept.body, kept.mime, kept.name) if kept is not None else await self.fetched(key)

    def _person(self, customer: str) -> Person:
        return self.company.people[customer.partition("/")[2]]

    # -- answering

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        form = await request.post() if request.content_type == "multipart/form-data" else {}
        body = b"" if form else await request.read()
        fault = self._fault(request.path)
        code, answer = 0, web.Response()
        if fault is Fault.BROKEN:
            code, answer = 500, web.Response(status=500, text="<html>bad gateway</html>", content_type="text/html")
        elif fault in CODES:
            code, words = CODES[fault]
            answer = _json({"errcode": code, "errmsg": words})
        elif fault is not Fault.LOST_REQUEST:
            try:
                answer = self._answered(request, body, form)
            except Trouble as trouble:
                code = trouble.code
                answer = _json({"errcode": code, "errmsg": f"{trouble.words}, hint: [1_2_3]"}, "text/plain")
        self.asked.append(Call(request.path, dict(request.query), body, code))
        if fault in (Fault.LOST_ANSWER, Fault.LOST_REQUEST) and request.transport is not None:
            request.transport.abort()
        return answer

    def _answered(self, request: web.Request, body: bytes, form: Mapping[str, Any]) -> web.Response:
        where, query = (request.method, request.path), dict(request.query)
        if where == ("GET", "/cgi-bin/gettoken"):
            return _json(OK | self.company.issue(query))
        self.company.require_token(query.get("access_token", ""))
        if where == ("GET", "/cgi-bin/media/get"):
            found = self.company.kept(query.get("media_id"))
            return web.Response(body=found.body, content_type=found.mime)
        if where == ("POST", "/cgi-bin/media/upload"):
            return _json(OK | self._answers.upload(query.get("type", ""), form.get("media")))
        act = ENDPOINTS.get(request.path) if request.method == "POST" else None
        if act is None:
            return web.Response(status=404, text="not found")
        return _json(OK | act(self._answers, _object(body)))

    def _call_soon(self, account: str) -> None:
        """That a message has failed is said after it was taken."""
        if self.hook:
            task: asyncio.Task[object] = asyncio.create_task(self.calls.call(self.hook, account))
            self._calling.add(task)
            task.add_done_callback(self._calling.discard)

    def _fault(self, path: str) -> Fault | None:
        for index, (fault, prefix) in enumerate(self._faults):
            if path.startswith(prefix):
                del self._faults[index]
                return fault
        return None


def _object(body: bytes) -> Json:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Trouble(47001, "data format error") from None
    if not isinstance(found, dict):
        raise Trouble(47001, "data format error")
    return found


def _json(value: Json, mime: str = "application/json") -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type=mime)
