"""What a fake WeChat knows and remembers: its tokens, its people, how often each may still be written to, and files.

What is done with it is in `server.py` (calls to it) and `pushes.py` (what it tells us).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from adapters._tencent.fake.state import TOKEN_LIFE, Json, Known, Trouble
from channels.value import value

Mode = Literal["plain", "compatible", "safe"]

OVERLAP = timedelta(minutes=5)

# What a customer does, how long we may write after it, and how often.
WINDOWS = {"message": (timedelta(hours=48), 5), "tap": (timedelta(minutes=1), 3), "follow": (timedelta(minutes=1), 3)}


@dataclass(slots=True)
class Person:
    """`open_until` and `left`: until when we may write, and how often still."""

    openid: str
    follows: bool = True
    remark: str = ""
    open_until: datetime | None = None
    left: int = 0
    typing_until: datetime | None = None


@value
class Sent:
    """What reached a customer. `by` is `passive`, `service`, `template` or `notice`."""

    to: str
    by: str
    message: Json


@dataclass(slots=True)
class Account(Known):
    """One official account, verified unless told otherwise."""

    strange = (40001, "invalid credential, access_token is invalid or not latest")

    mode: Mode = "safe"
    appid: str = "wx0a1b2c3d4e5f6071"
    secret: str = "fake-wechat-app-secret-0123456789"
    token: str = "fakeWechatToken7"
    aes_key: str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"
    original_id: str = "gh_omni000001"
    verified: bool = True
    daily_limit: int = 500_000  # customer service messages
    people: dict[str, Person] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    templates: dict[str, tuple[str, ...]] = field(default_factory=dict)  # id → its blanks
    client_ids: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)  # what WeChat lets pass and nobody should do

    # -- tokens

    def stable_token(self, asked: Json) -> Json:
        if asked.get("grant_type") != "client_credential":
            raise Trouble(40002, "invalid grant_type")
        if asked.get("appid") != self.appid:
            raise Trouble(40013, "invalid appid")
        if not hmac.compare_digest(str(asked.get("secret", "")), self.secret):
            raise Trouble(40125, "invalid appsecret")
        now, forced = self.clock(), asked.get("force_refresh") is True
        dies_at = self.tokens.get(self.current)
        if forced or dies_at is None or dies_at <= now + OVERLAP:
            if forced:
                self.tokens.clear()
            self.current = f"{next(self.numbers)}_fakeWechatAccessToken"
            self.tokens[self.current] = dies_at = now + TOKEN_LIFE
        return {"access_token": self.current, "expires_in": int((dies_at - now).total_seconds())}

    # -- people

    def person(self, **fields: Any) -> Person:
        openid = f"oFAKE_{next(self.numbers):06d}"
        self.people[openid] = Person(openid, **fields)
        return self.people[openid]

    def did(self, person: Person, what: str) -> None:
        """A customer did something, and so we may write. What is already open for longer stays open."""
        within, times = WINDOWS[what]
        until = self.clock() + within
        if person.open_until is None or person.open_until < until:
            person.open_until, person.left = until, times

    def require_open(self, person: Person) -> None:
        if person.open_until is None or person.open_until < self.clock():
            raise Trouble(45015, "response out of time limit or subscription is canceled")
        if person.left <= 0:
            raise Trouble(45047, "out of response count limit")
        person.left -= 1

    def addressee(self, openid: object) -> Person:
        person = self.people.get(openid) if isinstance(openid, str) else None
        if person is None:
            raise Trouble(40003, "invalid openid")
        if not person.follows:
            raise Trouble(43004, "require subscribe")
        return person
