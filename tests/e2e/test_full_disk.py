"""A disk that is full, for the whole server at once: its store, its files and its log. Who is refused hears it, what went out is
written down as soon as there is room, and nobody has to start anything again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.served import PASSWORD, Desk, Served, secret
from tests.e2e.test_crash import Post, post
from ucs.store.invariants import complaints

__all__ = ["post"]  # a fixture

PLUGINS = """
[adapters]
webchat = "adapters.webchat:Webchat"
parcel = "tests.e2e.mortal:Parcel"
[robots]
webhook = "robots.webhook:Webhook"
"""
CENTER = """
[acme.queue.support]
[acme.agent.ann]
password = "{password}"
skills = {{ support = 1 }}
[acme.robot.front]
robot = "webhook"
config = {{ url = "http://127.0.0.1:9/", secret = "{secret}" }}
[acme.channel.site]
adapter = "webchat"
queue = "support"
[acme.channel.site.robot]
robot = "front"
[acme.channel.parcel]
adapter = "parcel"
queue = "support"
config.url = "{post}"
"""


@pytest.fixture
async def server(tmp_path: Path, post: tuple[Post, str]) -> AsyncIterator[Served]:
    async with Served(
        tmp_path, CENTER.format(password=PASSWORD, post=post[1], secret=secret(tmp_path, "robot", "s" * 40)), PLUGINS
    ) as server:
        yield server
    assert complaints(server.data / "ucs.db") == []


async def talking(server: Served) -> tuple[Desk, str]:
    desk = await server.desk("ann")
    await desk.listen()
    await desk.ready()
    parcel = {"data": b'["hello"]', "headers": {"X-Parcel": "ours"}}
    async with server.session.post(f"{server.url}/hooks/parcel", **parcel) as answer:
        assert answer.status == 200
    contact = await desk.offered()
    await desk.act(contact, "accept")
    return desk, contact


async def refused(server: Served, path: str, token: str, body: object) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with server.session.post(server.url + path, json=body, headers=headers) as answer:
        assert answer.status == 503, await answer.text()


async def test_what_had_gone_out_is_written_down_when_there_is_room(server: Served, post: tuple[Post, str]) -> None:
    """The platform takes the message, and then the disk is full: it is not sent again, and what stands behind it goes out, too."""
    desk, contact = await talking(server)
    post[0].may_answer.clear()
    words = {n: [{"type": "text", "text": n}] for n in ("one", "two", "three")}
    first = (await desk.act(contact, "messages", id="agent-one", parts=words["one"]))["seq"]
    second = (await desk.act(contact, "messages", id="agent-two", parts=words["two"]))["seq"]
    await desk.until(lambda: post[0].brought == ["one"])
    server.room(1)
    body = {"id": "agent-three", "parts": words["three"], "epoch": desk.contacts[contact]["epoch"]}
    await refused(server, f"/desk/contacts/{contact}/messages", desk.token, body)
    post[0].may_answer.set()
    await asyncio.sleep(2)  # the platform has answered, and nobody can write that down
    server.room()
    await desk.until(lambda: "sent" in desk.statuses(contact, first) and "sent" in desk.statuses(contact, second), 40)
    third = (await desk.act(contact, "messages", id="agent-three", parts=words["three"]))["seq"]
    await desk.until(lambda: "sent" in desk.statuses(contact, third))
    assert post[0].brought == ["one", "two", "three"]
    await desk.close()


async def test_a_log_without_room_keeps_no_customer_from_a_human(server: Served) -> None:
    """The robot is not there, which is worth a line in the log."""
    await server.stop()
    server.errors = Path("/dev/full")
    await server.start()
    desk = await server.desk("ann")
    await desk.listen()
    await desk.ready()
    token = (await server.ask("POST", "/chat/site/session", json={}))["token"]
    hello = {"id": "hello-0001", "parts": [{"type": "text", "text": "Hi"}]}
    await server.ask("POST", "/chat/messages", token, json=hello)
    await desk.offered()
    await desk.close()


async def test_a_customer_hears_no_ok_and_repeats_it(server: Served) -> None:
    token = (await server.ask("POST", "/chat/site/session", json={}))["token"]
    words = [{"id": f"word-000{n}", "parts": [{"type": "text", "text": f"{n}"}]} for n in range(3)]
    await server.ask("POST", "/chat/messages", token, json=words[0])
    server.room(1)
    for word in words[1:]:
        await refused(server, "/chat/messages", token, word)
    upload = {"data": b"x" * 100_000, "headers": {"Authorization": f"Bearer {token}", "X-File-Name": "a.txt"}}
    async with server.session.post(f"{server.url}/chat/media", **upload) as answer:
        assert answer.status == 503, await answer.text()
    found = await server.ask("GET", "/chat/entries", token)  # what is there can be read
    assert [line["body"]["client"] for line in found["entries"] if line["by"] == "customer"] == ["word-0000"]
    server.room()
    for word in words:
        await server.ask("POST", "/chat/messages", token, json=word)
    async with server.session.post(f"{server.url}/chat/media", **upload) as answer:
        assert answer.status == 201, await answer.text()
    found = await server.ask("GET", "/chat/entries", token)
    said = [line["body"]["client"] for line in found["entries"] if line["by"] == "customer"]
    assert said == ["word-0000", "word-0001", "word-0002"]
