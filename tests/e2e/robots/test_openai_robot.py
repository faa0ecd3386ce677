"""A language model that looks something up, over sockets: the model is played, its wire is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext
from typing import Any

import orjson
import pytest
from aiohttp import web

from channels.errors import DeliveryError, Malformed, Throttled, Unauthorized, Unreachable
from channels.kit import turn_of
from channels.parts import Text
from channels.robot import Words
from robots.openai import Openai, OpenaiConfig
from tests.e2e.robots.conftest import SECRET
from tests.e2e.robots.fake import Fake
from ucs.runtime.http.channel_http import ChannelHttp

PARAMETERS = {"type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"]}


class FakeModel(Fake):
    """Chat completions, and a shop beside it. It asks for the order whose number it reads, and says what it is told of it."""

    raw: bytes = b""

    def __init__(self) -> None:
        super().__init__()
        self.left = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1/chat/completions", self._complete),
            web.get("/api/{customer}/orders/{number}", self._order),
        ]

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        if request.headers.get("Authorization") != f"Bearer {SECRET}":
            return web.json_response({"error": {"message": "Incorrect API key provided."}}, status=401)
        if self.raw:
            return web.Response(body=self.raw, content_type="application/json")
        *_, last = body["messages"]
        if body.get("stream"):
            return await self._stream(request, last["content"])
        if last["role"] == "tool":
            return _message({"content": f"It is {orjson.loads(last['content'])['state']}."})
        if "person" in last["content"]:
            return _message(_calls("hand_over", {"reason": "wants a person"}))
        return _message(_calls("order", {"number": last["content"].split()[-1]}))

    async def _stream(self, request: web.Request, said: str) -> web.StreamResponse:
        """What it heard, a word at a time; it breaks off at "stop", and says no more after "hang" until nobody listens."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for word in said.split():
            if word == "stop":
                assert request.transport is not None
                request.transport.abort()
                return response
            if word == "hang":
                await self.left.wait()
            delta = {"choices": [{"index": 0, "delta": {"content": f"{word} "}, "finish_reason": None}]}
            await response.write(b"data: " + orjson.dumps(delta) + b"\n\n")
        await response.write(b"data: [DONE]\n\n")
        return response

    async def _order(self, request: web.Request) -> web.Response:
        self.asked.append((request.match_info["customer"], request.match_info["number"]))
        return web.json_response({"state": "sent"})


def _message(message: dict[str, Any]) -> web.Response:
    choice = {"index": 0, "message": {"role": "assistant", "content": None, **message}, "finish_reason": "stop"}
    return web.json_response(
        {"id": "c", "object": "chat.completion", "choices": [choice], "usage": {"total_tokens": 9}}
    )


def _calls(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    function = {"name": name, "arguments": orjson.dumps(arguments).decode()}
    return {"tool_calls": [{"id": "call_1", "type": "function", "function": function}]}


@pytest.fixture
async def model() -> AsyncIterator[FakeModel]:
    async with FakeModel() as model:
        yield model


async def said(model: FakeModel, http: ChannelHttp, text: str, **changes: Any) -> Words:
    turn = turn_of({"heard": [{"text": text}], "person": {"id": "c 7"}})
    return await Openai(config_of(model, **changes)).turn(turn, http)


def config_of(model: FakeModel, **changes: Any) -> OpenaiConfig:
    tool = {
        "name": "order",
        "description": "An order.",
        "path": "/{customer}/orders/{number}",
        "parameters": PARAMETERS,
    }
    config: dict[str, Any] = {"base_url": f"{model.url}/v1", "api_key": SECRET, "model": "small", "prompt": "Be kind."}
    config |= {"tools_base": f"{model.url}/api", "tools": [tool]}
    return OpenaiConfig.model_validate({**config, **changes})


async def test_it_looks_up_and_says(model: FakeModel, http: ChannelHttp) -> None:
    words = await said(model, http, "Where is order 4711")
    assert words.say == ((Text("It is sent."),),)
    assert model.asked[1] == ("c 7", "4711")
    assert [message["role"] for message in model.asked[2]["messages"]] == ["system", "user", "assistant", "tool"]
    assert SECRET not in str(model.asked)


async def test_it_hands_over(model: FakeModel, http: ChannelHttp) -> None:
    words = await said(model, http, "I want a person")
    assert words.hand_over is not None
    assert words.hand_over.reason == "wants a person"


@pytest.mark.parametrize(("status", "error"), [(500, Unreachable), (429, Throttled)])
async def test_a_service_that_fails_is_named(
    model: FakeModel, http: ChannelHttp, status: int, error: type[Exception]
) -> None:
    model.faults = [status]
    with pytest.raises(error):
        await said(model, http, "Hi")


async def test_a_wrong_key_is_told_and_not_shown(model: FakeModel, http: ChannelHttp) -> None:
    with pytest.raises(Unauthorized) as refused:
        await said(model, http, "Hi", api_key="another key, not shown")
    assert "another key" not in str(refused.value)


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'{"choices": [{}]}', b'{"choices": [{"message": {"tool_calls": 3}}]}', b"null"]
)
async def test_what_nobody_can_read_is_malformed(model: FakeModel, http: ChannelHttp, raw: bytes) -> None:
    model.raw = raw or b" "
    with pytest.raises(Malformed):
        await said(model, http, "Hi")


@pytest.mark.parametrize(
    ("text", "shown", "error"), [("One two", ["One", "One two"], None), ("One stop", ["One"], DeliveryError)]
)
async def test_it_is_heard_while_it_speaks(
    model: FakeModel, http: ChannelHttp, text: str, shown: list[str], error: type[Exception] | None
) -> None:
    heard: list[str] = []
    turn = turn_of({"heard": [{"text": text}]})
    with pytest.raises(error) if error else nullcontext():
        words = await Openai(config_of(model)).aloud(turn, http, heard.append)
        assert words.say == ((Text("One two"),),)
    assert heard == shown


async def test_who_stops_in_the_middle_is_not_waited_for_longer_than_the_turn(
    model: FakeModel, http: ChannelHttp
) -> None:
    heard: list[str] = []
    turn = turn_of({"heard": [{"text": "One hang"}], "until": "2026-01-01T00:00:02+00:00"})
    with pytest.raises(DeliveryError):
        await Openai(config_of(model)).aloud(turn, http, heard.append)
    model.left.set()
    assert heard == ["One"]


async def test_a_key_that_is_refused_is_named_before_anything_is_heard(model: FakeModel, http: ChannelHttp) -> None:
    with pytest.raises(Unauthorized):
        await Openai(config_of(model, api_key="another key")).aloud(turn_of({"heard": [{"text": "Hi"}]}), http, print)
