"""The language model: the conformance kit, what reaches whom, and what nobody can configure."""

from __future__ import annotations

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
from channels.wire import Answer
from robots.openai import Openai, OpenaiConfig, Tool
from robots.openai.schema import unsupported, wrong_with

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
