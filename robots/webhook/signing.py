"""The signature of a turn: HMAC-SHA256 over the time in seconds, a full stop, and the body as it is sent.

The time is signed too, so that a request that somebody recorded is of no use to them a few minutes later; within those minutes the
key, which is part of the body, shows that it is a repetition.
"""

from __future__ import annotations

import hmac
from datetime import datetime

SCHEME = "v1="


def signed(secret: str, at: datetime, body: bytes) -> dict[str, str]:
    """The two headers."""
    seconds = str(int(at.timestamp()))
    digest = hmac.digest(secret.encode(), seconds.encode() + b"." + body, "sha256")
    return {"X-UCS-Timestamp": seconds, "X-UCS-Signature": SCHEME + digest.hex()}
