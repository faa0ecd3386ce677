"""kill -9 at each step of a robot's contact, in a real process: every word is answered once, by whom it is for, and in its order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import aiohttp
import pytest

from tests.e2e.served import PASSWORD, Desk, Served
from ucs.store.invariants import complaints

PLUGINS = """
[adapters]
webchat = "adapters.webchat:Webchat"
[robots]
clerk = "tests.e2e.clerk:Clerk"
"""
CENTER = f"""
[acme.queue.support]
[acme.agent.ann]
password = "{PASSWORD}"
skills = {{ support = 1 }}
[acme.robot.front]
robot = "clerk"
config.thinks = THINKS
[acme.channel.site]
adapter = "webchat"
queue = "support"
[acme.channel.site.robot]
robot = "front"
"""
T = TypeVar("T")
MOMENTS = ("before", "after")


class Person:
    """Somebody at a page: what could not be said is said again, with the same id, when the server is back."""

    def __init__(self, server: Served, token: str) -> None:
        self.server = server
        self.token = token

    async def say(self, text: str, id: str) -> None:
        body = {"id": id, "parts": [{"type": "text", "text": text}]}
        try:
            await self.server.ask("POST", "/chat/messages", self.token, json=body)
        except aiohttp.ClientError:
            await self.server.killed()
            await self.server.start()
            await self.server.ask("POST", "/chat/messages", self.token, json=body)

    async def seen(self) -> tuple[str, list[str]]:
        """The contact's state, and what was said in it."""
        found = await self.server.ask("GET", "/chat/entries", self.token)
        said = [each for each in found["entries"] if each["kind"] == "message"]
        return found["contact"]["state"], [f"{each['by']}: {each['body']['parts'][0]['text']}" for each in said]

    async def reads(self, *said: str) -> None:
        await until_is(self.seen, lambda seen: seen[1] == list(said))

    async def comes_to(self, state: str) -> None:
        await until_is(self.seen, lambda seen: seen[0] == state)


async def until_is(look: Callable[[], Awaitable[T]], holds: Callable[[T], bool]) -> None:
    seen: list[T] = []
    for _ in range(150):
        seen.append(await look())
        if holds(seen[-1]):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"it never came to that: {seen[-1]}")


@pytest.fixture
def thinks() -> float:
    """For so many seconds, before it answers."""
    return 0.3


@pytest.fixture
async def server(tmp_path: Path, thinks: float) -> AsyncIterator[Served]:
    async with Served(tmp_path, CENTER.replace("THINKS", str(thinks)), PLUGINS, mortal=True) as server:
        yield server


@pytest.fixture
async def person(server: Served) -> Person:
    return Person(server, (await server.ask("POST", "/chat/site/session", json={}))["token"])


async def dies(server: Served) -> None:
    await server.killed()
    await server.start()


def well(server: Served) -> None:
    assert complaints(server.data / "ucs.db") == []


@pytest.mark.parametrize("moment", MOMENTS)
async def test_killed_when_the_robot_gets_the_contact(server: Served, person: Person, moment: str) -> None:
    server.die(f"{moment} robot_joined")
    await person.say("hello", "word-0001")
    await person.reads("customer: hello", "robot: 1: hello")
    well(server)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_killed_when_the_robot_answers(server: Served, person: Person, moment: str) -> None:
    """Before the commit it is asked again and answers once; after it the answer stands, and so does its memory."""
    server.die(f"{moment} message robot:front")
    await person.say("one", "word-0001")
    await dies(server)
    await person.reads("customer: one", "robot: 1: one")
    await person.say("two", "word-0002")
    await person.reads("customer: one", "robot: 1: one", "customer: two", "robot: 2: two")
    well(server)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_killed_when_the_robot_hands_over(server: Served, person: Person, moment: str) -> None:
    ann = await server.desk("ann")
    await ann.ready()
    server.die(f"{moment} handed_over")
    await person.say("my order", "word-0001")
    await dies(server)
    await ann.listen()
    contact = await ann.offered()
    seen = await server.ask("GET", f"/desk/contacts/{contact}", ann.token)
    assert [each["body"]["summary"] for each in seen["entries"] if each["kind"] == "handed_over"] == ["my order"]
    assert seen["contact"]["slots"] == {"said": "my order"}
    well(server)
    await ann.close()


async def talking(server: Served, person: Person) -> tuple[Desk, str]:
    ann = await server.desk("ann")
    await ann.ready()
    await person.say("my order", "word-0001")
    await ann.listen()
    contact = await ann.offered()
    await ann.act(contact, "accept")
    return ann, contact


@pytest.mark.parametrize("moment", MOMENTS)
async def test_killed_when_the_agent_gives_back(server: Served, person: Person, moment: str) -> None:
    """The agent's screen heard nothing: it gives back again, and is refused if it had been done."""
    ann, contact = await talking(server, person)
    await ann.act(contact, "messages", id="agent-0001", parts=[{"type": "text", "text": "It is here."}])
    await person.say("and now?", "word-0002")
    server.die(f"{moment} given_back")
    with pytest.raises(aiohttp.ClientError):
        await ann.act(contact, "give-back", summary="Done.")
    await dies(server)
    if moment == "before":
        await ann.close()
        await ann.listen()
        await ann.act(contact, "give-back", summary="Done.")
    await person.comes_to("robot")
    await until_is(person.seen, lambda seen: seen[1][-1] == "robot: 2: and now?")
    well(server)
    await ann.close()


@pytest.mark.parametrize("thinks", [8.0])  # longer than it takes to press a button, on any machine
async def test_killed_while_the_customer_asks_for_a_human(server: Served, person: Person) -> None:
    """The turn that is under way when everything stops is dropped after the start: nobody waits for it."""
    await person.say("one", "word-0001")
    server.die("after asked_for_human")
    with pytest.raises(aiohttp.ClientError):
        await server.ask("POST", "/chat/human", person.token)
    await dies(server)
    await person.comes_to("queued")
    await server.ask("POST", "/chat/human", person.token)  # pressing again changes nothing
    await person.reads("customer: one")
    well(server)
