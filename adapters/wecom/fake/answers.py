"""What the fake WeCom does when it is called: each call of ours by its path, with what is remembered of it.

Who may call, and what goes wrong on the way, is in `server.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from aiohttp import web

from adapters._tencent.fake.state import Json, Trouble
from adapters.wecom.fake.calls import Calls
from adapters.wecom.fake.checking import check_message, check_upload, require
from adapters.wecom.fake.state import MOVES, RECALL_WITHIN, Sent

RANGE = re.compile(r"bytes=(\d+)-(\d+)")
REFUSED = 10  # why a message that was taken has failed: the customer does not want any


class Answers:
    """One company's API. `call_soon` lets our server be called for an account, after the answer."""

    def __init__(self, calls: Calls, call_soon: Callable[[str], None]) -> None:
        self.company = calls.company
        self._calls = calls
        self._call_soon = call_soon

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
        person, failing = self.company.people[to], self.company.failing
        why = REFUSED if person.refuses else failing.pop(0) if failing else None
        self.company.ids.add((account, id))
        self.company.sent.append(Sent(to, by, id, self.company.clock(), message, why))
        if why is not None:
            self._calls.fails(person, id, why)
            self._call_soon(account)
        return {"msgid": id}

    def _recall(self, body: Json) -> Json:
        require(body, {"msgid", "open_kfid"})
        sent = next((sent for sent in self.company.sent if sent.id == body["msgid"]), None)
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

    def upload(self, kind: str, file: object) -> Json:
        if not isinstance(file, web.FileField):
            raise Trouble(44001, "empty media data")
        content = file.file.read()
        check_upload(kind, file.filename, file.content_type, content)
        media = self.company.keep(kind, content, file.content_type, file.filename)
        return {"type": kind, "media_id": media, "created_at": "1"}

    def download(self, id: object, range: str) -> web.Response:
        """All of a file, or the bytes that are asked for; neither may be too many.

        https://developer.work.weixin.qq.com/document/path/96486
        """
        kept = self.company.kept(id)
        asked, total = RANGE.fullmatch(range), len(kept.body)
        begin, end = (int(asked[1]), min(int(asked[2]), total - 1)) if asked else (0, total - 1)
        if end - begin >= self.company.at_once:
            raise Trouble(830002, "media is too big, download it with Range")
        headers = {"Content-Type": kept.mime, "Content-Disposition": f'attachment; filename="{kept.name or id}"'}
        if not asked:
            return web.Response(body=kept.body, headers=headers)
        if not begin <= end:
            return web.Response(status=416, headers={"Content-Range": f"bytes */{total}"})
        headers |= {"Accept-Ranges": "bytes", "Content-Range": f"bytes {begin}-{end}/{total}"}
        return web.Response(status=206, body=kept.body[begin : end + 1], headers=headers)


ENDPOINTS: dict[str, Callable[[Answers, Json], Json]] = {
    "/cgi-bin/kf/sync_msg": Answers._sync,
    "/cgi-bin/kf/send_msg": Answers._send,
    "/cgi-bin/kf/send_msg_on_event": Answers._welcome,
    "/cgi-bin/kf/recall_msg": Answers._recall,
    "/cgi-bin/kf/service_state/get": Answers._state,
    "/cgi-bin/kf/service_state/trans": Answers._move,
    "/cgi-bin/kf/customer/batchget": Answers._people,
    "/cgi-bin/kf/account/list": Answers._accounts,
}
