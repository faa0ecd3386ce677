"""The fake Telegram held to what the Bot API does: a fake that is kinder than the platform makes every other test lie."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from adapters.telegram.fake import FakeTelegram, Fault
from adapters.telegram.fake.state import REFUSALS
from channels.parts import Image as Photo
from channels.parts import MediaRef
from tests.e2e.served import until

Ask = Any


def picture(width: int = 32, height: int = 32) -> bytes:
    content = BytesIO()
    Image.new("RGB", (width, height)).save(content, "PNG")
    return content.getvalue()


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def ask(telegram: FakeTelegram) -> AsyncIterator[Ask]:
    """Calls a method with a form, and with files as `(name, type, bytes)`; gives the status and the answer."""
    async with aiohttp.ClientSession() as session:

        async def asked(method: str, token: str = "", **given: Any) -> tuple[int, Any]:
            form = aiohttp.FormData()
            for name, value in given.items():
                if isinstance(value, tuple):
                    form.add_field(name, BytesIO(value[2]), filename=value[0], content_type=value[1])
                else:
                    form.add_field(name, value if isinstance(value, str) else orjson.dumps(value).decode())
            async with session.post(f"{telegram.base}/bot{token or telegram.token}/{method}", data=form) as answer:
                return answer.status, orjson.loads(await answer.read())

        yield asked


PAIR = [{"type": "photo", "media": "attach://a"}] * 2
KEYS = {"inline_keyboard": [[{"text": "Red", "callback_data": "red"}]]}


@pytest.mark.parametrize(
    ("method", "given", "status", "says"),
    [
        ("sendMessage", {"text": "Hi"}, 200, ""),
        ("SENDMESSAGE", {"text": "Hi", "reply_markup": KEYS}, 200, ""),
        ("sendMessage", {"text": " "}, 400, "text is empty"),
        ("sendMessage", {"text": "😀" * 2048}, 200, ""),
        ("sendMessage", {"text": "😀" * 2048 + "a"}, 400, "is too long"),
        ("sendMessage", {"text": "Hi", "chat_id": "1"}, 400, "chat not found"),
        ("sendMessage", {"text": "Hi", "chat_id": "@shop"}, 400, "chat not found"),
        ("sendMessage", {"text": "Hi", "mood": "good"}, 400, "unknown parameter mood"),
        ("sendMessage", {"text": "Hi", "reply_parameters": {"message_id": 99}}, 400, "to be replied not found"),
        (
            "sendMessage",
            {"text": "Hi", "reply_parameters": {"message_id": 99, "allow_sending_without_reply": True}},
            200,
            "",
        ),
        ("sendMessage", {"text": "Hi", "reply_markup": {"inline_keyboard": [[{"text": "A"}]]}}, 400, "can't parse"),
        (
            "sendMessage",
            {"text": "Hi", "reply_markup": {"inline_keyboard": [[{"text": "A", "callback_data": "x" * 65}]]}},
            400,
            "BUTTON_DATA_INVALID",
        ),
        (
            "sendMessage",
            {"text": "Hi", "reply_markup": {"inline_keyboard": [[{"text": "A", "url": "tel:+49"}]]}},
            400,
            "is invalid",
        ),
        ("sendPhoto", {"photo": ("a.png", "image/png", picture())}, 200, ""),
        ("sendPhoto", {"photo": ("a.png", "image/png", picture()), "caption": "a" * 1025}, 400, "caption is too long"),
        ("sendPhoto", {"photo": ("a.png", "image/png", picture(400, 10))}, 400, "PHOTO_INVALID_DIMENSIONS"),
        ("sendPhoto", {"photo": ("a.png", "image/png", b"no picture")}, 400, "IMAGE_PROCESS_FAILED"),
        ("sendPhoto", {"photo": ("a.png", "image/png", b"\0" * 10_000_001)}, 413, "Too Large"),
        ("sendPhoto", {}, 400, "no photo"),
        ("sendDocument", {"document": ("a.txt", "text/plain", b"")}, 400, "non-empty"),
        ("sendMediaGroup", {"media": PAIR, "a": ("a.png", "image/png", picture())}, 200, ""),
        ("sendMediaGroup", {"media": PAIR[:1], "a": ("a.png", "image/png", picture())}, 400, "wrong number"),
        ("sendMediaGroup", {"media": PAIR * 6, "a": ("a.png", "image/png", picture())}, 400, "wrong number"),
        ("sendMediaGroup", {"media": PAIR}, 400, "no photo"),
        ("sendMediaGroup", {"media": [*PAIR, {"type": "document", "media": "attach://a"}]}, 400, "go together"),
        ("sendMediaGroup", {"media": PAIR, "reply_markup": {"inline_keyboard": []}}, 400, "unknown parameter"),
        ("sendSticker", {"sticker": "kept"}, 200, ""),
        ("sendSticker", {"sticker": "446/1988"}, 400, "wrong file identifier"),
        ("sendLocation", {"latitude": 52.5, "longitude": 13.4}, 200, ""),
        ("sendLocation", {"latitude": 152.5, "longitude": 13.4}, 400, "wrong latitude"),
        ("sendVenue", {"latitude": 52.5, "longitude": 13.4, "title": "A"}, 400, "address is required"),
        ("sendContact", {"phone_number": "+49", "first_name": "Ann"}, 200, ""),
        ("sendContact", {"phone_number": "+49", "first_name": "Ann", "vcard": "a" * 2049}, 400, "vcard"),
        ("sendChatAction", {"action": "typing"}, 200, ""),
        ("sendChatAction", {"action": "thinking"}, 400, "wrong parameter action"),
        ("deleteMessage", {"message_id": 1}, 200, ""),
        ("deleteMessage", {"message_id": 9}, 400, "to delete not found"),
        ("answerCallbackQuery", {"callback_query_id": "1"}, 400, "query is too old"),
        ("getChat", {}, 200, ""),
        ("getMe", {}, 200, ""),
        ("getFile", {"file_id": "kept"}, 200, ""),
        ("getFile", {"file_id": "large"}, 400, "file is too big"),
        ("getFile", {"file_id": "other"}, 400, "invalid file_id"),
        ("sendThought", {}, 404, "method not found"),
        ("setWebhook", {"url": "https://a.example", "secret_token": "a b"}, 400, "unallowed characters"),
        ("setWebhook", {"url": "http://a.example"}, 400, "HTTPS URL"),
        ("setWebhook", {"url": "https://a.example:8080/"}, 400, "HTTPS URL"),
    ],
)
async def test_what_a_call_leads_to(
    telegram: FakeTelegram, ask: Ask, method: str, given: dict[str, Any], status: int, says: str
) -> None:
    ann = telegram.person()
    ann.next_message()
    telegram.keeps("kept", b"x", "image/webp", "stickers/a.webp")
    telegram.keeps("large", b"x", "video/mp4", "videos/a.mp4", size=(20 << 20) + 1)
    found, answer = await ask(method, **{"chat_id": str(ann.id), **given})
    assert found == status
    assert answer["ok"] is (status == 200)
    assert says in answer.get("description", "")


async def test_people_and_groups_that_cannot_be_written_to(telegram: FakeTelegram, ask: Ask) -> None:
    shy, gone, moved = telegram.person(started=False), telegram.person(blocked=True), telegram.group(id=-5)
    moved.moved_to = -1009
    for chat, status, says in (
        (shy, 403, "can't initiate"),
        (gone, 403, "blocked by the user"),
        (moved, 400, "upgraded"),
    ):
        found, answer = await ask("sendMessage", chat_id=str(chat.id), text="Hi")
        assert (found, says in answer["description"]) == (status, True)
    assert answer["parameters"] == {"migrate_to_chat_id": -1009}


async def test_who_may_call(telegram: FakeTelegram, ask: Ask) -> None:
    assert (await ask("getMe", token="7000000001:" + "B" * 35))[0] == 401
    assert (await ask("getMe", token="nonsense"))[0] == 401
    async with aiohttp.ClientSession() as session:
        async with session.get(telegram.base + "/elsewhere") as answer:
            assert answer.status == 404
        telegram.keeps("kept", b"bytes", "image/webp", "stickers/a.webp")
        for token, status in ((telegram.token, 200), ("7:B", 404)):
            async with session.get(f"{telegram.base}/file/bot{token}/stickers/a.webp") as answer:
                assert answer.status == status


async def test_updates_are_asked_for_until_they_are_forgotten(telegram: FakeTelegram, ask: Ask) -> None:
    ann = telegram.person()
    one, two = telegram.writes(ann, text="one"), telegram.writes(ann, text="two")
    assert [(await ask("getUpdates"))[1]["result"] for _ in range(2)] == [[one, two]] * 2
    assert (await ask("getUpdates", offset=two["update_id"]))[1]["result"] == [two]
    assert (await ask("getUpdates"))[1]["result"] == [two]
    waits = asyncio.create_task(ask("getUpdates", offset=two["update_id"] + 1, timeout=20))
    await until(lambda: telegram.polled_by == 5, 5, lambda: "nobody asks")
    three = telegram.writes(ann, text="three")
    assert (await waits)[1]["result"] == [three]
    older = asyncio.create_task(ask("getUpdates", offset=three["update_id"] + 1, timeout=20))
    await until(lambda: telegram.polled_by == 6, 5, lambda: "nobody asks")
    assert (await ask("getUpdates", offset=three["update_id"] + 1))[1]["result"] == []
    assert (await older)[1]["description"].startswith("Conflict: terminated by other")
    await ask("setWebhook", url="https://a.example")
    assert (await ask("getUpdates"))[0] == 409


async def test_a_webhook_gets_each_update_once_in_order_and_may_call_inside_its_answer(
    telegram: FakeTelegram, ask: Ask
) -> None:
    got: list[Any] = []

    async def hook(request: web.Request) -> web.Response:
        update = await request.json()
        if request.headers.get("X-Telegram-Bot-Api-Secret-Token") != "s3cret" or len(got) == 2:
            return web.Response(status=500)
        got.append(update)
        if "callback_query" in update:
            said = {"method": "answerCallbackQuery", "callback_query_id": update["callback_query"]["id"]}
            return web.json_response(said)
        return web.Response()

    application = web.Application()
    application.router.add_post("/", hook)
    async with TestServer(application) as server:
        telegram.reached["https://a.example:8443"] = str(server.make_url("")).rstrip("/")
        assert (await ask("getWebhookInfo"))[1]["result"]["url"] == ""
        await ask("setWebhook", url="https://a.example:8443/", secret_token="s3cret", allowed_updates=["message"])
        ann = telegram.person()
        one, press, two = telegram.writes(ann, text="one"), telegram.taps(ann, 1, "red", KEYS), telegram.writes(ann)
        assert await telegram.deliver() == [200, 200, 500]
        assert got == [one, press]
        assert telegram.pending == [two]
        assert telegram.heard == [press["callback_query"]["id"]]
        told = (await ask("getWebhookInfo"))[1]["result"]
        assert (told["url"], told["allowed_updates"]) == ("https://a.example:8443/", ["message"])
        assert (told["pending_update_count"], "500" in told["last_error_message"]) == (1, True)


async def test_faults(telegram: FakeTelegram, ask: Ask) -> None:
    ann = str(telegram.person().id)
    telegram.fail(Fault.RATE_LIMIT, Fault.BROKEN, Fault.LOST_REQUEST, Fault.LOST_ANSWER, method="sendMessage")
    status, answer = await ask("sendMessage", chat_id=ann, text="Hi")
    assert (status, answer["parameters"]) == (429, {"retry_after": 1})
    with pytest.raises(orjson.JSONDecodeError):
        await ask("sendMessage", chat_id=ann, text="Hi")
    for sent in (0, 1):
        with pytest.raises(aiohttp.ClientError):
            await ask("sendMessage", chat_id=ann, text="Hi")
        assert len(telegram.sent) == sent


async def test_what_people_do_with_a_message_is_told_as_telegram_tells_it(telegram: FakeTelegram, ask: Ask) -> None:
    telegram.allowed_updates = ["message", "message_reaction"]
    ann = telegram.person()
    said = telegram.writes(ann, text="the blue one")["message"]
    answer = (await ask("sendMessage", chat_id=str(ann.id), text="Which?"))[1]["result"]
    assert (answer["from"]["is_bot"], answer["text"]) == (True, "Which?")
    reworded = telegram.rewords(ann, said["message_id"], text="the red one")["edited_message"]
    assert reworded == said | {"text": "the red one", "edit_date": reworded["edit_date"]}
    assert said["text"] == "the blue one"  # what has been told is not changed afterwards
    quoted = telegram.quotable(ann, answer["message_id"])
    assert quoted == answer
    reply = telegram.writes(ann, text="that", reply_to_message=quoted)["message"]
    assert "reply_to_message" not in telegram.quotable(ann, reply["message_id"])  # one deep
    change = telegram.reacts_to(ann, answer["message_id"], "👍", "🔥")
    assert change is not None
    reaction = change["message_reaction"]
    assert (reaction["message_id"], reaction["user"]["id"]) == (answer["message_id"], ann.id)
    assert reaction["old_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    assert reaction["new_reaction"] == [{"type": "emoji", "emoji": "🔥"}]


@pytest.mark.parametrize("wanted", [None, ["message"]])
def test_reactions_are_told_to_those_who_ask_for_them(wanted: list[str] | None) -> None:
    telegram = FakeTelegram()
    telegram.allowed_updates = wanted
    assert telegram.reacts_to(telegram.person(), 1, "", "👍") is None


async def test_an_album_is_told_in_order_one_after_the_other(telegram: FakeTelegram) -> None:
    got: list[Any] = []
    waiting = 0

    async def hook(request: web.Request) -> web.Response:
        nonlocal waiting
        waiting += 1
        got.append((await request.json())["message"] | {"at once": waiting})
        await asyncio.sleep(0)
        waiting -= 1
        return web.Response()

    application = web.Application()
    application.router.add_post("/", hook)
    async with TestServer(application) as server:
        telegram.enter(str(server.make_url("/")))
        uma = await telegram.joins("Uma")
        photo = Photo(MediaRef("", "a.png", "image/png"), "one")
        await telegram.says_together(uma.customer, [(photo, picture()), (Photo(photo.media), picture()), (photo, b"x")])
    told = got[1:]
    assert [each["message_id"] for each in told] == [2, 3, 4]
    assert [each.get("caption") for each in told] == ["one", None, "one"]
    assert {each["at once"] for each in told} == {1}
    assert len({each["media_group_id"] for each in told}) == 1


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(telegram: FakeTelegram) -> Clock:
    clock = telegram.clock = Clock()
    return clock


@pytest.mark.parametrize(("name", "refusal"), REFUSALS.items())
async def test_every_refusal_can_be_made_to_come(
    telegram: FakeTelegram, ask: Ask, name: str, refusal: tuple[int, str]
) -> None:
    ann = str(telegram.person().id)
    telegram.fail(name, method="sendMessage")
    status, answer = await ask("sendMessage", chat_id=ann, text="Hi")
    assert (status, answer["error_code"], answer["description"]) == (refusal[0], *refusal)
    assert "parameters" not in answer
    assert (await ask("sendMessage", chat_id=ann, text="Hi"))[0] == 200
    assert len(telegram.sent) == 1


async def test_an_answer_can_be_slow(telegram: FakeTelegram, ask: Ask) -> None:
    telegram.slowness = 0.05
    telegram.fail(Fault.SLOW)
    began = asyncio.get_running_loop().time()
    assert (await ask("getMe"))[0] == 200
    assert asyncio.get_running_loop().time() - began >= 0.05


async def test_a_message_can_be_deleted_for_two_days(telegram: FakeTelegram, ask: Ask, clock: Clock) -> None:
    ann = str(telegram.person().id)
    for age, status in ((timedelta(hours=48), 200), (timedelta(hours=48, seconds=1), 400)):
        number = (await ask("sendMessage", chat_id=ann, text="Hi"))[1]["result"]["message_id"]
        clock.now += age
        answered, answer = await ask("deleteMessage", chat_id=ann, message_id=number)
        assert (answered, "can't be deleted" in answer.get("description", "")) == (status, status == 400)


async def test_a_webhook_is_set_once_a_second_and_keeps_what_was_asked_for(
    telegram: FakeTelegram, ask: Ask, clock: Clock
) -> None:
    url, kinds = "https://a.example/", ["message_reaction"]
    assert (await ask("setWebhook", url=url, secret_token="a" * 257))[1]["description"].endswith("is too long")
    assert (await ask("setWebhook", url=url, allowed_updates=kinds))[0] == 200
    status, answer = await ask("setWebhook", url=url)
    assert (status, answer["parameters"]) == (429, {"retry_after": 1})
    clock.now += timedelta(seconds=1)
    assert (await ask("setWebhook", url=url))[0] == 200
    assert telegram.allowed_updates == kinds


async def test_what_is_too_old_is_told_no_more(telegram: FakeTelegram, ask: Ask, clock: Clock) -> None:
    ann = telegram.person()
    said, pressed = telegram.writes(ann, text="Hi"), telegram.taps(ann, 1, "red", KEYS)
    clock.now += timedelta(seconds=149)
    assert (await ask("getUpdates"))[1]["result"] == [said, pressed]
    clock.now += timedelta(seconds=1)
    assert (await ask("getUpdates"))[1]["result"] == [said]
    clock.now += timedelta(days=1)
    assert (await ask("getWebhookInfo"))[1]["result"]["pending_update_count"] == 0


@pytest.mark.parametrize(
    ("answers", "retries", "trouble"),
    [
        ([(200, "")], (0.0,), ""),
        ([(500, ""), (200, "")], (0.0,), ""),
        ([(503, "1"), (200, "")], (0.0,), ""),
        ([(500, ""), (502, ""), (200, "")], (0.0, 0.0), ""),
        ([(500, ""), (502, "")], (0.0,), "Wrong response from the webhook: 502"),
    ],
)
async def test_what_is_not_taken_comes_again(
    telegram: FakeTelegram, answers: list[tuple[int, str]], retries: tuple[float, ...], trouble: str
) -> None:
    got: list[tuple[float, bytes]] = []

    async def hook(request: web.Request) -> web.Response:
        status, wait = answers[len(got)]
        got.append((asyncio.get_running_loop().time(), await request.read()))
        return web.Response(status=status, headers={"Retry-After": wait} if wait else {})

    application = web.Application()
    application.router.add_post("/", hook)
    telegram.retries = retries
    async with TestServer(application) as server:
        telegram.enter(str(server.make_url("/")))
        assert await telegram.tell(telegram.writes(telegram.person(), text="Hi"), again=False) == trouble
    assert len(got) == len(answers)
    assert len({body for _, body in got}) == 1
    assert not answers[0][1] or got[1][0] - got[0][0] >= 1  # as we have asked
