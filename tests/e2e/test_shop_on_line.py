"""The main job on LINE, over real sockets: the server in a process of its own, and a LINE that speaks the platform's bytes."""

from __future__ import annotations

import io
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.fake_line import FakeLine, Fault
from tests.e2e.shop import Agent, Shop, until
from tests.hostile.invariants import complaints


def picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "orange").save(drawn, "JPEG")
    return drawn.getvalue()


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


def texts(line: FakeLine) -> list[tuple[str, str]]:
    """What reached the customers: how, and which words."""
    return [(sent.by, sent.message["text"]) for sent in line.sent if sent.message["type"] == "text"]


async def test_from_first_word_to_wrap_up(line: FakeLine, shop: Shop) -> None:
    ann = line.person("Ann")
    async with Agent(shop, "anna") as anna:
        assert (await line.webhooks.deliver(shop.hook, line.webhooks.text(ann, "你好 👋 where is my order?"))).accepted
        contact, epoch = await anna.accept()
        path = f"/desk/contacts/{contact}"

        photo = line.webhooks.media(ann, "image", picture(), "image/jpeg", pending=1)
        place = line.webhooks.message(ann, "location", title="Home", address="1 Street", latitude=35.6, longitude=139.7)
        regret = line.webhooks.text(ann, "never mind")
        assert (await line.webhooks.deliver(shop.hook, photo, place, regret)).accepted
        await until(lambda: any(entry["body"].get("ready") for entry in anna.entries("media")))
        assert (await line.webhooks.deliver(shop.hook, line.webhooks.unsend(regret))).accepted
        await until(lambda: bool(anna.entries("recalled")))

        said = {"epoch": epoch, "id": str(uuid.uuid4()), "parts": [{"type": "text", "text": "It leaves today."}]}
        first = await anna.post(f"{path}/messages", **said)
        again = await anna.post(f"{path}/messages", **said)
        assert (again["seq"], again["again"]) == (first["seq"], True)
        choices = {
            "type": "choices",
            "text": "Is that all right?",
            "options": [{"label": "Yes", "payload": "yes"}, {"label": "No", "payload": "no"}],
        }
        await anna.post(f"{path}/messages", epoch=epoch, id=str(uuid.uuid4()), parts=[choices])
        await until(lambda: len(line.sent) >= 2)
        assert texts(line) == [("reply", "It leaves today."), ("push", "Is that all right?")]
        assert len(line.sent[1].message["quickReply"]["items"]) == 2

        kept = await anna.get(path)
        spoken = [
            entry["body"] for entry in kept["entries"] if entry["kind"] == "message" and entry["by"] == "customer"
        ]
        assert spoken[0]["parts"][0]["text"] == "你好 👋 where is my order?"
        assert spoken[1]["parts"][0]["type"] == "image"
        assert spoken[2]["parts"][0]["title"] == "Home"
        assert spoken[3].get("redacted")
        assert "never mind" not in str(kept)
        assert kept["contact"]["name"] == "Ann"

        async with Agent(shop, "ben") as ben:
            await anna.post(f"{path}/transfer", epoch=epoch, agent="ben", note="She wants it today.")
            contact, epoch = await ben.accept()
            assert [entry["body"]["text"] for entry in (await ben.get(path))["entries"] if entry["kind"] == "note"] == [
                "She wants it today."
            ]
            done = await ben.post(f"{path}/wrap-up", epoch=epoch, code="sent")
            assert done["state"] == "closed"
    assert complaints(shop.database) == []


@pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.RATE_LIMIT, Fault.LOST_ANSWER, Fault.LOST_REQUEST, Fault.SLOW])
async def test_whatever_goes_wrong_on_the_way_out_the_customer_hears_it_once(
    line: FakeLine, shop: Shop, fault: Fault
) -> None:
    ann = line.person("Ann")
    async with Agent(shop, "anna") as anna:
        await line.webhooks.deliver(shop.hook, line.webhooks.text(ann, "hello"))
        contact, epoch = await anna.accept()
        path = f"/desk/contacts/{contact}/messages"
        await anna.post(path, epoch=epoch, id=str(uuid.uuid4()), parts=[{"type": "text", "text": "Good morning."}])
        line.fail(fault, path="/v2/bot/message/push")
        await anna.post(path, epoch=epoch, id=str(uuid.uuid4()), parts=[{"type": "text", "text": "Here I am."}])
        await until(lambda: sum(e["body"]["status"] == "sent" for e in anna.entries("status")) == 2, 40)
    assert texts(line) == [("reply", "Good morning."), ("push", "Here I am.")]


async def test_a_webhook_that_line_did_not_sign_leaves_nothing(line: FakeLine, shop: Shop) -> None:
    delivery = await line.webhooks.deliver(
        shop.hook, line.webhooks.text(line.person(), "hello"), forged="bm90IHNpZ25lZA=="
    )
    assert delivery.status == 401
    async with Agent(shop, "anna") as anna:
        assert (await anna.get("/desk/contacts"))["contacts"] == []
