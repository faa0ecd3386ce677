"""The example of `docs/robot-webhook.md` runs, and our robot talks with it over a socket."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from channels.errors import Unauthorized
from channels.kit import turn_of
from channels.parts import Text
from channels.robot import Turn
from robots.webhook import Webhook, WebhookConfig
from robots.webhook.contract import body_of
from robots.webhook.signing import signed
from ucs.runtime.http.channel_http import ChannelHttp, Network
from ucs.runtime.http.guard import Guard

SECRET = "the secret of the example"
SERVER = Path(__file__).parent / "server.py"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    environment = {**os.environ, "ROBOT_SECRET": SECRET}
    command = [sys.executable, str(SERVER), "0"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=environment, text=True, **pipes) as server:  # noqa: S603
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}/turns"
        finally:
            server.terminate()


@pytest.fixture
async def http() -> AsyncIterator[ChannelHttp]:
    network = Network(Guard.allowing(["127.0.0.0/8"]))
    yield ChannelHttp(network, "website", (SECRET,))
    await network.close()


def robot(url: str, secret: str = SECRET) -> Webhook:
    return Webhook(WebhookConfig.model_validate({"url": url, "secret": secret, "tell_end": True}))


def turn(key: str, said: str, **more: Any) -> Turn:
    """A turn of today: the example refuses old ones."""
    return turn_of({"key": key, "heard": [{"text": said}], "at": datetime.now(UTC).isoformat(), **more})


async def test_it_talks_and_hands_over(url: str, http: ChannelHttp) -> None:
    opened = await robot(url).turn(turn("a1", "Hi", why="opened", person={"name": "Kim"}), http)
    assert opened.say == ((Text("Hello Kim. What is your order number?"),),)
    number = await robot(url).turn(turn("a2", "4711"), http)
    assert (number.memory, number.intent) == ({"order": "4711"}, "order")
    person = await robot(url).turn(turn("a3", "I want a refund", memory={"order": "4711"}), http)
    assert person.hand_over is not None
    assert (person.hand_over.slots, person.understood) == ({"order": "4711"}, False)


async def test_a_turn_that_is_repeated_is_answered_as_before(url: str, http: ChannelHttp) -> None:
    first = await robot(url).turn(turn("b1", "1"), http)
    assert await robot(url).turn(turn("b1", "2"), http) == first


async def test_it_is_told_the_end(url: str, http: ChannelHttp) -> None:
    await robot(url).ended(turn("c1", "Bye"), http)


async def test_who_does_not_know_the_secret_is_refused(url: str, http: ChannelHttp) -> None:
    with pytest.raises(Unauthorized):
        await robot(url, "another secret, and as long").turn(turn("d1", "1"), http)


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
async def test_what_was_recorded_is_refused_later(url: str, age: timedelta) -> None:
    """Replay: the signature holds, and its time is over."""
    old = turn("e1", "1", at=(datetime.now(UTC) - age).isoformat())
    body = body_of(old, "turn")
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=signed(SECRET, old.at, body)) as answer,
    ):
        assert answer.status == 401


async def test_another_body_is_refused(url: str) -> None:
    now = turn("f1", "1")
    headers = signed(SECRET, now.at, body_of(now, "turn"))
    async with aiohttp.ClientSession() as session, session.post(url, data=b"{}", headers=headers) as answer:
        assert answer.status == 401
