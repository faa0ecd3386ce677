"""The fake LINE's account: all of its state, and the tokens by which it knows who calls.

What the endpoints do with it is `answers.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import field
from datetime import datetime, timedelta

from adapters.line.fake.state import Accepted, Gathering, Json, Person, Sent
from adapters.line.fake.webhooks import Webhooks
from channels.fake import numbers
from channels.value import value

Headers = dict[str, str]


@value
class Answered:
    """A status, and JSON or bytes."""

    status: int
    body: Json | bytes = field(default_factory=dict)
    mime: str = "application/json"
    headers: Headers = field(default_factory=dict)


class Account:
    """One official account as LINE sees it. What tests look at and turn is public."""

    def __init__(self, secret: str, channel_id: str, destination: str, clock: Callable[[], datetime]) -> None:
        self.secret = secret
        self.channel_id = channel_id
        self.destination = destination
        self.clock = clock
        self.webhooks = Webhooks(secret, destination, clock)
        self.people: dict[str, Person] = {}
        self.gatherings: dict[str, Gathering] = {}
        self.access_tokens: dict[str, datetime | None] = {}  # value → when it expires
        self.accepted: dict[str, Accepted] = {}  # retry key → what was done
        self.sent: list[Sent] = []
        self.loading: list[tuple[str, int]] = []  # chat, seconds
        self.loading_until: dict[str, datetime] = {}  # by chat
        self.read: list[str] = []  # message ids up to which we have read
        self.violations: list[str] = []  # what LINE lets pass and nobody should do
        self.monthly_limit: int | None = None
        self.monthly_used = 0
        self.reply_within = timedelta(seconds=60)
        self.chat_mode = "chat"
        self.endpoint = ""  # where webhooks go, as the console has it
        self.endpoint_active = True
        self.reached: dict[
            str, str
        ] = {}  # public origin → where it lies in truth: the tests have no names and no certificates
        self._message_ids = numbers()
        self._token_numbers = itertools.count(1)

    def truly(self, address: str) -> str:
        """Where an https address of ours lies in truth."""
        origin = "/".join(address.split("/")[:3])
        return self.reached.get(origin, origin) + address[len(origin) :]

    # -- who may call --------------------------------------------------------------------------------------------------

    def long_lived_token(self) -> str:
        return self._issued(None)

    def revoke(self, token: str) -> None:
        del self.access_tokens[token]

    def unauthorized(self, authorization: str) -> Answered | None:
        kind, _, token = authorization.partition(" ")
        expires_at = self.access_tokens.get(token, self.clock()) if kind == "Bearer" else self.clock()
        if expires_at is None or self.clock() < expires_at:
            return None
        reason = "invalid token. Confirm that the access token in the authorization header is valid."
        return Answered(401, {"message": f"Authentication failed due to the following reason: {reason}"})

    def _issued(self, life: timedelta | None) -> str:
        token = f"access-token-{next(self._token_numbers):06d}"
        self.access_tokens[token] = None if life is None else self.clock() + life
        return token

    def stateless_token(self, form: Json, headers: Headers) -> Answered:
        life = timedelta(minutes=15)
        return self._token_for(form, life)

    def short_lived_token(self, form: Json, headers: Headers) -> Answered:
        return self._token_for(form, timedelta(days=30))

    def verify_token(self, form: Json, headers: Headers) -> Answered:
        """Of a token that never expires LINE says nothing of its life."""
        token = str(form.get("access_token", ""))
        if self.unauthorized(f"Bearer {token}"):
            return Answered(400, {"error": "invalid_request", "error_description": "access token expired"})
        expires_at = self.access_tokens[token]
        life = {} if expires_at is None else {"expires_in": int((expires_at - self.clock()).total_seconds())}
        return Answered(200, {"client_id": self.channel_id, "scope": "profile"} | life)

    def _token_for(self, form: Json, life: timedelta) -> Answered:
        if form.get("grant_type") != "client_credentials":
            return Answered(400, {"error": "invalid_request", "error_description": "grant_type is invalid"})
        if (form.get("client_id"), form.get("client_secret")) != (self.channel_id, self.secret):
            return Answered(400, {"error": "invalid_client", "error_description": "invalid client_secret"})
        seconds = int(life.total_seconds())
        return Answered(200, {"token_type": "Bearer", "access_token": self._issued(life), "expires_in": seconds})
