"""Whether a push, or the question whether our address works, was signed with the channel's token, and lately."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from channels import Request
from channels.errors import Untrusted
from channels.signatures import require_fresh, require_sorted_sha1


def require_signed(request: Request, name: str, token: SecretStr, max_age: timedelta, *more: str) -> None:
    """`name` is where the signature stands in the query; `more` is what it covers besides token, time and nonce."""
    timestamp, nonce = request.query.get("timestamp", ""), request.query.get("nonce", "")
    require_sorted_sha1((token.get_secret_value(), timestamp, nonce, *more), request.query.get(name))
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) == 10):
        raise Untrusted("The timestamp is not seconds since 1970.")
    require_fresh(datetime.fromtimestamp(int(timestamp), UTC), request.at, max_age)
