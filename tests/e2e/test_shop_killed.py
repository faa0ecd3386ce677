"""`kill -9` in the middle of work, in a real process: what was acknowledged is there, and what is repeated is there once."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from tests.e2e.fake_line import FakeLine, Fault
from tests.e2e.shop import Agent, Shop, until
from tests.hostile.invariants import complaints


@pytest.fixture
async def line() -> AsyncIterator[FakeLine]:
    async with FakeLine() as line:
        yield line


@pytest.fixture
async def shop(tmp_path: Path, line: FakeLine) -> AsyncIterator[Shop]:
    shop = Shop(tmp_path, line)
    await shop.start()
    yield shop
    shop.stop()


def stored(shop: Shop) -> Counter[str]:
    """How often each text of a customer stands in the store."""
    with closing(sqlite3.connect(shop.database)) as connection:
        rows = connection.execute("SELECT body FROM entry WHERE kind = 'message' AND by = 'customer'").fetchall()
    return Counter(orjson.loads(body)["parts"][0]["text"] for (body,) in rows)


@pytest.mark.parametrize("after", [0.01, 0.03, 0.06, 0.1])
async def test_between_commit_and_answer_nothing_is_lost_and_nothing_doubled(
    line: FakeLine, shop: Shop, after: float
) -> None:
    people = [line.person(f"P{number}") for number in range(20)]
    events = [line.webhooks.text(people[number % 20], f"word {number}") for number in range(200)]
    deliveries = [asyncio.create_task(line.webhooks.deliver(shop.hook, event)) for event in events]
    await asyncio.sleep(after)
    shop.kill()
    answered = [event for event, one in zip(events, await asyncio.gather(*deliveries), strict=True) if one.accepted]
    before = stored(shop)
    assert all(before[event["message"]["text"]] == 1 for event in answered), "acknowledged, and not on disk"
    await shop.start()
    for start in range(0, len(events), 50):
        await asyncio.gather(*(line.webhooks.redeliver(shop.hook, event) for event in events[start : start + 50]))
    assert stored(shop) == Counter(event["message"]["text"] for event in events)
    assert complaints(shop.database) == []


async def test_between_commit_and_effect_the_customer_hears_it_once(line: FakeLine, shop: Shop) -> None:
    """LINE has taken the push when the server dies without having heard so: the retry key makes the second try harmless."""
    line.slowness = 30.0
    async with Agent(shop, "anna") as anna:
        await line.webhooks.deliver(shop.hook, line.webhooks.text(line.person(), "hello"))
        contact, epoch = await anna.accept()
        path = f"/desk/contacts/{contact}/messages"
        await anna.post(path, epoch=epoch, id=str(uuid.uuid4()), parts=[{"type": "text", "text": "Good morning."}])
        line.fail(Fault.SLOW, path="/v2/bot/message/push")
        await anna.post(path, epoch=epoch, id=str(uuid.uuid4()), parts=[{"type": "text", "text": "Here I am."}])
        await until(lambda: len(line.sent) == 2)
        shop.kill()
    await shop.start()
    pushes = lambda: [call for call in line.calls if call.path == "/v2/bot/message/push"]  # noqa: E731
    await until(lambda: any(call.status == 409 for call in pushes()), 20)
    assert [sent.message["text"] for sent in line.sent] == ["Good morning.", "Here I am."]
    keys = {call.headers.get("X-Line-Retry-Key") or call.headers.get("x-line-retry-key") for call in pushes()}
    assert len(keys) == 1
    async with Agent(shop, "anna") as anna:
        entries = (await anna.get(f"/desk/contacts/{contact}"))["entries"]
        assert [entry["body"]["status"] for entry in entries if entry["kind"] == "status"][-1] == "sent"


async def test_a_contact_in_the_middle_of_everything_is_there_again(line: FakeLine, shop: Shop) -> None:
    """Words after the last written row are heard again from the timeline; the seat still carries what it carried."""
    ann = line.person("Ann")
    async with Agent(shop, "anna") as anna:
        await line.webhooks.deliver(shop.hook, line.webhooks.text(ann, "one"))
        contact, epoch = await anna.accept()
        for word in ("two", "three", "four"):
            await line.webhooks.deliver(shop.hook, line.webhooks.text(ann, word))
        before = (await anna.get(f"/desk/contacts/{contact}"))["contact"]
        shop.kill()
    await shop.start()
    async with Agent(shop, "anna") as anna:
        now = await anna.get(f"/desk/contacts/{contact}")
        assert {**now["contact"], "name": ""} == {**before, "name": ""}
        words = [entry["body"]["parts"][0]["text"] for entry in now["entries"] if entry["kind"] == "message"]
        assert words == ["one", "two", "three", "four"]
        text = [{"type": "text", "text": "still here"}]
        await anna.post(f"/desk/contacts/{contact}/messages", epoch=epoch, id=str(uuid.uuid4()), parts=text)
    assert complaints(shop.database) == []
