"""What an answer means, by a platform's own table of codes. Both platforms answer 200 to nearly everything; `errcode` says whether it
worked. Zero, or none, is success.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from typing import Any, NamedTuple

import orjson

from channels import Answer
from channels.errors import DeliveryError, Rejected, Throttled, Unauthorized, Uncertain, Unreachable

CHINA = timezone(timedelta(hours=8))  # a day of their quotas ends at midnight there
A_MINUTE = timedelta(seconds=60)


class Refusal(NamedTuple):
    error: type[DeliveryError]
    reason: str
    codes: tuple[int, ...]


def day_ends(at: datetime) -> datetime:
    """When the quotas of the day of `at` are there again: at midnight in China."""
    return datetime.combine(at.astimezone(CHINA).date() + timedelta(days=1), time(), CHINA)


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


class Refusals:
    """One platform's table. `of_a_day` are the codes of quotas that come back at midnight, `stale` those of an old access token."""

    def __init__(
        self, platform: str, table: tuple[Refusal, ...], *, of_a_day: frozenset[str], stale: frozenset[str]
    ) -> None:
        self.platform = platform
        self.stale = stale
        self._of_a_day = of_a_day
        self._by_code = {str(code): refusal for refusal in table for code in refusal.codes}

    @property
    def codes(self) -> dict[str, type[DeliveryError]]:
        return {code: refusal.error for code, refusal in self._by_code.items()}

    def require(self, answer: Answer, at: datetime | None = None) -> dict[str, Any]:
        """What a successful answer says. Raises the error that says what to do next after any other. `at`: now, where known.

        A 200 that is no JSON leaves us in doubt: it was somebody between the platform and us, who may have passed the message on.
        """
        code = code_of(answer)
        if code or answer.status >= 300:
            raise self.refusal_of(answer, at)
        told = told_by(answer)
        if not told and answer.body.strip() != b"{}":
            raise Uncertain(
                f"{self.platform} answered with something that is not JSON; whether it took the message is not known."
            )
        return told

    def refusal_of(self, answer: Answer, at: datetime | None = None) -> DeliveryError:
        code, words = code_of(answer), told_by(answer).get("errmsg")
        said = words if type(words) is str and words else "no explanation"
        row = self._by_code.get(code)
        if row is not None and row.error is Throttled:
            return Throttled(f"{row.reason}: {said}", code=code, retry_after=self._pause(code, at))
        if row is not None:
            return row.error(f"{row.reason}: {said}", code=code)
        if code:
            return Rejected(f"{self.platform} refuses it: {said}", code=code)
        return self._by_status(answer)

    def _by_status(self, answer: Answer) -> DeliveryError:
        """What somebody between the platform and us says."""
        status, code, server = answer.status, str(answer.status), f"{self.platform}'s server"
        if status >= 500:
            return Unreachable(f"{server} answered {status}.", code=code)
        if status == 429:
            seconds = answer.headers.get("retry-after", "")
            known = seconds.isascii() and seconds.isdecimal() and len(seconds) < 7
            pause = timedelta(seconds=int(seconds)) if known else None
            return Throttled(f"{server} asks us to slow down.", code=code, retry_after=pause)
        if status == 401:
            return Unauthorized(f"{server} answered 401.", code=code)
        return Rejected(f"{server} answered {status}.", code=code)

    def _pause(self, code: str, at: datetime | None) -> timedelta | None:
        """A quota of a day comes back with the next day, one of a minute after a minute."""
        if code not in self._of_a_day:
            return A_MINUTE
        return None if at is None else day_ends(at) - at
