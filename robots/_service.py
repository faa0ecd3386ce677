"""Asking a robot's service: one request, and what its answer means when it is not words.

What several robots share. A status is judged here once; what a good answer says is each robot's own business.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from channels import Answer, Http
from channels.errors import DeliveryError, Malformed, Rejected, Throttled, Unauthorized, Unreachable
from channels.robot import Turn

LARGEST = 256 * 1024  # bytes of an answer: a robot's words, not its files
REFUSALS: Mapping[int, type[DeliveryError]] = {401: Unauthorized, 403: Unauthorized, 408: Unreachable, 429: Throttled}
REASONS = {
    Unauthorized: "does not take our credentials: configure those it knows",
    Throttled: "asks us to be slower",
    Unreachable: "is out of order",
    Rejected: "refuses the request: compare it with the service's documentation",
}
MOST_SECONDS = 3600


class Foreign(BaseModel):
    """What a service answered, as far as we read it. Anything else in it is of no concern here."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


def climbs(path: str) -> bool:
    """Whether it has `.` or `..` in it, in any spelling, and so leads to another place than it says. Percent-encoding is no help where
    a customer's word has become one: every client takes `%2E` for a dot before it goes up."""
    segments = path.partition("?")[0].split("/")
    return any(unquote(segment) in (".", "..") for segment in segments)


def time_for(turn: Turn) -> timedelta:
    """How long the service may take: until nobody waits for the answer any more."""
    return max(turn.until - turn.at, timedelta(0))


async def ask(
    http: Http,
    url: str,
    *,
    within: timedelta,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    body: bytes | None = None,
) -> Answer:
    """One request with a good answer; raises the error that any other one is."""
    answer = await http.request(method, url, headers=headers, json=json, body=body, within=within)
    require_good(answer)
    return answer


def require_good(answer: Answer) -> None:
    """Raise what a status outside of 200 to 299 means."""
    if 200 <= answer.status < 300:
        return
    kind = Unreachable if answer.status >= 500 else REFUSALS.get(answer.status, Rejected)
    reason, code = f"The robot's service {REASONS[kind]}.", str(answer.status)
    if kind is Throttled:
        raise Throttled(reason, code=code, retry_after=_seconds(answer.headers.get("retry-after", "")))
    raise kind(reason, code=code)


def json_of(answer: Answer) -> Any:
    """An answer's JSON; raises `Malformed`."""
    if len(answer.body) > LARGEST:
        raise Malformed(f"The robot's service answered {len(answer.body):,} bytes; at most {LARGEST:,} are read.")
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        raise Malformed("The robot's service answered something that is not JSON.") from None


def complaint(error: ValidationError) -> Malformed:
    """What is wrong with an answer, by its keys and never with its values: a customer's words may be among them."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    wrong = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'it'}: {each['msg']}" for each in found[:5])
    return Malformed(f"The robot's service answered something else than was agreed: {wrong}.")


def _seconds(text: str) -> timedelta | None:
    return (
        timedelta(seconds=min(int(text), MOST_SECONDS)) if text.isascii() and text.isdigit() and len(text) < 8 else None
    )
