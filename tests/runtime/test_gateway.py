"""The gateway, over real sockets: for every kind of webhook what the platform hears, what is kept, and what is counted."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Table, func, select
from sqlalchemy.exc import OperationalError
from yarl import URL

from channels.adapter import Adapter, Config
from channels.errors import Malformed, Untrusted
from channels.events import Announced, MessageReceived, Received, ReplyToken, Typing, Unknown
from channels.manifest import Manifest, Sends
from channels.parts import Text
from channels.plugins import Plugins
from channels.wire import Request, Response
from tests.runtime.fake_time import START
from ucs.api.app import make_app, open_doors
from ucs.runtime.center.center_file import center_of, center_writes
from ucs.runtime.center.installation import Installation
from ucs.runtime.engine.inputs import Input
from ucs.runtime.gateway import GatewayLimits
from ucs.runtime.limits import Limit
from ucs.runtime.runtime import Runtime
from ucs.store import tables as t
from ucs.store.store import Store

SIGNED = {"X-Signature": "good"}


class SignedConfig(Config):
    pass


class Signed(Adapter[SignedConfig]):
    """A platform whose signature is a word, and whose adapter has the bugs that a body asks for."""

    manifest = Manifest("signed", "Signed", Sends(), body_limit=2_000)

    def verify(self, request: Request) -> None:
        if request.headers.get("x-signature") == "crash":
            raise ZeroDivisionError
        if request.headers.get("x-signature") != "good" or b"altered" in request.body:
            raise Untrusted("The signature does not hold.")

    def answer(self, request: Request) -> Response:
        if request.method == "GET":
            return Response(200, request.query.get("challenge", "").encode())
        if b"dumb" in request.body:
            raise ZeroDivisionError("a bug, with a secret in it")
        return Response(200, b'{"ok":true}', "application/json", {"X-Ours": "1"})

    def parse(self, request: Request) -> Iterable[Received]:
        if request.method == "GET":
            return
        for each in request.json():
            if each == "unreadable":
                raise Malformed("There is nothing in it that we can read.")
            if each == "crash":
                raise ZeroDivisionError("a bug, with a secret in it")
            yield self.read(each)

    def read(self, each: str) -> Received:
        if each == "typing":
            return Typing("t", START, "ann")
        if each.startswith("look"):
            return Announced("", START, hint=each)
        if each == "beacon":
            return Unknown("b", START, "ann", "beacon", {})
        if each == "half":  # which no database takes: a bug that shows only when it is written
            return MessageReceived("half", START, "\ud800", (Text("x"),))
        return MessageReceived(each, START, "ann", (Text(each),), message=each)


class Inside(Signed):
    """Takes an answer inside the response. What is said is how many milliseconds it waits for one."""

    manifest = Manifest("inside", "Inside", Sends(), replies_inside=True)

    def read(self, each: str) -> Received:
        token = ReplyToken(each, datetime.now(UTC) + timedelta(milliseconds=int(each))) if each != "0" else None
        return MessageReceived(each, START, "ann", (Text(each),), message=each, reply_token=token)


class Deaf(Adapter[SignedConfig]):
    """No verifier, no route."""

    manifest = Manifest("deaf", "Deaf", Sends())

    def parse(self, request: Request) -> Iterable[Received]:
        return [MessageReceived("x", START, "ann", (Text("x"),))]


PLUGINS = Plugins({"signed": Signed, "deaf": Deaf, "inside": Inside})
CENTER: dict[str, Any] = {
    "acme": {
        "queue": {"q": {}},
        "channel": {
            "in": {"adapter": "signed", "queue": "q"},
            "deaf": {"adapter": "deaf", "queue": "q"},
            "inside": {"adapter": "inside", "queue": "q"},
        },
    }
}


class Door:
    """The server, and what is behind its door."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.client: TestClient[Any, Any] = TestClient(TestServer(make_app(runtime)))
        self.counted: Counter[str] = Counter()
        self.typed: list[Typing] = []
        runtime.count = lambda channel, outcome: self.counted.update([outcome])
        runtime.on_typing = lambda channel, typing: self.typed.append(typing)

    async def knock(self, path: str, body: bytes, headers: dict[str, str], method: str = "POST") -> ClientResponse:
        return await self.client.request(method, path, data=body, headers=headers)

    async def in_front(self) -> None:
        """From now on platforms come in as they do where this is served: past the router."""
        runner = self.client.server.runner
        assert isinstance(runner, web.AppRunner)
        open_doors(runner)

    async def said(self, *events: Any) -> ClientResponse:
        return await self.knock("/hooks/in", orjson.dumps(events), SIGNED)

    async def how_many(self, table: Table) -> int:
        query = select(func.count()).select_from(table)
        return await self.runtime.store.read(lambda connection: int(connection.execute(query).scalar_one()))

    async def kept(self) -> list[tuple[str, str, bytes]]:
        query = select(t.arrival.c.outcome, t.arrival.c.reason, t.arrival.c.body).order_by(t.arrival.c.id)
        return await self.runtime.store.read(lambda connection: [tuple(row) for row in connection.execute(query)])


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with this center in it: making one takes longer than a test."""
    data = tmp_path_factory.mktemp("founded")
    store = Store(Installation(data=data).store_url)
    store.migrate()
    store.write(lambda c: store.statements.run(c, center_writes({}, center_of(CENTER, PLUGINS).documents)))
    store.close()
    return data


@pytest.fixture
async def door(founded: Path, tmp_path: Path) -> AsyncIterator[Door]:
    door = Door(Runtime(Installation(data=shutil.copytree(founded, tmp_path / "data")), PLUGINS))
    await door.client.start_server()
    await door.in_front()
    yield door
    await door.client.close()


class Case(NamedTuple):
    """A webhook, and what must be seen."""

    body: bytes
    status: int
    counted: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()  # rows of the quarantine: outcome and reason
    said: int = 0  # messages stored
    headers: dict[str, str] = SIGNED
    path: str = "/hooks/in"
    method: str = "POST"


HI = b'["hi"]'
CASES = {
    "signed": Case(HI, 200, ("accepted",), said=1),
    "signed, two messages": Case(b'["hi","there"]', 200, ("accepted",), said=2),
    "spacing and escapes of its own": Case(b' [ "\\u0068i" ] ', 200, ("accepted",), said=1),
    "nothing in it": Case(b"[]", 200, ("accepted",)),
    "typing": Case(b'["typing"]', 200, ("accepted",)),
    "no signature": Case(HI, 401, ("untrusted",), headers={}),
    "an empty signature": Case(HI, 401, ("untrusted",), headers={"X-Signature": ""}),
    "another signature": Case(HI, 401, ("untrusted",), headers={"X-Signature": "bad"}),
    "altered": Case(b'["altered"]', 401, ("untrusted",)),
    "unsigned and unreadable": Case(b"{", 401, ("untrusted",), headers={}),
    "a bug in verifying": Case(HI, 401, ("untrusted",), headers={"X-Signature": "crash"}),
    "no JSON": Case(b"{", 400, ("unreadable",), (("unreadable", "The body is not JSON"),)),
    "no text": Case(b'["\xff"]', 400, ("unreadable",), (("unreadable", "The body is not JSON"),)),
    "half a surrogate pair": Case(b'["\\ud800"]', 400, ("unreadable",), (("unreadable", "The body is not JSON"),)),
    "too deep": Case(b"[" * 1500, 400, ("unreadable",), (("unreadable", "The body is not JSON"),)),
    "an empty body": Case(b"", 400, ("unreadable",), (("unreadable", "The body is not JSON"),)),
    "unreadable": Case(b'["unreadable"]', 400, ("unreadable",), (("unreadable", "There is nothing in it"),)),
    "unreadable half way": Case(b'["hi","unreadable"]', 400, ("unreadable",), (("unreadable", "There is nothing"),)),
    "a bug in reading": Case(b'["crash"]', 200, ("failed",), (("unreadable", "The adapter failed: ZeroDiv"),)),
    "a bug in taking": Case(b'["half"]', 200, ("failed",), (("unreadable", "It could not be taken: Unicode"),)),
    "a bug in answering": Case(b'["dumb"]', 200, ("accepted", "unanswered"), said=1),
    "bugs in reading and in answering": Case(
        b'["crash","dumb"]', 200, ("failed", "unanswered"), (("unreadable", "The adapter failed: ZeroDiv"),)
    ),
    "an unknown kind": Case(b'["beacon"]', 200, ("unknown", "accepted"), (("unknown", "beacon"),)),
    "an unknown kind among others": Case(
        b'["hi","beacon"]', 200, ("unknown", "accepted"), (("unknown", "beacon"),), said=1
    ),
    "too large": Case(b'["' + b"x" * 2_000 + b'"]', 413),
    "too large, unsigned": Case(b"x" * 2_001, 413, headers={}),
    "as large as may be": Case(b'["' + b"x" * 1_996 + b'"]', 200, ("accepted",), said=1),
    "no such channel": Case(HI, 404, path="/hooks/none"),
    "no verifier, no route": Case(HI, 404, path="/hooks/deaf"),
    "a path that climbs": Case(HI, 404, path="/hooks/%2e%2e%2fin"),
    "a handshake": Case(b"", 200, ("accepted",), method="GET", path="/hooks/in?challenge=abc"),
    "a handshake of a stranger": Case(b"", 401, ("untrusted",), method="GET", headers={}),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_what_a_webhook_leaves(door: Door, case: Case) -> None:
    response = await door.knock(case.path, case.body, case.headers, case.method)
    answered = await response.read()
    assert response.status == case.status, answered
    assert door.counted == Counter(case.counted)
    kept = await door.kept()
    assert [(outcome, body) for outcome, _, body in kept] == [(outcome, case.body) for outcome, _ in case.kept]
    for (_, reason, _), (_, wanted) in zip(kept, case.kept, strict=True):
        assert reason.startswith(wanted)
        assert "secret" not in reason
    query = select(func.count()).select_from(t.entry).where(t.entry.c.kind == "message")
    assert await door.runtime.store.read(lambda c: c.execute(query).scalar_one()) == case.said
    assert await door.how_many(t.bundle) == (case.said > 0 and not kept)
    if case.status == 200 and b"dumb" in case.body:
        assert answered == b""
    elif case.status == 200 and case.method == "POST":
        assert (answered, response.content_type, response.headers["X-Ours"]) == (
            b'{"ok":true}',
            "application/json",
            "1",
        )
    elif case.status == 200:
        assert answered == b"abc"
    else:
        assert response.content_type == "application/problem+json"
    assert len(door.typed) == (b"typing" in case.body)


ADDRESSES = (
    "/hooks/in",
    "/hooks/in?a=b",
    "/hooks/%69n",
    "/hooks/in/",
    "/hooks/",
    "/hooks",
    "/hooks/in/in",
    "/hooks/in%2Fin",
)
ADDRESSES += (
    "//hooks/in",
    "/hooks//in",
    "/hooks/{in}",
    "/hooks/%7Bin%7D",
    "/hooks/in%00",
    "/Hooks/in",
    "/hooks/no",
    "/health/live",
)


async def test_the_front_door_and_the_router_agree_on_every_address(founded: Path, tmp_path: Path) -> None:
    answers: list[list[tuple[int, str]]] = []
    for name in ("router", "front"):
        door = Door(Runtime(Installation(data=shutil.copytree(founded, tmp_path / name)), PLUGINS))
        await door.client.start_server()
        if name == "front":
            await door.in_front()
        answered = []
        for address in ADDRESSES:
            url = URL(str(door.client.make_url("/")).rstrip("/") + address, encoded=True)
            async with door.client.session.post(url, data=HI, headers=SIGNED) as response:
                answered.append((response.status, response.content_type))
        answers.append(answered)
        await door.client.close()
    router, front = answers
    assert front == router
    assert [status for status, _ in front][:3] == [200] * 3


async def test_what_is_announced_is_kept_for_the_poller_and_nowhere_else(door: Door) -> None:
    assert (await door.said("look", "look again", "look")).status == 200
    assert list(door.runtime.hints.of("in")) == ["look again", "look"]
    assert await door.kept() == []
    assert await door.how_many(t.bundle) == 0
    assert door.counted == {"accepted": 1}
    assert (await door.said("hello", "look")).status == 200  # beside what is stored
    assert await door.how_many(t.bundle) == 1


async def test_repeated_in_parallel_is_stored_once(door: Door) -> None:
    answers = await asyncio.gather(*(door.said("hi") for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    assert (await door.how_many(t.contact), await door.how_many(t.bundle), await door.how_many(t.seen)) == (1, 1, 1)


async def test_a_bug_in_taking_does_not_cost_the_neighbours(door: Door) -> None:
    answers = await asyncio.gather(*(door.said("half" if n == 3 else f"m{n}") for n in range(8)))
    assert {answer.status for answer in answers} == {200}
    assert door.counted == {"accepted": 7, "failed": 1}
    assert len(await door.kept()) == 1


async def test_too_many_are_told_when_to_come_again(door: Door) -> None:
    clock = [0.0]
    door.runtime.gateway.limits = GatewayLimits(
        Limit("channel", 0.5, 3, lambda: clock[0]), Limit("address", 0.1, 2, lambda: clock[0])
    )
    assert [(await door.said(f"m{n}")).status for n in range(3)] == [200] * 3
    refused = await door.said("m3")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "2")
    clock[0] += 2
    assert (await door.said("m3")).status == 200


async def test_who_keeps_sending_what_is_not_trusted_is_sent_away(door: Door) -> None:
    clock = [0.0]
    door.runtime.gateway.limits = GatewayLimits(
        Limit("channel", 100, 100, lambda: clock[0]), Limit("address", 0.1, 2, lambda: clock[0])
    )
    statuses = [(await door.knock("/hooks/in", HI, {})).status for _ in range(4)]
    assert statuses == [401, 401, 429, 429]
    assert (await door.said("hi")).status == 200  # the platform itself is not affected
    assert door.counted == {"untrusted": 4, "accepted": 1}
    assert await door.how_many(t.arrival) == 0


def full(work: object) -> None:
    raise OperationalError("COMMIT", None, OSError("database or disk is full"))


@pytest.mark.parametrize("body", [HI, b"{", b'["crash"]'], ids=["message", "unreadable", "bug"])
async def test_what_cannot_be_kept_is_not_acknowledged(door: Door, body: bytes) -> None:
    store = door.runtime.store
    store.write = full  # type: ignore[method-assign, assignment]
    answer = await door.knock("/hooks/in", body, SIGNED)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert "accepted" not in door.counted
    del store.write
    assert (await door.knock("/hooks/in", body, SIGNED)).status in (200, 400)
    assert await door.how_many(t.contact) + await door.how_many(t.arrival) == 1


async def test_late_is_counted_and_leaves_nothing(door: Door) -> None:
    """The platform does not wait longer: what begins after its deadline is not begun."""
    gate, entered = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    class Slow:
        def apply(self, work: object) -> None:
            loop.call_soon_threadsafe(entered.set)
            asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()

    slow: Input = Slow()
    held = door.runtime.engine.submit(slow)
    await entered.wait()
    knocking = asyncio.create_task(door.said("hi"))
    while not door.runtime.engine._arrived:  # noqa: ASYNC110  # it has come over a socket, and nobody says so
        await asyncio.sleep(0)
    door.runtime.engine._arrived[0].until = loop.time() - 1
    gate.set()
    await held
    answer = await knocking
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert door.counted == {"late": 1}
    assert await door.how_many(t.contact) == 0
    assert (await door.said("hi")).status == 200


async def test_a_message_of_ours_goes_in_the_response_that_waits_for_it(door: Door) -> None:
    knocking = asyncio.create_task(door.knock("/hooks/inside", b'["60000"]', SIGNED))
    ours = Response(200, b"<hello/>", "application/xml")
    while not door.counted["accepted"]:  # noqa: ASYNC110  # it is over a socket, and nobody says so
        await asyncio.sleep(0)
    assert not knocking.done()
    assert not door.runtime.held.give("in", "60000", ours)  # another channel
    assert door.runtime.held.give("inside", "60000", ours)
    answer = await knocking
    assert (await answer.read(), answer.content_type) == (b"<hello/>", "application/xml")
    assert door.counted == {"accepted": 1, "replied": 1}
    again = await door.knock("/hooks/inside", b'["60000"]', SIGNED)  # the platform has not seen it
    assert await again.read() == b"<hello/>"
    assert await door.how_many(t.bundle) == 1


@pytest.mark.parametrize("milliseconds", ["0", "1"])
async def test_where_nothing_of_ours_comes_the_response_is_the_ordinary_one(door: Door, milliseconds: str) -> None:
    answer = await door.knock("/hooks/inside", orjson.dumps([milliseconds]), SIGNED)
    assert await answer.read() == b'{"ok":true}'
    assert door.counted == {"accepted": 1}
    assert not door.runtime.held.give("inside", milliseconds, Response())
