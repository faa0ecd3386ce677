"""The dialogue flow of AICC: the conformance kit, and what the cases do not show."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr

from channels.kit import Call, FakeHttp, RobotContract, turn_of
from channels.kit.play import run
from channels.wire import Answer
from robots.oiap import Oiap, OiapConfig
from robots.oiap.transfer import hand_over_of
from robots.oiap.wire import OutParams

CONFIG = OiapConfig(
    base_url="https://oiap.example:28080",
    app_key="tenant001",
    app_secret=SecretStr("the password of the tests"),
    access_code="900000001",
    queues={"OnlineQueue": "sales"},
    agents={"1044": "anna"},
)


class TestOiap(RobotContract):
    robot = Oiap
    config = CONFIG
    cases = Path(__file__).parent / "cases"


def test_a_flow_that_never_asks_comes_to_an_end() -> None:
    """Each step only plays; the turn ends all the same."""
    body = orjson.dumps({"ret": 0, "outaction": 9, "outparams": {"prompt_text": "La", "model_type": "1000000"}})
    http = FakeHttp(lambda call: Answer(200, body), {"oiap": "token-1"})
    words = run(Oiap(CONFIG).turn(turn_of({"heard": [{"text": "Hi"}]}), http))
    assert len(http.calls) <= 9
    assert words.hand_over is None


def test_the_names_there_are_as_short_as_they_have_to_be() -> None:
    seen: list[Call] = []

    def script(call: Call) -> Answer:
        seen.append(call)
        return Answer(200, b'{"ret": 0, "outaction": 9, "outparams": {}}')

    turn = turn_of({"contact": "c" * 100, "person": {"id": "p" * 100}, "heard": [{"text": "x" * 3000}]})
    run(Oiap(CONFIG).turn(turn, FakeHttp(script, {"oiap": "token-1"})))
    first, second = (call.json["inparams"] for call in seen)
    assert (len(first["call_id"]), len(first["call_sor_id"]), len(second["input"])) == (60, 64, 1024)


def test_silently_it_says_nothing_and_asks_nobody() -> None:
    http = FakeHttp(lambda call: Answer(500))
    run(Oiap(CONFIG).turn(turn_of({"heard": [{"text": "Hi"}], "assist": True}), http))
    assert http.calls == []


@pytest.mark.parametrize(
    ("given", "slots"),
    [
        ("", {}),
        ("wants money", {"trans_data": "wants money"}),
        ('{"a": "1", "b": 2, "c": "", "d": null}', {"a": "1", "b": "2"}),
        ({"a": ["x"]}, {"a": '["x"]'}),
        ("[1]", {"trans_data": "[1]"}),
        ("{", {"trans_data": "{"}),
    ],
)
def test_what_the_flow_hands_on_is_shown(given: object, slots: dict[str, str]) -> None:
    out = OutParams.model_validate({"trans_type": 3, "route_value": "OnlineQueue", "trans_data": given})
    found = hand_over_of(out, CONFIG)
    assert (found.slots, found.queue) == (slots, "sales")
