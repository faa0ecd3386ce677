"""What every pretended platform keeps to, so that its customers can be played: each is talked to by the real adapter, both ways.

What a platform itself documents is in the tests beside each fake. Here is what they have in common.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from PIL import Image as Pillow

from channels import Checkup, MediaLink, Outbound, Request, Response, Stream
from channels.errors import ChannelError, ConfigError
from channels.events import Announced, CustomerJoined, CustomerLeft, MessageReceived, Received, Tapped
from channels.fake import Bubble, FakePlatform, Manners, Unable
from channels.fake.loading import load_fakes
from channels.fit import fit
from channels.parts import (
    Audio,
    Button,
    Card,
    Carousel,
    Choices,
    ContactCard,
    File,
    Image,
    Location,
    MediaRef,
    Part,
    Sticker,
    Text,
    Video,
    plain_text,
)
from channels.plugins import load, tables_of
from tests.docs.project import ROOT
from ucs.runtime.http.channel_http import ChannelHttp, Network
from ucs.runtime.http.guard import Guard

PLUGINS = ROOT / "plugins.toml"
NAMES = sorted(tables_of(PLUGINS)["fakes"])
MEDIA = "https://media.example"
AMR = b"#!AMR\n" + (b"\x3c" + b"\x00" * 31) * 50
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(500)
LEAVES_UNSAID = {"wecom"}  # platforms that tell us nothing of a customer who leaves
STICKER = Sticker("")  # the first one that the platform has


def jpeg() -> bytes:
    content = BytesIO()
    Pillow.new("RGB", (320, 200), "teal").save(content, "JPEG")
    return content.getvalue()


JPEG = jpeg()
LINKS = {"picture": MediaLink(f"{MEDIA}/a.jpg", f"{MEDIA}/a.jpg", "a.jpg", "image/jpeg", len(JPEG))}
GIVEN: list[tuple[Part, bytes]] = [
    (Text("我的自行车 🚲 <b>?</b>"), b""),
    (Image(MediaRef("", "a.jpg", "image/jpeg")), JPEG),
    (Video(MediaRef("", "a.mp4", "video/mp4")), MP4),
    (Audio(MediaRef("", "a.amr", "audio/amr")), AMR),
    (File(MediaRef("", "订单.pdf", "application/pdf"), "订单.pdf"), b"%PDF-1.4\n%%EOF\n"),
    (Location(53.54, 9.98, "Harbour Bikes", "Harbour Street 7"), b""),
    (STICKER, b""),
    (ContactCard("Uma", ("+49 40 1",)), b""),
]


class Office:
    """The adapter as its webhook has it: everything that arrives is verified and parsed. It may be out of order.

    Where a webhook only says that there is something, that is asked for at once: `asks`.
    """

    def __init__(self, name: str, fake: FakePlatform, network: Network) -> None:
        plugin = load(PLUGINS).adapters[name]
        self.name = name
        self.fake = fake
        self.adapter = plugin(plugin.Config.model_validate(fake.settings()))
        self.http = ChannelHttp(network, name, files=self._file)
        self.events: list[Any] = []
        self.closed = False
        self.asks = False
        self._cursor, self._asking = "", asyncio.Lock()

    async def arrived(self, request: web.Request) -> web.Response:
        if self.closed:
            return web.Response(status=503)
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        given = Request("POST", "/", dict(request.query), headers, body, datetime.now(UTC))
        self.adapter.verify(given)
        await self._hear(self.adapter.parse(given))
        said: Response = self.adapter.answer(given)
        return web.Response(status=said.status, body=said.body, headers={"Content-Type": said.content_type})

    async def _hear(self, events: Iterable[Received]) -> None:
        for event in events:
            if isinstance(event, Announced):
                self.asks = True
                await self._ask(event.hint)
            else:
                self.events.append(event)

    async def _ask(self, hint: str) -> None:
        async with self._asking:
            async for batch in self.adapter.poll(self._cursor, self.http, (hint,)):
                self.events += batch.events
                for request in batch.requests:
                    self.events += self.adapter.parse(request)
                self._cursor = batch.cursor

    async def _file(self, name: str) -> Stream:
        async def chunks() -> AsyncIterator[bytes]:
            yield JPEG

        return Stream(chunks(), "image/jpeg", "a.jpg", len(JPEG))

    async def send(self, customer: str, *parts: Part) -> None:
        for call in fit(parts, self.adapter.manifest.sends, LINKS):
            await self.adapter.send(Outbound(str(uuid4()), customer, call, datetime.now(UTC), LINKS), self.http)

    def heard(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def seen(self, customer: str) -> list[Bubble]:
        self.fake.look()
        return [bubble for bubble in self.fake.phones[customer].bubbles if bubble.side == "account"]


@pytest.fixture(params=NAMES)
async def office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    network = Network(Guard.allowing(["127.0.0.0/8"]))
    fake = load_fakes(PLUGINS, [request.param])[request.param]()
    async with fake:
        office = Office(request.param, fake, network)
        application = web.Application(client_max_size=10_000_000)
        application.router.add_post("/hook", office.arrived)
        application.router.add_get("/a.jpg", _picture)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        here = f"http://127.0.0.1:{runner.addresses[0][1]}"
        fake.enter(f"{here}/hook")
        fake.names = {MEDIA: here}
        yield office
        await runner.cleanup()
    await network.close()


async def _picture(_: web.Request) -> web.Response:
    return web.Response(body=JPEG, content_type="image/jpeg")


async def test_customers_come_and_go(office: Office) -> None:
    uma = await office.fake.joins("Uma")
    assert [event.customer for event in office.heard(CustomerJoined)] == [uma.customer]
    assert await office.fake.follows(uma.customer, False) == ""
    left = [] if office.name in LEAVES_UNSAID else [uma.customer]
    assert [event.customer for event in office.heard(CustomerLeft)] == left
    with pytest.raises(Unable, match="Uma has left"):
        await office.fake.says(uma.customer, Text("still there?"))
    with pytest.raises(Unable, match="already"):
        await office.fake.follows(uma.customer, False)
    assert await office.fake.follows(uma.customer, True) == ""
    assert len(office.heard(CustomerJoined)) == 2
    assert (await office.fake.says(uma.customer, Text("here again"))).trouble == ""


async def test_what_a_customer_gives_is_what_the_adapter_reads(office: Office) -> None:
    uma = await office.fake.joins("Uma")
    office.events.clear()
    for given, body in GIVEN:
        part = given
        if part is STICKER and office.fake.stickers:
            part = Sticker(*next(iter(office.fake.stickers.items())))
        if part.type not in office.fake.gives:
            with pytest.raises(Unable, match=office.fake.title):
                await office.fake.says(uma.customer, part, body)
            continue
        bubble = await office.fake.says(uma.customer, part, body)
        assert (bubble.side, bubble.trouble, bubble.on_its_way) == ("customer", "", False)
        (event,) = office.events
        assert isinstance(event, MessageReceived)
        assert event.customer == uma.customer
        assert event.parts[0].type == part.type
        assert not isinstance(part, Text) or event.parts == (part,)
        if body:
            assert await _fetched(office, event.parts[0]) == body
            kept = await office.fake.file(bubble.parts[0].media.key)  # type: ignore[union-attr]
            assert kept is not None
            assert kept.body == body
        office.events.clear()


async def _fetched(office: Office, part: Any) -> bytes:
    found = await office.adapter.fetch(part.media, office.http)
    assert isinstance(found, Stream)
    return b"".join([chunk async for chunk in found.chunks])


async def test_what_we_say_is_what_the_customer_sees(office: Office) -> None:
    uma = await office.fake.joins("Uma")
    buttons = (Button("红色", "red"), Button("Shop", url="https://shop.example/"))
    card = Card("Quay 3", "Three gears", "picture", buttons=buttons)
    said: list[Part] = [Text("Hello 你好"), Image("picture"), Location(53.5, 10, "Pier 3", "Harbour 7"), card]
    said += [Carousel((card, card)), Choices("Which?", (Button("Red", "red"), Button("Blue", "blue")))]
    for part in said:
        await office.fake.says(
            uma.customer, Text("and?")
        )  # who may write how often differs; after a word of theirs we may
        await office.send(uma.customer, part)
    seen = [part for bubble in office.seen(uma.customer) for part in bubble.parts]
    words = "\n".join(plain_text(part) for part in seen)
    for expected in ("Hello 你好", "Quay 3", "Three gears", "Which?"):
        assert expected in words
    pictures = [part for part in seen if isinstance(part, Image)]
    assert pictures
    assert isinstance(pictures[0].media, MediaRef)
    kept = await office.fake.file(pictures[0].media.key)
    assert kept is not None
    assert kept.mime.startswith("image/")
    assert Pillow.open(BytesIO(kept.body)).size == (320, 200)
    assert office.seen(uma.customer)[-1].number == len(uma.bubbles)  # looking twice shows nothing twice


async def test_a_button_is_pressed(office: Office) -> None:
    uma = await office.fake.joins("Uma")
    await office.fake.says(uma.customer, Text("hello"))
    await office.send(uma.customer, Choices("哪一个？", (Button("红色", "red"), Button("Blue", "blue"))))
    bubble = office.seen(uma.customer)[-1]
    offered = [option for part in bubble.parts if isinstance(part, Choices | Card) for option in _options(part)]
    pressed = await office.fake.presses(uma.customer, bubble.number, offered[0])
    assert pressed is not None
    assert (plain_text(pressed.parts[0]), pressed.trouble) == ("红色", "")
    assert [event.payload for event in office.heard(Tapped)] == ["red"]
    assert await office.fake.presses(uma.customer, bubble.number, Button("Shop", url="https://shop.example/")) is None
    with pytest.raises(Unable, match="no longer"):
        await office.fake.presses(uma.customer, 999, offered[0])


def _options(part: Choices | Card) -> tuple[Button, ...]:
    return part.options if isinstance(part, Choices) else part.buttons


async def test_a_webhook_may_come_again_later_and_in_another_order(office: Office) -> None:
    uma = await office.fake.joins("Uma")
    office.events.clear()
    office.fake.manners = Manners(times=3)
    await office.fake.says(uma.customer, Text("thrice"))
    assert len(office.heard(MessageReceived)) == (1 if office.asks else 3)  # what is asked for comes once
    assert len({(event.id, event.message) for event in office.heard(MessageReceived)}) == 1
    office.events.clear()
    office.fake.manners = Manners(reorder=True)
    first = asyncio.create_task(office.fake.says(uma.customer, Text("first")))
    await asyncio.sleep(0)
    await office.fake.says(uma.customer, Text("second"))
    assert (await first).trouble == ""
    order = ["first", "second"] if office.asks else ["second", "first"]  # only calls overtake, not what is asked for
    assert [event.parts[0].text for event in office.heard(MessageReceived)] == order
    loop = asyncio.get_running_loop()
    office.fake.manners, began = Manners(delay=0.2), loop.time()
    await office.fake.says(uma.customer, Text("late"))
    assert loop.time() - began >= 0.2


async def test_what_is_not_taken_is_marked(office: Office) -> None:
    uma = await office.fake.joins("Uma")
    office.closed = True
    assert (await office.fake.says(uma.customer, Text("hello?"))).trouble
    office.closed = False
    assert (await office.fake.says(uma.customer, Text("hello!"))).trouble == ""


async def test_every_fault_strikes_once(office: Office) -> None:
    uma = await office.fake.joins("Uma")
    await office.fake.says(uma.customer, Text("hello"))
    for fault, sentence in office.fake.faults.items():
        assert sentence
        office.fake.spoil(fault)
        struck = len(office.seen(uma.customer))
        try:
            await office.send(uma.customer, Text(f"under {fault}"))
        except ChannelError:
            struck = -1
        if struck >= 0:  # an expired token is renewed within the same call
            assert "token" in fault, fault
        await office.fake.says(uma.customer, Text("go on"))
        await office.send(uma.customer, Text(f"after {fault}"))
        assert plain_text(office.seen(uma.customer)[-1].parts[0]) == f"after {fault}"


async def test_only_files_of_ours_are_ever_fetched(office: Office) -> None:
    assert await office.fake.fetched(f"{MEDIA}/a.jpg") is not None
    for elsewhere in (
        "http://127.0.0.1:1/",
        "https://media.example.org/a.jpg",
        "file:///etc/passwd",
        "",
        f"{MEDIA}/none",
    ):
        assert (await office.fake.file(elsewhere), await office.fake.fetched(elsewhere)) == (None, None)


def test_a_wrong_name_is_a_sentence_that_lists_what_there_is() -> None:
    with pytest.raises(ConfigError) as refused:
        load_fakes(PLUGINS, ["line", "pigeon"])
    (complaint,) = refused.value.complaints
    assert complaint.key == "fakes.pigeon"
    assert "line, telegram, wechat, wecom" in complaint.expected


async def test_an_account_whose_owner_has_entered_our_address_is_well(office: Office) -> None:
    """Where we do not know our own address, as in the demo: then nothing is mended, and nothing has to be."""
    assert (await office.adapter.health(Checkup(datetime.now(UTC), ""), office.http)).findings == ()
