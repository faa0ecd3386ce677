"""What a fake LINE knows and remembers. Values and records only; what is done with them is in the files next to this one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from channels.value import value

Json = dict[str, Any]


class Fault(StrEnum):
    """What can be made to go wrong with the next calls."""

    RATE_LIMIT = "rate limit"  # 429, try again later
    MONTHLY_LIMIT = "monthly limit"  # 429, but no use in trying again
    BROKEN = "broken"  # 500, nothing was done
    SLOW = "slow"  # done at once, answered late
    LOST_ANSWER = "lost answer"  # done, and the connection closed without an answer
    LOST_REQUEST = "lost request"  # not done, and the connection closed without an answer
    UNREADABLE = "400"  # and so on: the status, and what tells one from another; nothing was done
    NOWHERE = "400 address"
    UNKNOWN_TOKEN = "401"
    FORBIDDEN = "403"
    TOO_LARGE = "413"
    WRONG_TYPE = "415"


@dataclass(slots=True)
class Person:
    """A LINE user. One who is no friend of the account, or has blocked it, has no profile; a blocked push gets a 200."""

    id: str
    name: str = "Ann"
    language: str = "en"
    picture: str = ""
    friend: bool = True
    blocked: bool = False

    @property
    def source(self) -> Json:
        return {"type": "user", "userId": self.id}


@dataclass(slots=True)
class Gathering:
    """A group (`C…`) or a room (`R…`) with the account in it, unless it has `left`."""

    id: str
    name: str = "Friends"
    picture: str = ""
    members: list[str] = field(default_factory=list)
    left: bool = False

    def source(self, user: str = "") -> Json:
        kind = "group" if self.id.startswith("C") else "room"
        return {"type": kind, f"{kind}Id": self.id} | ({"userId": user} if user else {})


@dataclass(slots=True)
class ReplyToken:
    """`received_at` is when the webhook that carries it went out last, `happened_at` the event's own time."""

    to: str
    happened_at: datetime
    received_at: datetime
    used: bool = False


@value
class Accepted:
    """A call with a retry key that was carried out."""

    body: Json
    request_id: str
    answer: Json
    at: datetime


@dataclass(slots=True)
class Content:
    """What a customer sent. It answers 202 `pending` times first; one that `failed` to be prepared stays at 202 for ever."""

    kind: str
    body: bytes
    mime: str
    pending: int = 0
    failed: bool = False
    gone: bool = False


@value
class Sent:
    """A message that reached (or, blocked, did not reach) a chat. `by` is reply, push or multicast."""

    to: str
    message: Json
    id: str
    by: str
    delivered: bool = True


@value
class Call:
    """One call to the fake, in the order they came. `host` is `api` or `data`."""

    at: datetime
    host: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int


@value
class Delivery:
    """What became of one webhook: LINE is content with 200 within two seconds. `failure` has LINE's word for anything else."""

    status: int
    body: bytes = b""
    failure: str = ""

    @property
    def accepted(self) -> bool:
        return not self.failure
