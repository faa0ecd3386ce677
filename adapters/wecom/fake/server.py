"""The fake WeCom's API as an aiohttp application, and its customers' side: who may call, and what goes wrong on the way.

What is done is in `answers.py`, what a message must look like in `checking.py`, what WeCom tells us in `calls.py`, and how a call is
answered or goes wrong in `adapters/_tencent/fake`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any

from aiohttp import web

from adapters._tencent.fake.server import OK, TencentFake, json_of, now, object_of
from adapters.wecom.fake.answers import ENDPOINTS, Answers
from adapters.wecom.fake.calls import Calls
from adapters.wecom.fake.codes import FAILURES, LATER, REFUSALS, SHOWN
from adapters.wecom.fake.crypto import Crypto, OurCrypto
from adapters.wecom.fake.phones import FAULTS, GIVES, part_of, told_of
from adapters.wecom.fake.state import Company, Person, Sent
from channels.fake import Arrival, Bubble, Kept, Ties
from channels.parts import Audio, Button, File, Image, MediaRef, Part, Video


class FakeWecom(TencentFake):
    """One company and the world around it. Use it as `async with FakeWecom() as wecom`.

    `api_base` is where it listens, `calls` is what customers do and how we hear of it, `company` is all that it knows; `asked` are
    our calls, in order. `fail` makes the next ones go wrong. A push is the account that has something new: what that is is asked for.
    """

    title = "WeCom"
    colours = ("#2b7cd3", "#ededed", "#a9d8ff")
    gives = GIVES
    faults = FAULTS
    refusals = SHOWN
    codes = REFUSALS
    often = 45009
    way_out = "/cgi-bin/kf/send_msg"
    after = ", hint: [1_2_3]"

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = now,
        crypto: Callable[[str, str, str], Crypto] = OurCrypto,
        **fields: Any,
    ) -> None:
        super().__init__()
        self.company = Company(clock, **fields)
        self.calls = Calls(self.company, crypto(self.company.token, self.company.aes_key, self.company.corpid))
        self._answers = Answers(self.calls, self._call_soon)
        self._shown = 0
        self._calling: set[asyncio.Task[object]] = set()

    @property
    def sent(self) -> list[Sent]:
        return self.company.sent

    # -- life

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

    def say(self, customer: str, part: Part, body: bytes, ties: Ties) -> tuple[object, Part, str]:
        person = self._person(customer)
        id, file = told_of(self.calls, person, part, body)
        if isinstance(part, Image | Video | Audio | File) and isinstance(part.media, MediaRef):
            part = replace(part, media=replace(part.media, key=file))
        return person.account, part, id

    def recall(self, customer: str, bubble: Bubble) -> object:
        person = self._person(customer)
        self.calls.event(person, "user_recall_msg", recall_msgid=bubble.key)
        return person.account

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
        if fault.startswith(LATER):
            self.company.failing.append(int(fault.removeprefix(LATER)))
        else:
            super().spoil(fault)

    def arrivals(self) -> Iterator[Arrival]:
        for sent in self.sent[self._shown :]:
            self._shown += 1
            why = "" if sent.failed is None else f"not delivered: {FAILURES[sent.failed]}"
            yield Arrival(self.company.people[sent.to].address, (part_of(sent, self.company.media),), sent.id, why)

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

    def answered(self, request: web.Request, body: bytes, form: Mapping[str, Any]) -> web.Response:
        where, query = (request.method, request.path), dict(request.query)
        if where == ("GET", "/cgi-bin/gettoken"):
            return json_of(OK | self.company.issue(query))
        self.company.require_token(query.get("access_token", ""))
        if where == ("GET", "/cgi-bin/media/get"):
            return self._answers.download(query.get("media_id"), request.headers.get("Range", ""))
        if where == ("POST", "/cgi-bin/media/upload"):
            return json_of(OK | self._answers.upload(query.get("type", ""), form.get("media")))
        act = ENDPOINTS.get(request.path) if request.method == "POST" else None
        if act is None:
            return web.Response(status=404, text="not found")
        return json_of(OK | act(self._answers, object_of(body)))

    def _call_soon(self, account: str) -> None:
        """That a message has failed is said after it was taken."""
        if self.hook:
            task: asyncio.Task[object] = asyncio.create_task(self.calls.call(self.hook, account))
            self._calling.add(task)
            task.add_done_callback(self._calling.discard)
