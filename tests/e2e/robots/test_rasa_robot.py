"""An assistant made with Rasa, over sockets: the REST channel and the tracker, with the bytes of Rasa's HTTP API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from channels.errors import Unauthorized, Unreachable
from channels.kit import turn_of
from channels.parts import Choices, plain_text
from channels.robot import Words
from robots.rasa import Rasa, RasaConfig
from tests.e2e.robots.conftest import SECRET
from tests.e2e.robots.fake import Fake
from ucs.runtime.http.channel_http import ChannelHttp

Json = dict[str, Any]


class FakeRasa(Fake):
    """It asks what it is about, keeps the topic as a slot, and hands over. `/restart` forgets, as Rasa's own does."""

    def __init__(self) -> None:
        super().__init__()
        self.slots: dict[str, Json] = {}
        self.intents: dict[str, str] = {}

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/webhooks/rest/webhook", self._hear), web.get("/conversations/{id}/tracker", self._tracker)]

    async def _hear(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {SECRET}":
            return web.json_response({"status": "failure", "reason": "NotAuthenticated", "code": 401}, status=401)
        body = await request.json()
        self.asked.append(body)
        sender, said = body["sender"], body["message"]
        slots = self.slots.setdefault(sender, {"topic": None, "requested_slot": None})
        self.intents[sender] = said[1:].partition("{")[0] if said.startswith("/") else "nlu_fallback"
        answers: list[Json] = [{"text": "Pardon?"}]
        if said == "Hello":
            buttons = [{"title": "A repair", "payload": "/repair"}, {"title": "A person", "payload": "/person"}]
            answers = [{"text": "Hi."}, {"text": "What is it about?", "buttons": buttons}]
        elif said == "/repair":
            slots["topic"] = "repair"
            answers = [{"text": "We do that.", "buttons": [{"title": "A person", "payload": "/person"}]}]
        elif said == "/person":
            answers = [{"custom": {"hand_over": {"reason": "wants a person"}}}]
        elif said == "/restart":
            slots["topic"] = None
        return web.json_response([{"recipient_id": sender, **answer} for answer in answers])

    async def _tracker(self, request: web.Request) -> web.Response:
        sender = request.match_info["id"]
        latest = {"intent": {"name": self.intents[sender], "confidence": 1.0}, "entities": []}
        return web.json_response(
            {"sender_id": sender, "slots": self.slots[sender], "latest_message": latest, "events": None}
        )


@pytest.fixture
async def rasa() -> AsyncIterator[FakeRasa]:
    async with FakeRasa() as rasa:
        yield rasa


class Talk:
    def __init__(self, rasa: FakeRasa, http: ChannelHttp, **changes: Any) -> None:
        values = {"base_url": rasa.url, "api_token": SECRET, **changes}
        self._robot, self._http = Rasa(RasaConfig.model_validate(values)), http
        self._memory: Any = {}

    async def turn(self, said: str, payload: str = "") -> Words:
        turn = turn_of({"contact": "c/1", "heard": [{"text": said, "payload": payload}], "memory": self._memory})
        words = await self._robot.turn(turn, self._http)
        self._memory = words.memory
        return words


async def test_from_the_first_word_to_a_human(rasa: FakeRasa, http: ChannelHttp) -> None:
    talk = Talk(rasa, http)
    asked = (await talk.turn("Hello")).say[-1][0]
    assert isinstance(asked, Choices)
    assert plain_text((await talk.turn("A repair", asked.options[0].payload)).say[0][0]) == "We do that."
    words = await talk.turn("A person", "/person")
    assert words.hand_over is not None
    assert (words.slots, words.intent) == ({"topic": "repair"}, "person")


async def test_nobody_restarts_it_by_typing(rasa: FakeRasa, http: ChannelHttp) -> None:
    talk = Talk(rasa, http)
    await talk.turn("Hello")
    await talk.turn("A repair", "/repair")
    await talk.turn("/restart")
    await talk.turn("restart", "/restart")
    assert rasa.slots["c/1"]["topic"] == "repair"


async def test_what_it_does_not_understand_is_counted(rasa: FakeRasa, http: ChannelHttp) -> None:
    assert not (await Talk(rasa, http, tracker="every_turn").turn("Mxyzptlk")).understood


async def test_a_server_that_fails_is_named(rasa: FakeRasa, http: ChannelHttp) -> None:
    rasa.faults = [502]
    with pytest.raises(Unreachable):
        await Talk(rasa, http).turn("Hello")
    with pytest.raises(Unauthorized) as refused:
        await Talk(rasa, http, api_token="another token").turn("Hello")
    assert "another token" not in str(refused.value)
