"""The flow robot: the conformance kit, with a flow that has every kind of node, and its settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from channels.kit import FakeHttp, RobotContract, turn_of
from channels.kit.play import run
from channels.wire import Answer
from robots.flow import Flow, FlowConfig

HERE = Path(__file__).parent
SHOP = HERE / "test_data/shop.flow.toml"
ENDLESS = 'start = "a"\n[node.a]\ncall = "GET /a"\nnext = "b"\notherwise = "b"\n' + "\n".join(
    f'[node.{name}]\ncall = "GET /{name}"\nnext = "{then}"\notherwise = "{then}"'
    for name, then in zip("bcdefgh", "cdefghz", strict=True)
) + '\n[node.z]\nclose = "done"\n'  # fmt: skip

STATE = """
start = "a"
[node.a]
ask = "Which order?"
next = "b"
[node.b]
call = "GET /orders/{said}/state"
next = "good"
otherwise = "bad"
[node.good]
close = "done"
[node.bad]
close = "failed"
"""


class TestFlow(RobotContract):
    robot = Flow
    config = FlowConfig(file=SHOP, api_base="https://shop.example/api", api_token=SecretStr("the token of the tests"))
    cases = HERE / "cases"
    copes = True


def test_a_turn_makes_a_bounded_number_of_calls() -> None:
    http = FakeHttp(lambda call: Answer(200, b"{}"))
    flow = Flow(FlowConfig(text=ENDLESS, api_base="https://shop.example"))
    words = run(flow.turn(turn_of({"why": "opened", "heard": [{"text": "Hi"}]}), http))
    assert (len(http.calls), words.close) == (5, "done")


def test_a_call_that_changes_something_can_be_told_from_its_repetition() -> None:
    http = FakeHttp(lambda call: Answer(200, b"{}"))
    turn = turn_of({"key": "t-7", "heard": [{"text": "a@b.example"}], "memory": {"node": "mail"}})
    run(Flow(FlowConfig(file=SHOP, api_base="https://shop.example")).turn(turn, http))
    assert http.calls[0].headers == {"idempotency-key": "t-7-1"}


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("HB1001", ["https://shop.example/api/orders/HB1001/state"]),
        ("../../admin", ["https://shop.example/api/orders/..%2F..%2Fadmin/state"]),
        ("..", []),
        (".", []),
        ("%2e%2e", ["https://shop.example/api/orders/%252e%252e/state"]),
    ],
)
def test_what_is_said_leads_a_call_to_no_other_path(said: str, asked: list[str]) -> None:
    http = FakeHttp(lambda call: Answer(200, b"{}"))
    flow = Flow(FlowConfig(text=STATE, api_base="https://shop.example/api"))
    words = run(flow.turn(turn_of({"heard": [{"text": said}], "memory": {"node": "a"}}), http))
    assert [call.url for call in http.calls] == asked
    assert words.close == ("done" if asked else "failed")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "either file or text"),
        ({"file": SHOP, "text": "x", "api_base": "https://shop.example"}, "either file or text"),
        ({"file": SHOP}, "api_base, for the flow has calls"),
        ({"file": SHOP, "api_base": "https://shop.example/"}, "api_base"),
        ({"file": HERE / "nowhere.toml"}, "cannot be read"),
        ({"text": "start ="}, "not TOML"),
        ({"text": 'start = "a"'}, "at least one table"),
    ],
)
def test_what_nobody_can_mean_is_refused(values: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        FlowConfig.model_validate(values)


def test_the_dictionary_is_loaded_for_chinese_only() -> None:
    """It takes a second: not at the start, not for English, and not in the thread that serves everybody."""
    code = """
import asyncio, sys, threading
from channels.kit import FakeHttp, turn_of
from robots.flow import Flow, FlowConfig, text
threads, load = [], text._dictionary.__wrapped__
def told(): threads.append(threading.current_thread() is threading.main_thread()); return load()
told.__name__ = "told"
text._dictionary = text.cache(told)
flow = Flow(FlowConfig(text='start = "a"\\n[node.a]\\nask = "?"\\nchoices = [{ label = "Yes", next = "a" }]'))
for said in ("Hello", "Yes", "你们几点开门"):
    asyncio.run(flow.turn(turn_of({"heard": [{"text": said}], "memory": {"node": "a"}}), FakeHttp(None)))
    print("jieba" in sys.modules, threads)
"""
    command = [sys.executable, "-W", "ignore", "-c", code]
    found = subprocess.run(command, cwd=HERE.parents[1], text=True, capture_output=True)  # noqa: S603
    assert found.stdout.splitlines() == ["False []", "False []", "True [False]"], found.stderr


def test_a_flow_with_chinese_loads_it_when_it_gets_ready_and_an_early_turn_waits_beside() -> None:
    code = """
import asyncio, sys, time
from channels.kit import FakeHttp, turn_of
from robots.flow import Flow, FlowConfig
text = 'start = "a"\\n[node.a]\\nask = "?"\\nchoices = [{ label = "Yes", next = "a" }]'
english, chinese = (Flow(FlowConfig(text=each)) for each in (text, text.replace("Yes", "好的")))
async def main():
    await english.ready()
    print("jieba" in sys.modules)
    ready = asyncio.create_task(chinese.ready())
    turn = asyncio.create_task(chinese.turn(turn_of({"heard": [{"text": "好的"}], "memory": {"node": "a"}}), FakeHttp(None)))
    ticks = 0
    while not (ready.done() and turn.done()):
        await asyncio.sleep(0.01)
        ticks += 1
    import jieba
    print(jieba.dt.initialized, turn.result().understood, ticks > 5)
asyncio.run(main())
"""
    command = [sys.executable, "-W", "ignore", "-c", code]
    found = subprocess.run(command, cwd=HERE.parents[1], text=True, capture_output=True)  # noqa: S603
    assert found.stdout.splitlines() == ["False", "True True True"], found.stderr
