"""A dialogue flow of AICC, from the first word to the end of the transfer, over sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from channels.errors import Unauthorized, Unreachable
from channels.kit import turn_of
from channels.parts import plain_text
from channels.robot import Words
from robots.oiap import Oiap, OiapConfig
from tests.e2e.robots.conftest import SECRET
from tests.e2e.robots.fake_oiap import FakeOiap
from ucs.runtime.http.channel_http import ChannelHttp


@pytest.fixture
async def oiap() -> AsyncIterator[FakeOiap]:
    async with FakeOiap() as oiap:
        yield oiap
    assert oiap.violations == []


class Talk:
    """One contact: the memory goes from turn to turn."""

    def __init__(self, oiap: FakeOiap, http: ChannelHttp, **changes: Any) -> None:
        values = {"base_url": oiap.url, "app_key": "tenant001", "app_secret": SECRET, "access_code": "900000001"}
        self._robot = Oiap(OiapConfig.model_validate({**values, "queues": {"OnlineQueue": "sales"}, **changes}))
        self._http = http
        self._memory: Any = {}

    async def turn(self, *said: str, why: str = "heard") -> Words:
        turn = turn_of({"why": why, "heard": [{"text": text} for text in said], "memory": self._memory})
        words = await self._robot.turn(turn, self._http)
        self._memory = words.memory
        return words

    async def ended(self) -> None:
        await self._robot.ended(turn_of({"memory": self._memory}), self._http)


def texts(words: Words) -> list[str]:
    return [plain_text(part) for parts in words.say for part in parts]


async def test_a_talk_until_a_human_has_it(oiap: FakeOiap, http: ChannelHttp) -> None:
    talk = Talk(oiap, http)
    assert texts(await talk.turn("hi", why="opened")) == ["Welcome. What is your order number?", "Pardon?"]
    assert texts(await talk.turn("4711")) == ["One moment.", "It is on its way."]
    words = await talk.turn("我要人工")
    assert words.hand_over is not None
    assert (words.hand_over.queue, words.hand_over.slots) == ("sales", {"order": "4711"})
    await talk.ended()
    assert list(oiap.dialogues.values()) == ["over"]
    assert [step["inaction"] for step in oiap.asked] == [8, 9, 9, 9, 9, 11, 11]
    assert oiap.asked[-1]["inparams"]["input"] == "hangup"


async def test_a_transfer_that_fails_leads_back_into_the_flow(oiap: FakeOiap, http: ChannelHttp) -> None:
    talk = Talk(oiap, http)
    await talk.turn("人工", why="opened")
    assert texts(await talk.turn(why="nobody_came")) == ["Nobody is free."]
    assert texts(await talk.turn("4711")) == ["One moment.", "It is on its way."]


async def test_who_comes_back_from_people_begins_a_new_dialogue(oiap: FakeOiap, http: ChannelHttp) -> None:
    talk = Talk(oiap, http, vdn="12")
    await talk.turn("人工", why="opened")
    assert texts(await talk.turn(why="returned")) == ["Welcome. What is your order number?"]
    assert len(oiap.dialogues) == 2
    assert {step["path"] for step in oiap.asked} == {"/oifde/rest/v2/crs/process/12"}


async def test_the_flow_may_hang_up(oiap: FakeOiap, http: ChannelHttp) -> None:
    talk = Talk(oiap, http)
    await talk.turn("hi", why="opened")
    assert (await talk.turn("bye")).close
    await talk.ended()
    assert list(oiap.dialogues.values()) == ["over"]


async def test_one_token_serves_until_it_is_over(oiap: FakeOiap, http: ChannelHttp) -> None:
    talk = Talk(oiap, http)
    await talk.turn("hi", why="opened")
    await talk.turn("4711")
    assert oiap.given == 1
    oiap.forget_tokens()
    assert texts(await talk.turn("4711")) == ["One moment.", "It is on its way."]
    assert oiap.given == 2


async def test_a_wrong_password_is_told_and_not_shown(oiap: FakeOiap, http: ChannelHttp) -> None:
    with pytest.raises(Unauthorized) as refused:
        await Talk(oiap, http, app_secret="another password").turn("hi", why="opened")
    assert "another password" not in str(refused.value)


async def test_a_service_out_of_order_is_named(oiap: FakeOiap, http: ChannelHttp) -> None:
    oiap.faults = [502]
    with pytest.raises(Unreachable):
        await Talk(oiap, http).turn("hi", why="opened")
