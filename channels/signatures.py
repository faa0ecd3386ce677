"""Is this really the platform's? Checks in constant time that adapters build `verify` from.

Each raises `Untrusted` with a sentence that names the scheme and never a secret, and none of them fails on what a stranger
may send: no signature, an empty one, one that is not ASCII. What a request may contain besides is `parse`'s question.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha1
from typing import Literal

from channels.errors import Untrusted


def require_hmac(
    secret: str | bytes,
    body: bytes,
    given: str | None,
    *,
    algorithm: str = "sha256",
    encoding: Literal["hex", "base64"] = "hex",
    prefix: str = "",
) -> None:
    """The HMAC of the raw body, as `given` in a header; `prefix` stands before it there (`sha256=`).

    Hex digits may be of either case. An empty secret is refused: anybody could sign with it.
    """
    key = _bytes(secret)
    if not key:
        raise Untrusted("The channel has no secret to check the signature with: configure it.")
    if not given:
        raise Untrusted("The request is not signed.")
    if not given.startswith(prefix):
        raise Untrusted(f"The signature does not start with {prefix!r}.")
    digest = hmac.digest(key, body, algorithm)
    text = given[len(prefix) :]
    if encoding == "hex":
        _require_same(digest.hex().encode(), _bytes(text.lower()), f"{algorithm} signature")
    else:
        _require_same(base64.b64encode(digest), _bytes(text), f"{algorithm} signature")


def require_token(expected: str | bytes, given: str | None) -> None:
    """A shared token that the platform repeats with every request."""
    if not expected:
        raise Untrusted("The channel has no token to compare with: configure it.")
    if not given:
        raise Untrusted("The request carries no token.")
    _require_same(_bytes(expected), _bytes(given), "token")


def require_sorted_sha1(parts: Iterable[str], given: str | None) -> None:
    """SHA-1 of the sorted parts joined without a gap: the scheme of several Chinese platforms (token, timestamp, nonce).

    It does not cover the body. The digest is the platform's choice; it stands here because it must be checked, not because
    it is strong.
    """
    if not given:
        raise Untrusted("The request is not signed.")
    digest = sha1(b"".join(sorted(map(_bytes, parts))), usedforsecurity=False).hexdigest()
    _require_same(digest.encode(), _bytes(given.lower()), "sha1 signature")


def require_fresh(at: datetime, now: datetime, within: timedelta) -> None:
    """A signed time that is at most `within` away, in the past or in the future, both times aware."""
    if abs(now - at) > within:
        raise Untrusted(f"The request was signed at {at.isoformat()}, more than {within} from {now.isoformat()}.")


def _require_same(expected: bytes, given: bytes, what: str) -> None:
    if not hmac.compare_digest(expected, given):
        raise Untrusted(f"The {what} does not hold.")


def _bytes(text: str | bytes) -> bytes:
    """Bytes to compare: a lone surrogate (an undecodable header byte) must be wrong, not a crash."""
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
