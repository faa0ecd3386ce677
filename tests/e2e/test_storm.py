"""Everything at once, on a real server: customers and agents who say each thing until it is taken, often twice at a time and from
two windows; a robot; a platform that does not know repetitions. Meanwhile the server is killed, told to stop, and finds no room on its
disk.

Afterwards every word that was taken is there once and in its order, and the store has nothing to complain of at any moment."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web

from tests.e2e.served import PASSWORD, Served
from tests.e2e.test_crash import Post
from ucs.store.invariants import complaints

PLUGINS = """
[adapters]
webchat = "adapters.webchat:Webchat"
parcel = "tests.e2e.mortal:Parcel"
[robots]
clerk = "tests.e2e.clerk:Clerk"
"""
CENTER = """
[acme.queue.support]
wrap_up_for = "1s"
declined_for = "1s"
offer_for = "3s"
[acme.queue.sales]
[acme.agent.ann]
password = "{password}"
skills = {{ support = 1, sales = 1 }}
[acme.agent.bob]
password = "{password}"
skills = {{ support = 1, sales = 1 }}
[acme.robot.front]
robot = "clerk"
config.thinks = 0.05
[acme.channel.bot]
adapter = "webchat"
queue = "support"
[acme.channel.bot.robot]
robot = "front"
keywords = ["human"]
[acme.channel.web]
adapter = "webchat"
queue = "support"
[acme.channel.parcel]
adapter = "parcel"
queue = "support"
config.url = "{post}"
"""
SECONDS = 15.0
WORDS = 60  # a slow machine takes longer for a storm
CUSTOMERS = 4  # of each web channel
AGAIN = 0.05  # seconds until something that was not taken is tried again


class Storm:
    """Who does what until `over`, and what each was told had been taken: by lane, and by contact."""

    def __init__(self, server: Served, chance: random.Random) -> None:
        self.server = server
        self.chance = chance
        self.over = asyncio.Event()
        self.heard: defaultdict[str, list[str]] = defaultdict(list)
        self.said: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)

    async def pause(self, most: float) -> None:
        await asyncio.sleep(self.chance.random() * most)

    async def ask(self, method: str, path: str, token: str = "", **how: Any) -> tuple[int, Any]:
        """Until there is an answer that is one. Only a server that cannot take it now, or is not there, is asked again."""
        headers = {"Authorization": f"Bearer {token}"} if token else how.pop("headers", {})
        while True:
            try:
                async with self.server.session.request(
                    method, self.server.url + path, headers=headers, timeout=aiohttp.ClientTimeout(6), **how
                ) as answer:
                    body = await answer.read()
                if answer.status not in (429, 503):
                    assert answer.status < 500, f"{method} {path}: {answer.status} {body[:500]!r}"
                    return answer.status, orjson.loads(body) if body else None
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(AGAIN)

    async def at_once(self, times: int, method: str, path: str, token: str = "", **how: Any) -> list[tuple[int, Any]]:
        return await asyncio.gather(*(self.ask(method, path, token, **how) for _ in range(times)))

    async def customer(self, channel: str, name: str) -> None:
        token = (await self.ask("POST", f"/chat/{channel}/session", json={}))[1]["token"]
        number = 0
        while not self.over.is_set():
            number += 1
            id = f"{name}-{number:05}"
            words = [{"type": "text", "text": f"{self.chance.choice(['hello', 'order', 'human'])} {number}"}]
            how = {"json": {"id": id, "parts": words}}
            answers = await self.at_once(self.chance.choice([1, 1, 2]), "POST", "/chat/messages", token, **how)
            assert {status for status, _ in answers} == {200}, answers
            assert len({(line["contact"], line["seq"]) for _, line in answers}) == 1, answers
            self.heard[name].append(id)
            if self.chance.random() < 0.1:
                await self.ask("POST", f"/chat/{self.chance.choice(['end', 'human'])}", token, json={})
            await self.pause(0.3)

    async def sender(self) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            parcel = {"data": orjson.dumps([f"parcel-{number:05}"]), "headers": {"X-Parcel": "ours"}}
            answers = await self.at_once(self.chance.choice([1, 2]), "POST", "/hooks/parcel", **parcel)
            assert {status for status, _ in answers} == {200}, answers
            self.heard["parcel"].append(f"parcel-{number:05}")
            await self.pause(0.4)

    async def agent(self, name: str, windows: int) -> None:
        body = {"tenant": "acme", "agent": name, "password": PASSWORD}
        token = (await self.ask("POST", "/desk/sign-in", json=body))[1]["token"]
        await asyncio.gather(*(self.window(name, token, number) for number in range(windows)))

    async def window(self, name: str, token: str, window: int) -> None:
        number = 0
        while not self.over.is_set():
            _, desk = await self.ask("GET", "/desk/contacts", token)
            if desk["seat"]["state"] == "rest":
                await self.ask("POST", "/desk/state", token, json={"state": "idle"})
            for contact in desk["contacts"]:
                number += 1
                await self.act(name, token, contact, f"{name}-{window}-{number:05}")
            await self.pause(0.2)

    async def act(self, name: str, token: str, contact: Any, id: str) -> None:
        """What is refused, because the other window or the customer was quicker, has not happened."""
        path, known = f"/desk/contacts/{contact['id']}", {"epoch": contact["epoch"]}
        if contact["state"] == "offered":
            await self.ask("POST", f"{path}/{self.chance.choice(['accept', 'accept', 'decline'])}", token, json=known)
        elif contact["state"] == "talking" and self.chance.random() < 0.7:
            how = {"json": {"id": id, "parts": [{"type": "text", "text": id}], **known}}
            answers = await self.at_once(self.chance.choice([1, 2]), "POST", f"{path}/messages", token, **how)
            lines = [line["seq"] for status, line in answers if status == 200]
            assert {status for status, _ in answers} <= {200, 409}, answers
            if lines:
                self.said[contact["id"]].append((id, lines[0]))
        elif contact["state"] == "talking":
            other = {"agent": "bob" if name == "ann" else "ann"}
            what, more = self.chance.choice(
                [("transfer", {"queue": "sales"}), ("transfer", other), ("close", {}), ("give-back", {})]
            )
            await self.ask("POST", f"{path}/{what}", token, json={**known, **more})

    async def weather(self) -> None:
        """The server's."""
        loop = asyncio.get_running_loop()
        until = loop.time() + SECONDS
        while loop.time() < until or sum(map(len, self.heard.values())) < WORDS:
            await self.pause(3)
            if self.chance.random() < 0.5:
                self.server.room(1)
                await self.pause(1)
                self.server.room()
            if self.chance.random() < 0.7:
                await self.server.kill()
            else:
                assert await self.server.stop() == 0
            assert complaints(self.server.data / "ucs.db") == []
            await self.server.start()
        self.over.set()

    async def rage(self) -> None:
        people: list[Coroutine[Any, Any, None]] = [
            *(self.customer(channel, f"{channel}{n}") for channel in ("bot", "web") for n in range(CUSTOMERS)),
            self.sender(),
            self.agent("ann", 2),
            self.agent("bob", 2),
        ]
        async with asyncio.TaskGroup() as tasks:
            for each in (*people, self.weather()):
                tasks.create_task(each)


@pytest.fixture
async def post() -> AsyncIterator[tuple[Post, str]]:
    post = Post()
    post.slowness = 0.1
    app = web.Application()
    app.router.add_post("/", post.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield post, f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


SAID = (
    "SELECT c.channel, e.contact, e.seq, e.by, coalesce(json_extract(e.body, '$.client'), json_extract(e.body, '$.platform')),"
    " json_extract(e.body, '$.parts[0].text') FROM entry e JOIN contact c ON c.id = e.contact"
    " WHERE e.kind = 'message' ORDER BY c.opened_at, c.id, e.seq"
)


async def test_every_word_that_was_taken_is_there_once_and_in_its_order(tmp_path: Path, post: tuple[Post, str]) -> None:
    async with Served(tmp_path, CENTER.format(password=PASSWORD, post=post[1]), PLUGINS) as server:
        storm = Storm(server, random.Random(1))
        await storm.rage()
    assert complaints(server.data / "ucs.db") == []
    with closing(sqlite3.connect(server.data / "ucs.db")) as connection:
        lines = connection.execute(SAID).fetchall()
    heard: defaultdict[str, list[str]] = defaultdict(list)
    said: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    turns: defaultdict[str, list[int]] = defaultdict(list)
    for _, contact, seq, by, id, text in lines:
        if by == "customer":
            heard[id.partition("-")[0]].append(id)
        elif by.startswith("agent:"):
            said[contact].append((id, seq))
        elif by.startswith("robot:"):
            turns[contact].append(int(text.partition(":")[0]))
    assert heard == storm.heard
    for contact, taken in storm.said.items():
        assert set(taken) <= set(said[contact]), contact
    ids = [id for each in said.values() for id, _ in each]
    assert len(ids) == len(set(ids))
    for contact, numbers in turns.items():  # the robot counts in its memory, which is kept with what it says
        assert numbers == sorted(set(numbers)), contact
    assert len(post[0].brought) == len(set(post[0].brought))
    ours = [id for channel, _, _, by, id, _ in lines if channel == "parcel" and by.startswith("agent:")]
    assert [id for id in ours if id in post[0].brought] == post[0].brought
    assert len(lines) > 100, "That was no storm."
