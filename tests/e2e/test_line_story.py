"""A customer on LINE and two agents, from the first word to wrap-up, over real sockets on all sides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from adapters.line.fake import FakeLine, Fault, Person
from adapters.line.fake.state import Json
from tests.e2e.served import PASSWORD, Desk, Served, secret

CENTER = """
[acme.queue.support]
name = "Support"
[acme.agent.ann]
name = "Ann"
password = "{password}"
skills = {{ support = 9 }}
[acme.agent.ben]
name = "Ben"
password = "{password}"
skills = {{ support = 1 }}
[acme.channel.line]
adapter = "line"
queue = "support"
[acme.channel.line.config]
channel_secret = "{secret}"
access_token = "{token}"
destination = "{destination}"
api_base = "{api}"
data_base = "{data}"
"""
PUSH, REPLY = "/v2/bot/message/push", "/v2/bot/message/reply"


class Town:
    """LINE, our server, and a person who writes to us."""

    def __init__(self, line: FakeLine, server: Served) -> None:
        self.line = line
        self.server = server
        self.uma: Person = line.person("Uma")

    async def tells(self, *events: Json) -> None:
        """LINE delivers, and is content."""
        delivery = await self.line.webhooks.deliver(f"{self.server.url}/hooks/line", *events)
        assert delivery.accepted, (delivery, self.server.output)

    async def writes(self, text: str) -> Json:
        event = self.line.webhooks.text(self.uma, text)
        await self.tells(event)
        return event

    async def desk(self, agent: str) -> Desk:
        desk = await self.server.desk(agent)
        await desk.listen()
        await desk.ready()
        return desk

    def calls(self, path: str) -> list[Any]:
        return [call for call in self.line.calls if call.path == path]


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with FakeLine() as line:
        center = CENTER.format(
            password=PASSWORD,
            secret=secret(tmp_path, "secret", line.secret),
            token=secret(tmp_path, "token", line.long_lived_token()),
            destination=line.destination,
            api=line.api_base,
            data=line.data_base,
        )
        async with Served(tmp_path, center, public_url="https://chat.example") as server:
            yield Town(line, server)


def jpeg(colour: str = "teal") -> bytes:
    content = BytesIO()
    Image.new("RGB", (320, 200), colour).save(content, "JPEG")
    return content.getvalue()


def text(words: str) -> Json:
    return {"type": "text", "text": words}


async def test_from_the_first_word_to_the_successor(town: Town) -> None:
    line, server, uma = town.line, town.server, town.uma
    ann = await town.desk("ann")

    # Uma says all sorts of things, and takes one of them back.
    hello = await town.writes("Hello 👋")
    picture = line.webhooks.media(uma, "image", jpeg(), "image/jpeg", pending=1)
    sticker = line.webhooks.message(uma, "sticker", packageId="446", stickerId="1988", keywords=["Hi"])
    place = line.webhooks.message(uma, "location", title="Here", address="Berlin", latitude=52.5, longitude=13.4)
    await town.tells(picture, sticker, place)
    regretted = await town.writes("my card is 4111 1111")
    await town.tells(line.webhooks.unsend(regretted))
    forged = await line.webhooks.deliver(f"{server.url}/hooks/line", hello, forged="nonsense")
    assert forged.status == 401
    assert (await line.webhooks.redeliver(f"{server.url}/hooks/line", picture, sticker)).accepted

    # Ann is offered it, and sees everything once.
    contact = await ann.offered()
    await ann.open(contact)
    said = [part for each in ann.heard(contact, "message", "customer") for part in each["body"].get("parts", ())]
    assert [part["type"] for part in said] == ["text", "image", "sticker", "location"]
    assert (said[0]["text"], said[2]["sticker"], said[3]["title"]) == ("Hello 👋", "446/1988", "Here")
    assert len(ann.heard(contact, "recalled", "customer")) == 1
    assert "4111" not in str(ann.lines[contact])
    assert "4111" not in str(await server.ask("GET", f"/desk/contacts/{contact}", ann.token))
    await ann.act(contact, "accept")

    # The picture becomes ready, and the name appears.
    await ann.until(lambda: ann.heard(contact, "media"))
    assert ann.heard(contact, "media")[0]["body"]["ready"] is True
    seq = next(each["seq"] for each in ann.heard(contact, "message") if each["body"].get("parts", [{}])[0].get("media"))
    item = await server.ask(
        "GET", f"/desk/media/{said[1]['media']}", ann.token, params={"contact": contact, "seq": str(seq)}
    )
    async with server.session.get(server.url + item["links"]["original"]) as answer:
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
        assert Image.open(BytesIO(await answer.read())).size == (320, 200)
    await ann.until(lambda: ann.heard(contact, "renamed"))
    assert (await ann.open(contact))["contact"]["name"] == "Uma"

    # She answers: the first goes free, the others are pushed under keys.
    parts = [text("Hello Uma, Ann here."), text("What can I do?")]
    first = (await ann.act(contact, "messages", id="ann-0001", parts=parts))["seq"]
    again = await ann.act(contact, "messages", id="ann-0001", parts=parts)
    assert (again["seq"], again["again"]) == (first, True)
    async with server.session.post(
        f"{server.url}/desk/media?contact={contact}",
        data=jpeg("gold"),
        headers={"Authorization": f"Bearer {ann.token}", "Content-Type": "image/jpeg", "X-File-Name": "map.jpg"},
    ) as answer:
        upload = await answer.json()
        assert (answer.status, upload["state"]) == (201, "ready")
    await ann.act(
        contact, "messages", id="ann-0002", parts=[{"type": "image", "media": upload["id"], "caption": "A map"}]
    )
    buttons = [{"label": "Blue", "payload": "blue"}, {"label": "Red", "payload": "red"}]
    asked = (
        await ann.act(
            contact, "messages", id="ann-0003", parts=[{"type": "choices", "text": "Which?", "options": buttons}]
        )
    )["seq"]
    await ann.until(lambda: "sent" in ann.statuses(contact, asked))
    assert [sent.by for sent in line.sent[:2]] == ["reply", "reply"]
    assert {sent.by for sent in line.sent[2:]} == {"push"}
    assert next(call.path for call in line.calls if call.path in (PUSH, REPLY)) == REPLY
    assert all("x-line-retry-key" in call.headers for call in town.calls(PUSH))
    assert [sent.message["text"] for sent in line.sent if sent.message["type"] == "text"][:2] == [
        p["text"] for p in parts
    ]
    image = next(sent.message for sent in line.sent if sent.message["type"] == "image")
    address = urlsplit(image["originalContentUrl"])
    assert (address.scheme, address.netloc) == ("https", "chat.example")
    async with server.session.get(server.url + address.path) as answer:
        assert Image.open(BytesIO(await answer.read())).getpixel((5, 5))[0] > 200
    quick = line.sent[-1].message["quickReply"]["items"]
    assert [each["action"]["label"] for each in quick] == ["Blue", "Red"]
    await town.tells(line.webhooks.event("postback", uma.source, postback={"data": quick[1]["action"]["data"]}))
    await ann.until(lambda: ann.heard(contact, "tapped", "customer"))
    assert ann.heard(contact, "tapped")[0]["body"]["payload"] == "red"

    # Signs of life: read, and the dots that say that somebody writes.
    newest = max(ann.lines[contact])
    await ann.act(contact, "read", of=newest)
    await ann.until(lambda: line.read)
    assert line.read == [regretted["message"]["id"]]  # the newest; that it was taken back does not matter here
    await ann.say(type="typing", contact=contact, on=True)
    await ann.until(lambda: line.loading)
    assert line.loading == [(uma.id, 20)]

    # Over to Ben, who sees what was said before; Ann may not speak any more.
    old = ann.contacts[contact]["epoch"]
    ben = await town.desk("ben")
    await ann.act(contact, "transfer", agent="ben", note="She wants red.")
    assert await ben.offered() == contact
    told = await ben.open(contact)
    assert "She wants red." in [each["body"].get("text") for each in told["entries"] if each["kind"] == "note"]
    await ben.act(contact, "accept")
    late = {"id": "ann-late", "epoch": old, "parts": [text("One more thing")]}
    refused = await server.ask("POST", f"/desk/contacts/{contact}/messages", ann.token, ok=False, json=late)
    assert (refused["status"], "ben has it now" in refused["detail"]) == (409, True)
    await town.writes("Thanks!")
    await ben.until(lambda: "Thanks!" in str(ben.heard(contact, "message", "customer")))
    assert "Thanks!" not in str(ann.lines[contact])
    await ben.act(contact, "messages", id="ben-0001", parts=[text("Red it is.")])

    # Closed, wrapped up; and what Uma says then is a new contact that knows the old one.
    await ben.act(contact, "close")
    done = await ben.act(contact, "wrap-up", code="sold")
    assert done["state"] == "closed"
    await town.writes("One question")
    second = await ann.offered()
    assert second != contact
    assert ann.contacts[second]["predecessor"] == contact
    assert [each["id"] for each in (await ann.open(second))["earlier"]] == [contact]
    await ann.until(lambda: line.sent[-1].message.get("text") == "Red it is.")
    assert line.violations == []
    numbers = [each["seq"] for each in (await ann.open(contact))["entries"]]
    assert numbers == list(range(1, len(numbers) + 1))
    await ann.close()
    await ben.close()


async def test_whatever_goes_wrong_at_line_each_message_arrives_once_and_in_order(town: Town) -> None:
    line = town.line
    ann = await town.desk("ann")
    await town.writes("Hello")
    contact = await ann.offered()
    await ann.act(contact, "accept")
    await ann.act(contact, "messages", id="ann-0000", parts=[text("free")])
    await ann.until(lambda: len(line.sent) == 1)
    line.slowness = 0.3
    faults = [Fault.BROKEN, Fault.RATE_LIMIT, Fault.SLOW, Fault.LOST_ANSWER, Fault.LOST_REQUEST, Fault.BROKEN]
    line.fail(*faults, path=PUSH)
    numbers = []
    for n in range(6):
        said = await ann.act(contact, "messages", id=f"ann-1{n:03}", parts=[text(f"word {n}")])
        numbers.append(said["seq"])
    await ann.until(lambda: all("sent" in ann.statuses(contact, seq) for seq in numbers), within=30)
    assert [sent.message["text"] for sent in line.sent] == ["free", *(f"word {n}" for n in range(6))]
    assert len(town.calls(PUSH)) == 6 + 5  # each fault but the slow answer cost one more call
    keys = [call.headers["x-line-retry-key"] for call in town.calls(PUSH)]
    assert len(set(keys)) == 6
    assert [keys[n] for n in range(len(keys)) if n == 0 or keys[n] != keys[n - 1]] == list(dict.fromkeys(keys))
    assert line.violations == []
    assert {status for seq in numbers for status in ann.statuses(contact, seq)} <= {"pending", "sent"}

    line.fail(Fault.MONTHLY_LIMIT, path=PUSH)
    seq = (await ann.act(contact, "messages", id="ann-2000", parts=[text("too much")]))["seq"]
    await ann.until(lambda: ann.statuses(contact, seq))
    status = ann.heard(contact, "status")[-1]["body"]
    assert (status["status"], status["code"]) == ("failed", "429 monthly limit")
    await ann.close()


async def test_an_answer_that_was_lost_with_its_token_is_not_sent_twice(town: Town) -> None:
    """A free answer works once and knows no key: whether the lost one arrived, nobody can know, and the agent is told so."""
    line = town.line
    ann = await town.desk("ann")
    await town.writes("Hello")
    contact = await ann.offered()
    await ann.act(contact, "accept")
    line.fail(Fault.LOST_ANSWER, path=REPLY)
    seq = (await ann.act(contact, "messages", id="ann-0001", parts=[text("once")]))["seq"]
    await ann.until(lambda: "uncertain" in ann.statuses(contact, seq), within=45)
    assert [sent.message["text"] for sent in line.sent] == ["once"]
    later = (await ann.act(contact, "messages", id="ann-0002", parts=[text("twice")]))["seq"]
    await ann.until(lambda: "sent" in ann.statuses(contact, later))
    assert [sent.message["text"] for sent in line.sent] == ["once", "twice"]
    await ann.close()


async def test_a_menu_that_line_cannot_show_is_answered_by_number(town: Town) -> None:
    """One label is too long for LINE's buttons, so she reads "1. …" and "2. …", and her "２" arrives as the answer."""
    line = town.line
    ann = await town.desk("ann")
    await town.writes("Hello")
    contact = await ann.offered()
    await ann.act(contact, "accept")
    options = [{"label": "Red", "payload": "red"}, {"label": "Blue, like the sea in summer", "payload": "blue"}]
    menu = {"type": "choices", "text": "Which?", "options": options}
    asked = (await ann.act(contact, "messages", id="ann-0001", parts=[menu]))["seq"]
    await ann.until(lambda: line.sent)
    assert line.sent[-1].message["text"] == "Which?\n1. Red\n2. Blue, like the sea in summer"
    await town.writes("２")
    await ann.until(lambda: ann.heard(contact, "tapped", "customer"))
    body = ann.heard(contact, "tapped")[0]["body"]
    assert (body["payload"], body["of"], body["typed"]) == ("blue", asked, "２")
    await town.writes("2")
    await ann.until(lambda: ann.heard(contact, "message", "customer"))
    await ann.close()


async def test_an_answer_quotes_what_it_answers_and_the_tokens_are_nobody_s_business(town: Town) -> None:
    line = town.line
    ann = await town.desk("ann")
    asked = await town.writes("Is it red?")
    await town.writes("And is it new?")
    contact = await ann.offered()
    await ann.act(contact, "accept")
    told = await ann.open(contact)
    seq = next(each["seq"] for each in told["entries"] if "red" in str(each["body"]))
    first = (await ann.act(contact, "messages", id="ann-0001", reply_to=seq, parts=[text("Yes")]))["seq"]
    await ann.until(lambda: "sent" in ann.statuses(contact, first))
    await ann.act(contact, "messages", id="ann-0002", reply_to=first, parts=[text("Very red")])
    await ann.until(lambda: len(line.sent) == 2)
    quotes = [sent.message.get("quoteToken") for sent in line.sent]
    assert quotes == [asked["message"]["quoteToken"], f"quote-of-{line.sent[0].id}"]
    seen = str((await ann.open(contact), ann.frames))
    assert not [token for token in quotes if token in seen]
    await ann.close()


async def test_twenty_people_at_once_each_in_their_own_order(town: Town) -> None:
    """Nobody's words get lost, doubled or mixed up, with LINE delivering everything twice and all at once."""
    people = [town.line.person(f"P{n}") for n in range(20)]
    events = [[town.line.webhooks.text(person, f"{person.name}-{n}") for n in range(3)] for person in people]

    async def talks(own: list[Json]) -> None:
        for event in own:
            await asyncio.gather(town.tells(event), town.tells(event))

    await asyncio.gather(*map(talks, events))
    ann = await town.desk("ann")
    await ann.until(lambda: sum(each["state"] == "offered" for each in ann.contacts.values()) == 10)
    for contact in list(ann.contacts):
        await ann.open(contact)
        said = [each["body"]["parts"][0]["text"] for each in ann.heard(contact, "message", "customer")]
        name = said[0].partition("-")[0]
        assert said == [f"{name}-{n}" for n in range(3)]
    await ann.close()
