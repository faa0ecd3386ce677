"""The fake LINE held to what LINE documents: a fake that is kinder than the platform makes every other test lie."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, cast
from uuid import UUID

import aiohttp
import orjson
import pytest
from aiohttp import web

from adapters.line.fake import FakeLine, Fault, Person, signature
from adapters.line.fake.checking import complaints
from channels.fake import Bubble, Ties
from channels.parts import Image, MediaRef, Text

START = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
KEY = str(UUID(int=7))
TEXT = {"type": "text", "text": "Hello"}
REPLY, PUSH = "/v2/bot/message/reply", "/v2/bot/message/push"


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class Caller:
    """A program that calls LINE: status, headers and JSON of each answer."""

    def __init__(self, line: FakeLine, session: aiohttp.ClientSession) -> None:
        self.line, self.session = line, session
        self.token = line.long_lived_token()

    async def __call__(
        self, method: str, path: str, json: Any = None, *, host: str = "api", **headers: str
    ) -> tuple[int, Any]:
        base = self.line.api_base if host == "api" else self.line.data_base
        sent = {"Authorization": f"Bearer {self.token}"} | {name.replace("_", "-"): v for name, v in headers.items()}
        async with self.session.request(method, base + path, json=json, headers=sent) as answer:
            self.headers = answer.headers
            body = await answer.read()
            return answer.status, orjson.loads(body) if "json" in answer.content_type else body

    async def reply(self, token: str, *messages: Any, **headers: str) -> tuple[int, Any]:
        return await self("POST", REPLY, {"replyToken": token, "messages": list(messages)}, **headers)

    async def push(self, to: str, *messages: Any, key: str = KEY) -> tuple[int, Any]:
        return await self("POST", PUSH, {"to": to, "messages": list(messages)}, X_Line_Retry_Key=key)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def line(clock: Clock) -> AsyncIterator[FakeLine]:
    async with FakeLine(clock=clock) as line:
        yield line


@pytest.fixture
async def call(line: FakeLine) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(line, session)


@pytest.fixture
def ann(line: FakeLine) -> Person:
    return line.person("Ann")


# -- signatures --------------------------------------------------------------------------------------------------------

OWN_SECRET = "lineTESTsecret0000000000000000ab"
EMPTY = b'{"destination":"U00000000000000000000000000000001","events":[]}'
TALKING = (
    '{"destination":"U00000000000000000000000000000001","events":[{"type":"message","message":{"type":"text",'
    '"id":"100000000000000001","quoteToken":"qt1","text":"héllo 🍎 你好\\n\\"x\\""},"timestamp":1767225600123,'
    '"source":{"type":"user","userId":"U00000000000000000000000000000002"},"replyToken":"rt0001","mode":"active",'
    '"webhookEventId":"01KDVZ0000TESTTESTTESTTEST","deliveryContext":{"isRedelivery":false}}]}'
).encode()


@pytest.mark.parametrize(
    ("secret", "body", "expected"),
    [
        (OWN_SECRET, EMPTY, "ZH/sFS/RLnoRDAx8hQ0t+IhbvNPSqG0iVexSiyYK38Y="),
        (OWN_SECRET, TALKING, "NbqqyhT+7Bu/Dcp5LIQqwTERwUZXSh6TBjRgiXFAhKk="),
        (  # the one in LINE's documentation
            "8c570fa6dd201bb328f1c1eac23a96d8",
            b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}',
            "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=",
        ),
    ],
)
def test_bodies_are_signed_as_documented(secret: str, body: bytes, expected: str) -> None:
    assert signature(secret, body) == expected


# -- who may call ------------------------------------------------------------------------------------------------------


async def test_a_wrong_token_is_refused_and_every_answer_has_a_request_id(call: Caller) -> None:
    call.token = "wrong"
    status, body = await call("GET", "/v2/bot/info")
    assert status == 401
    assert body["message"].startswith("Authentication failed due to the following reason: ")
    assert UUID(call.headers["x-line-request-id"])


async def test_a_stateless_token_lives_fifteen_minutes(call: Caller, line: FakeLine, clock: Clock) -> None:
    form = {"grant_type": "client_credentials", "client_id": line.channel_id, "client_secret": line.secret}
    async with call.session.post(f"{line.api_base}/oauth2/v3/token", data=form) as answer:
        issued = await answer.json()
    assert (issued["token_type"], issued["expires_in"]) == ("Bearer", 900)
    call.token = issued["access_token"]
    clock.pass_(minutes=14, seconds=59)
    assert (await call("GET", "/v2/bot/info"))[0] == 200
    clock.pass_(seconds=1)
    assert (await call("GET", "/v2/bot/info"))[0] == 401


async def test_wrong_credentials_get_no_token_and_the_other_shape_of_error(call: Caller, line: FakeLine) -> None:
    form = {"grant_type": "client_credentials", "client_id": line.channel_id, "client_secret": "guess"}
    async with call.session.post(f"{line.api_base}/oauth2/v3/token", data=form) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("body", "content_type", "status"), [(b"{", "application/json", 400), (b"{}", "text/plain", 415)]
)
async def test_what_is_not_json_is_refused(
    call: Caller, line: FakeLine, body: bytes, content_type: str, status: int
) -> None:
    headers = {"Authorization": f"Bearer {call.token}", "Content-Type": content_type}
    async with call.session.post(line.api_base + PUSH, data=body, headers=headers) as answer:
        assert answer.status == status


async def test_a_body_above_two_megabytes_is_refused(call: Caller, line: FakeLine) -> None:
    headers = {"Authorization": f"Bearer {call.token}", "Content-Type": "application/json"}
    async with call.session.post(line.api_base + PUSH, data=BytesIO(b" " * 2_000_001), headers=headers) as answer:
        assert answer.status == 413


# -- replies -----------------------------------------------------------------------------------------------------------


async def test_a_reply_token_works_once(call: Caller, line: FakeLine, ann: Person) -> None:
    token = line.webhooks.text(ann, "Hi")["replyToken"]
    status, body = await call.reply(token, TEXT, TEXT)
    assert status == 200
    assert [sent["id"] for sent in body["sentMessages"]] == [sent.id for sent in line.sent]
    assert [sent.to for sent in line.sent] == [ann.id, ann.id]
    assert await call.reply(token, TEXT) == (400, {"message": "Invalid reply token"})
    assert len(line.sent) == 2


async def test_a_refused_reply_leaves_the_token_unused(call: Caller, line: FakeLine, ann: Person) -> None:
    token = line.webhooks.text(ann, "Hi")["replyToken"]
    assert (await call.reply(token))[0] == 400
    line.fail(Fault.RATE_LIMIT)
    assert (await call.reply(token, TEXT))[0] == 429
    assert (await call.reply(token, TEXT, X_Line_Retry_Key=KEY))[0] == 400
    assert (await call.reply(token, TEXT))[0] == 200


@pytest.mark.parametrize(("seconds", "status"), [(60, 200), (61, 400)])
async def test_a_reply_token_lives_one_minute(
    call: Caller, line: FakeLine, ann: Person, clock: Clock, seconds: int, status: int
) -> None:
    token = line.webhooks.text(ann, "Hi")["replyToken"]
    clock.pass_(seconds=seconds)
    assert (await call.reply(token, TEXT))[0] == status


@pytest.mark.parametrize(("minutes", "status"), [(19, 200), (21, 400)])
async def test_a_redelivery_gives_the_token_another_minute_up_to_twenty(
    call: Caller, line: FakeLine, ann: Person, clock: Clock, hook: Hook, minutes: int, status: int
) -> None:
    event = line.webhooks.text(ann, "Hi")
    clock.pass_(minutes=minutes)
    await line.webhooks.redeliver(hook.url, event)
    clock.pass_(seconds=30)
    assert (await call.reply(event["replyToken"], TEXT))[0] == status


# -- pushes ------------------------------------------------------------------------------------------------------------


async def test_a_retry_key_makes_two_pushes_one(call: Caller, line: FakeLine, ann: Person, clock: Clock) -> None:
    _, first = await call.push(ann.id, TEXT)
    request_id = call.headers["x-line-request-id"]
    status, again = await call.push(ann.id, TEXT)
    assert (status, again["message"]) == (409, "The retry key is already accepted")
    assert again["sentMessages"] == first["sentMessages"]
    assert call.headers["x-line-accepted-request-id"] == request_id
    assert len(line.sent) == 1
    clock.pass_(hours=24)
    assert (await call.push(ann.id, TEXT))[0] == 200, "after a day the key is new"
    assert len(line.sent) == 2


async def test_a_refused_push_does_not_use_its_key(call: Caller, ann: Person) -> None:
    assert (await call.push(ann.id))[0] == 400
    assert (await call.push(ann.id, TEXT))[0] == 200


async def test_a_key_with_another_body_is_remembered_against_us(call: Caller, line: FakeLine, ann: Person) -> None:
    await call.push(ann.id, TEXT)
    assert (await call.push(ann.id, {"type": "text", "text": "Other"}))[0] == 409
    assert len(line.violations) == 1


async def test_a_key_must_be_a_uuid(call: Caller, ann: Person) -> None:
    assert (await call.push(ann.id, TEXT, key="17"))[0] == 400


async def test_nobody_there_is_an_error_but_being_blocked_is_not(call: Caller, line: FakeLine, ann: Person) -> None:
    assert await call.push("U" + "9" * 32, TEXT) == (400, {"message": "Failed to send messages"})
    ann.blocked = True
    assert (await call.push(ann.id, TEXT))[0] == 200
    assert [sent.delivered for sent in line.sent] == [False]


async def test_a_group_is_charged_by_its_members(call: Caller, line: FakeLine, ann: Person) -> None:
    friends = line.gathering(members=(ann, line.person("Bob")))
    line.monthly_limit = 3
    assert (await call.push(friends.id, TEXT))[0] == 200
    assert (await call("GET", "/v2/bot/message/quota/consumption"))[1] == {"totalUsage": 2}
    refused = await call.push(friends.id, TEXT, key=str(UUID(int=8)))
    assert refused == (429, {"message": "You have reached your monthly limit."})
    await call("POST", f"/v2/bot/group/{friends.id}/leave", {})
    assert (await call.push(friends.id, TEXT, key=str(UUID(int=9))))[0] == 400


# -- what messages must look like --------------------------------------------------------------------------------------

PICTURE = "https://example.com/a.jpg"
PLACE = {"title": "Home", "address": "1 Street", "latitude": 35.0, "longitude": 139.0}


def quick(count: int, label: str = "Yes") -> dict[str, Any]:
    action = {"type": "message", "label": label, "text": "Yes"}
    return TEXT | {"quickReply": {"items": [{"type": "action", "action": action}] * count}}


def flex(count: int, text: str = "Hi") -> dict[str, Any]:
    body = {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": text}]}
    row = {"type": "carousel", "contents": [{"type": "bubble", "body": body}] * count}
    return {"type": "flex", "altText": "Hi", "contents": row}


def buttons(text: str, count: int = 1, **more: str) -> dict[str, Any]:
    actions = [{"type": "uri", "label": "Open", "uri": "https://example.com"}] * count
    return {
        "type": "template",
        "altText": "Hi",
        "template": {"type": "buttons", "text": text, "actions": actions, **more},
    }


@pytest.mark.parametrize(
    ("messages", "places"),
    [
        ([TEXT], []),
        ([], ["messages"]),
        ([TEXT] * 6, ["messages"]),
        ([{"type": "file"}], ["messages[0].type"]),
        ([TEXT, {"type": "text", "text": ""}], ["messages[1].text"]),
        ([{"type": "text", "text": "x" * 5000}], []),
        ([{"type": "text", "text": "x" * 5001}], ["messages[0].text"]),
        ([{"type": "text", "text": "🍎" * 2501}], ["messages[0].text"]),
        ([{"type": "image", "originalContentUrl": PICTURE, "previewImageUrl": PICTURE}], []),
        ([{"type": "image", "originalContentUrl": "http://a", "previewImageUrl": PICTURE}], ["messages[0].originalContentUrl"]),
        ([{"type": "video", "originalContentUrl": PICTURE}], ["messages[0].previewImageUrl"]),
        ([{"type": "audio", "originalContentUrl": PICTURE}], ["messages[0].duration"]),
        ([{"type": "location"} | PLACE], []),
        ([{"type": "location"} | PLACE | {"title": ""}], ["messages[0].title"]),
        ([{"type": "location"} | PLACE | {"address": "x" * 101}], ["messages[0].address"]),
        ([{"type": "sticker", "packageId": "1"}], ["messages[0].stickerId"]),
        ([quick(13)], []),
        ([quick(14)], ["messages[0].quickReply.items"]),
        ([quick(1, "👨‍👩‍👧‍👦" * 20)], []),
        ([quick(1, "x" * 21)], ["messages[0].quickReply.items[0].action.label"]),
        ([flex(12)], []),
        ([flex(13)], ["messages[0].contents.contents"]),
        ([flex(1, "x" * 31_000)], ["messages[0].contents.contents[0]"]),
        ([buttons("x" * 160)], []),
        ([buttons("x" * 61, title="Title")], ["messages[0].template.text"]),
        ([buttons("x", count=5)], ["messages[0].template.actions"]),
    ],
)  # fmt: skip
def test_messages_are_checked(messages: list[Any], places: list[str]) -> None:
    assert [place for _, place in complaints(messages)] == places


async def test_complaints_come_in_lines_shape(call: Caller) -> None:
    status, body = await call("POST", "/v2/bot/message/validate/push", {"messages": [{"type": "text", "text": ""}]})
    assert status == 400
    details = [{"message": "May not be empty", "property": "messages[0].text"}]
    assert body == {"message": "The request body has 1 error(s)", "details": details}


# -- content -----------------------------------------------------------------------------------------------------------


async def test_content_is_prepared_then_there_then_gone(call: Caller, line: FakeLine, ann: Person) -> None:
    event = line.webhooks.media(ann, "video", b"film", "video/mp4", pending=1)
    path = f"/v2/bot/message/{event['message']['id']}/content"
    assert (await call("GET", f"{path}/transcoding", host="data"))[1] == {"status": "processing"}
    assert await call("GET", path, host="data") == (202, b"")
    assert (await call("GET", f"{path}/transcoding", host="data"))[1] == {"status": "succeeded"}
    assert await call("GET", path, host="data") == (200, b"film")
    assert call.headers["content-type"] == "video/mp4"
    assert (await call("GET", path))[0] == 404, "content lies on the data host only"
    line.webhooks.unsend(event)
    assert await call("GET", path, host="data") == (410, {"message": "The content is gone"})


@pytest.mark.parametrize(
    ("kind", "what", "message"),
    [
        ("file", "preview", "The content can not be previewed"),
        ("image", "transcoding", "Transcoding status doesn't support this type of content"),
    ],
)
async def test_not_every_kind_has_everything(
    call: Caller, line: FakeLine, ann: Person, kind: str, what: str, message: str
) -> None:
    event = line.webhooks.media(ann, kind, b"bytes", "image/jpeg")
    path = f"/v2/bot/message/{event['message']['id']}/content/{what}"
    assert await call("GET", path, host="data") == (400, {"message": message})


async def test_unknown_content_is_not_found(call: Caller) -> None:
    assert await call("GET", "/v2/bot/message/1/content", host="data") == (404, {"message": "not found"})


# -- people ------------------------------------------------------------------------------------------------------------


async def test_profiles_are_for_those_who_agree(call: Caller, line: FakeLine, ann: Person) -> None:
    path = f"/v2/bot/profile/{ann.id}"
    assert (await call("GET", path))[1]["displayName"] == "Ann"
    ann.blocked = True
    assert await call("GET", path) == (404, {"message": "Not found"})
    assert (await call("GET", "/v2/bot/profile/nobody"))[0] == 400


async def test_loading_is_for_one_person_and_multiples_of_five(call: Caller, line: FakeLine, ann: Person) -> None:
    path = "/v2/bot/chat/loading/start"
    assert await call("POST", path, {"chatId": ann.id, "loadingSeconds": 10}) == (202, {})
    _, body = await call("POST", path, {"chatId": line.gathering().id, "loadingSeconds": 3})
    assert [detail["property"] for detail in body["details"]] == ["chatId", "loadingSeconds", "loadingSeconds"]
    assert line.loading == [(ann.id, 10)]


async def test_read_tokens_are_lines_own(call: Caller, line: FakeLine, ann: Person) -> None:
    message = line.webhooks.text(ann, "Hi")["message"]
    path = "/v2/bot/chat/markAsRead"
    assert (await call("POST", path, {"markAsReadToken": message["markAsReadToken"]}))[0] == 200
    assert line.read == [message["id"]]
    assert "Invalid markAsReadToken" in (await call("POST", path, {"markAsReadToken": "mine"}))[1]["message"]


# -- faults ------------------------------------------------------------------------------------------------------------


async def test_faults_come_in_order_and_only_where_they_should(call: Caller, line: FakeLine, ann: Person) -> None:
    line.fail(Fault.RATE_LIMIT, Fault.MONTHLY_LIMIT, Fault.BROKEN, path=PUSH)
    assert (await call("GET", "/v2/bot/info"))[0] == 200
    answers = [await call.push(ann.id, TEXT) for _ in range(4)]
    assert [status for status, _ in answers] == [429, 429, 500, 200]
    assert answers[0][1] != answers[1][1]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.UNREADABLE, 400),
        (Fault.NOWHERE, 400),
        (Fault.UNKNOWN_TOKEN, 401),
        (Fault.FORBIDDEN, 403),
        (Fault.TOO_LARGE, 413),
        (Fault.WRONG_TYPE, 415),
    ],
)
async def test_every_refusal_can_be_made_to_come(
    call: Caller, line: FakeLine, ann: Person, fault: Fault, status: int
) -> None:
    line.fail(fault, path=PUSH)
    refused = await call.push(ann.id, TEXT)
    assert refused == (status, {"message": line.refusals[fault]})
    assert (await call.push(ann.id, TEXT))[0] == 200
    assert len(line.sent) == 1


@pytest.mark.parametrize(("fault", "sent"), [(Fault.LOST_ANSWER, 1), (Fault.LOST_REQUEST, 0)])
async def test_an_answer_can_be_lost_before_or_after_the_deed(
    call: Caller, line: FakeLine, ann: Person, fault: Fault, sent: int
) -> None:
    line.fail(fault)
    with pytest.raises(aiohttp.ClientError):
        await call.push(ann.id, TEXT)
    assert len(line.sent) == sent


async def test_calls_are_logged(call: Caller, line: FakeLine, ann: Person) -> None:
    await call.push(ann.id, TEXT)
    logged = line.calls[-1]
    assert (logged.host, logged.method, logged.path, logged.status) == ("api", "POST", PUSH, 200)
    assert orjson.loads(logged.body) == {"to": ann.id, "messages": [TEXT]}


# -- webhooks ----------------------------------------------------------------------------------------------------------


class Hook:
    """A webhook that keeps what it gets."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.hang = asyncio.Event()
        self.hang.set()
        self.bodies: list[dict[str, Any]] = []
        self.valid: list[bool] = []

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.bodies.append(orjson.loads(body))
        self.valid.append(request.headers["x-line-signature"] == signature("fake-line-channel-secret", body))
        await self.hang.wait()
        return web.Response(status=self.status)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    application = web.Application()
    application.router.add_post("/hook", hook.receive)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    hook.hang.set()
    await runner.cleanup()


async def test_events_are_batched_signed_and_verified_with_none(line: FakeLine, ann: Person, hook: Hook) -> None:
    first, second = line.webhooks.text(ann, "1"), line.webhooks.text(line.person("Bob"), "2")
    assert (await line.webhooks.deliver(hook.url, first, second)).accepted
    assert (await line.webhooks.deliver(hook.url)).accepted
    assert (await line.webhooks.deliver(hook.url, first, forged="bm90IHRoaXM=")).status == 200
    assert hook.valid == [True, True, False]
    assert [len(body["events"]) for body in hook.bodies] == [2, 0, 1]
    assert all(body["destination"] == line.destination for body in hook.bodies)


async def test_a_redelivery_differs_in_one_flag(line: FakeLine, ann: Person, hook: Hook, clock: Clock) -> None:
    event = line.webhooks.text(ann, "Hi")
    await line.webhooks.deliver(hook.url, event)
    clock.pass_(seconds=90)
    await line.webhooks.redeliver(hook.url, event)
    first, again = (body["events"][0] for body in hook.bodies)
    assert (first.pop("deliveryContext"), again.pop("deliveryContext")) == (
        {"isRedelivery": False},
        {"isRedelivery": True},
    )
    assert first == again


async def test_failures_have_lines_names(line: FakeLine, ann: Person, hook: Hook) -> None:
    hook.status = 503
    event = line.webhooks.text(ann, "Hi")
    assert (await line.webhooks.deliver(hook.url, event)).failure == "error_status_code"
    hook.hang.clear()
    assert (await line.webhooks.deliver(hook.url, event, patience=0.05)).failure == "request_timeout"
    assert (await line.webhooks.deliver("http://127.0.0.1:9/hook", event)).failure == "could_not_connect"


def test_standby_and_farewells_have_no_reply_token(line: FakeLine, ann: Person) -> None:
    assert "replyToken" not in line.webhooks.text(ann, "Hi", standby=True)
    assert "replyToken" not in line.webhooks.event("unfollow", ann.source)
    assert "replyToken" in line.webhooks.event("follow", ann.source, follow={"isUnblocked": False})


def test_an_edit_keeps_the_id_and_changes_the_quote_token(line: FakeLine, ann: Person) -> None:
    event = line.webhooks.text(ann, "Hi", within=line.gathering(members=(ann,)))
    edited = line.webhooks.edit(event, "Hello")
    assert edited["message"]["id"] == event["message"]["id"]
    assert edited["message"]["quoteToken"] != event["message"]["quoteToken"]
    assert edited["replyToken"] != event["replyToken"]
    assert "markAsReadToken" not in edited["message"]


async def test_the_webhook_is_set_told_and_tried(line: FakeLine, call: Caller) -> None:
    path, test = "/v2/bot/channel/webhook/endpoint", "/v2/bot/channel/webhook/test"
    assert [(await call("GET", path))[0], (await call("POST", test, {}))[0]] == [404, 404]
    assert (await call("PUT", path, {"endpoint": "http://a.example"}))[0] == 400
    assert (await call("PUT", path, {"endpoint": "https://a.example/hook"}))[0] == 200
    assert (await call("GET", path))[1] == {"endpoint": "https://a.example/hook", "active": True}
    line.reached["https://a.example"] = "http://127.0.0.1:9"
    told = (await call("POST", test, {}))[1]
    assert (told["success"], told["reason"]) == (False, "COULD_NOT_CONNECT")


async def test_what_a_customer_does_with_a_message(line: FakeLine, call: Caller) -> None:
    uma, _ = line.settle("Uma")
    said, _, key = line.say(uma, Text("this one"), b"", Ties(quotes="123"))
    assert cast(Any, said)["message"]["quotedMessageId"] == "123"
    taken = cast(Any, line.recall(uma, Bubble(1, "customer", (Text("this one"),), key)))
    assert (taken["type"], taken["unsend"], taken["source"]["userId"]) == ("unsend", {"messageId": key}, uma)
    assert "replyToken" not in taken
    token = (await call.push(uma, TEXT))[1]["sentMessages"][0]["quoteToken"]
    await call.push(uma, TEXT | {"quoteToken": token}, key=str(UUID(int=8)))
    first, second = line.arrivals()
    assert (first.quotes, second.quotes) == ("", first.key)


def test_pictures_that_were_chosen_at_once_are_a_set() -> None:
    part = Image(MediaRef("", "a.jpg", "image/jpeg"))
    line = FakeLine()
    uma, _ = line.settle("Uma")
    ties = Ties(album="77", place=2, of=3)
    message = cast(Any, line.say(uma, part, b"bytes", ties)[0])["message"]
    assert message["imageSet"] == {"id": "77", "index": 2, "total": 3}
