"""Agents' passwords: kept as argon2 hashes, never as words. Both calls take about 50 ms on purpose: not on the event loop.

A center file is put in force at every start, and nearly always its passwords are those of last time. So that this need not be found
out one slow hash after the other, a `Seal` over all of them is kept: one digest, with a key that is not in the store, of all passwords
and their hashes together. It says that nothing has changed, and it cannot be asked about one password alone.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import b64encode
from pathlib import Path

import orjson
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

SHORTEST = 8  # characters
LONGEST = 200


class Passwords:
    """`hasher` decides what hashing costs. What holding a password against a hash costs is written in the hash."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobodys = nobodys(self._hasher)

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def holds(self, kept: str, password: str) -> bool:
        """Whether this is the password that was kept. Where none is, the answer is no and the work is the same."""
        try:
            return self._hasher.verify(kept or self._nobodys, password) and bool(kept)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False


def nobodys(hasher: PasswordHasher) -> str:
    """What stands in for the hash of nobody's password: as costly to hold a password against as any, and written rather than hashed,
    so that a start does not pay for it."""
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    drawn = (secrets.token_bytes(size) for size in (hasher.salt_len, hasher.hash_len))
    salt, digest = (b64encode(each).rstrip(b"=").decode() for each in drawn)
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${digest}"


class Unchanged(Passwords):
    """Takes every password for the one that is kept, and remembers what it took for granted: `pairs` of hash and password. Whoever
    uses it has to find out by a `Seal` whether that was right. `wanting`: there was a password without a hash."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []
        self.wanting = False

    def hash(self, password: str) -> str:
        self.wanting = True
        return ""

    def holds(self, kept: str, password: str) -> bool:
        self.pairs.append((kept, password))
        return True


class Seal:
    """Whether these are the very passwords of last time."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = key

    def holds(self, given: Unchanged) -> bool:
        try:
            kept = self._path.read_text("ascii")
        except (OSError, ValueError):
            return False
        return not given.wanting and hmac.compare_digest(kept, self._digest(given))

    def put(self, given: Unchanged) -> None:
        """From now on these are. Without the file, or with half of it, the next start only takes longer."""
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(self._digest(given))

    def _digest(self, given: Unchanged) -> str:
        return hmac.new(self._key, orjson.dumps(sorted(given.pairs)), hashlib.sha256).hexdigest()
