"""Who is asking: short tokens for agents and customers, longer ones that rotate, and proof of identity from the tenant's own server.

An access token is a JWT of ours (HS256, 15 minutes), sent in the `Authorization` header or the first frame of a socket, never in a
URL. A customer's refresh token is kept as a hash and good once: using an old one again revokes the whole family. Only the one
before the newest may be shown again, for half a minute, and gets the same successor: an answer may get lost, and two tabs may ask at
once.

PyJWT is imported with the first token: it brings all of cryptography, and a start shall be quick.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from channels.errors import Untrusted
from channels.value import value

ACCESS_FOR = timedelta(minutes=15)
REFRESH_FOR = timedelta(days=30)
GRACE_FOR = timedelta(seconds=30)  # in which the refresh token before the newest may be shown again
LEEWAY = timedelta(seconds=30)
ALGORITHM = "HS256"
SUBJECT_LIMIT = 200  # characters of a customer's id at the tenant


class Role(StrEnum):
    """What a caller may do; each may do what the one before it may, customers apart."""

    CUSTOMER = "customer"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    OPERATOR = "operator"


RANK = {Role.AGENT: 1, Role.SUPERVISOR: 2, Role.ADMIN: 3, Role.OPERATOR: 4}


@value
class Caller:
    """Who calls. For a customer `subject` is the address and `channel` the channel; for an agent `subject` is the agent's id and
    `epoch` the sign-in; `password` stands for the one that was good then (`Tokens.mark_of`)."""

    role: Role
    tenant: str
    subject: str
    channel: str = ""
    epoch: int = 0
    proven: bool = False
    session: str = ""
    password: str = ""


class Tokens:
    """Issues and checks access tokens. `key` is the installation's own secret."""

    def __init__(self, key: bytes, now: Callable[[], datetime]) -> None:
        self._key = key
        self._operator = operator_key(key).encode()
        self.now = now

    def issue(self, caller: Caller) -> str:
        import jwt

        now = self.now()
        claims: dict[str, Any] = {
            "iss": "ucs",
            "role": caller.role.value,
            "tenant": caller.tenant,
            "sub": caller.subject,
            "iat": int(now.timestamp()),
            "exp": int((now + ACCESS_FOR).timestamp()),
        }
        for name in ("channel", "epoch", "proven", "session", "password"):
            if value := getattr(caller, name):
                claims[name] = value
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def check(self, token: str) -> Caller:
        """Whose token it is. Raises `Untrusted`."""
        import jwt

        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                issuer="ucs",
                options={"require": ["exp", "sub", "role", "tenant"], "verify_exp": False, "verify_iat": False},
            )
            if claims["exp"] <= self.now().timestamp():
                raise Untrusted("The token has expired: refresh it or sign in again.")
            return Caller(
                Role(claims["role"]),
                claims["tenant"],
                claims["sub"],
                claims.get("channel", ""),
                claims.get("epoch", 0),
                claims.get("proven", False),
                claims.get("session", ""),
                claims.get("password", ""),
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            raise Untrusted("The token is not one of ours.") from None

    def mark_of(self, secret: str) -> str:
        """Tells whether a password (its hash) or a key is still the same, and nothing else: our own key is in it."""
        return hmac.new(self._key, b"mark\n" + secret.encode(), hashlib.sha256).hexdigest()[:16]

    def is_operator(self, key: str) -> bool:
        """Whether this is the installation's own operator key."""
        return hmac.compare_digest(key.encode("utf-8", "surrogatepass"), self._operator)


def operator_key(key: bytes) -> str:
    """The operator's key: derived from the installation's secret, kept in the data folder, never sent anywhere."""
    return hmac.new(key, b"operator", hashlib.sha256).hexdigest()


def new_refresh_token(session: str) -> tuple[str, str]:
    """The first refresh token of a session, and what is kept of it."""
    secret = secrets.token_urlsafe(32)
    return f"{session}.{secret}", hash_of(secret)


def next_refresh_token(key: bytes, session: str, kept: str) -> tuple[str, str]:
    """The one after it. Whoever shows the same token again gets the same successor, without its being kept anywhere: it follows
    from what is kept of the old one and a key that is not in the store."""
    digest = hmac.digest(key, f"{session}.{kept}".encode(), hashlib.sha256)
    secret = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return f"{session}.{secret}", hash_of(secret)


def same_secret(one: str, other: str) -> bool:
    """Whether two hashes or marks are the same, in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def split_refresh_token(token: str) -> tuple[str, str]:
    """The session's id, and what to compare. Raises `Untrusted`."""
    session, dot, secret = token.partition(".")
    if not dot or not session or not secret:
        raise Untrusted("The refresh token is not one of ours.")
    return session, hash_of(secret)


def hash_of(secret: str) -> str:
    """Random secrets need no slow hash: there is nothing to guess."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


@value
class Identity:
    """A customer as the tenant's own server vouches for."""

    subject: str
    name: str = ""


def check_identity(token: str, key: str, algorithm: str, audience: str, now: datetime) -> Identity:
    """Read a signed identity (JWT). The channel's configuration says which key and algorithm hold, never the token.

    It must carry `sub`, `aud` and `exp`. Raises `Untrusted`."""
    import jwt

    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=audience,
            options={"require": ["exp", "sub", "aud"], "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    except (jwt.PyJWTError, ValueError, TypeError):
        raise Untrusted("The identity is not signed by this tenant's server, or lacks sub, aud or exp.") from None
    _require_current(claims, now.timestamp())
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_LIMIT or not subject.isprintable():
        raise Untrusted(f"The identity's sub must be 1 to {SUBJECT_LIMIT} printable characters.")
    name = claims.get("name", "")
    return Identity(subject, name[:SUBJECT_LIMIT] if isinstance(name, str) and name.isprintable() else "")


def _require_current(claims: dict[str, Any], at: float) -> None:
    """Not over, and not from the future. A time that is no number (NaN is one by its type only) is none."""
    leeway = LEEWAY.total_seconds()
    times = {name: claims.get(name, 0) for name in ("exp", "iat", "nbf")}
    if not all(isinstance(time, int | float) and math.isfinite(time) for time in times.values()):
        raise Untrusted("The identity's times are not numbers.")
    if times["exp"] <= at - leeway:
        raise Untrusted("The identity has expired: let the tenant's server sign a new one.")
    if max(times["iat"], times["nbf"]) > at + leeway:
        raise Untrusted("The identity is dated in the future.")
