"""The wire: what is asked of a chat completions endpoint, and what is read of its answer.

https://platform.openai.com/docs/api-reference/chat/create. Servers that call themselves compatible differ in details, and what is
known of that is taken: arguments as an object in place of text, content in pieces, thoughts before the words.
"""

from __future__ import annotations

import re
from typing import Any

import orjson
from pydantic import Field, ValidationError

from channels.robot import Turn, Why, Words
from robots._said import spoken, text_message
from robots._service import Foreign, complaint
from robots.openai.config import OpenaiConfig, Tool

LONGEST = 4000  # characters of one line of the talk
MOST_REPLIES = 5
MOST_CALLS = 8  # tools that one answer may ask for
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
ROLES = {"customer": "user", "robot": "assistant", "agent": "assistant"}

ADVISE = (
    "A human colleague talks with the customer, and only the colleague reads you. Answer with a JSON object and nothing else: "
    '{"replies": [up to three texts that the colleague may send as they are, the best first], '
    '"intent": "what the customer wants, in a few words", "confidence": a number from 0 to 1}.'
)

_THOUGHTS = re.compile(r"^\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)


class _Function(Foreign):
    name: str
    arguments: str | dict[str, Any] | None = None


class Call(Foreign):
    """A tool that the model asks for."""

    id: str = ""
    function: _Function

    def arguments(self) -> Any:
        """The arguments; None if they are not JSON."""
        given = self.function.arguments
        if not isinstance(given, str):
            return given or {}
        try:
            return orjson.loads(given or "{}")
        except orjson.JSONDecodeError:
            return None

    def as_json(self) -> dict[str, Any]:
        given = self.function.arguments
        text = given if isinstance(given, str) else orjson.dumps(given or {}).decode()
        return {"id": self.id, "type": "function", "function": {"name": self.function.name, "arguments": text}}


class Piece(Foreign):
    """A part of the words, where a service gives them in parts."""

    type: str = ""
    text: str = ""


class Message(Foreign):
    """What the model answered: words, tools, or both."""

    content: str | list[Piece] | None = None
    tool_calls: list[Call] | None = None

    def calls(self) -> list[Call]:
        return (self.tool_calls or [])[:MOST_CALLS]

    def text(self) -> str:
        content = self.content or ""
        text = content if isinstance(content, str) else "".join(piece.text for piece in content)
        return _THOUGHTS.sub("", text).strip()


class _Choice(Foreign):
    message: Message


class _Completion(Foreign):
    choices: list[_Choice] = Field(min_length=1)


def message_of(value: Any) -> Message:
    """The message of an answer; raises `Malformed`."""
    try:
        return _Completion.model_validate(value).choices[0].message
    except ValidationError as error:
        raise complaint(error) from None


class _Advice(Foreign):
    replies: list[str] = Field(max_length=MOST_REPLIES)
    intent: str = ""
    confidence: float | None = Field(None, ge=0, le=1)


def advice_of(text: str) -> Words:
    """What the model suggests to a human. One that does not keep to the form has suggested what it says."""
    found = _OBJECT.search(text)
    try:
        advice = _Advice.model_validate_json(found[0] if found else "")
    except ValidationError:
        return Words(say=text_message(text))
    replies = [reply[:LONGEST] for reply in advice.replies if reply.strip()]
    said = tuple(message for reply in replies for message in text_message(reply))
    return Words(say=said, intent=advice.intent.strip()[:200], confidence=advice.confidence)


def messages_of(config: OpenaiConfig, turn: Turn) -> list[dict[str, Any]]:
    """The talk so far. The tenant's words are the system's, the customer's are the user's and stay there."""
    system = {"role": "system", "content": f"{config.prompt}\n\n{_situation(turn)}"}
    told = [{"role": ROLES[line.by], "content": spoken(line.parts)[:LONGEST]} for line in turn.told if line.by in ROLES]
    heard = [{"role": "user", "content": spoken(item.parts)[:LONGEST]} for item in turn.heard]
    return [system, *told, *(heard or [{"role": "user", "content": "…"}])]


def tools_of(config: OpenaiConfig, turn: Turn) -> list[dict[str, Any]]:
    """What the model may ask for in this turn: while a human talks it only looks things up."""
    ours = [] if turn.assist else [_hand_over(config), _CLOSE]
    return ours + [_function(tool.name, tool.description, tool.parameters) for tool in offered(config, turn)]


def offered(config: OpenaiConfig, turn: Turn) -> list[Tool]:
    return [
        tool
        for tool in config.tools
        if (turn.person.proven or not tool.proven_only) and not (turn.assist and tool.method != "GET")
    ]


def _situation(turn: Turn) -> str:
    """What the model cannot see. Nothing that the customer claims is in it."""
    lines = [f"It is {turn.at:%A, %d %B %Y, %H:%M} UTC. Human colleagues are {'' if turn.open else 'not '}at work now."]
    if turn.why is Why.RETURNED and turn.returned is not None:
        lines.append(
            f"A human colleague has just talked with the customer, who is yours again. {turn.returned.summary}"
        )
    if turn.why is Why.NOBODY_CAME:
        lines.append("The customer waited for a human colleague, and nobody came.")
    if turn.assist:
        lines.append(ADVISE)
    return "\n".join(lines)[:LONGEST]


def _function(name: str, description: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def _hand_over(config: OpenaiConfig) -> dict[str, Any]:
    text = {"type": "string"}
    properties: dict[str, Any] = {"reason": text, "summary": text}
    if config.queues:
        properties["queue"] = {"type": "string", "enum": list(config.queues)}
    parameters = {"type": "object", "properties": properties, "required": ["reason"]}
    return _function("hand_over", "Give the customer to a human colleague, with a summary for them.", parameters)


_CLOSE = _function(
    "close",
    "End the talk, once the customer needs nothing more.",
    {"type": "object", "properties": {"reason": {"type": "string"}}, "required": ["reason"]},
)
