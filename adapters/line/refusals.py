"""What LINE's refusals mean for us: a table, and the one function that reads it.

LINE has no error codes. A refusal is a status and an English sentence, and where one status means several things only the
sentence tells them apart. https://developers.line.biz/en/reference/messaging-api/#error-responses
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from channels import Answer
from channels.errors import DeliveryError, Rejected, Throttled, Unauthorized, Unreachable


class Refusal(NamedTuple):
    """`status` and, where not empty, a piece of the sentence; then our code, what is to be done, and what people read."""

    status: int
    sentence: str
    code: str
    error: type[DeliveryError]
    reason: str


# The first row that fits decides.
REFUSALS = (
    Refusal(
        400, "Failed to send messages", "400 address", Rejected, "LINE knows no such user or group, or we are not in it"
    ),
    Refusal(400, "", "400", Rejected, "LINE refuses what was sent"),
    Refusal(401, "", "401", Unauthorized, "LINE does not accept the channel's access token"),
    Refusal(403, "", "403", Rejected, "This LINE account may not do that"),
    Refusal(404, "", "404", Rejected, "LINE knows nothing of this"),
    Refusal(409, "", "409", Rejected, "LINE has seen this retry key with another request"),
    Refusal(410, "", "410", Rejected, "The customer has taken it back"),
    Refusal(413, "", "413", Rejected, "The message is larger than LINE takes"),
    Refusal(415, "", "415", Rejected, "LINE does not take this type of content"),
    Refusal(429, "monthly limit", "429 monthly limit", Rejected, "This month's messages on the LINE plan are used up"),
    Refusal(429, "", "429", Throttled, "LINE asks us to slow down"),
    Refusal(500, "", "500", Unreachable, "LINE has a problem of its own"),
)

CODES = {refusal.code: refusal.error for refusal in REFUSALS}

# Two refusals that are answers rather than errors.
TOO_LATE = "Invalid reply token"
NO_TRANSCODING = "Transcoding status doesn't support"


def refusal_of(answer: Answer) -> DeliveryError:
    """The error that says what to do after an answer that is not a success; LINE's own sentence is in the reason."""
    sentence = _sentence(answer.body)
    for row in REFUSALS:
        if row.status == answer.status and row.sentence.lower() in sentence.lower():
            return row.error(f"{row.reason}: {sentence}" if sentence else f"{row.reason}.", code=row.code)
    if 500 <= answer.status < 600:
        return Unreachable(f"LINE has a problem of its own: {sentence or 'no explanation'}", code=str(answer.status))
    return Rejected(f"LINE answered {answer.status}: {sentence or 'no explanation'}", code=str(answer.status))


def says(answer: Answer, sentence: str) -> bool:
    """Whether it is a 400 with this in its sentence."""
    return answer.status == 400 and sentence.lower() in _sentence(answer.body).lower()


def _sentence(body: bytes) -> str:
    """LINE's words: of the Messaging API (`message`, `details`) or of its token endpoints (`error`, `error_description`)."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    if type(answer) is not dict:
        return ""
    words = answer.get("message") or answer.get("error_description") or answer.get("error") or ""
    details = answer.get("details")
    found = [_detail(detail) for detail in details if type(detail) is dict] if type(details) is list else []
    return "; ".join([str(words), *found])


def _detail(detail: dict[str, Any]) -> str:
    return ": ".join(str(detail[key]) for key in ("property", "message") if detail.get(key))
