"""A customer on Telegram and an agent, over real sockets on all sides: called by a webhook, and asked by polling."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from adapters.telegram.fake import Chat, FakeTelegram, Fault
from adapters.telegram.fake.state import Json
from tests.e2e.served import HEARD_WITHIN, PASSWORD, Desk, Served, secret, until

CENTER = """
[acme.queue.support]
name = "Support"
[acme.agent.ann]
name = "Ann"
password = "{password}"
skills = {{ support = 9 }}
[acme.channel.telegram]
adapter = "telegram"
queue = "support"
[acme.channel.telegram.config]
mode = "{mode}"
token = "{token}"
secret_token = "{secret}"
poll_for = 2
api_base = "{base}"
"""
SECRET = "a-secret-that-telegram-repeats"


class Town:
    """Telegram, our server, and a person who writes to us."""

    def __init__(self, telegram: FakeTelegram, server: Served, mode: str) -> None:
        self.telegram = telegram
        self.server = server
        self.mode = mode
        self.uma: Chat = telegram.person("Uma")

    async def tell(self) -> None:
        """What customers did reaches us: by the webhook, or when we ask."""
        if self.mode == "webhook":
            assert set(await self.telegram.deliver()) <= {200}, self.server.output
        else:
            await until(lambda: not self.telegram.pending, 15, lambda: self.server.output[-3000:])

    async def desk(self) -> Desk:
        desk = await self.server.desk("ann")
        await desk.listen()
        await desk.ready()
        return desk

    def calls(self, method: str) -> list[Any]:
        return [call for call in self.telegram.calls if call.method == method]

    async def upload(self, ann: Desk, contact: str, body: bytes, mime: str, name: str) -> str:
        async with self.server.session.post(
            f"{self.server.url}/desk/media?contact={contact}",
            data=body,
            headers={"Authorization": f"Bearer {ann.token}", "Content-Type": mime, "X-File-Name": name},
        ) as answer:
            upload = await answer.json()
            assert (answer.status, upload["state"]) == (201, "ready"), upload
        return str(upload["id"])


@pytest.fixture(params=["webhook", "polling"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    async with FakeTelegram() as telegram:
        center = CENTER.format(
            password=PASSWORD,
            mode=request.param,
            token=secret(tmp_path, "token", telegram.token),
            secret=secret(tmp_path, "secret", SECRET),
            base=telegram.base,
        )
        async with Served(tmp_path, center) as server:
            if request.param == "webhook":
                telegram.webhook, telegram.secret = f"{server.url}/hooks/telegram", SECRET
            yield Town(telegram, server, request.param)
            assert telegram.token not in server.output
            assert SECRET not in server.output


def drawn(format: str, size: tuple[int, int] = (320, 200)) -> bytes:
    content = BytesIO()
    Image.new("RGB", size, "teal").save(content, format)
    return content.getvalue()


def text(words: str) -> Json:
    return {"type": "text", "text": words}


async def test_from_start_to_the_last_word(town: Town) -> None:
    telegram, server, uma = town.telegram, town.server, town.uma
    ann = await town.desk()

    # Uma presses Start, says all sorts of things, sends an album, and changes her mind.
    telegram.writes(uma, text="/start")
    hello = telegram.writes(uma, text="Is it blue? 👋")
    sizes = [telegram.keeps(f"photo-{n}", drawn("JPEG"), "image/jpeg", f"photos/file {n}.jpg") for n in range(2)]
    for size in sizes:
        telegram.writes(uma, photo=[size], media_group_id="album-1")
    telegram.writes(
        uma, venue={"location": {"latitude": 52.5, "longitude": 13.4}, "title": "Here", "address": "Berlin"}
    )
    telegram.rewords(uma, hello["message"]["message_id"], text="Is it red? 👋")
    await town.tell()
    contact = await ann.offered()
    await ann.open(contact)
    await ann.until(lambda: ann.heard(contact, "edited", "customer"))
    said = [part for each in ann.heard(contact, "message", "customer") for part in each["body"].get("parts", ())]
    assert [part["type"] for part in said] == ["text", "image", "image", "location"]
    assert "Is it red? 👋" in str(ann.heard(contact, "edited"))
    await ann.until(lambda: len(ann.heard(contact, "media")) == 2)
    assert all(each["body"]["ready"] for each in ann.heard(contact, "media"))
    assert (await ann.open(contact))["contact"]["name"] == "Uma"
    await ann.act(contact, "accept")

    # Ann quotes, hands over a picture and a file, and asks; Uma presses a button and hears that it was heard.
    seq = next(
        each["seq"] for each in (await ann.open(contact))["entries"] if "blue" in str(each) or "red" in str(each)
    )
    await ann.act(contact, "messages", id="ann-0001", reply_to=seq, parts=[text("Yes, red.")])
    picture = await town.upload(ann, contact, drawn("PNG"), "image/png", "red.png")
    paper = await town.upload(ann, contact, b"%PDF-1.4\n%%EOF\n", "application/pdf", "bill.pdf")
    await ann.act(contact, "messages", id="ann-0002", parts=[{"type": "image", "media": picture, "caption": "So"}])
    await ann.act(contact, "messages", id="ann-0003", parts=[{"type": "file", "media": paper, "name": "bill.pdf"}])
    options = [{"label": "Red", "payload": "red"}, {"label": "Blue", "payload": "blue"}]
    choices = {"type": "choices", "text": "Which?", "options": options}
    asked = (await ann.act(contact, "messages", id="ann-0004", parts=[choices]))["seq"]
    await ann.until(lambda: "sent" in ann.statuses(contact, asked), 20)
    assert [sent.method for sent in telegram.sent] == ["sendmessage", "sendphoto", "senddocument", "sendmessage"]
    quoted, photo, document, question = telegram.sent
    assert quoted.given["reply_parameters"]["message_id"] == hello["message"]["message_id"]
    assert Image.open(BytesIO(photo.files["photo"].body)).size == (320, 200)
    assert document.files["document"].body == b"%PDF-1.4\n%%EOF\n"
    assert document.files["document"].name == "bill.pdf"
    assert not any(call.chunked for call in telegram.calls)
    telegram.taps(uma, question.id, "blue", question.given["reply_markup"])
    await town.tell()
    await ann.until(lambda: ann.heard(contact, "tapped", "customer"))
    body = ann.heard(contact, "tapped")[0]["body"]
    assert (body["payload"], body["label"], body["of"]) == ("blue", "Blue", asked)
    await until(lambda: len(telegram.heard) == 1, HEARD_WITHIN, lambda: server.output)

    # Two pictures that she sends together are an album there, too.
    pair = [await town.upload(ann, contact, drawn(kind), f"image/{kind.lower()}", "a") for kind in ("PNG", "JPEG")]
    parts = [{"type": "image", "media": media, "caption": f"No. {n}"} for n, media in enumerate(pair)]
    both = (await ann.act(contact, "messages", id="ann-0005", parts=[text("See:"), *parts]))["seq"]
    await ann.until(lambda: "sent" in ann.statuses(contact, both), 20)
    assert [sent.method for sent in telegram.sent[4:]] == ["sendmessage", "sendmediagroup"]
    assert [each["caption"] for each in telegram.sent[-1].given["media"]] == ["No. 0", "No. 1"]
    assert len(telegram.sent[-1].files) == 2

    # A sign of life, and a word that is taken back.
    await ann.say(type="typing", contact=contact, on=True)
    await ann.until(lambda: telegram.typing)
    wrong = (await ann.act(contact, "messages", id="ann-0006", parts=[text("Oops")]))["seq"]
    await ann.until(lambda: "sent" in ann.statuses(contact, wrong))
    await ann.act(contact, "recall", of=wrong)
    await ann.until(lambda: telegram.deleted == [(uma.id, telegram.sent[-1].id)])

    # Uma blocks the bot: the contact ends.
    bot = {"user": {"id": 7, "is_bot": True, "first_name": "Shop"}}
    change = {"chat": uma.json, "from": uma.user, "date": telegram.now}
    old, new = bot | {"status": "member"}, bot | {"status": "kicked"}
    telegram.queue(my_chat_member={**change, "old_chat_member": old, "new_chat_member": new})
    await town.tell()
    await ann.until(lambda: ann.contacts[contact]["state"] in ("wrap_up", "closed"))
    await ann.close()


async def test_whatever_goes_wrong_nothing_is_said_twice(town: Town) -> None:
    telegram, uma = town.telegram, town.uma
    telegram.writes(uma, text="Hello")
    await town.tell()
    ann = await town.desk()
    contact = await ann.offered()
    await ann.act(contact, "accept")
    telegram.fail(Fault.RATE_LIMIT, Fault.BROKEN, method="sendMessage")
    seq = (await ann.act(contact, "messages", id="ann-0001", parts=[text("patience")]))["seq"]
    await ann.until(lambda: "sent" in ann.statuses(contact, seq), 20)
    for number, fault in enumerate((Fault.LOST_ANSWER, Fault.GARBLED)):
        telegram.fail(fault, method="sendMessage")
        seq = (await ann.act(contact, "messages", id=f"ann-1{number:03}", parts=[text(f"once {number}")]))["seq"]
        await ann.until(lambda seq=seq: "uncertain" in ann.statuses(contact, seq), 20)
    last = (await ann.act(contact, "messages", id="ann-2000", parts=[text("and on")]))["seq"]
    await ann.until(lambda: "sent" in ann.statuses(contact, last), 20)
    assert [sent.given["text"] for sent in telegram.sent] == ["patience", "once 0", "once 1", "and on"]
    assert len(town.calls("sendMessage")) == 6
    uma.blocked = True
    seq = (await ann.act(contact, "messages", id="ann-3000", parts=[text("to nobody")]))["seq"]
    await ann.until(lambda: "failed" in ann.statuses(contact, seq), 20)
    assert ann.heard(contact, "status")[-1]["body"]["code"] == "403 blocked"
    await ann.close()


async def test_who_does_not_know_the_secret_is_nobody(town: Town) -> None:
    """And where we ask, there is no address that anybody could call."""
    body = {"update_id": 1, "message": {"message_id": 1, "date": 1767225600, "chat": town.uma.json, "text": "Hi"}}
    for given in ({}, {"X-Telegram-Bot-Api-Secret-Token": "guessed"}):
        async with town.server.session.post(f"{town.server.url}/hooks/telegram", json=body, headers=given) as answer:
            assert answer.status == (401 if town.mode == "webhook" else 404)


async def test_a_topic_is_answered_where_it_stands_and_a_group_that_moves_is_followed(town: Town) -> None:
    telegram, uma = town.telegram, town.uma
    group = telegram.group("Bikes", id=-400, kind="group")
    telegram.writes(uma, group, text="My brake squeaks", message_thread_id=77, is_topic_message=True)
    await town.tell()
    ann = await town.desk()
    contact = await ann.offered()
    await ann.act(contact, "accept")
    group.moved_to = telegram.group("Bikes", id=-1001).id
    seq = (await ann.act(contact, "messages", id="ann-0001", parts=[text("Oil it")]))["seq"]
    await ann.until(lambda: "sent" in ann.statuses(contact, seq))
    (sent,) = telegram.sent
    assert (sent.chat, sent.given["message_thread_id"]) == (-1001, "77")
    await ann.close()


async def test_what_came_while_nobody_asked_comes_once_after_a_restart(town: Town) -> None:
    telegram, uma = town.telegram, town.uma
    telegram.writes(uma, text="one")
    await town.tell()
    await town.server.stop()
    telegram.writes(uma, text="two")
    await town.server.start()
    if town.mode == "webhook":
        telegram.webhook = f"{town.server.url}/hooks/telegram"
    telegram.writes(uma, text="three")
    await town.tell()
    ann = await town.desk()
    contact = await ann.offered()
    await ann.open(contact)
    await ann.until(lambda: "three" in str(ann.heard(contact, "message", "customer")))
    said = [each["body"]["parts"][0]["text"] for each in ann.heard(contact, "message", "customer")]
    assert said == ["one", "two", "three"]
    await ann.close()
