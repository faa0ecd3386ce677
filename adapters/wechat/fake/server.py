"""The fake WeChat's API as an aiohttp application: who may call, what is done, what is remembered.

What a message must look like is in `checking.py`, what WeChat pushes to us in `pushes.py`, and how a call is answered or goes wrong in
`adapters/_tencent/fake`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from adapters._tencent.fake.server import OK, TencentFake, json_of, now, object_of
from adapters._tencent.fake.state import Json, Trouble
from adapters.wechat.fake.checking import check_message, check_template, check_upload
from adapters.wechat.fake.codes import REFUSALS, SHOWN
from adapters.wechat.fake.crypto import Crypto, OurCrypto
from adapters.wechat.fake.phones import FAULTS, GIVES, part_of, push_of
from adapters.wechat.fake.pushes import Pushes
from adapters.wechat.fake.state import Account, Mode, Sent
from channels.fake import Arrival, Bubble, Kept, Ties
from channels.parts import Audio, Button, Image, MediaRef, Part, Video

ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u")  # and not an escaped backslash before a u


class FakeWechat(TencentFake):
    """One official account and the world around it. Use it as `async with FakeWechat() as wechat`.

    `api_base` is where it listens, `pushes` tells us what customers do, `account` is all that it knows; `asked` are all calls in
    order. `fail` makes the next calls go wrong.
    """

    title = "WeChat"
    colours = ("#07c160", "#ededed", "#95ec69")
    gives = GIVES
    faults = FAULTS
    refusals = SHOWN
    codes = REFUSALS
    often = 45011
    way_out = "/cgi-bin/message/"
    after = " rid: 6789-0"

    def __init__(
        self,
        mode: Mode = "safe",
        *,
        clock: Callable[[], datetime] = now,
        crypto: Callable[[str, str, str], Crypto] = OurCrypto,
        **fields: Any,
    ) -> None:
        super().__init__()
        self.account = Account(clock, mode=mode, **fields)
        self.pushes = Pushes(self.account, crypto(self.account.token, self.account.aes_key, self.account.appid))
        self.template_numbers: list[int] = []
        self.film_elsewhere = False  # a film is answered with the address where it lies
        self._shown = 0

    @property
    def sent(self) -> list[Sent]:
        return self.account.sent

    # -- the customers' side

    def settings(self) -> dict[str, Any]:
        account = self.account
        keys = {"appid": account.appid, "appsecret": account.secret, "token": account.token, "mode": account.mode}
        own = {"encoding_aes_key": account.aes_key, "original_id": account.original_id, "api_base": self.api_base}
        return keys | own

    def settle(self, name: str) -> tuple[str, object]:
        person = self.account.person(remark=name)
        return person.openid, self.pushes.event(person, "subscribe")

    def say(self, customer: str, part: Part, body: bytes, ties: Ties) -> tuple[object, Part, str]:
        push, identity = push_of(self.pushes, self.account.people[customer], part, body)
        if isinstance(part, Image | Video | Audio) and isinstance(part.media, MediaRef):
            part = replace(part, media=replace(part.media, key=identity))
        return push, part, ""

    def press(self, customer: str, bubble: Bubble, button: Button) -> object | None:
        if not button.payload:
            return None
        return self.pushes.menu_tap(self.account.people[customer], button.payload, button.label)

    def follow(self, customer: str, follows: bool) -> object:
        return self.pushes.event(self.account.people[customer], "subscribe" if follows else "unsubscribe")

    async def tell(self, push: object, *, again: bool) -> str:
        delivery = await self.pushes.deliver(self.hook, str(push))
        if delivery.accepted:
            return ""
        return f"answered {delivery.status}" if delivery.status else f"no answer in {delivery.tries} tries"

    def arrivals(self) -> Iterator[Arrival]:
        for sent in self.sent[self._shown :]:
            self._shown += 1
            yield Arrival(sent.to, (part_of(sent),))

    def writing(self) -> Iterator[tuple[str, datetime]]:
        for person in self.account.people.values():
            if person.typing_until is not None and person.typing_until > self.account.clock():
                yield person.openid, person.typing_until

    async def file(self, key: str) -> Kept | None:
        kept = self.account.media.get(key)
        return Kept(kept.body, kept.mime) if kept is not None else await self.fetched(key)

    # -- answering

    def answered(self, request: web.Request, body: bytes, form: Mapping[str, Any]) -> web.Response:
        if request.path.startswith("/films/"):  # another host's business, in truth: it knows no tokens
            if "access_token" in request.query:
                self.account.violations.append("A stranger's host was shown the access token.")
            film = self.account.kept(request.path.removeprefix("/films/"), "video")
            return web.Response(body=film.body, content_type=film.mime)
        if request.path != "/cgi-bin/stable_token":
            self.account.require_token(request.query.get("access_token", ""))
        act = ENDPOINTS.get((request.method, request.path))
        if act is not None:
            return json_of(act(self, _object(body)))
        if (request.method, request.path) == ("GET", "/cgi-bin/user/info"):
            return json_of(self._info(request.query.get("openid", "")))
        if (request.method, request.path) == ("GET", "/cgi-bin/media/get"):
            return self._download(request.query.get("media_id", ""))
        if (request.method, request.path) == ("POST", "/cgi-bin/media/upload"):
            return json_of(self._upload(request.query.get("type", ""), form.get("media")))
        return web.Response(status=404, text="not found")

    def _stable_token(self, asked: Json) -> Json:
        return self.account.stable_token(asked)

    def _send(self, body: Json) -> Json:
        person = self.account.addressee(body.get("touser"))
        if not self.account.verified:
            raise Trouble(48001, "api unauthorized")
        check_message(self.account, body)
        self.account.require_open(person)
        kind = body["msgtype"]
        self.sent.append(Sent(person.openid, "service", {"msgtype": kind, kind: body[kind]}))
        return OK

    def _quota(self, body: Json) -> Json:
        if body.get("cgi_path") != "/cgi-bin/message/custom/send":
            raise Trouble(76021, "cgi_path not found, please check")
        if not self.account.verified:
            raise Trouble(76022, "could not use this cgi_path, no permission")
        used = sum(sent.by == "service" for sent in self.sent)
        most = self.account.daily_limit
        return OK | {"quota": {"daily_limit": most, "used": used, "remain": most - used}}

    def _typing(self, body: Json) -> Json:
        person, now = self.account.addressee(body.get("touser")), self.account.clock()
        if body.get("command") not in ("Typing", "CancelTyping"):
            raise Trouble(45072, "invalid command")
        if person.typing_until is not None and now < person.typing_until:
            raise Trouble(45081, "already in typing status")
        person.typing_until = now + timedelta(seconds=15)
        return OK

    def _template(self, body: Json) -> Json:
        check_template(self.account, body, {"url", "miniprogram", "client_msg_id"})
        return self._approved(body, "template")

    def _notice(self, body: Json) -> Json:
        check_template(self.account, body, {"page", "miniprogram"})
        return self._approved(body, "notice")

    def _approved(self, body: Json, by: str) -> Json:
        person, key = self.account.addressee(body["touser"]), body.get("client_msg_id", "")
        if len(key) > 32:
            raise Trouble(45067, "client_msg_id too long")
        if key and key in self.account.client_ids:
            raise Trouble(45065, "clientmsgid exist")
        self.account.client_ids.add(key)
        self.sent.append(Sent(person.openid, by, body))
        self.template_numbers.append(next(self.account.numbers))
        return OK | {"msgid": self.template_numbers[-1]}

    def _info(self, openid: str) -> Json:
        person = self.account.people.get(openid)
        if person is None:
            raise Trouble(40003, "invalid openid")
        if not person.follows:
            return {"subscribe": 0, "openid": openid}
        return {"subscribe": 1, "openid": openid, "remark": person.remark, "nickname": "", "headimgurl": ""}

    def _download(self, identity: str) -> web.Response:
        found = self.account.kept(identity)
        if self.film_elsewhere and found.kind == "video":
            return json_of({"video_url": f"{self.api_base}/films/{identity}"}, "text/plain")
        name = f'attachment; filename="{identity}"'
        return web.Response(body=found.body, headers={"Content-Type": found.mime, "Content-disposition": name})

    def _upload(self, kind: str, file: object) -> Json:
        if not isinstance(file, web.FileField):
            raise Trouble(41005, "media data missing")
        content = file.file.read()
        check_upload(kind, file.filename, file.content_type, content)
        return {"type": kind, "media_id": self.account.keep(kind, content, file.content_type), "created_at": 1}


Act = Callable[[FakeWechat, Json], Json]
ENDPOINTS: dict[tuple[str, str], Act] = {
    ("POST", "/cgi-bin/stable_token"): FakeWechat._stable_token,
    ("POST", "/cgi-bin/message/custom/send"): FakeWechat._send,
    ("POST", "/cgi-bin/openapi/quota/get"): FakeWechat._quota,
    ("POST", "/cgi-bin/message/custom/typing"): FakeWechat._typing,
    ("POST", "/cgi-bin/message/template/send"): FakeWechat._template,
    ("POST", "/cgi-bin/message/subscribe/bizsend"): FakeWechat._notice,
}


def _object(body: bytes) -> Json:
    """WeChat shows escapes as they are, or refuses them."""
    if ESCAPED.search(body):
        raise Trouble(40033, "invalid charset. please check your request, if include \\uxxxx will create fail!")
    return object_of(body)
