"""The real LINE adapter against the fake LINE, over real sockets and through the service's own way out.

What each request looks like is in the adapter's cases. Here is what only two sides together can show: that LINE takes what we
say, that nothing is said twice or lost when answers are, and that what customers do arrives.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from adapters.line import Line, LineConfig
from adapters.line.fake import FakeLine, Fault, Person, signature
from adapters.line.fake.checking import complaints
from adapters.line.outbound import messages_of
from channels import MediaLink, NotYet, Outbound, Profile, Request, Stream
from channels.errors import Rejected, Throttled, Unauthorized, Uncertain, Unreachable, Untrusted, WindowClosed
from channels.events import MessageReceived, ReplyToken
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
)
from ucs.runtime.http.channel_http import ChannelHttp, Network
from ucs.runtime.http.guard import Guard

START = datetime(2026, 1, 1, tzinfo=UTC)
HELLO = (Text("Hello"),)
LINKS = {
    "picture": MediaLink("https://media.example/a.png", "https://media.example/a.jpg", "a.png", "image/png", 9000),
    "film": MediaLink("https://media.example/f.mp4", "https://media.example/f.jpg", "f.mp4", "video/mp4", 9000, 3.0),
    "silent film": MediaLink("https://media.example/s.mp4", "", "s.mp4", "video/mp4", 9000),
    "sound": MediaLink("https://media.example/a.m4a", "", "a.m4a", "audio/mp4", 9000, 1.5),
    "paper": MediaLink("https://media.example/p.pdf", "", "p.pdf", "application/pdf", 9000),
}


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class Ours:
    """Our side of one channel: the adapter, its way out, and the clock it shares with LINE."""

    def __init__(
        self, line: FakeLine, clock: Clock, network: Network, strangers: Network | None = None, **values: Any
    ) -> None:
        bases = {"api_base": line.api_base, "data_base": line.data_base, "destination": line.destination}
        given = {"channel_secret": line.secret, "channel_id": line.channel_id} | bases | values
        self.adapter = Line(LineConfig.model_validate(given))
        self.http = ChannelHttp(network, "line-1", (line.secret,), strangers=strangers or network)
        self.line, self.clock = line, clock

    def hear(self, event: dict[str, Any]) -> MessageReceived:
        """A webhook with this event, as it arrives now."""
        body = self.line.webhooks.body(event)
        headers = {"x-line-signature": signature(self.line.secret, body)}
        request = Request("POST", "/", {}, headers, body, self.clock())
        self.adapter.verify(request)
        (heard,) = self.adapter.parse(request)
        assert isinstance(heard, MessageReceived)
        return heard

    def outbound(self, customer: str, *parts: Part, token: ReplyToken | None = None, **more: Any) -> Outbound:
        key = str(UUID(int=more.pop("key", 1)))
        return Outbound(key, customer, parts or HELLO, self.clock(), LINKS, token, **more)

    async def say(self, customer: str, *parts: Part, token: ReplyToken | None = None, **more: Any) -> tuple[str, ...]:
        return (await self.adapter.send(self.outbound(customer, *parts, token=token, **more), self.http)).messages

    async def fetch(self, event: dict[str, Any]) -> bytes | NotYet:
        part = self.hear(event).parts[0]
        assert isinstance(part, Image | Video | Audio | File)
        assert isinstance(part.media, MediaRef)
        found = await self.adapter.fetch(part.media, self.http)
        return b"".join([chunk async for chunk in found.chunks]) if isinstance(found, Stream) else found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def line(clock: Clock) -> AsyncIterator[FakeLine]:
    async with FakeLine(clock=clock) as line:
        yield line
    assert line.violations == []


@pytest.fixture
async def network(clock: Clock) -> AsyncIterator[Network]:
    network = Network(Guard.allowing(["127.0.0.0/8"]), clock=lambda: clock.now.timestamp())
    yield network
    await network.close()


@pytest.fixture
def ours(line: FakeLine, clock: Clock, network: Network) -> Ours:
    return Ours(line, clock, network)


@pytest.fixture
def ann(line: FakeLine) -> Person:
    return line.person("Ann", language="ja", picture="https://profile.example/ann")


def ways(line: FakeLine) -> list[str]:
    return [sent.by for sent in line.sent]


# -- replying and pushing ----------------------------------------------------------------------------------------------


async def test_an_answer_is_free_while_it_may_be_and_a_push_after(
    ours: Ours, line: FakeLine, ann: Person, clock: Clock
) -> None:
    first, second = (ours.hear(line.webhooks.text(ann, "Hi")) for _ in range(2))
    clock.pass_(seconds=49)
    assert await ours.say(ann.id, token=first.reply_token) == (line.sent[0].id,)
    clock.pass_(seconds=2)
    await ours.say(ann.id, token=second.reply_token, key=2)
    assert ways(line) == ["reply", "push"]
    assert line.monthly_used == 1


async def test_a_group_is_answered_as_a_group(ours: Ours, line: FakeLine, ann: Person) -> None:
    friends = line.gathering(members=(ann,))
    heard = ours.hear(line.webhooks.text(ann, "Hi", within=friends))
    assert (heard.customer, heard.author and heard.author.id) == (friends.id, ann.id)
    await ours.say(heard.customer, token=heard.reply_token)
    await ours.say(heard.customer, key=2)
    assert [sent.to for sent in line.sent] == [friends.id, friends.id]


async def test_a_lost_push_is_resent_and_arrives_once(ours: Ours, line: FakeLine, ann: Person) -> None:
    line.fail(Fault.LOST_ANSWER, path="/v2/bot/message/push")
    with pytest.raises(Uncertain):
        await ours.say(ann.id)
    again = await ours.say(ann.id, attempt=2, uncertain=True)
    assert again == (line.sent[0].id,)
    assert len(line.sent) == 1


async def test_a_push_that_got_lost_after_a_refused_token_is_resent_and_arrives_once(
    ours: Ours, line: FakeLine, ann: Person, clock: Clock
) -> None:
    line.reply_within = timedelta(seconds=10)
    token = ours.hear(line.webhooks.text(ann, "Hi")).reply_token
    clock.pass_(seconds=20)
    line.fail(Fault.LOST_ANSWER, path="/v2/bot/message/push")
    with pytest.raises(Uncertain) as lost:
        await ours.say(ann.id, token=token)
    assert lost.value.token_refused
    assert await ours.say(ann.id, attempt=2, uncertain=True) == (line.sent[0].id,)
    assert ways(line) == ["push"]


async def test_quotes_of_theirs_and_of_ours(ours: Ours, line: FakeLine, ann: Person) -> None:
    heard = ours.hear(line.webhooks.text(ann, "Hi"))
    receipt = await ours.adapter.send(ours.outbound(ann.id, quote_token=heard.quote_token), ours.http)
    (number,) = receipt.messages
    await ours.say(ann.id, quote_token=receipt.quote_tokens[number], key=2)
    assert [sent.message["quoteToken"] for sent in line.sent] == [heard.quote_token, f"quote-of-{number}"]


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.LOST_REQUEST])
async def test_a_lost_reply_is_resent_and_never_pushed(ours: Ours, line: FakeLine, ann: Person, fault: Fault) -> None:
    token = ours.hear(line.webhooks.text(ann, "Hi")).reply_token
    line.fail(fault, path="/v2/bot/message/reply")
    with pytest.raises(Uncertain):
        await ours.say(ann.id, token=token)
    if fault is Fault.LOST_REQUEST:
        await ours.say(ann.id, token=token, attempt=2, uncertain=True)
    else:
        with pytest.raises(Uncertain, match="no longer valid"):
            await ours.say(ann.id, token=token, attempt=2, uncertain=True)
    assert ways(line) == ["reply"]


async def test_a_token_that_line_drops_early_costs_a_push(
    ours: Ours, line: FakeLine, ann: Person, clock: Clock
) -> None:
    line.reply_within = timedelta(seconds=10)
    token = ours.hear(line.webhooks.text(ann, "Hi")).reply_token
    clock.pass_(seconds=20)
    await ours.say(ann.id, token=token)
    assert ways(line) == ["push"]


async def test_a_channel_may_refuse_to_pay(line: FakeLine, clock: Clock, network: Network, ann: Person) -> None:
    free = Ours(line, clock, network, push=False)
    token = free.hear(line.webhooks.text(ann, "Hi")).reply_token
    await free.say(ann.id, token=token)
    with pytest.raises(WindowClosed):
        await free.say(ann.id, token=token)
    assert ways(line) == ["reply"]


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Fault.RATE_LIMIT, Throttled), (Fault.MONTHLY_LIMIT, Rejected), (Fault.BROKEN, Unreachable)],
)
async def test_each_fault_says_what_to_do(
    ours: Ours, line: FakeLine, ann: Person, fault: Fault, error: type[Exception]
) -> None:
    line.fail(fault, path="/v2/bot/message/push")
    with pytest.raises(error):
        await ours.say(ann.id)
    await ours.say(ann.id, attempt=2)
    assert len(line.sent) == 1


async def test_nobody_there_is_refused(ours: Ours) -> None:
    with pytest.raises(Rejected, match="no such user"):
        await ours.say("U" + "9" * 32)


async def test_short_lived_tokens_are_fetched_once_and_renewed_when_revoked(
    ours: Ours, line: FakeLine, ann: Person
) -> None:
    await ours.say(ann.id)
    await ours.say(ann.id, key=2)
    (token,) = line.access_tokens
    line.revoke(token)
    await ours.say(ann.id, key=3)
    assert [call.path for call in line.calls].count("/oauth2/v3/token") == 2
    assert len(line.sent) == 3


async def test_short_lived_tokens_are_renewed_before_they_run_out(
    ours: Ours, line: FakeLine, ann: Person, clock: Clock
) -> None:
    for key in range(1, 4):
        await ours.say(ann.id, key=key)
        clock.pass_(minutes=7, seconds=15)
    assert [call.status for call in line.calls] == [200] * 5, "two tokens and three messages, none of them refused"


async def test_a_revoked_long_lived_token_parks_the_channel(
    line: FakeLine, clock: Clock, network: Network, ann: Person
) -> None:
    token = line.long_lived_token()
    ours = Ours(line, clock, network, access_token=SecretStr(token))
    await ours.say(ann.id)
    line.revoke(token)
    with pytest.raises(Unauthorized):
        await ours.say(ann.id, key=2)
    assert [call.status for call in line.calls] == [200, 401]


async def test_a_wrong_secret_gets_no_token(line: FakeLine, clock: Clock, network: Network, ann: Person) -> None:
    with pytest.raises(Unauthorized) as refused:
        await Ours(line, clock, network, channel_secret="another-secret").say(ann.id)
    assert "another-secret" not in str(refused.value)


def test_another_accounts_webhook_is_not_ours(line: FakeLine, clock: Clock, network: Network, ann: Person) -> None:
    with pytest.raises(Untrusted):
        Ours(line, clock, network, destination="U" + "9" * 32).hear(line.webhooks.text(ann, "Hi"))


# -- files -------------------------------------------------------------------------------------------------------------


async def test_files_are_fetched_when_they_are_ready(ours: Ours, line: FakeLine, ann: Person) -> None:
    event = line.webhooks.media(ann, "video", b"a film", "video/mp4", pending=2)
    assert [await ours.fetch(event) for _ in range(3)] == [NotYet(), NotYet(), b"a film"]
    assert await ours.fetch(line.webhooks.media(ann, "file", b"a paper", "application/pdf")) == b"a paper"


async def test_files_that_are_lost_are_refused_for_good(ours: Ours, line: FakeLine, ann: Person) -> None:
    failed, gone, unknown = (line.webhooks.media(ann, "video", b"a film", "video/mp4") for _ in range(3))
    line.webhooks.contents[failed["message"]["id"]].failed = True
    line.webhooks.unsend(gone)
    del line.webhooks.contents[unknown["message"]["id"]]
    for event in (failed, gone, unknown):
        with pytest.raises(Rejected):
            await ours.fetch(event)


async def test_files_elsewhere_do_not_get_our_token(ours: Ours, line: FakeLine, ann: Person) -> None:
    provider = {"type": "external", "originalContentUrl": f"{line.data_base}/elsewhere.jpg"}
    with pytest.raises(Rejected):
        await ours.fetch(line.webhooks.message(ann, "image", contentProvider=provider))
    assert "authorization" not in line.calls[-1].headers


async def test_files_within_our_own_network_are_not_fetched(
    line: FakeLine, clock: Clock, network: Network, ann: Person
) -> None:
    """Not even where the installation allows that network for LINE itself: who writes through LIFF chooses the address."""
    strangers = Network(Guard.allowing())
    ours = Ours(line, clock, network, strangers)
    provider = {"type": "external", "originalContentUrl": f"{line.data_base}/secrets"}
    with pytest.raises(Rejected):
        await ours.fetch(line.webhooks.message(ann, "image", contentProvider=provider))
    assert line.calls == []
    await strangers.close()


# -- the rest ----------------------------------------------------------------------------------------------------------


async def test_who_dots_and_ticks(ours: Ours, line: FakeLine, ann: Person) -> None:
    friends = line.gathering("Friends", members=(ann,))
    adapter, http = ours.adapter, ours.http
    assert await adapter.profile(ann.id, http) == Profile("Ann", "ja", "https://profile.example/ann")
    assert await adapter.profile(friends.id, http) == Profile("Friends")
    assert await adapter.profile(f"{friends.id}/{ann.id}", http) == Profile("Ann", "", "https://profile.example/ann")
    ann.blocked = True
    assert await adapter.profile(ann.id, http) == Profile()
    await adapter.typing(ann.id, http)
    await adapter.typing(friends.id, http)
    assert line.loading == [(ann.id, 20)]
    heard = ours.hear(line.webhooks.text(ann, "Hi"))
    await adapter.mark_read(ann.id, heard.read_token, http)
    assert line.read == [heard.message]


# -- whatever is said, LINE takes it -----------------------------------------------------------------------------------

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(
    ["👨‍👩‍👧‍👦" * 8, "x" * 6000, " "]
)
some_words = words.filter(lambda text: bool(text.strip()))
pictures = st.none() | st.just("picture")
answers = st.builds(Button, some_words, payload=st.text("abc", max_size=20))
buttons = answers | st.builds(Button, some_words, url=st.just("https://shop.example/a"))
lists = st.lists(buttons, max_size=14).map(tuple)
cards = st.builds(Card, some_words, words, pictures, buttons=st.lists(buttons, max_size=3).map(tuple))
parts = st.one_of(
    st.builds(Text, words | st.just("x" * 5200)),
    st.builds(Image, st.just("picture"), words),
    st.builds(Video, st.sampled_from(["film", "silent film"]), words),
    st.builds(Audio, st.just("sound")),
    st.builds(File, st.just("paper"), words),
    st.builds(Location, st.floats(-90, 90), st.floats(-180, 180), words, words),
    st.builds(ContactCard, some_words),
    st.builds(Sticker, st.sampled_from(["446/1988", "CAACAgIAAx", ""]), words),
    st.builds(Card, some_words, words, pictures, buttons=lists),
    st.builds(Carousel, st.lists(cards, min_size=1, max_size=13).map(tuple)),
    st.builds(Choices, some_words, lists, st.sampled_from(["buttons", "list"])),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(parts, min_size=1, max_size=6).map(tuple))
def test_whatever_has_been_fitted_line_takes(said: tuple[Part, ...]) -> None:
    for call in fit(said, Line.manifest.sends, LINKS):
        try:
            messages = messages_of(Outbound("k", "U1", call, START, LINKS, quote_token="q"), "")
        except Rejected as error:  # what is merely too long in JSON is refused by us, with a reason
            assert "bytes of JSON" in error.reason  # noqa: PT017
            continue
        assert len(messages) == len(call)
        assert complaints(messages) == []
