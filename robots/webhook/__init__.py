"""A robot of one's own: each turn is posted, signed, to an HTTP service, and what it answers is said. See `docs/robot-webhook.md`.

This file is the robot. `signing.py` is the signature, `contract.py` the JSON in both directions.
"""

from __future__ import annotations

from pydantic import Field, SecretStr, field_validator

from channels import Config, Http
from channels.robot import Robot, Turn, Words
from robots._service import ask, json_of, time_for
from robots.webhook.contract import body_of, words_of
from robots.webhook.signing import signed

__all__ = ["Webhook", "WebhookConfig"]

LEAST_SECRET = 16


class WebhookConfig(Config):
    """Where the service is, and the secret that it checks our requests with."""

    url: str = Field(description="The service's address; turns are posted to it.", pattern=r"^https?://[^\s/?#]+\S*$")
    secret: SecretStr = Field(description="Shared with the service, which checks the signature of every turn with it.")
    tell_end: bool = Field(False, description="Whether the service is told when a contact is over.")

    @field_validator("secret")
    @classmethod
    def _is_long_enough(cls, secret: SecretStr) -> SecretStr:
        if len(secret.get_secret_value()) < LEAST_SECRET:
            raise ValueError(f"expected at least {LEAST_SECRET} characters, so that nobody guesses it")
        return secret


class Webhook(Robot[WebhookConfig]):
    """A robot behind an HTTP service that speaks our JSON."""

    name = "webhook"
    title = "Your own robot, over HTTP"

    async def turn(self, turn: Turn, http: Http) -> Words:
        body = body_of(turn, "turn")
        answer = await ask(http, self.config.url, headers=self._headers(turn, body), body=body, within=time_for(turn))
        return words_of(json_of(answer))

    async def ended(self, turn: Turn, http: Http) -> None:
        if self.config.tell_end:
            body = body_of(turn, "ended")
            await ask(http, self.config.url, headers=self._headers(turn, body), body=body, within=time_for(turn))

    def _headers(self, turn: Turn, body: bytes) -> dict[str, str]:
        secret = self.config.secret.get_secret_value()
        return {"Content-Type": "application/json", "Idempotency-Key": turn.key, **signed(secret, turn.at, body)}
