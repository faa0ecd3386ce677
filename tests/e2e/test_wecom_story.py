"""Customers of a company in WeCom, an agent and a robot, over real sockets on all sides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from wechatpy.enterprise.crypto import WeChatCrypto

from adapters.wecom.fake import FakeWecom, Fault, Person
from tests.e2e.served import HEARD_WITHIN, OURS, Desk, Served, secret, until
from tests.e2e.tencent import AMR, CLERK, MP4, TownOf, center_for, png, robot_at, text

CHANNEL = """[acme.channel.kf]
adapter = "wecom"
queue = "support"
[acme.channel.kf.config]"""
ROBOT = robot_at("kf")
SEND, SYNC, TOKEN = "/cgi-bin/kf/send_msg", "/cgi-bin/kf/sync_msg", "/cgi-bin/gettoken"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


class Town(TownOf):
    """WeCom, our server, and a person who writes to us."""

    def __init__(self, wecom: FakeWecom, server: Served) -> None:
        self.wecom = wecom
        self.server = server
        self.lei: Person = wecom.company.person(nickname="小雷")

    @property
    def url(self) -> str:
        return f"{self.server.url}/hooks/kf"

    async def called(self, account: str = "wkFAKE0001") -> None:
        """WeCom calls, and is content."""
        delivery = await self.wecom.calls.call(self.url, account)
        assert (delivery.status, delivery.body, delivery.tries) == (200, "success", 1), self.server.output

    async def writes(self, words: str) -> None:
        self.wecom.calls.writes(self.lei, words)
        await self.called()


Founded = Callable[..., AbstractAsyncContextManager[Town]]


@pytest.fixture
def founded(tmp_path: Path) -> Founded:
    @asynccontextmanager
    async def found(more: str = "", plugins: str = OURS, *, mortal: bool = False, **fields: Any) -> AsyncIterator[Town]:
        async with FakeWecom(crypto=WeChatCrypto, **fields) as wecom:
            company = wecom.company
            own = f'''corpid = "{company.corpid}"
secret = "{secret(tmp_path, "secret", company.secret)}"
accounts = ["wkFAKE0001", "wkFAKE0002"]
'''
            center = center_for(tmp_path, CHANNEL, company, wecom.api_base, own + more)
            served = Served(tmp_path, center, plugins, mortal=mortal, public_url="https://chat.example")
            async with served as server:
                yield Town(wecom, server)
        assert company.secret not in server.output
        assert not [token for token in company.tokens if token in server.output]

    return found


async def uploaded(ann: Desk, contact: str, content: bytes, mime: str, name: str) -> str:
    headers = {"Authorization": f"Bearer {ann.token}", "Content-Type": mime, "X-File-Name": name}
    url = f"{ann.server.url}/desk/media?contact={contact}"
    async with ann.server.session.post(url, data=content, headers=headers) as answer:
        return str((await answer.json())["id"])


def words_of(ann: Desk, contact: str) -> list[str]:
    said = (part for line in ann.heard(contact, "message", "customer") for part in line["body"].get("parts", ()))
    return [part["text"] for part in said if part["type"] == "text"]


async def test_a_conversation_with_files_both_ways(founded: Founded) -> None:
    async with founded() as town:
        wecom, lei, calls = town.wecom, town.lei, town.wecom.calls

        # The address is entered on WeCom's page; then Lei says all sorts of things, and WeCom calls once.
        assert await calls.verify_address(town.url) == (200, "5927781234567890123")
        ann, contact = await town.talk()
        calls.sends(lei, "image", png(), "image/png")
        calls.sends(lei, "voice", AMR, "audio/amr")
        calls.sends(lei, "video", MP4, "video/mp4")
        calls.sends(lei, "file", PDF, "application/pdf")
        calls.says(lei, "location", latitude=39.9042, longitude=116.4074, name="天安门", address="北京市")
        regretted = calls.writes(lei, "wrong chat")
        calls.event(lei, "user_recall_msg", recall_msgid=regretted)
        calls.writes(lei, "once")
        await town.called()
        assert [each.body for each in await calls.repeat(town.url)] == ["success"] * 3

        # Ann sees each once, and the files are here.
        await ann.until(lambda: len(ann.heard(contact, "media")) == 4 and "once" in words_of(ann, contact))
        await ann.open(contact)
        said = [part for each in ann.heard(contact, "message", "customer") for part in each["body"].get("parts", ())]
        kinds = [part["type"] for part in said]
        assert kinds[:6] == ["text", "image", "audio", "video", "file", "location"]
        assert "wrong chat" not in words_of(ann, contact)
        assert words_of(ann, contact)[-1] == "once"
        assert said[5]["latitude"] == pytest.approx(39.9028, abs=1e-3)
        settled = {line["body"]["mime"]: line["body"]["ready"] for line in ann.heard(contact, "media")}
        assert settled == {"image/png": True, "audio/amr": True, "video/mp4": True, "application/pdf": True}
        await ann.until(lambda: ann.heard(contact, "renamed"))
        assert (await ann.open(contact))["contact"]["name"] == "小雷"

        # She answers: words, a picture, a document under its own name, a question.
        picture = await uploaded(ann, contact, png(), "image/png", "p.png")
        paper = await uploaded(ann, contact, PDF, "application/pdf", "报价.pdf")
        await ann.act(contact, "messages", id="ann-0001", parts=[text("收到 <b> & \\u4f60")])
        await ann.act(contact, "messages", id="ann-0002", parts=[{"type": "image", "media": picture}])
        await ann.act(contact, "messages", id="ann-0003", parts=[{"type": "file", "media": paper, "name": "报价.pdf"}])
        options = [{"label": "查订单", "payload": "omni_1"}, {"label": "转人工", "payload": "omni_2"}]
        asked = {"type": "choices", "text": "需要哪项服务？", "options": options}
        last = (await ann.act(contact, "messages", id="ann-0004", parts=[asked]))["seq"]
        await ann.until(lambda: "sent" in ann.statuses(contact, last))
        assert [sent.message["msgtype"] for sent in wecom.sent] == ["text", "image", "file", "msgmenu"]
        assert wecom.sent[0].message["text"]["content"] == "收到 <b> & \\u4f60"
        assert lei.state == 1  # the session is ours
        image = wecom.company.kept(wecom.sent[1].message["image"]["media_id"], "image")
        assert Image.open(BytesIO(image.body)).getpixel((5, 5))[0] > 200  # type: ignore[index]
        document = wecom.company.kept(wecom.sent[2].message["file"]["media_id"], "file")
        assert (document.name, document.body) == ("报价.pdf", PDF)
        calls.picks(lei, "omni_2", "转人工")
        await town.called()
        await ann.until(lambda: ann.heard(contact, "tapped", "customer"))
        assert ann.heard(contact, "tapped")[0]["body"]["payload"] == "omni_2"

        # WeCom could not deliver one after all; another is taken back.
        calls.fails(lei, wecom.sent[1].id, 10)
        await town.called()
        await ann.until(lambda: "failed" in [line["body"]["status"] for line in ann.heard(contact, "status")])
        assert ann.heard(contact, "status")[-1]["body"]["code"] == "10"
        await ann.act(contact, "recall", of=last)
        await until(lambda: wecom.company.recalled, HEARD_WITHIN, lambda: town.server.output)
        assert wecom.company.recalled == [wecom.sent[3].id]
        assert len(wecom.called(TOKEN)) == 1  # one token did for all of it
        await ann.close()


async def test_whoever_is_not_wecom_wakes_nobody(founded: Founded) -> None:
    async with founded() as town:
        await until(lambda: len(town.wecom.called(SYNC)) == 2, HEARD_WITHIN, lambda: town.server.output)  # at the start
        town.wecom.calls.writes(town.lei, "unheard")
        stranger = FakeWecom(token="anotherToken")
        assert (await stranger.calls.call(town.url, tries=1)).status == 401
        assert len(town.wecom.called(SYNC)) == 2


async def test_what_came_while_we_were_away_is_found_at_the_start(founded: Founded) -> None:
    """No call reaches us, and two accounts have news. The cursor knows, and nothing comes twice."""
    async with founded(page=2) as town:
        ann, contact = await town.talk()
        await ann.close()
        await town.server.stop()
        mei = town.wecom.company.person("wkFAKE0002", nickname="小梅")
        for n in range(5):
            town.wecom.calls.writes(town.lei, f"word {n}")
        town.wecom.calls.writes(mei, "I, too")
        assert (await town.wecom.calls.call(town.url, tries=1)).status == 0
        await town.server.start()
        ann = await town.desk()
        await ann.until(lambda: len(ann.contacts) == 2)
        await ann.open(contact)
        await ann.until(lambda: "word 4" in words_of(ann, contact))
        assert words_of(ann, contact) == ["你好", *(f"word {n}" for n in range(5))]
        await ann.close()


@pytest.mark.parametrize("when", ["before message", "after message"])
async def test_a_process_that_dies_over_it_loses_nothing_and_doubles_nothing(founded: Founded, when: str) -> None:
    async with founded(mortal=True, page=2) as town:
        ann, contact = await town.talk()
        await ann.close()
        for n in range(5):
            town.wecom.calls.writes(town.lei, f"word {n}")
        town.server.die(when)
        await town.called()
        await town.server.killed()
        await town.server.start()
        ann = await town.desk()
        await ann.open(contact)
        await ann.until(lambda: "word 4" in words_of(ann, contact))
        assert words_of(ann, contact) == ["你好", *(f"word {n}" for n in range(5))]
        await ann.close()


async def test_a_failed_question_is_asked_again_with_what_the_call_brought(founded: Founded) -> None:
    """Without it WeCom would not be asked: what it allows without a call was used up at the start."""
    async with founded() as town:
        await until(lambda: len(town.wecom.called(SYNC)) == 2, HEARD_WITHIN, lambda: town.server.output)
        town.wecom.company.askings_without = 0
        town.wecom.fail(Fault.BROKEN, Fault.LOST_ANSWER, path=SYNC)
        ann, contact = await town.talk()
        assert words_of(ann, contact) == ["你好"]
        assert {call.code for call in town.wecom.called(SYNC)} == {0, 500}
        await ann.close()


async def test_whatever_goes_wrong_each_message_arrives_once_and_in_order(founded: Founded) -> None:
    """Also where an answer got lost: the second try is refused for its id, and that is a success."""
    async with founded() as town:
        ann, contact = await town.talk()
        town.wecom.fail(Fault.BUSY, Fault.STALE, Fault.BROKEN, Fault.LOST_ANSWER, path=SEND)
        numbers = []
        for n in range(3):
            said = await ann.act(contact, "messages", id=f"ann-000{n}", parts=[text(f"word {n}")])
            numbers.append(said["seq"])
        await ann.until(lambda: all("sent" in ann.statuses(contact, seq) for seq in numbers), within=30)
        assert [sent.message["text"]["content"] for sent in town.wecom.sent] == ["word 0", "word 1", "word 2"]
        assert 95101 in {call.code for call in town.wecom.called(SEND)}
        await ann.close()


async def test_after_five_messages_the_customer_has_the_word(founded: Founded) -> None:
    async with founded() as town:
        ann, contact = await town.talk()
        numbers = []
        for n in range(6):
            said = await ann.act(contact, "messages", id=f"ann-000{n}", parts=[text(f"word {n}")])
            numbers.append(said["seq"])
        await ann.until(lambda: "failed" in ann.statuses(contact, numbers[5]))
        assert len(town.wecom.called(SEND)) == 5  # nobody had to ask WeCom
        await town.writes("go on")
        await ann.until(lambda: "go on" in words_of(ann, contact))
        seq = (await ann.act(contact, "messages", id="ann-0009", parts=[text("word 6")]))["seq"]
        await ann.until(lambda: "sent" in ann.statuses(contact, seq))
        await ann.close()


async def test_the_session_ends_with_the_contact_and_begins_anew_with_the_next_word(founded: Founded) -> None:
    async with founded() as town:
        ann, contact = await town.talk()
        seq = (await ann.act(contact, "messages", id="ann-0001", parts=[text("好了")]))["seq"]
        await ann.until(lambda: "sent" in ann.statuses(contact, seq))
        assert town.lei.state == 1
        await ann.act(contact, "wrap-up")
        await until(lambda: town.lei.state == 4, HEARD_WITHIN, lambda: town.server.output)
        await town.writes("还有一个问题")
        other = await ann.offered(but=(contact,))
        await ann.open(other)
        await ann.act(other, "accept")
        seq = (await ann.act(other, "messages", id="ann-0002", parts=[text("请说")]))["seq"]
        await ann.until(lambda: "sent" in ann.statuses(other, seq))
        assert town.lei.state == 1
        await ann.close()


async def test_a_session_that_somebody_in_wecom_has_is_not_ended(founded: Founded) -> None:
    async with founded() as town:
        ann, contact = await town.talk()
        town.lei.state = 3
        asked = len(town.wecom.called("/cgi-bin/kf/service_state/get"))
        await ann.act(contact, "wrap-up")
        gets = "/cgi-bin/kf/service_state/get"
        await until(lambda: len(town.wecom.called(gets)) > asked, HEARD_WITHIN, lambda: town.server.output)
        assert not town.wecom.called("/cgi-bin/kf/service_state/trans")
        assert town.lei.state == 3
        await ann.close()


async def test_a_customer_whom_somebody_in_wecom_has_is_left_to_them(founded: Founded) -> None:
    async with founded() as town:
        ann, contact = await town.talk()
        town.lei.state = 3
        seq = (await ann.act(contact, "messages", id="ann-0001", parts=[text("me, too")]))["seq"]
        await ann.until(lambda: "failed" in ann.statuses(contact, seq))
        assert "agent in WeCom itself" in ann.heard(contact, "status")[-1]["body"]["reason"]
        assert town.wecom.sent == []
        await ann.close()


async def test_a_customer_who_refuses_messages_is_found_out_with_the_next(founded: Founded) -> None:
    async with founded() as town:
        ann, contact = await town.talk()
        town.wecom.enter(town.url)
        town.lei.refuses = True
        seq = (await ann.act(contact, "messages", id="ann-0001", parts=[text("are you there?")]))["seq"]
        await ann.until(lambda: "failed" in ann.statuses(contact, seq))
        assert ann.heard(contact, "status")[-1]["body"]["code"] == "10"
        await ann.close()


async def test_a_robot_greets_whoever_opens_the_chat_and_it_costs_nothing(founded: Founded) -> None:
    async with founded("entering_counts = true\n" + ROBOT, CLERK) as town:
        town.wecom.calls.enters(town.lei, "spring")
        await town.called()
        await until(lambda: town.wecom.sent, HEARD_WITHIN, lambda: town.server.output)
        (sent,) = town.wecom.sent
        assert (sent.by, sent.to, sent.message["msgtype"]) == ("welcome", town.lei.id, "text")
        assert not town.wecom.called(SEND)


async def test_ten_people_at_two_accounts_each_in_their_own_order(founded: Founded) -> None:
    """WeCom calls for each word, all at once, and tells in pages of three with empty ones between."""
    async with founded(page=3) as town:
        company, accounts = town.wecom.company, ("wkFAKE0001", "wkFAKE0002")
        people = [company.person(accounts[n % 2]) for n in range(10)]
        for n in range(3):
            for person in people:
                town.wecom.calls.writes(person, f"{person.id} {n}")
            await asyncio.gather(*(town.called(person.account) for person in people))
        ann = await town.desk()
        await ann.until(lambda: ann.contacts)
        for contact in list(ann.contacts):
            await heard_by(ann, contact, 3)
            said = words_of(ann, contact)
            assert said == [f"{said[0].partition(' ')[0]} {n}" for n in range(3)]
        await ann.close()


async def heard_by(ann: Desk, contact: str, words: int) -> None:
    """A contact that nobody has accepted is looked at again and again."""
    async with asyncio.timeout(HEARD_WITHIN):
        while len(words_of(ann, contact)) < words:
            await ann.open(contact)
            await asyncio.sleep(0.02)


async def test_a_file_of_more_than_20_mb_comes_in_pieces_and_whole(founded: Founded) -> None:
    async with founded() as town:
        whole = PDF + bytes(range(256)) * 100_000
        ann, contact = await town.talk()
        media = town.wecom.company.keep("file", whole, "application/pdf", "目录.pdf")
        town.wecom.calls.says(town.lei, "file", media_id=media)
        await town.called()
        await ann.until(lambda: ann.heard(contact, "media"), 30)
        (settled,) = [line["body"] for line in ann.heard(contact, "media")]
        assert (settled["ready"], settled["mime"], settled["name"]) == (True, "application/pdf", "目录.pdf")
        heard = next(
            each for each in ann.heard(contact, "message", "customer") if each["body"]["parts"][0]["type"] == "file"
        )
        place = f"?contact={contact}&seq={heard['seq']}"
        links = (await town.server.ask("GET", f"/desk/media/{settled['media']}{place}", ann.token))["links"]
        async with town.server.session.get(town.server.url + links["original"]) as answer:
            assert await answer.read() == whole
        assert [call.code for call in town.wecom.called("/cgi-bin/media/get")] == [830002, 0, 0, 0]
