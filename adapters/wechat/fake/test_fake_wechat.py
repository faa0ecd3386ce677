"""The fake WeChat keeps to the documentation, in what it takes, what it refuses and what it pushes. It is held here to that alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import aiohttp
import orjson
import pytest
from wechatpy.crypto import WeChatCrypto

from adapters._tencent.fake.state import Json
from adapters.wechat.fake import FakeWechat, Fault, Person
from adapters.wechat.fake.codes import REFUSALS

SEND = "/cgi-bin/message/custom/send"
PNG = b"\x89PNG and more"


class Caller:
    """Somebody who knows the account's secret."""

    def __init__(self, wechat: FakeWechat, session: aiohttp.ClientSession) -> None:
        self.wechat, self.session = wechat, session
        self.lei: Person = wechat.account.person()
        self.token = ""

    async def call(self, path: str, body: Json | bytes, **query: str) -> Json:
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        query = ({"access_token": self.token} if self.token else {}) | query
        async with self.session.post(self.wechat.api_base + path, params=query, data=content) as answer:
            found: Json = orjson.loads(await answer.read())
            return found

    async def issue(self, changes: Json | None = None, *, force: bool = False) -> Json:
        account = self.wechat.account
        given = {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret}
        return await self.call("/cgi-bin/stable_token", given | (changes or {}) | {"force_refresh": force})

    async def say(self, kind: str = "text", to: str = "", **member: Any) -> int:
        body = {"touser": to or self.lei.openid, "msgtype": kind, kind: member or {"content": "hi"}}
        return int((await self.call(SEND, body))["errcode"])

    async def upload(self, kind: str, content: bytes, mime: str, name: str = "a.png") -> Json:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("media", BytesIO(content), filename=name, content_type=mime)
        query = {"access_token": self.token, "type": kind}
        url = self.wechat.api_base + "/cgi-bin/media/upload"
        async with self.session.post(url, params=query, data=form) as answer:
            found: Json = orjson.loads(await answer.read())
            return found


class Clock:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with FakeWechat(clock=Clock(), crypto=WeChatCrypto) as wechat, aiohttp.ClientSession() as session:
        caller = Caller(wechat, session)
        caller.token = (await caller.issue())["access_token"]
        wechat.account.did(caller.lei, "message")
        yield caller


def pass_(caller: Caller, **duration: float) -> None:
    caller.wechat.account.clock.now += timedelta(**duration)  # type: ignore[attr-defined]


async def test_the_stable_token_is_stable(caller: Caller) -> None:
    assert (await caller.issue())["access_token"] == caller.token
    pass_(caller, minutes=116)
    renewed = (await caller.issue())["access_token"]
    assert renewed != caller.token
    assert await caller.say() == 0  # the old one does for a few minutes more
    pass_(caller, minutes=5)
    assert await caller.say() == 42001
    caller.token = renewed
    assert await caller.say() == 0
    forced = (await caller.issue(force=True))["access_token"]
    assert await caller.say() == 40001
    caller.token = forced
    assert await caller.say() == 0


@pytest.mark.parametrize(
    ("changes", "code"), [({"secret": "x"}, 40125), ({"appid": "x"}, 40013), ({"grant_type": "x"}, 40002)]
)
async def test_nobody_else_gets_a_token(caller: Caller, changes: Json, code: int) -> None:
    assert (await caller.issue(changes))["errcode"] == code


@pytest.mark.parametrize(("what", "times", "within"), [("message", 5, 48 * 3600), ("tap", 3, 60), ("follow", 3, 60)])
async def test_how_often_and_how_long_we_may_write(caller: Caller, what: str, times: int, within: float) -> None:
    caller.lei.open_until = None
    assert await caller.say() == 45015
    caller.wechat.account.did(caller.lei, what)
    assert [await caller.say() for _ in range(times + 1)] == [0] * times + [45047]
    pass_(caller, seconds=within + 1)
    caller.token = (await caller.issue())["access_token"]
    assert await caller.say() == 45015


@pytest.mark.parametrize(
    ("code", "kind", "member"),
    [
        (44002, "text", {"content": ""}),
        (45002, "text", {"content": "你" * 683}),
        (47001, "text", {"content": "a", "more": 1}),
        (47001, "text", {"words": "a"}),
        (40007, "image", {"media_id": "MEDIA_1"}),
        (40008, "location", {"latitude": 1}),
        (45008, "news", {"articles": [{"title": "a", "url": "https://a.example"}] * 2}),
        (40035, "news", {"articles": [{"title": "a", "url": "javascript:1"}]}),
        (0, "news", {"articles": [{"title": "a", "url": "https://a.example"}]}),
        (0, "msgmenu", {"head_content": "?", "list": [{"id": "1", "content": "a"}], "tail_content": ""}),
        (47001, "msgmenu", {"head_content": "?", "list": [{"id": "1", "label": "a"}]}),
    ],
)
async def test_what_a_message_must_look_like(caller: Caller, code: int, kind: str, member: Json) -> None:
    assert await caller.say(kind, **member) == code
    assert len(caller.wechat.sent) == (code == 0)


async def test_escapes_are_refused_and_what_looks_like_one_is_not(caller: Caller) -> None:
    for content, code in ((rb"\u4f60", 40033), (rb"\\u4f60", 0), (rb"\\\u4f60", 40033)):
        body = b'{"touser":"%s","msgtype":"text","text":{"content":"%s"}}' % (caller.lei.openid.encode(), content)
        assert (await caller.call(SEND, body))["errcode"] == code


async def test_who_cannot_be_written_to(caller: Caller) -> None:
    assert await caller.say(to="oSOMEBODY") == 40003
    caller.lei.follows = False
    assert await caller.say() == 43004
    caller.lei.follows, caller.wechat.account.verified = True, False
    assert await caller.say() == 48001


async def test_uploads(caller: Caller) -> None:
    found = await caller.upload("image", PNG, "image/png")
    assert await caller.say("image", media_id=found["media_id"]) == 0
    assert await caller.say("voice", media_id=found["media_id"]) == 40007
    assert (await caller.upload("image", b"words", "image/png"))["errcode"] == 40005
    assert (await caller.upload("image", PNG, "text/plain"))["errcode"] == 40005
    assert (await caller.upload("image", PNG + b"x" * 10_000_000, "image/png"))["errcode"] == 40009
    assert (await caller.upload("image", PNG, "image/png", name="图.png"))["errcode"] == 41005
    assert (await caller.upload("paper", PNG, "image/png"))["errcode"] == 40004
    pass_(caller, days=3, seconds=1)
    caller.wechat.account.did(caller.lei, "message")
    caller.token = (await caller.issue())["access_token"]
    assert await caller.say("image", media_id=found["media_id"]) == 40007


async def test_templates(caller: Caller) -> None:
    caller.wechat.account.templates["T"] = ("thing1",)
    path, good = "/cgi-bin/message/template/send", {"touser": caller.lei.openid, "template_id": "T"}
    filled = good | {"data": {"thing1": {"value": "a"}}, "client_msg_id": "k1"}
    first = await caller.call(path, filled)
    assert (first["errcode"], first["msgid"] > 0) == (0, True)
    assert (await caller.call(path, filled))["errcode"] == 45065
    assert (await caller.call(path, filled | {"template_id": "U"}))["errcode"] == 40037
    assert (await caller.call(path, good | {"data": {}}))["errcode"] == 47003
    assert (await caller.call(path, filled | {"client_msg_id": "k" * 33}))["errcode"] == 45067


async def test_typing_is_shown_once(caller: Caller) -> None:
    path, body = "/cgi-bin/message/custom/typing", {"touser": caller.lei.openid, "command": "Typing"}
    assert [(await caller.call(path, body))["errcode"] for _ in range(2)] == [0, 45081]
    assert (await caller.call(path, body | {"command": "Singing"}))["errcode"] == 45072


async def test_faults_are_what_they_say(caller: Caller) -> None:
    caller.wechat.fail(Fault.BUSY, Fault.STALE, Fault.OFTEN, path=SEND)
    assert [await caller.say() for _ in range(4)] == [-1, 42001, 45011, 0]
    for fault, arrived in ((Fault.LOST_ANSWER, 2), (Fault.LOST_REQUEST, 2)):
        caller.wechat.fail(fault, path=SEND)
        with pytest.raises(aiohttp.ClientConnectionError):
            await caller.say()
        assert len(caller.wechat.sent) == arrived


async def test_a_quota_is_told_of_what_may_be_called(caller: Caller) -> None:
    path, asked = "/cgi-bin/openapi/quota/get", {"cgi_path": SEND}
    await caller.say()
    assert (await caller.call(path, asked))["quota"] == {"daily_limit": 500_000, "used": 1, "remain": 499_999}
    assert (await caller.call(path, {"cgi_path": "/nowhere"}))["errcode"] == 76021
    caller.wechat.account.verified = False
    assert (await caller.call(path, asked))["errcode"] == 76022


@pytest.mark.parametrize("code", REFUSALS)
async def test_every_documented_code_can_be_made_to_come(caller: Caller, code: int) -> None:
    caller.wechat.pushes.text(caller.lei, "hi")
    caller.wechat.fail(code, path=SEND)
    assert [await caller.say(), await caller.say()] == [code, 0]
    assert len(caller.wechat.sent) == 1


def test_a_code_that_nobody_documents_does_not_come() -> None:
    with pytest.raises(ValueError, match="WeChat has no code 4711"):
        FakeWechat().fail(4711)
