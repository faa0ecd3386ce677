"""The fake WeCom's API as an aiohttp application: who may call, what is done, what is remembered.

What a message must look like is in `checking.py`, what WeCom tells us in `calls.py`. Errors are 200, and called text, as the real
one's are at times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import orjson
from aiohttp import web

from tests.e2e.fake_wecom.calls import Calls
from tests.e2e.fake_wecom.checking import check_message, check_upload, require
from tests.e2e.fake_wecom.state import MOVES, RECALL_WITHIN, Company, Fault, Json, Sent, Trouble

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


class FakeWecom:
    """One company and the world around it. Use it as `async with FakeWecom() as wecom`.

    `api_base` is where it listens, `calls` is what customers do and how we hear of it, `company` is all that it knows; `asked` are
    our calls, in order. `fail` makes the next ones go wrong.
    """

    def __init__(self, *, clock: Callable[[], datetime] = _now, **fields: Any) -> None:
        self.company = Company(clock, **fields)
        self.calls = Calls(self.company)
        self.asked: list[Call] = []
        self.api_base = ""
        self._faults: list[tuple[Fault, str]] = []
        self._runner: web.AppRunner | None = None

    @property
    def sent(self) -> list[Sent]:
        return self.company.sent

    def called(self, path: str) -> list[Call]:
        return [call for call in self.asked if call.path == path]

    def fail(self, *faults: Fault, path: str = "") -> None:
        """The next calls to a path that begins so go wrong like this, one after the other."""
        self._faults += [(fault, path) for fault in faults]

    # -- life

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=30_000_000)
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.api_base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

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
        told, cursor = self.company.told[account], body.get("cursor", "")
        begin, _, empty = cursor.removeprefix("C").partition("e")
        place = int(begin or 0)
        if empty == "" and place < len(told) and place:  # once, nothing, and there is more
            return {"next_cursor": f"C{place}e1", "has_more": 1, "msg_list": []}
        page = told[place : place + min(self.company.page, body.get("limit", 1000))]
        after = place + len(page)
        return {"next_cursor": f"C{after}", "has_more": int(after < len(told)), "msg_list": page}

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
        self.company.ids.add((account, id))
        self.sent.append(Sent(to, by, id, self.company.clock(), message))
        return {"msgid": id}

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
