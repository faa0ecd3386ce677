"""kill -9 at the worst moments, in a real process: nothing is lost, nothing comes twice, and what nobody can know is said."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import create_engine, text

from adapters.line.fake import FakeLine, Fault
from tests.e2e.served import PASSWORD, Desk, Served, secret

PLUGINS = """
[adapters]
line = "adapters.line:Line"
parcel = "tests.e2e.mortal:Parcel"
"""
CENTER = """
[acme.queue.support]
[acme.agent.ann]
password = "{password}"
skills = {{ support = 1 }}
capacity = 30
[acme.channel.line]
adapter = "line"
queue = "support"
[acme.channel.line.config]
channel_secret = "{secret}"
access_token = "{token}"
api_base = "{api}"
data_base = "{data}"
[acme.channel.parcel]
adapter = "parcel"
queue = "support"
[acme.channel.parcel.config]
url = "{post}"
"""


class Post:
    """The platform that knows no repetition. It takes its time to answer, and as long as it may not."""

    def __init__(self) -> None:
        self.brought: list[str] = []
        self.slowness = 0.3
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def take(self, request: web.Request) -> web.Response:
        self.brought += (await request.json())["texts"]
        await asyncio.sleep(self.slowness)
        await self.may_answer.wait()
        return web.Response()


@pytest.fixture
async def line() -> AsyncIterator[FakeLine]:
    async with FakeLine() as line:
        yield line


@pytest.fixture
async def post() -> AsyncIterator[tuple[Post, str]]:
    post = Post()
    app = web.Application()
    app.router.add_post("/", post.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield post, f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


@pytest.fixture
async def server(line: FakeLine, post: tuple[Post, str], tmp_path: Path) -> AsyncIterator[Served]:
    center = CENTER.format(
        password=PASSWORD,
        secret=secret(tmp_path, "secret", line.secret),
        token=secret(tmp_path, "token", line.long_lived_token()),
        api=line.api_base,
        data=line.data_base,
        post=post[1],
    )
    async with Served(tmp_path, center, PLUGINS, mortal=True) as server:
        yield server


def rows(server: Served, query: str) -> list[tuple[Any, ...]]:
    """Read the database beside the server."""
    engine = create_engine(f"sqlite:///{server.data / 'ucs.db'}")
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


def stored(server: Served) -> Counter[str]:
    """What customers said, as the store has it."""
    lines = rows(
        server, "SELECT json_extract(body, '$.parts[0].text') FROM entry WHERE kind = 'message' AND by = 'customer'"
    )
    return Counter(str(said) for (said,) in lines)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_killed_before_or_after_the_commit_of_a_webhook(server: Served, line: FakeLine, moment: str) -> None:
    """Faults 1 and 2: LINE got no answer and repeats; it is stored once, and the agent hears of it once."""
    person = line.person()
    desk = await server.desk("ann")
    await desk.ready()
    server.die(f"{moment} message")
    event = line.webhooks.text(person, "hello")
    first = await line.webhooks.deliver(f"{server.url}/hooks/line", event)
    assert not first.accepted
    await server.killed()
    assert stored(server) == Counter(["hello"] if moment == "after" else [])
    await server.start()
    for _ in range(2):
        assert (await line.webhooks.redeliver(f"{server.url}/hooks/line", event)).accepted
    assert stored(server) == Counter(["hello"])
    await desk.listen()
    contact = await desk.offered()
    await desk.until(lambda: desk.heard(contact, "message", "customer"))
    assert len(desk.heard(contact, "message", "customer")) == 1
    assert rows(server, "SELECT count(*) FROM contact") == [(1,)]
    assert (await line.webhooks.deliver(f"{server.url}/hooks/line", line.webhooks.text(person, "more"))).accepted
    await desk.until(lambda: len(desk.heard(contact, "message", "customer")) == 2)
    await desk.close()


async def talking(server: Served, line: FakeLine) -> tuple[Desk, str]:
    """An agent who talks to somebody on LINE. The free answer is spent."""
    desk = await server.desk("ann")
    await desk.listen()
    await desk.ready()
    person = line.person()
    assert (await line.webhooks.deliver(f"{server.url}/hooks/line", line.webhooks.text(person, "hello"))).accepted
    contact = await desk.offered()
    await desk.act(contact, "accept")
    seq = (await desk.act(contact, "messages", id="agent-0000", parts=[{"type": "text", "text": "first"}]))["seq"]
    await desk.until(lambda: "sent" in desk.statuses(contact, seq))
    return desk, contact


async def comes_back(server: Served, desk: Desk) -> None:
    """The screen finds the server again, at another port, with the token it has."""
    await desk.close()
    await server.start()
    await desk.listen()


async def test_killed_after_the_platform_took_a_push_before_it_was_recorded(server: Served, line: FakeLine) -> None:
    """Fault 3, where the platform knows repetitions: sent again under the same key, delivered once."""
    desk, contact = await talking(server, line)
    line.slowness = 0.3
    line.fail(Fault.SLOW, path="/v2/bot/message/push")
    said = [{"type": "text", "text": "second"}]
    server.die("before status")  # when LINE has answered
    seq = (await desk.act(contact, "messages", id="agent-0001", parts=said))["seq"]
    await desk.until(lambda: len(line.sent) == 2)
    await server.killed()
    assert rows(server, "SELECT state FROM outbox") == [("sending",)]
    await comes_back(server, desk)
    await desk.until(lambda: "sent" in desk.statuses(contact, seq))
    pushes = [call for call in line.calls if call.path == "/v2/bot/message/push"]
    assert len(pushes) == 2
    assert len({call.headers["x-line-retry-key"] for call in pushes}) == 1
    assert [sent.message["text"] for sent in line.sent] == ["first", "second"]
    assert line.violations == []
    assert rows(server, "SELECT count(*) FROM outbox") == [(0,)]
    again = await desk.act(contact, "messages", id="agent-0001", parts=said)  # a screen that heard nothing asks again
    assert (again["again"], again["seq"]) == (True, seq)
    await desk.close()


async def test_killed_the_same_way_where_a_repetition_would_arrive_twice(
    server: Served, post: tuple[Post, str]
) -> None:
    """Fault 3, where the platform does not know repetitions: not sent again, and the agent sees that nobody knows."""
    desk = await server.desk("ann")
    await desk.listen()
    await desk.ready()
    parcel = {"data": b'["hello"]', "headers": {"X-Parcel": "ours"}}
    async with server.session.post(f"{server.url}/hooks/parcel", **parcel) as answer:
        assert answer.status == 200
    contact = await desk.offered()
    await desk.act(contact, "accept")
    server.die("before status")
    seq = (await desk.act(contact, "messages", id="agent-0001", parts=[{"type": "text", "text": "one"}]))["seq"]
    await desk.until(lambda: post[0].brought)
    await server.killed()
    await comes_back(server, desk)
    await desk.until(lambda: desk.statuses(contact, seq))
    assert desk.statuses(contact, seq) == ["uncertain"]
    assert post[0].brought == ["one"]
    later = (await desk.act(contact, "messages", id="agent-0002", parts=[{"type": "text", "text": "two"}]))["seq"]
    await desk.until(lambda: "sent" in desk.statuses(contact, later))
    assert post[0].brought == ["one", "two"]
    await desk.close()


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_killed_between_the_reserved_seat_and_the_offer(server: Served, line: FakeLine, moment: str) -> None:
    """Fault 4: the seat's load is the number of its contacts right after the restart, and the offer reaches the agent."""
    desk = await server.desk("ann")
    await desk.listen()
    for name in ("Uma", "Vic"):
        event = line.webhooks.text(line.person(name), name)
        assert (await line.webhooks.deliver(f"{server.url}/hooks/line", event)).accepted
    server.die(f"{moment} offered")
    with suppress(aiohttp.ClientError):  # the state is committed; whether its answer still got out is not the question
        await desk.ready()
    await server.killed()
    offers = rows(server, "SELECT count(*) FROM contact WHERE state = 'offered'")[0][0]
    assert offers == 0 if moment == "before" else offers > 0
    await comes_back(server, desk)
    await desk.until(lambda: [c["state"] for c in desk.contacts.values()].count("offered") == 2)
    seat = (await server.ask("GET", "/desk/contacts", desk.token))["seat"]
    assert (seat["load"], len(seat["carries"])) == (20, 2)
    for contact in list(desk.contacts):
        await desk.act(contact, "accept")
        await desk.act(contact, "wrap-up")
    seat = (await server.ask("GET", "/desk/contacts", desk.token))["seat"]
    assert (seat["load"], seat["carries"]) == (0, [])
    await desk.close()
