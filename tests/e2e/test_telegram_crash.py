"""1,000 updates while the server dies again and again, at commits and anywhere: all of them are stored once, and in order."""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from pathlib import Path

import pytest

from adapters.telegram.fake import FakeTelegram
from tests.e2e.served import PASSWORD, Served, secret, until
from tests.e2e.test_crash import rows

UPDATES, PEOPLE, DEATHS = 1000, 8, 4
PUBLIC = "https://ucs.example"
SECRET = "a-secret-that-telegram-repeats"
PLUGINS = '[adapters]\ntelegram = "adapters.telegram:Telegram"\n'
CENTER = """
[acme.queue.support]
[acme.agent.ann]
password = "{password}"
skills = {{ support = 9 }}
[acme.channel.telegram]
adapter = "telegram"
queue = "support"
[acme.channel.telegram.config]
mode = "{mode}"
token = "{token}"
secret_token = "{secret}"
poll_for = 1
api_base = "{base}"
"""


async def write(telegram: FakeTelegram, numbers: range) -> None:
    """Everybody writes in turn, ten lines at a time, for a second or two."""
    people = list(telegram.chats.values())
    for number in numbers:
        telegram.writes(people[number % PEOPLE], text=f"line {number}")
        if number % 10 == 9:
            await asyncio.sleep(0.05)


async def deliver(telegram: FakeTelegram) -> None:
    """As Telegram does: one after the other, and again what was not taken."""
    while True:
        await telegram.deliver()
        await asyncio.sleep(0.02)


async def die(server: Served, telegram: FakeTelegram, moment: str, chance: random.Random) -> None:
    """While people write: at the next commit of a message, before it or after it, or at no particular moment. And live again."""
    await asyncio.sleep(chance.uniform(0.0, 0.7))
    if moment:
        server.die(f"{moment} message")
        await server.killed()
    else:
        await server.kill()
    await server.start()
    telegram.reached[PUBLIC] = server.url


def as_stored(server: Served) -> dict[str, list[str]]:
    """What each customer said, in the order of the timeline."""
    query = (
        "SELECT contact.address, entry.body FROM entry JOIN contact ON contact.id = entry.contact "
        "WHERE entry.kind = 'message' AND entry.by = 'customer' ORDER BY contact.opened_at, entry.contact, entry.seq"
    )
    said: dict[str, list[str]] = defaultdict(list)
    for address, body in rows(server, query):
        said[address].append(json.loads(body)["parts"][0]["text"])
    return said


@pytest.mark.parametrize("mode", ["webhook", "polling"])
async def test_all_are_stored_once_and_in_order(tmp_path: Path, mode: str) -> None:
    chance = random.Random(20260302)
    async with FakeTelegram() as telegram:
        center = CENTER.format(
            password=PASSWORD,
            mode=mode,
            token=secret(tmp_path, "token", telegram.token),
            secret=secret(tmp_path, "secret", SECRET),
            base=telegram.base,
        )
        async with Served(tmp_path, center, PLUGINS, mortal=True) as server:
            if mode == "webhook":
                telegram.webhook, telegram.secret = f"{PUBLIC}/hooks/telegram", SECRET
                telegram.reached[PUBLIC] = server.url
            for number in range(PEOPLE):
                telegram.person(f"Person {number}")
            delivering = asyncio.create_task(deliver(telegram)) if mode == "webhook" else None
            share = UPDATES // DEATHS
            for death, moment in enumerate(("before", "", "after", "")):
                writing = asyncio.create_task(write(telegram, range(death * share, (death + 1) * share)))
                await die(server, telegram, moment, chance)
                await writing
            await until(lambda: not telegram.pending, 30, lambda: server.output[-3000:])
            if delivering is not None:
                delivering.cancel()
            wanted = {
                str(person.id): [f"line {number}" for number in range(place, UPDATES, PEOPLE)]
                for place, person in enumerate(telegram.chats.values())
            }
            assert as_stored(server) == wanted
            assert rows(server, "SELECT count(*) FROM contact") == [(PEOPLE,)]
