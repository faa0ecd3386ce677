"""Customers on WeChat, an agent and a robot, over real sockets on all sides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from wechatpy.crypto import WeChatCrypto

from adapters.wechat.fake import Delivery, FakeWechat, Fault, Person
from adapters.wechat.fake.state import Mode
from tests.e2e.served import OURS, Served, secret
from tests.e2e.tencent import AMR, CLERK, MP4, TownOf, center_for, png, robot_at, text

CHANNEL = """[acme.channel.wechat]
adapter = "wechat"
queue = "support"
[acme.channel.wechat.config]"""
TEMPLATE = '[acme.channel.wechat.config.templates.order_sent]\nid = "TPL1"\nblanks = ["thing1"]\n'
ROBOT = robot_at("wechat")
SEND, TOKEN = "/cgi-bin/message/custom/send", "/cgi-bin/stable_token"


class Town(TownOf):
    """WeChat, our server, and a person who writes to us."""

    def __init__(self, wechat: FakeWechat, server: Served) -> None:
        self.wechat = wechat
        self.server = server
        self.url = f"{server.url}/hooks/wechat"
        self.lei: Person = wechat.account.person(remark="Lei")

    async def tells(self, *pushes: str) -> list[Delivery]:
        """WeChat pushes, and is content."""
        deliveries = [await self.wechat.pushes.deliver(self.url, push) for push in pushes]
        assert all(delivery.accepted for delivery in deliveries), (deliveries, self.server.output)
        return deliveries

    async def writes(self, text: str) -> Delivery:
        return (await self.tells(self.wechat.pushes.text(self.lei, text)))[0]


Founded = Callable[..., AbstractAsyncContextManager[Town]]


@pytest.fixture
def founded(tmp_path: Path) -> Founded:
    @asynccontextmanager
    async def found(mode: Mode = "safe", more: str = "", plugins: str = OURS, **fields: Any) -> AsyncIterator[Town]:
        async with FakeWechat(mode, crypto=WeChatCrypto, **fields) as wechat:
            account = wechat.account
            own = f'''appid = "{account.appid}"
appsecret = "{secret(tmp_path, "secret", account.secret)}"
mode = "{mode}"
original_id = "{account.original_id}"
'''
            center = center_for(tmp_path, CHANNEL, account, wechat.api_base, own + more)
            async with Served(tmp_path, center, plugins, public_url="https://chat.example") as server:
                yield Town(wechat, server)
        assert account.violations == []
        assert account.secret not in server.output
        assert not [token for token in account.tokens if token in server.output]

    return found


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
async def test_a_conversation_with_files_both_ways(founded: Founded, mode: Mode) -> None:
    async with founded(mode, TEMPLATE) as town:
        wechat, lei, server = town.wechat, town.lei, town.server
        wechat.account.templates["TPL1"] = ("thing1",)

        # The address is entered on WeChat's page; then Lei follows, and says all sorts of things.
        assert await wechat.pushes.verify_address(town.url) == (200, "5927781234567890123")
        assert (await wechat.pushes.verify_address(town.url, token="another"))[0] == 401
        ann, contact = await town.talk()
        pushes = wechat.pushes
        await town.tells(
            pushes.media(lei, "image", png(), "image/png", PicUrl="http://mmbiz.example/1"),
            pushes.media(lei, "voice", AMR, "audio/amr", Format="amr", Recognition="我要查订单"),
            pushes.message(lei, "location", Location_X="39.9042", Location_Y="116.4074", Scale=16, Label="北京市"),
            pushes.event(lei, "CLICK", EventKey="omni_order"),
            pushes.event(lei, "LOCATION", Latitude="39.9", Longitude="116.4", Precision="65"),
        )
        forged = await pushes.deliver(town.url, pushes.text(lei, "not me"), forged=True)
        assert forged.status == 401
        again = await pushes.repeat(town.url, pushes.text(lei, "once"))
        assert [delivery.body for delivery in again] == ["success"] * 3

        # Ann sees each once, and the files are here.
        await ann.until(lambda: len(ann.heard(contact, "media")) == 2 and ann.heard(contact, "tapped"))
        await ann.until(lambda: "once" in str(ann.heard(contact, "message", "customer")))
        said = [part for each in ann.heard(contact, "message", "customer") for part in each["body"]["parts"]]
        assert [part["type"] for part in said] == ["text", "image", "audio", "text", "location", "text"]
        assert (said[0]["text"], said[3]["text"], said[5]["text"]) == ("你好", "我要查订单", "once")
        assert said[4]["latitude"] == pytest.approx(39.9028, abs=1e-3)
        settled = {line["body"]["mime"]: line["body"] for line in ann.heard(contact, "media")}
        assert settled["audio/amr"]["ready"]
        assert settled["image/png"]["ready"]
        await ann.until(lambda: ann.heard(contact, "renamed"))
        assert (await ann.open(contact))["contact"]["name"] == "Lei"

        # She answers: words, a picture, a question. A file is uploaded, not fetched from us.
        async with server.session.post(
            f"{server.url}/desk/media?contact={contact}",
            data=png(),
            headers={"Authorization": f"Bearer {ann.token}", "Content-Type": "image/png", "X-File-Name": "图.png"},
        ) as answer:
            upload = await answer.json()
        await ann.act(contact, "messages", id="ann-0001", parts=[text("收到 <b> & \\u4f60")])
        await ann.act(contact, "messages", id="ann-0002", parts=[{"type": "image", "media": upload["id"]}])
        options = [{"label": "查订单", "payload": "omni_1"}, {"label": "转人工", "payload": "omni_2"}]
        asked = {"type": "choices", "text": "需要哪项服务？", "options": options}
        last = (await ann.act(contact, "messages", id="ann-0003", parts=[asked]))["seq"]
        await ann.until(lambda: "sent" in ann.statuses(contact, last))
        assert [sent.message["msgtype"] for sent in wechat.sent] == ["text", "image", "msgmenu"]
        assert wechat.sent[0].message["text"]["content"] == "收到 <b> & \\u4f60"
        uploaded = wechat.account.kept(wechat.sent[1].message["image"]["media_id"])
        assert Image.open(BytesIO(uploaded.body)).getpixel((5, 5))[0] > 200  # type: ignore[index]
        await town.tells(pushes.menu_tap(lei, "omni_2", "转人工"))
        await ann.until(lambda: len(ann.heard(contact, "tapped", "customer")) == 2)
        assert ann.heard(contact, "tapped")[1]["body"]["payload"] == "omni_2"
        await ann.say(type="typing", contact=contact, on=True)
        await ann.until(lambda: lei.typing_until)

        # A template, and what becomes of it.
        template = {"type": "template", "name": "order_sent", "values": ["Blue bike"], "text": "It is on its way."}
        seq = (await ann.act(contact, "messages", id="ann-0004", parts=[template]))["seq"]
        await ann.until(lambda: "sent" in ann.statuses(contact, seq))
        assert wechat.sent[-1].message["data"] == {"thing1": {"value": "Blue bike"}}

        # One token did for all of it. Lei leaves, and so the contact ends.
        assert len(wechat.called(TOKEN)) == 1
        await town.tells(pushes.event(lei, "unsubscribe"))
        await ann.until(lambda: ann.contacts[contact]["state"] == "wrap_up")
        await ann.close()


@pytest.mark.parametrize("elsewhere", [False, True], ids=["itself", "its address"])
async def test_a_customers_film_comes_in_however_wechat_hands_it_over(founded: Founded, elsewhere: bool) -> None:
    async with founded() as town:
        town.wechat.film_elsewhere = elsewhere
        ann, contact = await town.talk()
        await town.tells(town.wechat.pushes.media(town.lei, "video", MP4, "video/mp4", ThumbMediaId="T1"))
        await ann.until(lambda: ann.heard(contact, "media"))
        (settled,) = ann.heard(contact, "media")
        assert (settled["body"]["ready"], settled["body"]["mime"]) == (True, "video/mp4")
        assert settled["body"]["size"] == len(MP4)
        await ann.close()


async def test_a_file_that_is_gone_is_said_to_be_gone(founded: Founded) -> None:
    async with founded() as town:
        ann, contact = await town.talk()
        await town.tells(town.wechat.pushes.message(town.lei, "image", MediaId="MEDIA_OF_LAST_WEEK"))
        await ann.until(lambda: ann.heard(contact, "media"))
        (settled,) = ann.heard(contact, "media")
        assert not settled["body"]["ready"]
        assert "no longer" in settled["body"]["reason"]
        await ann.close()


async def test_hostile_documents_are_answered_and_change_nothing(founded: Founded) -> None:
    """Well signed by WeChat itself: what is inside is still not trusted."""
    async with founded("plain") as town:
        deep = "<xml>" + "<a>" * 100_000 + "</a>" * 100_000 + "</xml>"
        entity = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><xml><MsgType>text</MsgType><Content>&b;</Content></xml>'
        for document in (deep, entity, "", "{", "<xml>"):
            delivery = await town.wechat.pushes.deliver(town.url, document, tries=1)
            assert delivery.status in (400, 401, 413), (document[:50], delivery)
        ann, _contact = await town.talk()
        await ann.close()


async def test_what_becomes_of_a_template_is_told(founded: Founded) -> None:
    async with founded(more=TEMPLATE) as town:
        town.wechat.account.templates["TPL1"] = ("thing1",)
        ann, contact = await town.talk()
        part = {"type": "template", "name": "order_sent", "values": ["Blue bike"], "text": "It is on its way."}
        numbers = []
        for n, status in enumerate(("success", "failed:user block")):
            seq = (await ann.act(contact, "messages", id=f"ann-000{n}", parts=[part]))["seq"]
            await ann.until(lambda seq=seq: "sent" in ann.statuses(contact, seq))  # type: ignore[misc]
            answered = town.wechat.template_numbers[-1]
            push = town.wechat.pushes.event(town.lei, "TEMPLATESENDJOBFINISH", MsgID=answered, Status=status)
            await town.tells(push)
            numbers.append(seq)
        await ann.until(lambda: "failed" in ann.statuses(contact, numbers[1]))
        assert ann.statuses(contact, numbers[0])[-1] == "delivered"
        assert ann.heard(contact, "status")[-1]["body"]["code"] == "user block"
        await ann.close()


async def test_a_robots_answer_goes_back_in_the_response_and_costs_nothing(founded: Founded) -> None:
    async with founded("safe", "passive_for = 4.0\n" + ROBOT, CLERK) as town:
        said = await town.writes("hello")
        assert said.tries == 1
        (sent,) = town.wechat.sent
        assert (sent.by, sent.to, sent.message["msgtype"]) == ("passive", town.lei.openid, "text")
        assert sent.message["Content"]
        assert town.lei.left == 5  # nothing of the quota is used
        assert not town.wechat.called(SEND)


async def test_an_account_that_is_not_verified_is_answered_all_the_same(founded: Founded) -> None:
    more = "passive_for = 4.0\ncustomer_service = false\n" + ROBOT
    async with founded("plain", more, CLERK, verified=False) as town:
        await town.writes("hello")
        assert [sent.by for sent in town.wechat.sent] == ["passive"]


async def test_what_a_robot_says_and_wechat_refuses_calls_a_human(founded: Founded) -> None:
    async with founded("safe", ROBOT, CLERK) as town:
        ann = await town.desk()
        town.wechat.fail(45015, path=SEND)
        await town.writes("hello")
        contact = await ann.offered()
        await ann.open(contact)
        (over,) = ann.heard(contact, "handed_over")
        assert (over["body"]["why"], over["body"]["queue"]) == ("undelivered", "support")
        assert over["body"]["reason"] == ann.heard(contact, "status")[-1]["body"]["reason"]
        await ann.close()


async def test_where_a_human_answers_the_response_goes_without(founded: Founded) -> None:
    """It is held for a moment, says that there is nothing to say, and the answer takes the ordinary way."""
    async with founded("safe", "passive_for = 0.2") as town:
        ann, contact = await town.talk()
        seq = (await ann.act(contact, "messages", id="ann-0001", parts=[text("Ann here")]))["seq"]
        await ann.until(lambda: "sent" in ann.statuses(contact, seq))
        assert [sent.by for sent in town.wechat.sent] == ["service"]
        await ann.close()


async def test_whatever_goes_wrong_each_message_arrives_once_and_in_order(founded: Founded) -> None:
    async with founded() as town:
        ann, contact = await town.talk()
        town.wechat.fail(Fault.BUSY, Fault.STALE, Fault.BROKEN, path=SEND)
        numbers = []
        for n in range(3):
            said = await ann.act(contact, "messages", id=f"ann-000{n}", parts=[text(f"word {n}")])
            numbers.append(said["seq"])
        await ann.until(lambda: all("sent" in ann.statuses(contact, seq) for seq in numbers), within=30)
        assert [sent.message["text"]["content"] for sent in town.wechat.sent] == ["word 0", "word 1", "word 2"]
        await ann.close()


async def test_a_lost_answer_is_not_sent_twice(founded: Founded) -> None:
    async with founded() as town:
        ann, contact = await town.talk()
        town.wechat.fail(Fault.LOST_ANSWER, path=SEND)
        seq = (await ann.act(contact, "messages", id="ann-0001", parts=[text("once")]))["seq"]
        await ann.until(lambda: "uncertain" in ann.statuses(contact, seq))
        later = (await ann.act(contact, "messages", id="ann-0002", parts=[text("twice")]))["seq"]
        await ann.until(lambda: "sent" in ann.statuses(contact, later))
        assert [sent.message["text"]["content"] for sent in town.wechat.sent] == ["once", "twice"]
        await ann.close()


async def test_after_five_messages_the_customer_has_the_word(founded: Founded) -> None:
    async with founded() as town:
        ann, contact = await town.talk()
        numbers = []
        for n in range(6):
            said = await ann.act(contact, "messages", id=f"ann-000{n}", parts=[text(f"word {n}")])
            numbers.append(said["seq"])
        await ann.until(lambda: "failed" in ann.statuses(contact, numbers[5]))
        assert len(town.wechat.called(SEND)) == 5  # nobody had to ask WeChat
        assert "wait for the customer" in ann.heard(contact, "status")[-1]["body"]["reason"]
        await town.writes("go on")
        seq = (await ann.act(contact, "messages", id="ann-0009", parts=[text("word 6")]))["seq"]
        await ann.until(lambda: "sent" in ann.statuses(contact, seq))
        await ann.close()


async def test_after_a_tap_three_messages_may_follow_and_nobody_has_to_ask_wechat(founded: Founded) -> None:
    async with founded() as town:
        ann = await town.desk()
        await town.tells(town.wechat.pushes.event(town.lei, "CLICK", EventKey="prices"))
        contact = await ann.offered()
        await ann.open(contact)
        await ann.act(contact, "accept")
        numbers = []
        for n in range(4):
            said = await ann.act(contact, "messages", id=f"ann-000{n}", parts=[text(f"word {n}")])
            numbers.append(said["seq"])
        await ann.until(lambda: "failed" in ann.statuses(contact, numbers[3]))
        assert len(town.wechat.called(SEND)) == 3
        assert "takes 3 messages" in ann.heard(contact, "status")[-1]["body"]["reason"]
        await town.writes("go on")
        seq = (await ann.act(contact, "messages", id="ann-0009", parts=[text("word 4")]))["seq"]
        await ann.until(lambda: "sent" in ann.statuses(contact, seq))
        await ann.close()


async def test_a_token_that_somebody_else_has_killed_is_fetched_anew_once(founded: Founded) -> None:
    async with founded() as town:
        ann, contact = await town.talk()
        first = (await ann.act(contact, "messages", id="ann-0001", parts=[text("one")]))["seq"]
        await ann.until(lambda: "sent" in ann.statuses(contact, first))
        town.wechat.account.tokens.clear()
        seq = (await ann.act(contact, "messages", id="ann-0002", parts=[text("two")]))["seq"]
        await ann.until(lambda: "sent" in ann.statuses(contact, seq))
        assert len(town.wechat.called(TOKEN)) == 2
        await ann.close()


async def test_ten_people_at_once_each_in_their_own_order(founded: Founded) -> None:
    """Nobody's words get lost, doubled or mixed up, with WeChat pushing everything twice and all at once."""
    async with founded() as town:
        people = [town.wechat.account.person() for _ in range(10)]
        pushes = [[town.wechat.pushes.text(person, f"{person.openid} {n}") for n in range(3)] for person in people]

        async def talks(own: list[str]) -> None:
            for push in own:
                assert {each.body for each in await town.wechat.pushes.repeat(town.url, push, 2)} == {"success"}

        await asyncio.gather(*map(talks, pushes))
        ann = await town.desk()
        await ann.until(lambda: ann.contacts)
        for contact in list(ann.contacts):
            await ann.open(contact)
            said = [each["body"]["parts"][0]["text"] for each in ann.heard(contact, "message", "customer")]
            openid = said[0].partition(" ")[0]
            assert said == [f"{openid} {n}" for n in range(3)]
        await ann.close()
