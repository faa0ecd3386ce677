"""What Telegram's refusals mean for us: a table, and the one function that reads it.

A refusal is `{"ok": false, "error_code": 403, "description": "Forbidden: …"}`, and where one code means several things only the
sentence tells them apart. https://core.telegram.org/bots/api#making-requests
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

import orjson

from channels import Answer
from channels.errors import DeliveryError, Rejected, Throttled, Unauthorized, Unreachable, Unsubscribed


class Refusal(NamedTuple):
    """`status` and, where not empty, a piece of the sentence; then our code, what is to be done, and what people read."""

    status: int
    sentence: str
    code: str
    error: type[DeliveryError]
    reason: str


NO_PICTURE = "400 picture"

# The first row that fits decides. Sentences as the Bot API server has them, https://github.com/tdlib/telegram-bot-api; those about
# pictures come from behind it and are written nowhere.
REFUSALS = (
    Refusal(400, "PHOTO_", NO_PICTURE, Rejected, "Telegram cannot show this picture"),
    Refusal(400, "IMAGE_PROCESS_FAILED", NO_PICTURE, Rejected, "Telegram cannot show this picture"),
    Refusal(400, "chat not found", "400 chat", Rejected, "Telegram knows no such chat, or our bot is not in it"),
    Refusal(400, "file is too big", "400 size", Rejected, "Telegram hands out files of up to 20 MB only"),
    Refusal(400, "upgraded to a supergroup", "400 moved", Rejected, "The group has another address now"),
    Refusal(400, "", "400", Rejected, "Telegram refuses what was sent"),
    Refusal(401, "", "401", Unauthorized, "Telegram does not accept the bot's token"),
    Refusal(403, "blocked by the user", "403 blocked", Unsubscribed, "The customer has blocked our bot"),
    Refusal(403, "user is deactivated", "403 deactivated", Unsubscribed, "The customer's account is gone"),
    Refusal(403, "bot was kicked", "403 kicked", Unsubscribed, "Our bot was removed from there"),
    Refusal(403, "is not a member", "403 member", Unsubscribed, "Our bot is not a member there"),
    Refusal(403, "chat was deleted", "403 deleted", Unsubscribed, "The group was deleted"),
    Refusal(403, "can't initiate", "403 start", Rejected, "A bot cannot write first: the customer has to press Start"),
    Refusal(403, "", "403", Rejected, "Our bot may not do that there"),
    # Methods have the names that we write, so what is not found is the bot: its token is not even a token's shape.
    Refusal(404, "", "404", Unauthorized, "Telegram knows no bot with this token"),
    Refusal(409, "webhook is active", "409 webhook", Throttled, "A webhook is set: delete it, or set mode to webhook"),
    Refusal(409, "", "409", Throttled, "Somebody else asks for this bot's messages: let only one do so"),
    Refusal(413, "", "413", Rejected, "The file is larger than Telegram takes"),
    Refusal(429, "", "429", Throttled, "Telegram asks us to slow down"),
    Refusal(500, "", "500", Unreachable, "Telegram has a problem of its own"),
)

CODES = {refusal.code: refusal.error for refusal in REFUSALS}

# How long a bot that somebody else polls, or calls back, is left alone: an admin has to see to it.
CONFLICT_LASTS = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)


def refusal_of(answer: Answer) -> DeliveryError:
    """The error that says what to do after an answer that is not a success; Telegram's own sentence is in the reason."""
    told = object_in(answer)
    code, sentence = told.get("error_code"), told.get("description")
    status = code if type(code) is int else answer.status
    sentence = sentence if type(sentence) is str else ""
    for row in REFUSALS:
        if row.status == status and row.sentence.lower() in sentence.lower():
            reason = f"{row.reason}: {sentence}" if sentence else f"{row.reason}."
            if row.error is Throttled:
                return Throttled(reason, code=row.code, retry_after=_wait(answer, told, status))
            return row.error(reason, code=row.code)
    if 500 <= status < 600:
        return Unreachable(f"Telegram has a problem of its own: {sentence or 'no explanation'}", code=str(status))
    return Rejected(f"Telegram answered {status}: {sentence or 'no explanation'}", code=str(status))


def moved_to(answer: Answer) -> str:
    """The new address of a group that has become a supergroup, if that is what the refusal says."""
    chat = _parameters(object_in(answer)).get("migrate_to_chat_id")
    return str(chat) if type(chat) is int else ""


def object_in(answer: Answer) -> dict[str, Any]:
    """The JSON object that an answer is; an empty one if it is something else."""
    try:
        found = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return found if type(found) is dict else {}


def _wait(answer: Answer, told: dict[str, Any], status: int) -> timedelta | None:
    """How long Telegram wants to be left alone: it says so in the answer, and in a header as well."""
    seconds = _parameters(told).get("retry_after")
    header = answer.headers.get("retry-after", "")
    if type(seconds) is not int and header.isascii() and header.isdigit():
        seconds = int(header[:6])
    if type(seconds) is int and seconds > 0:
        return min(timedelta(seconds=min(seconds, 10**6)), LONGEST_WAIT)
    return CONFLICT_LASTS if status == 409 else None


def _parameters(told: dict[str, Any]) -> dict[str, Any]:
    found = told.get("parameters")
    return found if type(found) is dict else {}
