"""A language model behind an OpenAI-compatible endpoint, with tools. `docs/robot-openai.md` is its page.

This file is the rounds of a turn. `completion.py` is the wire, `tools.py` runs tools, `schema.py` checks their arguments. Nothing is
remembered: what was said is in the turn. `stream.py` reads an answer while it comes, for channels that show words as they grow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from channels import Http
from channels.errors import Malformed
from channels.robot import HandOver, Robot, Turn, Words
from robots._said import text_message
from robots._service import ask, json_of, require_good, time_for
from robots.openai.completion import Call, Message, advice_of, message_of, messages_of, offered, tools_of
from robots.openai.config import OURS, OpenaiConfig, Tool
from robots.openai.stream import streamed
from robots.openai.tools import result_of

__all__ = ["Openai", "OpenaiConfig", "Tool"]

Show = Callable[[str], None]


class Openai(Robot[OpenaiConfig]):
    """A language model that talks, looks things up, hands over and closes."""

    name = "openai"
    title = "Language model"

    async def turn(self, turn: Turn, http: Http) -> Words:
        return await self._turn(turn, http, None)

    async def aloud(self, turn: Turn, http: Http, show: Show) -> Words:
        return await self._turn(turn, http, show if self.config.stream else None)

    async def _turn(self, turn: Turn, http: Http, show: Show | None) -> Words:
        talk = messages_of(self.config, turn)
        for number in range(1, self.config.rounds + 1):
            message = await self._asked(talk, turn, http, show, last=number == self.config.rounds)
            calls = [] if number == self.config.rounds else message.calls()
            if turn.assist:
                calls = [call for call in calls if call.function.name not in OURS]
            ending = next((call for call in message.calls() if call.function.name in OURS), None)
            if ending is not None and not turn.assist:
                return self._ended(ending, message)
            if not calls:
                return self._said(message, turn)
            if show is not None:
                show("")  # what it said was for us: it looks something up first
            talk.append(_told(message, calls))
            for place, call in enumerate(calls):
                key = f"{turn.key}-{number}-{place}"
                result = await result_of(call, offered(self.config, turn), self.config, turn, key, http)
                talk.append({"role": "tool", "tool_call_id": call.id, "content": result})
        raise Malformed("The model came to no words.")

    async def _asked(
        self, talk: list[dict[str, Any]], turn: Turn, http: Http, show: Show | None, *, last: bool
    ) -> Message:
        config = self.config
        body: dict[str, Any] = {"model": config.model, "messages": talk, "max_tokens": config.most_tokens}
        if config.temperature is not None:
            body["temperature"] = config.temperature
        if tools := tools_of(config, turn):
            body |= {"tools": tools} | ({"tool_choice": "none"} if last and config.rounds > 1 else {})
        headers = {"Authorization": f"Bearer {config.api_key.get_secret_value()}"} if config.api_key else None
        url = f"{config.base_url}/chat/completions"
        if show is None:
            return message_of(json_of(await ask(http, url, headers=headers, json=body, within=time_for(turn))))
        body["stream"] = True
        answer, stream = await http.stream("POST", url, headers=headers, json=body, within=time_for(turn))
        require_good(answer)
        return await streamed(stream, show)

    def _said(self, message: Message, turn: Turn) -> Words:
        if not message.text():
            raise Malformed("The model answered neither words nor a tool.")
        return advice_of(message.text()) if turn.assist else Words(say=text_message(message.text()))

    def _ended(self, call: Call, message: Message) -> Words:
        """Its intention is clear, even if its arguments are not as declared."""
        given = call.arguments()
        values = given if isinstance(given, dict) else {}
        reason, said = _text(values, "reason", 500), text_message(message.text())
        if call.function.name == "close":
            return Words(say=said, close=reason or "The robot ended the talk.")
        queue = _text(values, "queue", 200)
        return Words(
            say=said,
            hand_over=HandOver(
                reason=reason or "The robot asks for a person.",
                queue=queue if queue in self.config.queues else "",
                summary=_text(values, "summary", 5000),
            ),
        )


def _told(message: Message, calls: list[Call]) -> dict[str, Any]:
    return {"role": "assistant", "content": message.text(), "tool_calls": [call.as_json() for call in calls]}


def _text(values: dict[str, Any], name: str, most: int) -> str:
    value = values.get(name)
    return value.strip()[:most] if isinstance(value, str) else ""
