"""The language model: the conformance kit, what reaches whom, and what nobody can configure."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from channels.errors import Malformed, Unreachable
from channels.kit import Call, FakeHttp, RobotContract, turn_of
from channels.kit.play import run
from channels.parts import Text
from channels.robot import HandOver, Words
from channels.wire import Answer, Stream
from robots.openai import Openai, OpenaiConfig, Tool
from robots.openai.schema import unsupported, wrong_with
from robots.openai.stream import streamed

ORDER: dict[str, Any] = {
    "name": "order",
    "description": "Looks up an order by its number.",
    "path": "/orders/{number}",
    "parameters": {"type": "object", "properties": {"number": {"type": "string", "pattern": "^[0-9]{1,8}$"}}, "required": ["number"]},
}  # fmt: skip
NAMED = {"type": "object", "properties": {"customer": {"type": "string"}}}
WITH_A = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
BOOK: dict[str, Any] = {
    "name": "book",
    "description": "Books a repair for the customer.",
    "method": "POST",
    "path": "/customers/{customer}/repairs",
    "parameters": {"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"]},
    "proven_only": True,
}
CONFIG = OpenaiConfig(
    base_url="https://models.example/v1",
    api_key=SecretStr("sk-of-the-tests"),
    model="small",
    prompt="You are the robot of Harbour Bikes.",
    queues=("support",),
    tools=(Tool.model_validate(ORDER), Tool.model_validate(BOOK)),
    tools_base="https://shop.example/api",
    tools_token=SecretStr("the tools of the tests"),
)


class TestOpenai(RobotContract):
    robot = Openai
    config = CONFIG
    cases = Path(__file__).parent / "cases"


def asking(name: str, arguments: object) -> Answer:
    """The model asks for a tool."""
    call = {"id": "c", "function": {"name": name, "arguments": orjson.dumps(arguments).decode()}}
    return Answer(200, orjson.dumps({"choices": [{"message": {"tool_calls": [call]}}]}))


def calls_for(name: str, arguments: object, **turn: Any) -> list[Call]:
    """The requests to the tools that come of it, and that alone."""
    http = FakeHttp(lambda call: asking(name, arguments) if "models" in call.url else Answer(200, b"{}"))
    config = CONFIG.model_copy(update={"rounds": 2})
    with pytest.raises(Malformed, match="neither words"):  # for it asks for nothing but tools
        run(Openai(config).turn(turn_of({"heard": [{"text": "Hi"}], **turn}), http))
    return [call for call in http.calls if "shop.example" in call.url]


def test_each_token_goes_to_its_own_service_only() -> None:
    (call,) = calls_for("order", {"number": "7"})
    assert call.headers == {"authorization": "Bearer the tools of the tests"}
    assert "sk-of-the-tests" not in str(call)


def test_the_model_is_told_no_secret() -> None:
    http = FakeHttp(lambda call: asking("order", {"number": "7"}) if len(http.calls) == 1 else Answer(500))
    with pytest.raises(Unreachable):
        run(Openai(CONFIG).turn(turn_of({"heard": [{"text": "Hi"}]}), http))
    told = orjson.dumps([call.json for call in http.calls]).decode()
    assert "sk-of-the-tests" not in told
    assert "the tools of the tests" not in told


def test_who_the_customer_is_comes_from_us() -> None:
    proven = {"id": "c/../7", "proven": True}
    (call,) = calls_for("book", {"day": "2026-03-01"}, person=proven, key="t-1")
    assert call.url == "https://shop.example/api/customers/c%2F..%2F7/repairs"
    assert (call.json, call.headers["idempotency-key"]) == ({"day": "2026-03-01"}, "t-1-1-0")
    assert calls_for("book", {"day": "2026-03-01", "customer": "other"}, person=proven) == []
    assert calls_for("book", {"day": "2026-03-01"}) == []
    assert calls_for("book", {"day": "2026-03-01"}, person=proven, assist=True) == []


@pytest.mark.parametrize("day", [".", ".."])
def test_no_argument_leads_to_another_path(day: str) -> None:
    """Whatever the customer talks the model into. Encoding the dots was not enough: they are decoded before they are followed."""
    anything = {**ORDER, "parameters": WITH_A, "path": "/orders/{a}/state"}
    tools = (Tool.model_validate(anything),)
    http = FakeHttp(lambda call: asking("order", {"a": day}) if "models" in call.url else Answer(200, b"{}"))
    with pytest.raises(Malformed, match="neither words"):
        run(
            Openai(CONFIG.model_copy(update={"rounds": 2, "tools": tools})).turn(
                turn_of({"heard": [{"text": "Hi"}]}), http
            )
        )
    assert [call for call in http.calls if "shop.example" in call.url] == []
    assert "cannot be . or .." in orjson.dumps(http.calls[-1].json).decode()


@pytest.mark.parametrize("number", ["../7", "", "7?x=1", 7, None, ["7"], {"a": 1}])
def test_what_is_not_as_declared_is_not_asked(number: object) -> None:
    assert calls_for("order", {"number": number}) == []


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "enum": ["a"]}, ["a"], ["b", 1]),
        ({"type": "string", "minLength": 1, "maxLength": 2}, ["a", "ab"], ["", "abc"]),
        ({"type": "integer", "minimum": 1, "maximum": 3}, [1, 3], [0, 4, True, 1.5, "1"]),
        ({"type": "number"}, [1, 1.5], [True, "1"]),
        ({"type": "boolean"}, [True, False], [0, "true"]),
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 2}, [[], [1, 2]], [[1, "2"], [1, 2, 3], {}]),
        (WITH_A, [{"a": "x"}], [{}, {"a": 1}, {"a": "", "b": 1}, []]),
        ({"type": "string", "pattern": "((a|a)+)+b"}, ["aab"], ["a" * 300]),
    ],
)  # fmt: skip
def test_arguments_are_checked(schema: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    assert unsupported(schema) == ""
    assert [value for value in good if wrong_with(value, schema)] == []
    assert [value for value in bad if not wrong_with(value, schema)] == []


def event(**delta: Any) -> bytes:
    """One event of a stream, in the model's own bytes."""
    return (
        b"data: "
        + orjson.dumps({"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]})
        + b"\n\n"
    )


def tool(index: int | None, name: str | None = None, arguments: str | None = None) -> bytes:
    return event(
        tool_calls=[{"index": index, "id": name and f"call_{name}", "function": {"name": name, "arguments": arguments}}]
    )


USED = b'data: {"choices": [], "usage": {"total_tokens": 9}}\n\n'
DONE = b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n' + USED + b"data: [DONE]\n\n"
HELLO = b": hello\n\n" + event(role="assistant", content="") + event(content="Good ") + event(content="day") + DONE
GIVES = (
    event(content="One moment.")
    + tool(0, "hand_over", "")
    + tool(0, None, '{"reason": "wants')
    + tool(0, None, ' one"}')
    + DONE
)


def aloud(*answers: bytes, mime: str = "text/event-stream", **changes: Any) -> tuple[Words, list[str], list[Call]]:
    """The words, what was shown on the way, and what the model was asked; a tool answers `{}`."""
    left, shown = list(answers), list[str]()
    http = FakeHttp(
        lambda call: Answer(200, left.pop(0), {"content-type": mime}) if "models" in call.url else Answer(200, b"{}")
    )
    turn = turn_of({"heard": [{"text": "Hi"}]})
    words = run(Openai(CONFIG.model_copy(update=changes)).aloud(turn, http, shown.append))
    return words, shown, [call for call in http.calls if "models" in call.url]


@pytest.mark.parametrize(
    "answer", [HELLO, HELLO.replace(b"\n", b"\r\n"), HELLO.replace(b"data: ", b"data:"), HELLO.rstrip()]
)
def test_words_are_shown_while_they_come(answer: bytes) -> None:
    words, shown, calls = aloud(answer)
    assert words.say == ((Text("Good day"),),)
    assert shown == ["Good", "Good day"]
    assert calls[0].json["stream"] is True


@given(st.lists(st.integers(0, len(HELLO)), max_size=20))
def test_however_the_network_cuts_it_the_words_are_the_same(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(HELLO)]

    async def chunks() -> AsyncIterator[bytes]:
        for start, end in pairwise(places):
            yield HELLO[start:end]

    shown: list[str] = []
    assert run(streamed(Stream(chunks(), "text/event-stream"), shown.append)).text() == "Good day"
    assert shown == ["Good", "Good day"]


def test_a_tool_that_comes_in_pieces_is_put_together() -> None:
    words, shown, _ = aloud(GIVES)
    assert words.hand_over == HandOver("wants one")
    assert (words.say, shown) == (((Text("One moment."),),), ["One moment."])


def test_what_is_said_before_a_tool_was_not_for_the_customer() -> None:
    looks = (
        event(content="I look.")
        + tool(0, "order", '{"number": ')
        + tool(1, "order", '{"number": "8"}')
        + tool(0, None, '"7"}')
        + DONE
    )
    words, shown, calls = aloud(looks, HELLO)
    assert shown == ["I look.", "", "Good", "Good day"]
    assert [each["function"]["arguments"] for each in calls[1].json["messages"][-3]["tool_calls"]] == [
        '{"number": "7"}',
        '{"number": "8"}',
    ]
    assert words.say == ((Text("Good day"),),)


def test_thoughts_are_not_shown() -> None:
    pieces = ["<thi", "nk>", "Hm. ", "</think>", "Good"]
    words, shown, _ = aloud(b"".join(event(content=piece) for piece in pieces) + DONE)
    assert ([text for text in shown if text], words.say) == (["Good"], ((Text("Good"),),))


def test_who_does_not_stream_is_understood() -> None:
    whole = orjson.dumps({"choices": [{"message": {"content": "Good day"}}]})
    assert aloud(whole, mime="application/json")[0].say == ((Text("Good day"),),)
    words, shown, calls = aloud(whole, stream=False)
    assert (words.say, shown, "stream" in calls[0].json) == (((Text("Good day"),),), [], False)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", Unreachable),
        (event(content="Good "), Unreachable),
        (event(content="Good ") + b'data: {"error": {"message": "overloaded"}}\n\n', Unreachable),
        (b"data: {\n\n", Malformed),
        (b'data: {"choices": 3}\n\n', Malformed),
        (b'data: {"choices": [{"delta": {"content": {}}}]}\n\n', Malformed),
        (b"data: " + b"x" * 600_000, Malformed),
        (event(content="x" * 40_000) * 2 + DONE, Malformed),
        (tool(0, "order", "x" * 40_000) * 2 + DONE, Malformed),
        (b": keep alive\n" * 400_000, Malformed),
        (DONE, Malformed),
        (b"".join(tool(place, "order", "{}") for place in (10**9, 8, 9)) + DONE, Malformed),
    ],
)
def test_a_stream_that_nobody_can_read_is_an_error(answer: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        aloud(answer)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    )
)
def test_whatever_the_model_makes_up_is_judged(value: Any) -> None:
    for tool in CONFIG.tools:
        assert isinstance(wrong_with(value, tool.parameters), str)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "null"},
        {"type": ["string", "null"]},
        {"type": "string", "format": "email"},
        {"type": "string", "minimum": 1},
        {"type": "object", "additionalProperties": True},
        {"type": "object", "properties": {"a": {"$ref": "#/b"}}},
        {"type": "object", "properties": []},
        {"type": "string", "pattern": "("},
        {"type": "array", "items": {"type": "x"}},
    ],
)
def test_a_schema_that_is_not_checked_is_refused(schema: dict[str, Any]) -> None:
    assert unsupported(schema)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"tools_base": ""}, "tools_base"),
        ({"tools": [ORDER, ORDER]}, "different names"),
        ({"tools": [ORDER | {"name": "close"}]}, "a tool of ours"),
        ({"tools": [ORDER | {"path": "/orders/{id}"}]}, "which is in the path"),
        ({"tools": [ORDER | {"path": "/orders?x={number}"}]}, "path"),
        ({"tools": [BOOK | {"parameters": NAMED}]}, "does not come from the model"),
        ({"prompt": "Your key is sk-of-the-tests."}, "without a secret"),
        ({"base_url": "models.example"}, "base_url"),
        ({"rounds": 0}, "rounds"),
    ],
)  # fmt: skip
def test_what_nobody_can_mean_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says) as refused:
        OpenaiConfig.model_validate({**dict(CONFIG), "tools": [ORDER], **changes})
    assert "sk-of-the-tests" not in str(refused.value)
