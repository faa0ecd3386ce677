"""What WeChat's codes mean for us: a table, and the functions that read it.

WeChat answers 200 to nearly everything; `errcode` says whether it worked. Zero, or none, is success.
https://developers.weixin.qq.com/doc/oplatform/Return_codes/Return_code_descriptions_new.html
"""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from typing import Any, NamedTuple

import orjson

from channels import Answer
from channels.errors import (
    DeliveryError,
    Rejected,
    Throttled,
    Unauthorized,
    Uncertain,
    Unreachable,
    Unsubscribed,
    WindowClosed,
)

CHINA = timezone(timedelta(hours=8))  # a day of WeChat's quotas ends at midnight there
A_MINUTE = timedelta(seconds=60)


class Refusal(NamedTuple):
    error: type[DeliveryError]
    reason: str
    codes: tuple[int, ...]


REFUSALS = (
    Refusal(Unreachable, "WeChat is busy", (-1, -1000)),
    Refusal(Unauthorized, "WeChat does not accept our access token", (40001, 40014, 42001)),
    Refusal(
        Unauthorized,
        "WeChat does not let us in, see to the AppID, the AppSecret and the list of allowed addresses",
        (40002, 40013, 40125, 40164, 40243, 41001, 41002, 41004, 61003, 61007),
    ),
    Refusal(
        Unauthorized,
        "WeChat has not given this account the right to do that, or has taken it away",
        (48001, 48004, 50001, 50002),
    ),
    Refusal(Throttled, "This day's calls are used up", (45009,)),
    Refusal(Throttled, "WeChat asks us to slow down", (45011,)),
    Refusal(WindowClosed, "The customer wrote more than 48 hours ago, or has left", (45015,)),
    Refusal(WindowClosed, "WeChat takes no more messages before the customer writes again", (45047,)),
    Refusal(Unsubscribed, "The customer does not follow this account", (43004, 50005)),
    Refusal(Rejected, "WeChat knows no such customer of this account", (40003, 46004)),
    Refusal(Rejected, "The customer is on the account's black list", (43019,)),
    Refusal(Rejected, "The customer has switched off what this account sends", (48002,)),
    Refusal(Rejected, "The customer has not agreed to this kind of notice", (43101,)),
    Refusal(Rejected, "The template's blanks are filled with what WeChat does not take", (47003,)),
    Refusal(
        Rejected, "WeChat does not take this file", (40004, 40005, 40006, 40009, 40010, 40011, 40012, 45001, 45007)
    ),
    Refusal(Rejected, "WeChat has the file no longer", (40007,)),
    Refusal(Rejected, "The message is longer than WeChat takes", (45002, 45008)),
    Refusal(Rejected, "WeChat finds this content illegal", (45166,)),
    Refusal(Rejected, "This type of account may not send that", (40200,)),
    Refusal(Rejected, "WeChat cannot read what was sent", (40008, 40033, 40035, 44002, 44003, 44004, 47001)),
)

BY_CODE = {str(code): refusal for refusal in REFUSALS for code in refusal.codes}
CODES = {code: refusal.error for code, refusal in BY_CODE.items()}

STALE_TOKEN = frozenset({"40001", "40014", "42001"})
ALREADY_SENT = "45065"  # this `client_msg_id` is known: the first attempt got through
ALREADY_TYPING = "45081"
NOT_ALLOWED = "48001"  # this call is not for accounts of this type, or not for unverified ones
NO_MENUS = "40200"  # as the answer to a menu: the account is too small for them


def code_of(answer: Answer) -> str:
    """`errcode`, or empty where there is none or it is 0."""
    code = told_by(answer).get("errcode")
    return str(code) if type(code) in (int, str) and str(code) != "0" else ""


def told_by(answer: Answer) -> dict[str, Any]:
    """The JSON object that an answer is, whatever type it says it has; an empty one if it is something else."""
    try:
        found = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return found if type(found) is dict else {}


def require(answer: Answer, at: datetime | None = None) -> dict[str, Any]:
    """What a successful answer says. Raises the error that says what to do next after any other. `at`: now, where known.

    A 200 that is no JSON leaves us in doubt: it was somebody between WeChat and us, who may have passed the message on."""
    code = code_of(answer)
    if code or answer.status >= 300:
        raise refusal_of(answer, at)
    told = told_by(answer)
    if not told and answer.body.strip() != b"{}":
        raise Uncertain("WeChat answered with something that is not JSON; whether it took the message is not known.")
    return told


def require_extra(answer: Answer, at: datetime | None = None) -> dict[str, Any]:
    """The same for what an account may do without. That it may not do it is no reason to park the channel."""
    if code_of(answer) == NOT_ALLOWED:
        error = refusal_of(answer, at)
        raise Rejected(error.reason, code=error.code)
    return require(answer, at)


def refusal_of(answer: Answer, at: datetime | None = None) -> DeliveryError:
    code, words = code_of(answer), told_by(answer).get("errmsg")
    said = words if type(words) is str and words else "no explanation"
    row = BY_CODE.get(code)
    if row is not None and row.error is Throttled:
        return Throttled(f"{row.reason}: {said}", code=code, retry_after=_pause(code, at))
    if row is not None:
        return row.error(f"{row.reason}: {said}", code=code)
    if code:
        return Rejected(f"WeChat refuses it: {said}", code=code)
    return _by_status(answer)


def _by_status(answer: Answer) -> DeliveryError:
    """What somebody between WeChat and us says."""
    status, code = answer.status, str(answer.status)
    if status >= 500:
        return Unreachable(f"WeChat's server answered {status}.", code=code)
    if status == 429:
        seconds = answer.headers.get("retry-after", "")
        pause = (
            timedelta(seconds=int(seconds)) if seconds.isascii() and seconds.isdecimal() and len(seconds) < 7 else None
        )
        return Throttled("WeChat's server asks us to slow down.", code=code, retry_after=pause)
    if status == 401:
        return Unauthorized("WeChat's server answered 401.", code=code)
    return Rejected(f"WeChat's server answered {status}.", code=code)


def day_ends(at: datetime) -> datetime:
    """When the quotas of the day of `at` are there again: at midnight in China."""
    return datetime.combine(at.astimezone(CHINA).date() + timedelta(days=1), time(), CHINA)


def _pause(code: str, at: datetime | None) -> timedelta | None:
    """A quota of a day comes back with the next day, one of a minute after a minute."""
    if code != "45009":
        return A_MINUTE
    return None if at is None else day_ends(at) - at
