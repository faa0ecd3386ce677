"""Sessions that are kept: who gets which, and when one is closed for good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.errors import Rejected
from tests.runtime.conftest import Made
from ucs.runtime.http.channel_http import ChannelHttp, Network
from ucs.runtime.http.guard import Guard
from ucs.runtime.http.sessions import MOST
from ucs.runtime.http.ways_out import WaysOut

LONG = timedelta(hours=1)


async def ended(talk: Talk) -> None:
    async with asyncio.timeout(5):
        await talk.ended.wait()


class Talk:
    """A session that costs nothing. `spoken`: the host has said something unasked, or has hung up."""

    def __init__(self) -> None:
        self.spoken = False
        self.ended = asyncio.Event()

    @property
    def closed(self) -> bool:
        return self.ended.is_set()

    async def quiet(self) -> bool:
        return not self.spoken

    async def aclose(self) -> None:
        self.ended.set()


class Begun:
    """Begins talks, and remembers them."""

    def __init__(self) -> None:
        self.talks: list[Talk] = []

    async def __call__(self) -> Talk:
        self.talks.append(Talk())
        return self.talks[-1]


@pytest.fixture
async def network() -> AsyncIterator[Callable[[timedelta], Network]]:
    made: list[Network] = []

    def make(idle_for: timedelta = LONG) -> Network:
        made.append(Network(Guard(), idle_sessions_for=idle_for))
        return made[-1]

    yield make
    for each in made:
        await each.close()


async def test_one_after_the_other_has_the_same(network: Callable[..., Network]) -> None:
    http, begin = ChannelHttp(network(), "mail"), Begun()
    for _ in range(3):
        async with http.session("imap", begin) as talk:
            assert talk is begin.talks[0]
    async with http.session("smtp", begin) as other:
        assert other is not begin.talks[0]
    async with ChannelHttp(network(), "mail").session("imap", begin) as others:
        assert others not in begin.talks[:2]
    assert not any(talk.closed for talk in begin.talks)


async def test_two_at_a_time_have_two_and_few_are_kept(network: Callable[..., Network]) -> None:
    http, begin = ChannelHttp(network(), "mail"), Begun()
    all_in, out = asyncio.Barrier(MOST + 2), asyncio.Event()

    async def talk() -> None:
        async with http.session("imap", begin):
            await all_in.wait()
            await out.wait()

    talks = [asyncio.create_task(talk()) for _ in range(MOST + 2)]
    out.set()
    await asyncio.gather(*talks)
    assert len({id(each) for each in begin.talks}) == MOST + 2
    assert [each.closed for each in begin.talks].count(True) == 2


async def test_one_in_which_something_failed_is_closed(network: Callable[..., Network]) -> None:
    http, begin = ChannelHttp(network(), "mail"), Begun()
    with pytest.raises(Rejected):
        async with http.session("imap", begin):
            raise Rejected("No.")
    async with http.session("imap", begin):
        pass
    assert [talk.closed for talk in begin.talks] == [True, False]


async def test_one_whose_host_spoke_or_hung_up_is_not_gone_on_with(network: Callable[..., Network]) -> None:
    http, begin = ChannelHttp(network(), "mail"), Begun()
    async with http.session("imap", begin) as talk:
        pass
    talk.spoken = True
    async with http.session("imap", begin) as another:
        assert another is not talk
    await ended(talk)


async def test_one_that_has_waited_long_is_closed(network: Callable[..., Network]) -> None:
    http, begin = ChannelHttp(network(timedelta(0)), "mail"), Begun()
    async with http.session("imap", begin) as talk:
        pass
    await ended(talk)
    async with http.session("imap", begin) as another:
        assert another is not talk


async def test_new_settings_and_removal_end_them(world_of: Made, network: Callable[..., Network]) -> None:
    """Also those that somebody is just using: who got in with old credentials does not stay."""
    world = await world_of()
    ways, begin = WaysOut(network()), Begun()
    center = world.center()
    http = ways(center.channels["fake1"])
    async with http.session("imap", begin), ways(center.channels["fake2"]).session("imap", begin):
        pass
    changed = replace(center.channels["fake1"], setting=world.center(config={"token": "new"}).channels["fake1"].setting)
    async with http.session("imap", begin) as lent:
        ways.match(replace(center, channels={**center.channels, "fake1": changed}))
        assert not lent.closed
    assert lent.closed
    async with http.session("imap", begin) as late:  # somebody who still works with the old settings
        assert late is not lent
    assert late.closed
    assert not begin.talks[1].closed  # the other channel's
    assert ways(center.channels["fake1"]) is not http
    ways.match(replace(center, channels={"fake1": center.channels["fake1"]}))
    await ended(begin.talks[1])


async def test_the_end_of_the_server_ends_them(network: Callable[..., Network]) -> None:
    whole, begin = network(), Begun()
    async with ChannelHttp(whole, "mail").session("imap", begin) as talk:
        pass
    await whole.close()
    assert talk.closed
