"""The fake WeCom keeps to the documentation, in what it takes, what it refuses and what it tells. It is held here to that alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import aiohttp
import orjson
import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from adapters._tencent.fake.state import Json, Media
from adapters.wecom.fake import FakeWecom, Fault, Person
from adapters.wecom.fake.codes import FAILURES, REFUSALS
from channels.fake import Bubble, Ties, Unable
from channels.parts import Audio, Button, Card, Choices, Image, Location, MediaRef, Part, Sticker, Text

KF = "wkFAKE0001"
PNG = b"\x89PNG and more"
LINK = {"title": "a", "url": "https://a.example", "thumb_media_id": "FILE"}
MENU = [
    {"type": "click", "click": {"id": "1", "content": "a"}},
    {"type": "view", "view": {"url": "https://b.example", "content": "b"}},
]


class Clock:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Caller:
    """Somebody who knows the company's secret."""

    def __init__(self, wecom: FakeWecom, session: aiohttp.ClientSession) -> None:
        self.wecom, self.session = wecom, session
        self.lei: Person = wecom.company.person(nickname="小雷")
        self.token = ""

    async def call(self, path: str, **body: Any) -> Json:
        query, url = {"access_token": self.token}, f"{self.wecom.api_base}/cgi-bin/{path}"
        async with self.session.post(url, params=query, data=orjson.dumps(body)) as answer:
            found: Json = orjson.loads(await answer.read())
            return found

    async def code(self, path: str, **body: Any) -> int:
        return int((await self.call(path, **body))["errcode"])

    async def issue(self, **changes: str) -> Json:
        company = self.wecom.company
        query = {"corpid": company.corpid, "corpsecret": company.secret} | changes
        async with self.session.get(f"{self.wecom.api_base}/cgi-bin/gettoken", params=query) as answer:
            found: Json = orjson.loads(await answer.read())
            return found

    async def say(self, kind: str = "text", more: Json | None = None, **member: Any) -> int:
        said = {"msgtype": kind, kind: member or {"content": "hi"}} | (more or {})
        return await self.code("kf/send_msg", **{"touser": self.lei.id, "open_kfid": KF} | said)

    async def upload(self, kind: str, content: bytes, mime: str, name: str = "a.png") -> Json:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("media", BytesIO(content), filename=name, content_type=mime)
        query, url = {"access_token": self.token, "type": kind}, f"{self.wecom.api_base}/cgi-bin/media/upload"
        async with self.session.post(url, params=query, data=form) as answer:
            found: Json = orjson.loads(await answer.read())
            return found

    def pass_(self, **duration: float) -> None:
        self.wecom.company.clock.now += timedelta(**duration)  # type: ignore[attr-defined]


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with FakeWecom(clock=Clock(), crypto=WeChatCrypto, page=2) as wecom, aiohttp.ClientSession() as session:
        caller = Caller(wecom, session)
        caller.token = (await caller.issue())["access_token"]
        yield caller


async def test_a_token_is_the_same_until_it_dies(caller: Caller) -> None:
    assert (await caller.issue())["access_token"] == caller.token
    caller.pass_(hours=2)
    assert await caller.say() == 42001
    assert (await caller.issue())["access_token"] != caller.token
    assert [(await caller.issue(**{key: "x"}))["errcode"] for key in ("corpid", "corpsecret")] == [40013, 40001]
    caller.token = "another"
    assert await caller.say() == 40014


async def test_what_is_told_comes_in_pages_and_from_where_one_was(caller: Caller) -> None:
    ids = [caller.wecom.calls.writes(caller.lei, str(n)) for n in range(3)]
    pages: list[Json] = []
    cursor = ""
    while not pages or pages[-1]["has_more"]:
        pages.append(await caller.call("kf/sync_msg", open_kfid=KF, **({"cursor": cursor} if cursor else {})))
        cursor = pages[-1]["next_cursor"]
    assert [len(page["msg_list"]) for page in pages] == [2, 0, 1]
    assert [each["msgid"] for page in pages for each in page["msg_list"]] == ids
    assert (await caller.call("kf/sync_msg", open_kfid=KF, cursor=cursor))["msg_list"] == []
    assert await caller.code("kf/sync_msg", open_kfid="wkOTHER") == 95004


async def test_asking_without_a_call_is_allowed_seldom(caller: Caller) -> None:
    caller.wecom.company.askings_without = 1
    assert [await caller.code("kf/sync_msg", open_kfid=KF) for _ in range(2)] == [0, 45009]
    await caller.wecom.calls.call("http://127.0.0.1:1/", tries=1)  # nobody is there; the token is made all the same
    (token,) = caller.wecom.company.asking
    assert await caller.code("kf/sync_msg", open_kfid=KF, token=token) == 0
    assert await caller.code("kf/sync_msg", open_kfid="wkFAKE0002", token=token) == 95007
    caller.pass_(minutes=10)
    assert await caller.code("kf/sync_msg", open_kfid=KF, token=token) == 95007


async def test_when_and_how_often_we_may_write(caller: Caller) -> None:
    assert await caller.say() == 95018  # nobody has written
    caller.wecom.calls.writes(caller.lei, "hi")
    assert [await caller.say() for _ in range(6)] == [0] * 5 + [95001]
    caller.wecom.calls.writes(caller.lei, "hi")
    caller.pass_(hours=49)
    caller.token = (await caller.issue())["access_token"]
    assert await caller.say() == 95002


async def test_an_id_is_good_once(caller: Caller) -> None:
    caller.wecom.calls.writes(caller.lei, "hi")
    assert [await caller.say(more={"msgid": "a-1"}) for _ in range(2)] == [0, 95101]
    assert await caller.say(more={"msgid": "a" * 33}) == 40058
    assert len(caller.wecom.sent) == 1


async def test_sessions_move_as_they_may(caller: Caller) -> None:
    whose = {"open_kfid": KF, "external_userid": caller.lei.id}
    assert (await caller.call("kf/service_state/get", **whose))["service_state"] == 4
    assert await caller.code("kf/service_state/trans", **whose, service_state=1) == 95016
    caller.wecom.calls.writes(caller.lei, "hi")
    codes = [await caller.code("kf/service_state/trans", **whose, service_state=state) for state in (1, 0, 3)]
    assert codes == [0, 95016, 0]
    assert await caller.say() == 95018


async def test_a_welcome_is_said_once_and_soon(caller: Caller) -> None:
    caller.wecom.calls.enters(caller.lei)
    (code,) = caller.wecom.company.welcomes
    said = {"code": code, "msgtype": "text", "text": {"content": "hi"}}
    assert await caller.code("kf/send_msg_on_event", **said | {"msgtype": "image", "image": {}}) == 40008
    assert [await caller.code("kf/send_msg_on_event", **said) for _ in range(2)] == [0, 95100]
    caller.wecom.calls.enters(caller.lei)
    caller.pass_(seconds=20)
    (code,) = caller.wecom.company.welcomes
    assert await caller.code("kf/send_msg_on_event", **said | {"code": code}) == 95100


@pytest.mark.parametrize(
    ("kind", "member", "code"),
    [
        ("text", {"content": "问" * 683}, 45002),
        ("text", {"content": ""}, 40058),
        ("text", {"content": "hi", "size": 3}, 40058),
        ("image", {"media_id": "MEDIA_OF_LAST_WEEK"}, 40007),
        ("link", {"title": "a", "url": "https://a.example"}, 40058),
        ("location", {"latitude": "1", "longitude": 2.0}, 40058),
        (
            "msgmenu",
            {"head_content": "a" * 1025, "list": [{"type": "click", "click": {"id": "1", "content": "a"}}]},
            45002,
        ),
        ("msgmenu", {"list": [{"type": "click", "click": {"id": "1" * 65, "content": "a"}}]}, 45002),
        ("msgmenu", {"list": [{"type": "click", "click": {"id": "1", "content": "a"}}] * 11}, 40058),
        ("msgmenu", {"list": [{"type": "ring", "ring": {}}]}, 40058),
        ("voucher", {"a": 1}, 40008),
    ],
)
async def test_messages_are_looked_at(caller: Caller, kind: str, member: Json, code: int) -> None:
    caller.wecom.calls.writes(caller.lei, "hi")
    assert await caller.say(kind, **member) == code
    assert caller.wecom.sent == []


async def test_accounts_are_listed(caller: Caller) -> None:
    listed = (await caller.call("kf/account/list", offset=1, limit=1))["account_list"]
    assert [account["open_kfid"] for account in listed] == ["wkFAKE0002"]


async def test_files_are_looked_at(caller: Caller) -> None:
    assert (await caller.upload("image", PNG, "image/png"))["errcode"] == 0
    assert (await caller.upload("image", b"GIF89a and more", "image/gif"))["errcode"] == 40005
    assert (await caller.upload("image", b"\x89PNG", "image/png"))["errcode"] == 40006  # five bytes and fewer
    assert (await caller.upload("voice", b"#!AMR" + bytes(2_000_000), "audio/amr"))["errcode"] == 40006
    named = await caller.upload("file", b"%PDF-1.4", "application/pdf", "报价.pdf")
    assert caller.wecom.company.kept(named["media_id"]).name == "报价.pdf"
    caller.pass_(days=4)
    caller.token = (await caller.issue())["access_token"]
    assert await caller.say("file", media_id=named["media_id"]) == 40007


async def test_a_message_is_taken_back_for_two_minutes(caller: Caller) -> None:
    caller.wecom.calls.writes(caller.lei, "hi")
    await caller.say(more={"msgid": "a-1"})
    caller.pass_(minutes=2)
    assert await caller.code("kf/recall_msg", msgid="a-1", open_kfid=KF) == 0
    caller.pass_(seconds=1)
    assert await caller.code("kf/recall_msg", msgid="a-1", open_kfid=KF) == 95102


async def test_a_customer_may_refuse_us_and_only_the_failure_tells(caller: Caller) -> None:
    caller.wecom.calls.writes(caller.lei, "hi")
    assert caller.wecom.follow(caller.lei.address, False) is None
    assert await caller.say(more={"msgid": "a-1"}) == 0
    told = (await caller.call("kf/sync_msg", open_kfid=KF))["msg_list"]
    assert [each["msgtype"] for each in told] == ["text", "event"]
    failed = {"event_type": "msg_send_fail", "fail_msgid": "a-1", "fail_type": 10}
    assert told[1]["event"].items() >= failed.items()
    assert caller.wecom.follow(caller.lei.address, True) == KF
    assert await caller.say() == 0
    assert [new.trouble for new in caller.wecom.arrivals()] == ["not delivered: the customer refuses messages", ""]


async def test_a_company_says_nothing_behind_the_cursor_of_another(caller: Caller) -> None:
    """As when the demo has begun anew: what the server still has is where it was with the one before."""
    caller.wecom.calls.writes(caller.lei, "hi")
    other = (await caller.call("kf/sync_msg", open_kfid=KF))["next_cursor"].replace(caller.wecom.company.life, "ab12")
    assert len((await caller.call("kf/sync_msg", open_kfid=KF, cursor=other))["msg_list"]) == 1


async def test_what_was_taken_back_is_gone_from_the_phone(caller: Caller) -> None:
    caller.wecom.calls.writes(caller.lei, "hi")
    await caller.say(more={"msgid": "a-1"})
    assert list(caller.wecom.removed()) == []
    await caller.call("kf/recall_msg", msgid="a-1", open_kfid=KF)
    assert list(caller.wecom.removed()) == [(caller.lei.address, "a-1")]


@pytest.mark.parametrize(
    ("kind", "member", "part"),
    [
        ("text", {"content": "hi"}, Text("hi")),
        ("location", {"latitude": 1, "longitude": 2.5, "name": "Pier"}, Location(1, 2.5, "Pier")),
        ("link", LINK | {"desc": "b"}, Card("a", "b", MediaRef("FILE"), "https://a.example")),
        ("image", {"media_id": "FILE"}, Image(MediaRef("FILE"))),
        (
            "msgmenu",
            {"head_content": "?", "list": MENU},
            Choices("?", (Button("a", "1"), Button("b", url="https://b.example"))),
        ),
    ],
)
async def test_what_is_on_a_phone(caller: Caller, kind: str, member: Json, part: Part) -> None:
    company = caller.wecom.company
    company.media["FILE"] = Media("image", PNG, "image/png", "a.png", company.clock() + timedelta(days=1))
    caller.wecom.calls.writes(caller.lei, "hi")
    assert await caller.say(kind, **member) == 0
    assert [new.parts for new in caller.wecom.arrivals()] == [(part,)]


async def test_a_customer_speaks_amr_and_gives_no_stickers(caller: Caller) -> None:
    spoken = Audio(MediaRef("", "a.mp3", "audio/mpeg"))
    for part, words in ((spoken, "AMR"), (Sticker("1"), "cannot send")):
        with pytest.raises(Unable, match=words):
            caller.wecom.say(caller.lei.address, part, b"ID3", Ties())


async def test_a_customer_takes_a_message_back(caller: Caller) -> None:
    account, _, said = caller.wecom.say(caller.lei.address, Text("oops"), b"", Ties())
    assert caller.wecom.recall(caller.lei.address, Bubble(1, "customer", (Text("oops"),), said)) == account
    told = (await caller.call("kf/sync_msg", open_kfid=KF))["msg_list"][-1]
    assert (told["origin"], told["msgtype"], told["event"]["event_type"]) == (4, "event", "user_recall_msg")
    assert told["event"].items() >= {"recall_msgid": said, "external_userid": caller.lei.id}.items()


async def test_things_go_wrong_when_they_are_told_to(caller: Caller) -> None:
    caller.wecom.calls.writes(caller.lei, "hi")
    caller.wecom.fail(Fault.BUSY, Fault.STALE, Fault.OFTEN, path="/cgi-bin/kf/send_msg")
    assert [await caller.say() for _ in range(4)] == [-1, 42001, 45009, 0]
    caller.wecom.fail(Fault.LOST_ANSWER, Fault.LOST_REQUEST)
    for done in (2, 2):
        with pytest.raises(aiohttp.ClientConnectionError):
            await caller.say()
        assert len(caller.wecom.sent) == done


@pytest.mark.parametrize("code", REFUSALS)
async def test_every_documented_code_can_be_made_to_come(caller: Caller, code: int) -> None:
    caller.wecom.calls.writes(caller.lei, "hi")
    caller.wecom.fail(code, path="/cgi-bin/kf/send_msg")
    assert [await caller.say(), await caller.say()] == [code, 0]
    assert len(caller.wecom.sent) == 1


@pytest.mark.parametrize("why", FAILURES)
async def test_a_message_may_fail_after_it_was_taken(caller: Caller, why: int) -> None:
    caller.wecom.calls.writes(caller.lei, "hi")
    caller.wecom.spoil(f"fail_type {why}")
    assert [await caller.say(more={"msgid": f"a-{n}"}) for n in range(2)] == [0, 0]
    told = (await caller.call("kf/sync_msg", open_kfid=KF))["msg_list"][1:]
    assert [each["event"]["event_type"] for each in told] == ["msg_send_fail"]
    assert told[0]["event"].items() >= {"fail_msgid": "a-0", "fail_type": why}.items()
    assert [bool(new.trouble) for new in caller.wecom.arrivals()] == [True, False]


async def test_an_answer_can_be_slow(caller: Caller) -> None:
    caller.wecom.slowness = 0.05
    caller.wecom.fail(Fault.SLOW)
    began = asyncio.get_running_loop().time()
    assert await caller.code("kf/account/list") == 0
    assert asyncio.get_running_loop().time() - began >= 0.05


@pytest.mark.parametrize(
    ("range", "status", "place", "content"),
    [
        ("", 200, None, None),  # more than is given at once
        ("bytes=0-3", 206, "bytes 0-3/10", b"0123"),
        ("bytes=8-11", 206, "bytes 8-9/10", b"89"),
        ("bytes=0-8", 200, None, None),
        ("bytes=10-12", 416, "bytes */10", b""),
    ],
)
async def test_a_large_file_is_given_in_pieces(
    caller: Caller, range: str, status: int, place: str | None, content: bytes | None
) -> None:
    company = caller.wecom.company
    company.at_once = 8
    id = company.keep("file", b"0123456789", "application/pdf", "a.pdf")
    query = {"access_token": caller.token, "media_id": id}
    headers = {"Range": range} if range else {}
    url = f"{caller.wecom.api_base}/cgi-bin/media/get"
    async with caller.session.get(url, params=query, headers=headers) as answer:
        body = await answer.read()
        assert (answer.status, answer.headers.get("Content-Range")) == (status, place)
        assert (body if content is not None else orjson.loads(body)["errcode"]) == (
            830002 if content is None else content
        )
        assert content in (None, b"") or 'filename="a.pdf"' in answer.headers["Content-Disposition"]
