"""The fake WeCom's API as an aiohttp application: who may call, what is done, what is remembered.

What a message must look like is in `checking.py`, what WeCom tells us in `calls.py`. Errors are 200, and called text, as the real
one's are at times.
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

from adapters.wecom.fake.calls import Calls
from adapters.wecom.fake.checking import check_message, check_upload, require
from adapters.wecom.fake.crypto import Crypto, OurCrypto
from adapters.wecom.fake.phones import FAULTS, GIVES, part_of, told_of
from adapters.wecom.fake.state import MOVES, RECALL_WITHIN, Company, Fault, Json, Person, Sent, Trouble
from channels.fake import Bubble, FakePlatform, Kept
from channels.parts import Audio, Button, File, Image, MediaRef, Part, Parts, Video

CODES = {
    Fault.BUSY: (-1, "system error"),
    Fault.STALE: (42001, "expired"),
    Fault.OFTEN: (45009, "api freq out of limit"),
}
REFUSED = 10  # why a message that was taken has failed: the customer does not want any
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
            return _json(OK | self._upload(query.get("type", ""), form.get("media")))
        act = ENDPOINTS.get(request.path) if request.method == "POST" else None
        if act is None:
            return web.Response(status=404, text="not found")
        return _json(OK | act(self, _object(body)))

    def _sync(self, body: Json) -> Json:
        """What came after the cursor, a page at a time; and now and then a page of nothing, with more behind it."""
        require(body, {"open_kfid"}, {"cursor", "token", "limit", "voice_format"})
        account, token = body["open_kfid"], body.get("token", "")
        if account not in self.company.told:
            raise Trouble(95004, "open_kfid not exist")
        if token:
            known, until = self.company.asking.get(token, ("", self.company.clock()))
            if known != account or until <= self.company.clock():
                raise Trouble(95007, "invalid msg_token")
        elif self.company.askings_without <= 0:
            raise Trouble(45009, "api freq out of limit")
        else:
            self.company.askings_without -= 1
        told, life = self.company.told[account], f"C{self.company.life}-"
        cursor = body.get("cursor", "")
        begin, _, empty = cursor.removeprefix(life).partition("e") if cursor.startswith(life) else ("", "", "")
        place = int(begin or 0)
        if empty == "" and place < len(told) and place:  # once, nothing, and there is more
            return {"next_cursor": f"{life}{place}e1", "has_more": 1, "msg_list": []}
        page = told[place : place + min(self.company.page, body.get("limit", 1000))]
        after = place + len(page)
        return {"next_cursor": f"{life}{after}", "has_more": int(after < len(told)), "msg_list": page}

    def _send(self, body: Json) -> Json:
        kind = check_message(self.company, body, {"touser", "open_kfid"})
        person = self.company.whose(body, body["touser"])
        id = self._taken(body["open_kfid"], body)
        self.company.require_open(person)
        return self._arrives(person.id, "service", body["open_kfid"], id, {"msgtype": kind, kind: body[kind]})

    def _welcome(self, body: Json) -> Json:
        kind = check_message(self.company, body, {"code"}, {"text", "msgmenu"})
        who, until = self.company.welcomes.pop(body["code"], ("", self.company.clock()))
        if until <= self.company.clock():
            raise Trouble(95100, "invalid code")
        account = self.company.people[who].account
        id = self._taken(account, body)
        return self._arrives(who, "welcome", account, id, {"msgtype": kind, kind: body[kind]})

    def _taken(self, account: str, body: Json) -> str:
        """The id of a message of ours, which is good once."""
        id = body.get("msgid") or f"own-{next(self.company.numbers)}"
        if (account, id) in self.company.ids:
            raise Trouble(95101, "msgid existed")
        return str(id)

    def _arrives(self, to: str, by: str, account: str, id: str, message: Json) -> Json:
        refused = self.company.people[to].refuses
        self.company.ids.add((account, id))
        self.sent.append(Sent(to, by, id, self.company.clock(), message, refused))
        if refused:
            self.calls.fails(self.company.people[to], id, REFUSED)
            self._call_soon(account)
        return {"msgid": id}

    def _call_soon(self, account: str) -> None:
        """That a message has failed is said after it was taken."""
        if self.hook:
            task: asyncio.Task[object] = asyncio.create_task(self.calls.call(self.hook, account))
            self._calling.add(task)
            task.add_done_callback(self._calling.discard)

    def _recall(self, body: Json) -> Json:
        require(body, {"msgid", "open_kfid"})
        sent = next((sent for sent in self.sent if sent.id == body["msgid"]), None)
        if sent is None or sent.at + RECALL_WITHIN < self.company.clock():
            raise Trouble(95102, "msg can not recall")
        self.company.recalled.append(sent.id)
        return {}

    def _state(self, body: Json) -> Json:
        require(body, {"open_kfid", "external_userid"})
        return {"service_state": self.company.whose(body, body["external_userid"]).state, "servicer_userid": ""}

    def _move(self, body: Json) -> Json:
        require(body, {"open_kfid", "external_userid", "service_state"}, {"servicer_userid"})
        person = self.company.whose(body, body["external_userid"])
        if body["service_state"] not in MOVES[person.state]:
            raise Trouble(95016, "session status not allowed")
        person.state = body["service_state"]
        return {"msg_code": ""}

    def _people(self, body: Json) -> Json:
        require(body, {"external_userid_list"}, {"need_enter_session_context"})
        known = [self.company.people[id] for id in body["external_userid_list"] if id in self.company.people]
        listed = [{"external_userid": each.id, "nickname": each.nickname, "avatar": "", "gender": 0} for each in known]
        return {"customer_list": listed, "invalid_external_userid": []}

    def _accounts(self, body: Json) -> Json:
        require(body, set(), {"offset", "limit"})
        accounts = [{"open_kfid": id, "name": id, "avatar": "", "manage_privilege": True} for id in self.company.told]
        begin = body.get("offset", 0)
        return {"account_list": accounts[begin : begin + body.get("limit", 100)]}

    def _upload(self, kind: str, file: object) -> Json:
        if not isinstance(file, web.FileField):
            raise Trouble(44001, "empty media data")
        content = file.file.read()
        check_upload(kind, file.filename, file.content_type, content)
        media = self.company.keep(kind, content, file.content_type, file.filename)
        return {"type": kind, "media_id": media, "created_at": "1"}

    def _fault(self, path: str) -> Fault | None:
        for index, (fault, prefix) in enumerate(self._faults):
            if path.startswith(prefix):
                del self._faults[index]
                return fault
        return None


ENDPOINTS: dict[str, Callable[[FakeWecom, Json], Json]] = {
    "/cgi-bin/kf/sync_msg": FakeWecom._sync,
    "/cgi-bin/kf/send_msg": FakeWecom._send,
    "/cgi-bin/kf/send_msg_on_event": FakeWecom._welcome,
    "/cgi-bin/kf/recall_msg": FakeWecom._recall,
    "/cgi-bin/kf/service_state/get": FakeWecom._state,
    "/cgi-bin/kf/service_state/trans": FakeWecom._move,
    "/cgi-bin/kf/customer/batchget": FakeWecom._people,
    "/cgi-bin/kf/account/list": FakeWecom._accounts,
}


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
