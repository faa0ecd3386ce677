"""Two visitors of a shop's page and two agents, over HTTP and WebSockets: nothing gets lost when sockets do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from PIL import Image

from tests.e2e.served import HEARD_WITHIN, PASSWORD, Json, Served, until

PAGE = "https://shop.example"
CENTER = f"""
[acme.queue.support]
name = "Support"
[acme.agent.ann]
name = "Ann"
password = "{PASSWORD}"
skills = {{ support = 9 }}
[acme.agent.ben]
name = "Ben"
password = "{PASSWORD}"
skills = {{ support = 1 }}
[acme.channel.site]
adapter = "webchat"
queue = "support"
joined_text = "{{agent}} is here."
[acme.channel.site.config]
origins = ["{PAGE}"]
"""


class Page:
    """A browser on the shop's page. It keeps lines by number, and comes back with the newest number it has."""

    def __init__(self, server: Served, session: Json) -> None:
        self.server = server
        self.token = str(session["token"])
        self.lines: dict[str, dict[int, Json]] = {}
        self.typing: list[bool] = []
        self.greeted = 0
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._hearing: asyncio.Task[None] | None = None

    async def ask(self, method: str, path: str, *, status: int = 0, **how: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Origin": PAGE, **how.pop("headers", {})}
        async with self.server.session.request(method, self.server.url + path, headers=headers, **how) as answer:
            text = await answer.text()
            assert answer.status == status or (not status and answer.status < 300), f"{path}: {answer.status} {text}"
            return orjson.loads(text)

    async def says(self, id: str, *words: str | Json, status: int = 0) -> Json:
        parts = [{"type": "text", "text": word} if isinstance(word, str) else word for word in words]
        said: Json = await self.ask("POST", "/chat/messages", status=status, json={"id": id, "parts": parts})
        return said

    async def uploads(self, content: bytes, mime: str) -> Json:
        item: Json = await self.ask("POST", "/chat/media", data=content, headers={"Content-Type": mime})
        return item

    async def listens(self) -> None:
        headers = {"Origin": PAGE}
        self._socket = await self.server.session.ws_connect(self.server.url + "/chat/socket", headers=headers)
        last = {contact: max(lines) for contact, lines in self.lines.items()}
        await self._socket.send_json({"type": "hello", "token": self.token, "last": last})
        greeted = self.greeted
        self._hearing = asyncio.create_task(self._hear(self._socket))
        await self.until(lambda: self.greeted > greeted)

    async def cut(self) -> None:
        """The line goes dead, without a word to the other side."""
        assert self._socket is not None
        assert self._hearing is not None
        transport = self._socket.get_extra_info("socket")
        assert transport is not None
        self._hearing.cancel()
        await asyncio.gather(self._hearing, return_exceptions=True)
        connection = self._socket._response.connection
        if connection is not None and connection.transport is not None:
            connection.transport.abort()
        self._socket = None

    async def closes(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._hearing is not None:
            await asyncio.gather(self._hearing, return_exceptions=True)

    async def types(self) -> None:
        assert self._socket is not None
        await self._socket.send_json({"type": "typing"})

    def keep(self, line: Json) -> None:
        lines = self.lines.setdefault(line["contact"], {})
        assert lines.setdefault(line["seq"], line) == line

    def said(self, contact: str) -> list[str]:
        """Every message in its order: who, and what."""
        lines = [line for _, line in sorted(self.lines.get(contact, {}).items()) if line["kind"] == "message"]
        return [f"{line['by']}: {part.get('text') or part['type']}" for line in lines for part in line["body"]["parts"]]

    async def until(self, holds: Any, within: float = HEARD_WITHIN) -> None:
        await until(holds, within, lambda: f"{self.lines}\n{self.server.output[-3000:]}")

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            for frame in orjson.loads(message.data):
                match frame["type"]:
                    case "hello":
                        self.greeted += 1
                    case "entry":
                        self.keep(frame)
                    case "typing":
                        self.typing.append(frame["on"])


class Shop:
    def __init__(self, server: Served) -> None:
        self.server = server

    async def visitor(self, name: str = "") -> Page:
        headers = {"Origin": PAGE}
        session = await self.server.session.post(
            f"{self.server.url}/chat/site/session", json={"name": name}, headers=headers
        )
        async with session as answer:
            assert answer.status == 201
            return Page(self.server, await answer.json())


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with Served(tmp_path, CENTER) as server:
        yield Shop(server)


def png(colour: str) -> bytes:
    content = BytesIO()
    Image.new("RGB", (8, 4), colour).save(content, "PNG")
    return content.getvalue()


async def test_two_visitors_two_agents_and_bad_lines(shop: Shop) -> None:
    server = shop.server
    ann, ben = await server.desk("ann"), await server.desk("ben")
    for desk in (ann, ben):
        await desk.listen()
    await ann.ready()
    uma, vic = await shop.visitor("Uma"), await shop.visitor("Vic")
    await uma.listens()
    contact = (await uma.says("uma-00001", "Hello"))["contact"]
    other = (await vic.says("vic-00001", "Hi"))["contact"]
    assert contact != other
    await ann.until(lambda: len(ann.contacts) == 2)
    for each in (contact, other):
        await ann.act(each, "accept")
    assert (await ann.open(contact))["contact"]["name"] == "Uma"

    # Both ways, with typing, and the names that customers may see.
    await ann.act(contact, "messages", id="say-00001", parts=[{"type": "text", "text": "How can I help?"}])
    await uma.until(lambda: len(uma.said(contact)) == 3)
    assert uma.said(contact) == ["customer: Hello", "system: Ann is here.", "agent: How can I help?"]
    assert "ann" not in str(uma.lines[contact])
    await ann.say(type="typing", contact=contact, on=True)
    await uma.until(lambda: uma.typing == [True])
    await uma.types()
    await ann.until(lambda: {"type": "typing", "contact": contact, "on": True} in ann.frames)

    # The same id is the same message; with other words it is none.
    first = await uma.says("uma-00002", "My order is late")
    assert await uma.says("uma-00002", "My order is late") == {**first, "again": True}
    refused = await uma.says("uma-00002", "My order is here", status=409)
    assert "take a new id" in refused["detail"]

    # The socket is cut; what is said meanwhile comes when she is back, once.
    await uma.cut()
    for n in range(5):
        await ann.act(contact, "messages", id=f"say-1000{n}", parts=[{"type": "text", "text": f"News {n}"}])
    await ann.act(contact, "notes", id="say-20000", text="She sounds upset.")
    assert not [line for line in uma.said(contact) if "News" in line]
    await uma.listens()
    await uma.until(lambda: "agent: News 4" in uma.said(contact))
    assert [line for line in uma.said(contact) if "News" in line] == [f"agent: News {n}" for n in range(5)]
    assert "upset" not in str(uma.lines)

    # Without sockets: a long poll that comes back as soon as there is something.
    for line in (await vic.ask("GET", "/chat/entries"))["entries"]:
        vic.keep(line)
    after = max(vic.lines[other])
    poll = asyncio.create_task(vic.ask("GET", "/chat/entries", params={"after": str(after), "wait": "1"}))
    await asyncio.sleep(0.1)
    assert not poll.done()
    await ann.act(other, "messages", id="say-30000", parts=[{"type": "text", "text": "Hello Vic"}])
    answered = await asyncio.wait_for(poll, 5)
    assert [line["body"]["parts"][0]["text"] for line in answered["entries"]] == ["Hello Vic"]
    assert answered["newest"] == answered["entries"][-1]["seq"]

    # Files: one's own can be said and seen, another's can neither be said nor seen.
    picture = await uma.uploads(png("red"), "image/png")
    await vic.says("vic-00002", {"type": "image", "media": picture["id"]}, status=403)
    await vic.ask("GET", f"/chat/media/{picture['id']}", status=404)
    shown = await uma.says("uma-00003", {"type": "image", "media": picture["id"]})
    path = f"/desk/media/{picture['id']}"
    item = await server.ask("GET", path, ann.token, params={"contact": contact, "seq": str(shown["seq"])})
    async with server.session.get(server.url + item["links"]["preview"]) as answer:
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
    nothing = await server.ask("GET", path, ben.token, ok=False, params={"contact": contact, "seq": str(shown["seq"])})
    assert nothing["status"] == 404

    # Over to Ben, and to the end; each sees all of it and no one anything twice.
    await ben.ready()
    await ann.act(contact, "transfer", agent="ben")
    assert await ben.offered() == contact
    await ben.open(contact)
    await ben.act(contact, "accept")
    await uma.until(lambda: "system: Ben is here." in uma.said(contact))
    await uma.says("uma-00004", "And who are you?")
    await ben.until(lambda: "And who are you?" in str(ben.heard(contact, "message", "customer")))
    await ben.act(contact, "close")
    await ben.act(contact, "wrap-up", code="done")
    await uma.until(lambda: uma.lines[contact][max(uma.lines[contact])]["kind"] == "closed")
    after_all = await uma.says("uma-00005", "One more thing")
    assert after_all["contact"] != contact
    await uma.until(lambda: uma.said(after_all["contact"]) == ["customer: One more thing"])
    mine = (await uma.ask("GET", "/chat/contacts"))["contacts"]
    assert [each["id"] for each in mine] == [after_all["contact"], contact]
    assert (await vic.ask("GET", "/chat/entries", params={"contact": contact}, status=404))["status"] == 404
    said = [
        part
        for line in (await ben.open(contact))["entries"]
        if line["kind"] == "message"
        for part in line["body"]["parts"]
    ]
    assert [part.get("text") or part["type"] for part in said] == [
        line.partition(": ")[2] for line in uma.said(contact)
    ]
    for each in (uma, vic):
        await each.closes()
    for desk in (ann, ben):
        await desk.close()


async def test_everyone_finds_back_after_the_server_was_restarted(shop: Shop) -> None:
    """Sockets are told that it restarts; with the tokens and numbers they have, everything goes on."""
    server = shop.server
    ann = await server.desk("ann")
    await ann.listen()
    await ann.ready()
    uma = await shop.visitor()
    await uma.listens()
    contact = (await uma.says("uma-00001", "Hello"))["contact"]
    await ann.offered()
    await ann.open(contact)
    await ann.act(contact, "accept")
    await uma.until(lambda: len(uma.said(contact)) == 2)
    assert await server.stop() == 0
    await server.start()
    await uma.says("uma-00002", "Are you there?")
    await ann.close()
    await ann.listen()
    await ann.until(lambda: len(ann.heard(contact, "message", "customer")) == 2)
    await ann.act(contact, "messages", id="say-00001", parts=[{"type": "text", "text": "Yes"}])
    await uma.closes()
    await uma.listens()
    await uma.until(lambda: len(uma.said(contact)) == 4)
    assert uma.said(contact)[2:] == ["customer: Are you there?", "agent: Yes"]
    assert sorted(ann.lines[contact]) == list(range(1, max(ann.lines[contact]) + 1))
    await uma.closes()
    await ann.close()


async def test_hostile_words_are_one_customer_s_own_trouble(shop: Shop) -> None:
    uma, vic = await shop.visitor(), await shop.visitor()
    half = b'{"id":"uma-00001","parts":[{"type":"text","text":"\\ud800"}]}'
    depth = b'{"id":"uma-00002","parts":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    huge = orjson.dumps({"id": "uma-00003", "parts": [{"type": "text", "text": "x" * 20_001}]})
    for body, status in ((half, 400), (depth, 400), (huge, 422), (b"\xff", 400), (b"[]", 422)):
        headers = {"Content-Type": "application/json"}
        problem = await uma.ask("POST", "/chat/messages", status=status, data=body, headers=headers)
        assert problem["status"] == status
    words = [
        "a\x00b",
        "👩‍👩‍👧‍👦",
        "\u202egpj.exe",
        "Z" + "\u0301" * 400,
        "</script><svg onload=alert(1)>",
        "x" * 20_000,
    ]
    contact = (await uma.says("uma-00004", words[0]))["contact"]
    await asyncio.gather(
        *(uma.says(f"uma-1000{n}", word) for n, word in enumerate(words[1:])), vic.says("vic-00001", "fine")
    )
    for line in (await uma.ask("GET", "/chat/entries"))["entries"]:
        uma.keep(line)
    assert sorted(uma.said(contact)) == sorted(f"customer: {word}" for word in words)
