"""A channel keeps its way out for as long as its configuration stays the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.errors import Rejected
from channels.wire import Token
from tests.runtime.conftest import Made
from tests.runtime.fake_time import START
from ucs.runtime.http.guard import Guard
from ucs.runtime.http.network import Network
from ucs.runtime.http.ways_out import WaysOut


async def test_what_time_it_is_is_said_by_the_clock_of_the_runtime(world_of: Made) -> None:
    world = await world_of()
    network = Network(Guard.allowing(()), now=world.time.now)
    http = WaysOut(network)(world.center().channels["fake1"])
    world.time.passed = 60.0
    assert http.now() == START + timedelta(minutes=1)
    await network.close()


async def test_new_credentials_make_a_new_way_out_and_forget_the_tokens(world_of: Made) -> None:
    world = await world_of()
    network = Network(Guard.allowing(()))
    ways = WaysOut(network)
    renewed: list[int] = []

    async def renew() -> Token:
        renewed.append(1)
        return Token("t", timedelta(hours=1))

    one = world.center().channels["fake1"]
    http = ways(one)
    await http.token("access", renew)
    assert ways(one) is ways(world.center().channels["fake1"]) is http
    assert ways(world.center().channels["fake2"]) is not http
    await http.token("access", renew)
    assert len(renewed) == 1
    for changed in (world.center(config={"token": "new"}).channels["fake1"], replace(one, secrets=("new-secret",))):
        assert ways(changed) is not http
        http = ways(changed)
        await http.token("access", renew)
    assert len(renewed) == 3
    await network.close()


async def test_what_a_stranger_points_to_is_called_by_the_strictest_guard(world_of: Made) -> None:
    """The installation's allow list is for its own servers. What a message names was chosen by whoever wrote it."""
    asked: list[str] = []

    async def inside(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=b"of the house")

    application = web.Application()
    application.router.add_get("/{path}", inside)
    server = TestServer(application)
    await server.start_server()
    network, strangers = Network(Guard.allowing(["127.0.0.0/8"])), Network(Guard())
    http = WaysOut(network, strangers=strangers)((await world_of()).center().channels["fake1"])
    _, stream = await http.stream("GET", str(server.make_url("/configured")))
    assert b"".join([chunk async for chunk in stream.chunks]) == b"of the house"
    with pytest.raises(Rejected, match="loopback"):
        await http.stream("GET", str(server.make_url("/pointed-to")), stranger=True)
    with pytest.raises(Rejected, match="strangers"):
        await WaysOut(network)((await world_of()).center().channels["fake1"]).stream(
            "GET", "https://shop.example", stranger=True
        )
    assert asked == ["/configured"]
    await network.close()
    await strangers.close()
    await server.close()
