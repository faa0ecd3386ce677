"""An assistant made with Rasa, over its REST channel. `docs/robot-rasa.md` is its page.

This file is the robot; `wire.py` reads what Rasa says. Rasa keeps the conversation under the contact's id; remembered are the payloads
of the buttons that were shown, for only those are handed on as such. https://rasa.com/docs/reference/channels/your-own-website
"""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field, SecretStr

from channels import Config, Http
from channels.errors import ChannelError
from channels.robot import Robot, Turn, Why, Words
from robots._said import heard_text
from robots._service import ask, json_of, time_for
from robots.rasa.wire import NOTHING_KNOWN, Tracker, intent_of, tracker_of, with_intent, with_tracker, words_of

__all__ = ["Rasa", "RasaConfig"]

MOST_TEXT = 4000
COMMAND = "/"  # how a text begins that Rasa takes for an intent, or for an order to start again


class RasaConfig(Config):
    """A Rasa server with its REST channel, and its HTTP API if the tracker is to be read."""

    base_url: str = Field(pattern=r"^https?://[^\s?#]+[^\s?#/]$", description="Where the server is.")
    api_token: SecretStr | None = Field(None, description="A JSON web token for it, sent as a bearer token.")
    tracker: Literal["hand_over", "every_turn", "never"] = Field(
        "hand_over", description="When slots and intent are read from the tracker."
    )
    when_returned: str = Field(
        "", max_length=200, description="Said to Rasa when people gave the contact back: /welcome_back."
    )
    when_nobody_came: str = Field("", max_length=200, description="Said to Rasa when no human came.")


class Rasa(Robot[RasaConfig]):
    """An assistant made with Rasa."""

    name = "rasa"
    title = "Rasa"

    async def turn(self, turn: Turn, http: Http) -> Words:
        if turn.assist:
            return await self._advice(turn, http)
        message = self._message(turn)
        if not message:
            return Words()  # nothing to tell it
        url = f"{self.config.base_url}/webhooks/rest/webhook"
        body = {"sender": turn.contact, "message": message[:MOST_TEXT], "metadata": _metadata(turn)}
        answer = await ask(http, url, headers=self._headers(), json=body, within=time_for(turn))
        words = words_of(json_of(answer))
        if self.config.tracker == "every_turn" or (self.config.tracker == "hand_over" and words.hand_over is not None):
            words = with_tracker(words, await self._tracker(turn, http))
        return words

    async def _advice(self, turn: Turn, http: Http) -> Words:
        """What the customer wants, by the model alone: told the words, Rasa would take them for the customer's turn.
        https://rasa.com/docs/reference/api/pro/http-api, `/model/parse`"""
        text = heard_text(turn.heard).lstrip(f"{COMMAND} \t\r\n")[:MOST_TEXT]
        if not text:
            return Words()
        url = f"{self.config.base_url}/model/parse"
        answer = await ask(http, url, headers=self._headers(), json={"text": text}, within=time_for(turn))
        return with_intent(Words(), intent_of(json_of(answer)))

    def _message(self, turn: Turn) -> str:
        """What Rasa is told. What a customer types is words and never a command, whatever it begins with."""
        told = {Why.RETURNED: self.config.when_returned, Why.NOBODY_CAME: self.config.when_nobody_came}
        if turn.why in told:
            return told[turn.why]
        shown = turn.memory.get("shown", ())
        for item in reversed(turn.heard):
            if item.payload and isinstance(shown, list | tuple) and item.payload in shown:
                return item.payload
        return heard_text(turn.heard).lstrip(f"{COMMAND} \t\r\n")

    async def _tracker(self, turn: Turn, http: Http) -> Tracker:
        """What Rasa knows; nothing, if it does not say: the words stand without it."""
        url = f"{self.config.base_url}/conversations/{_segment(turn.contact)}/tracker?include_events=NONE"
        try:
            answer = await ask(http, url, method="GET", headers=self._headers(), within=time_for(turn) / 2)
            return tracker_of(json_of(answer))
        except ChannelError:
            return NOTHING_KNOWN

    def _headers(self) -> dict[str, str]:
        token = self.config.api_token
        return {"Authorization": f"Bearer {token.get_secret_value()}"} if token is not None else {}


def _metadata(turn: Turn) -> dict[str, Any]:
    """For its actions, if they want it. The key is the same when the turn is tried again."""
    language = turn.person.language
    return {
        "key": turn.key,
        "channel": turn.channel,
        "open": turn.open,
        "customer": turn.person.id,
        "language": language,
    }


def _segment(contact: str) -> str:
    return quote(contact, safe="").replace(".", "%2E")
