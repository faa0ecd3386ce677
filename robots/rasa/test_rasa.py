"""Rasa: the conformance kit, and what a failure means: that of the assistant is an error, that of its tracker is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from channels.errors import ChannelError
from channels.kit import FakeHttp, RobotContract, failing, load_robot_case, turn_of
from channels.kit.checks.faults import FAULTS
from channels.kit.play import run
from channels.parts import Choices
from channels.robot import Words
from channels.wire import Answer
from robots.rasa import Rasa, RasaConfig
from robots.rasa.wire import words_of

CASES = Path(__file__).parent / "cases"
CONFIG = RasaConfig(
    base_url="https://rasa.example", api_token=SecretStr("the token of the tests"), when_returned="/welcome_back"
)


class TestRasa(RobotContract):
    robot = Rasa
    config = CONFIG
    cases = CASES
    copes = True


@pytest.mark.parametrize("fault", FAULTS)
def test_an_assistant_that_fails_is_an_error_and_its_tracker_is_not(fault: str) -> None:
    case, (end, wanted) = load_robot_case(CASES / "hand_over.json"), FAULTS[fault]
    with pytest.raises(ChannelError) as failed:
        run(Rasa(CONFIG).turn(case.turn, FakeHttp(failing(case.exchange, 0, end))))
    assert isinstance(failed.value, wanted)
    words = run(Rasa(CONFIG).turn(case.turn, FakeHttp(failing(case.exchange, 1, end))))
    assert isinstance(words, Words)
    assert words.hand_over is not None


@pytest.mark.parametrize("said", ["/restart", " /back", "//deny", '\t/ask{"a": 1}', "/ /x"])
def test_nothing_that_is_typed_is_a_command(said: str) -> None:
    http = FakeHttp(lambda call: Answer(200, b"[]"))
    run(Rasa(CONFIG).turn(turn_of({"heard": [{"text": said, "payload": said}]}), http))
    assert not http.calls[0].json["message"].startswith("/")


def test_buttons_without_a_text_are_a_question_all_the_same() -> None:
    (message,) = words_of([{"buttons": [{"title": "Yes", "payload": "/affirm"}, {"title": " ", "payload": "x"}]}]).say
    assert isinstance(message[0], Choices)
    assert [button.label for button in message[0].options] == ["Yes"]


def test_handing_over_comes_before_closing() -> None:
    words = words_of([{"custom": {"close": "x"}}, {"custom": {"hand_over": {"reason": " "}}}])
    assert (words.close, words.hand_over and words.hand_over.reason) == ("", "the robot asks for a person")
