"""A flow that asks a shop's own service for an order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from channels.kit import turn_of
from channels.parts import plain_text
from channels.robot import Words
from robots.flow import Flow, FlowConfig
from tests.docs.project import ROOT
from tests.e2e.robots.conftest import SECRET
from tests.e2e.robots.fake import Fake
from ucs.runtime.http.channel_http import ChannelHttp

SHOP: Path = ROOT / "robots/flow/test_data/shop.flow.toml"


class FakeShop(Fake):
    """A shop with one order, for who has the token."""

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/orders/{number}", self._order), web.post("/api/repairs", self._repair)]

    async def _order(self, request: web.Request) -> web.Response:
        self.asked.append((request.match_info["number"], dict(request.query)))
        if request.headers.get("Authorization") != f"Bearer {SECRET}":
            return web.Response(status=401)
        if request.match_info["number"] != "4711":
            return web.Response(status=404)
        return web.json_response({"order": {"state": "sent", "lines": [{"price": 90.5}]}})

    async def _repair(self, request: web.Request) -> web.Response:
        self.asked.append((request.headers["Idempotency-Key"], await request.json()))
        return web.Response(status=204)


@pytest.fixture
async def shop() -> AsyncIterator[FakeShop]:
    async with FakeShop() as shop:
        yield shop


async def said(shop: FakeShop, http: ChannelHttp, text: str, node: str, **turn: Any) -> Words:
    config = {"file": SHOP, "api_base": f"{shop.url}/api", "api_token": SECRET}
    asked = turn_of({"heard": [{"text": text}], "memory": {"node": node}, **turn})
    return await Flow(FlowConfig.model_validate(config)).turn(asked, http)


async def test_an_order_is_looked_up(shop: FakeShop, http: ChannelHttp) -> None:
    words = await said(shop, http, "4711", "number", person={"name": "Kim & Jo"})
    assert plain_text(words.say[0][0]) == "Order 4711 is on its way to you."
    assert shop.asked == [("4711", {"by": "Kim & Jo"})]


async def test_one_that_is_not_there_is_asked_for_again(shop: FakeShop, http: ChannelHttp) -> None:
    words = await said(shop, http, "1", "number")
    assert [plain_text(parts[0]) for parts in words.say] == ["There is no order 1.", "Which number?"]


async def test_a_shop_out_of_order_leads_to_people(shop: FakeShop, http: ChannelHttp) -> None:
    shop.faults = [503]
    words = await said(shop, http, "4711", "number")
    assert words.hand_over is not None
    assert words.hand_over.slots == {"order": "4711"}


async def test_what_is_said_arrives_as_it_was_said(shop: FakeShop, http: ChannelHttp) -> None:
    words = await said(shop, http, "{order}/../x@y.example", "mail", key="t-1")
    assert words.close == "repair booked"
    assert shop.asked == [("t-1-1", {"mail": "{order}/../x@y.example", "words": "{order}/../x@y.example"})]
