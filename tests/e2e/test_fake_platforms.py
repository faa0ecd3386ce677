"""What every pretended platform keeps to, so that its customers can be played: each is talked to by the real adapter, both ways.

What a platform itself documents is in the tests beside each fake. Here is what they have in common.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from PIL import Image as Pillow

from adapters.email.fake import FakeEmail
from channels import Checkup, MediaLink, Outbound, Request, Response, Stream
from channels.errors import ChannelError, ConfigError
from channels.events import (
    Announced,
    CustomerJoined,
    CustomerLeft,
    MessageEdited,
    MessageRecalled,
    MessageReceived,
    Reacted,
    Received,
    Tapped,
)
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
JOINS_UNSAID = {"email"}  # platforms that tell us nothing of a customer who comes
LEAVES_UNSAID = {"email", "wecom"}  # and of one who leaves
BUTTONLESS = {"email"}
READ_BY_US = {"email"}  # platforms that bring us nothing
CAN = {  # with a word of their own, and with one of ours, where the platform tells us of it
    "email": (["quote"], ["quote"]),
    "line": (["recall", "quote"], ["quote"]),
    "telegram": (["edit", "react", "quote"], ["react", "quote"]),
    "wechat": ([], []),
    "wecom": (["recall"], []),
}
TOGETHER = {  # the album of two pictures and a paper; the second has none where papers stand alone, and mail is one mail
    "email": [False],
    "line": [True, True, False],
    "telegram": [True, True, False],
    "wechat": [False, False],
    "wecom": [False, False, False],
}
# Refusals after which something is mended, a token or a session, and the same is tried again.
MENDED = {
    "line": ("expired token", "401"),
    "wechat": ("stale token", "40001", "40014", "42001"),
    "wecom": ("stale token", "40001", "40014", "42001", "95018"),
}
CALLED = {
    "line": {"429": "rate limit", "429 monthly limit": "monthly limit", "500": "broken"}
}  # codes of ours → faults
# Codes of ours that no message is refused with. What they are about is brought about in the tests beside the fakes.
BROUGHT_ABOUT = {"line": ("404", "409", "410"), "telegram": ("400 moved", "409", "409 webhook")}
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
        self.opened = asyncio.Event()
        self.opened.set()
        self.asks = False
        self.reading: asyncio.Task[None] | None = None
        self._cursor, self._asking = "", asyncio.Lock()

    async def arrived(self, request: web.Request) -> web.Response:
        if not self.opened.is_set():
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

    async def reads(self) -> None:
        """For as long as it lasts, where nothing is brought to us. Nothing is taken while we are closed."""
        while True:
            with suppress(ChannelError):
                async for batch in self.adapter.poll(self._cursor, self.http):
                    await self.opened.wait()
                    for request in batch.requests:
                        self.events += self.adapter.parse(request)
                    self._cursor = batch.cursor

    async def _file(self, name: str) -> Stream:
        async def chunks() -> AsyncIterator[bytes]:
            yield JPEG

        return Stream(chunks(), "image/jpeg", "a.jpg", len(JPEG))

    async def send(self, customer: str, *parts: Part, quotes: MessageReceived | None = None) -> None:
        to, token = (quotes.message, quotes.quote_token) if quotes else ("", "")
        for call in fit(parts, self.adapter.manifest.sends, LINKS):
            said = Outbound(str(uuid4()), customer, call, datetime.now(UTC), LINKS, reply_to=to, quote_token=token)
            await self.adapter.send(said, self.http)

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
        if request.param in READ_BY_US:
            office.reading = asyncio.create_task(office.reads())
        yield office
        if office.reading is not None:
            office.reading.cancel()
        await runner.cleanup()
    await network.close()


async def _picture(_: web.Request) -> web.Response:
    return web.Response(body=JPEG, content_type="image/jpeg")


async def test_customers_come_and_go(office: Office) -> None:
    uma = await office.fake.joins("Uma")
    came = [] if office.name in JOINS_UNSAID else [uma.customer]
    assert [event.customer for event in office.heard(CustomerJoined)] == came
    assert await office.fake.follows(uma.customer, False) == ""
    left = [] if office.name in LEAVES_UNSAID else [uma.customer]
    assert [event.customer for event in office.heard(CustomerLeft)] == left
    with pytest.raises(Unable, match="Uma has left"):
        await office.fake.says(uma.customer, Text("still there?"))
    with pytest.raises(Unable, match="already"):
        await office.fake.follows(uma.customer, False)
    assert await office.fake.follows(uma.customer, True) == ""
    assert [event.customer for event in office.heard(CustomerJoined)] == came * 2
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
    if office.name in BUTTONLESS:
        with pytest.raises(Unable, match="no buttons"):
            await office.fake.presses(uma.customer, bubble.number, Button("Blue", "blue"))
        return
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


async def test_what_a_customer_can_do_with_a_message(office: Office) -> None:
    uma = await office.fake.joins("Uma")
    said = await office.fake.says(uma.customer, Text("hello"))
    await office.send(uma.customer, Text("Hello yourself"))
    (answer,) = office.seen(uma.customer)
    assert (office.fake.can(said), office.fake.can(answer)) == CAN[office.name]
    theirs, ours = (office.fake.can(bubble) for bubble in (said, answer))
    deeds: dict[str, Callable[[int], Awaitable[object]]] = {
        "edit": lambda number: office.fake.edits(uma.customer, number, "else"),
        "recall": lambda number: office.fake.recalls(uma.customer, number),
        "react": lambda number: office.fake.reacts(uma.customer, number, "👍"),
        "quote": lambda number: office.fake.says(uma.customer, Text("this"), quotes=number),
    }
    for deed, doing in deeds.items():
        for bubble, able in ((said, theirs), (answer, ours)):
            if deed not in able:
                with pytest.raises(Unable, match=office.fake.title):
                    await doing(bubble.number)


async def test_a_customer_changes_a_message(office: Office) -> None:
    uma = await office.fake.joins("Uma")
    said = await office.fake.says(uma.customer, Text("the blue one"))
    if "edit" not in office.fake.can(said):
        return
    shown = await office.fake.says(uma.customer, Image(MediaRef("", "a.jpg", "image/jpeg")), JPEG)
    (first, second) = office.heard(MessageReceived)[-2:]
    await office.fake.edits(uma.customer, said.number, "the red one")
    await office.fake.edits(uma.customer, shown.number, "like this")
    await office.fake.edits(uma.customer, shown.number, "")
    edited = office.heard(MessageEdited)
    assert [event.message for event in edited] == [first.message, second.message, second.message]
    assert edited[0].parts == (Text("the red one"),)
    assert [event.parts[0].caption for event in edited[1:]] == ["like this", ""]
    assert edited[2].parts[0].media == second.parts[0].media
    assert (said.parts, said.edited, said.trouble) == ((Text("the red one"),), True, "")
    for number, words in ((said.number, "the red one"), (999, "x")):
        with pytest.raises(Unable, match=r"already|no longer"):
            await office.fake.edits(uma.customer, number, words)


async def test_a_customer_takes_a_message_back(office: Office) -> None:
    uma = await office.fake.joins("Uma")
    said = await office.fake.says(uma.customer, Text("oops"))
    if "recall" not in office.fake.can(said):
        return
    (heard,) = office.heard(MessageReceived)
    assert (await office.fake.recalls(uma.customer, said.number)).trouble == ""
    assert [event.message for event in office.heard(MessageRecalled)] == [heard.message]
    assert (said.removed, office.fake.can(said)) == (True, [])


async def test_a_customer_reacts(office: Office) -> None:
    uma = await office.fake.joins("Uma")
    said = await office.fake.says(uma.customer, Text("hello"))
    if "react" not in office.fake.can(said):
        return
    await office.send(uma.customer, Text("Hello yourself"))
    (answer,) = office.seen(uma.customer)
    for emoji in ("👍", "🔥", "🔥"):
        assert await office.fake.reacts(uma.customer, answer.number, emoji) == ""
    heard = [(event.message, event.emoji, event.removed) for event in office.heard(Reacted)]
    assert heard == [(answer.key, *each) for each in (("👍", False), ("👍", True), ("🔥", False), ("🔥", True))]
    assert answer.reaction == ""
    with pytest.raises(Unable, match="expected"):
        await office.fake.reacts(uma.customer, answer.number, "🐌")


async def test_messages_answer_one_another(office: Office) -> None:
    uma = await office.fake.joins("Uma")
    said = await office.fake.says(uma.customer, Text("hello"))
    await office.send(uma.customer, Text("Hello yourself"))
    if not office.fake.quoting:
        return
    (answer,) = office.seen(uma.customer)
    for number, key in ((said.number, said.key), (answer.number, answer.key)):
        bubble = await office.fake.says(uma.customer, Text("this one"), quotes=number)
        assert bubble.quotes == number
        assert office.heard(MessageReceived)[-1].reply_to == key
    with pytest.raises(Unable, match="no longer"):
        await office.fake.says(uma.customer, Text("hm"), quotes=999)
    if "location" not in office.fake.quoting:
        with pytest.raises(Unable, match="location"):
            await office.fake.says(uma.customer, Location(1, 2, "a"), quotes=said.number)
    heard = office.heard(MessageReceived)[0]
    await office.send(uma.customer, Text("about that"), quotes=heard)
    assert office.seen(uma.customer)[-1].quotes == said.number


async def test_what_is_chosen_at_once_is_an_album_where_the_platform_has_one(office: Office) -> None:
    uma = await office.fake.joins("Uma")
    files = [(part, body) for part, body in (GIVEN[1], GIVEN[1], GIVEN[4]) if part.type in office.fake.gives]
    for _ in range(2):
        bubbles = await office.fake.says_together(uma.customer, files)
        assert [bool(bubble.album) for bubble in bubbles] == TOGETHER[office.name]
    heard = office.heard(MessageReceived)
    assert sorted(bool(event.album) for event in heard) == sorted(TOGETHER[office.name] * 2)
    assert len({event.album.partition("/")[0] for event in heard if event.album}) in (0, 2)
    with pytest.raises(Unable, match="10 files"):
        await office.fake.says_together(uma.customer, files * 6)


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
    office.opened.clear()
    if isinstance(office.fake, FakeEmail):
        office.fake.patience = 0.3
    assert (await office.fake.says(uma.customer, Text("hello?"))).trouble
    office.opened.set()
    if isinstance(office.fake, FakeEmail):
        office.fake.patience = 20.0
    assert (await office.fake.says(uma.customer, Text("hello!"))).trouble == ""


async def test_every_fault_strikes_once(office: Office) -> None:
    uma = await office.fake.joins("Uma")
    await office.fake.says(uma.customer, Text("hello"))
    for fault, sentence in (*office.fake.faults.items(), *office.fake.refusals.items()):
        assert sentence
        office.fake.spoil(fault)
        struck = fault in MENDED.get(office.name, ())
        try:
            await office.send(uma.customer, Text(f"under {fault}"))
        except ChannelError:
            struck = True
        assert struck or office.seen(uma.customer)[-1].trouble, fault  # or it fails after it was taken
        await office.fake.says(uma.customer, Text("go on"))
        await office.send(uma.customer, Text(f"after {fault}"))
        last = office.seen(uma.customer)[-1]
        assert (plain_text(last.parts[0]), last.trouble) == (f"after {fault}", "")


async def test_every_documented_refusal_comes_and_means_what_our_table_says(office: Office) -> None:
    uma = await office.fake.joins("Uma")
    for code, error in office.adapter.manifest.errors.items():
        if code in BROUGHT_ABOUT.get(office.name, ()):
            continue
        await office.fake.says(uma.customer, Text("hello"))
        fault = CALLED.get(office.name, {}).get(code, code)
        office.fake.spoil(fault)
        if fault in MENDED.get(office.name, ()):
            office.fake.spoil(fault)  # and mending does not help
        with pytest.raises(error) as refused:
            await office.send(uma.customer, Text("hello"))
        assert refused.value.code == code
    assert plain_text((await office.fake.says(uma.customer, Text("go on"))).parts[0]) == "go on"
    await office.send(uma.customer, Text("all is well"))


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
    assert "email, line, telegram, wechat, wecom" in complaint.expected


async def test_an_account_whose_owner_has_entered_our_address_is_well(office: Office) -> None:
    """Where we do not know our own address, as in the demo: then nothing is mended, and nothing has to be."""
    assert (await office.adapter.health(Checkup(datetime.now(UTC), ""), office.http)).findings == ()
