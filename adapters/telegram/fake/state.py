"""What a fake Telegram knows and remembers. Values and records only; what is done with them is in the files next to this one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from channels.value import value

Json = dict[str, Any]


class Fault(StrEnum):
    """What can be made to go wrong with the next calls."""

    RATE_LIMIT = "rate limit"  # 429, with the time to wait in the answer and in a header
    BROKEN = "broken"  # 502 in HTML, nothing was done
    LOST_ANSWER = "lost answer"  # done, and the connection closed without an answer
    LOST_REQUEST = "lost request"  # not done, and the connection closed without an answer
    GARBLED = "garbled"  # done, and answered with 200 and something that is not JSON
    SLOW = "slow"  # done at once, answered late


# How the next calls can be made to be refused: the status, and the Bot API server's words. Most come of a call that deserves them.
# https://github.com/tdlib/telegram-bot-api, and what is behind it
REFUSALS: Mapping[str, tuple[int, str]] = {
    "400": (400, "Bad Request: not enough rights to send text messages to the chat"),
    "400 chat": (400, "Bad Request: chat not found"),
    "400 picture": (400, "Bad Request: PHOTO_INVALID_DIMENSIONS"),
    "400 size": (400, "Bad Request: file is too big"),
    "401": (401, "Unauthorized"),
    "403": (403, "Forbidden: bot can't send messages to bots"),
    "403 blocked": (403, "Forbidden: bot was blocked by the user"),
    "403 deactivated": (403, "Forbidden: user is deactivated"),
    "403 deleted": (403, "Forbidden: the group chat was deleted"),
    "403 kicked": (403, "Forbidden: bot was kicked from the supergroup chat"),
    "403 member": (403, "Forbidden: bot is not a member of the supergroup chat"),
    "403 start": (403, "Forbidden: bot can't initiate conversation with a user"),
    "404": (404, "Not Found"),
    "409": (409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"),
    "409 webhook": (
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    ),
    "413": (413, "Request Entity Too Large"),
    "429": (429, "Too Many Requests"),  # and no word of how long; `Fault.RATE_LIMIT` has one
    "500": (500, "Internal Server Error"),
}


@dataclass(slots=True)
class Chat:
    """A private chat, which has the id of its person, or a group. A bot may write to a person who has `started` it."""

    id: int
    kind: str
    name: str
    started: bool = True
    blocked: bool = False
    moved_to: int = 0
    messages: int = 0  # ids are counted in each chat

    @property
    def json(self) -> Json:
        name = {"first_name": self.name} if self.kind == "private" else {"title": self.name}
        return {"id": self.id, "type": self.kind, **name}

    @property
    def user(self) -> Json:
        return {"id": self.id, "is_bot": False, "first_name": self.name}

    def next_message(self) -> int:
        self.messages += 1
        return self.messages


@value
class Kept:
    """A file that lies at Telegram, or one that was handed over."""

    body: bytes
    mime: str
    name: str = ""
    path: str = ""
    size: int = 0  # what is said of it, if not the length of the body


@value
class Sent:
    """A message that reached a chat: the method, its parameters with what is JSON in them read, and its files."""

    chat: int
    id: int
    method: str
    given: Json
    files: dict[str, Kept] = field(default_factory=dict)


@value
class Call:
    """One call to the fake, in the order they came."""

    method: str
    given: Json
    status: int
    chunked: bool
