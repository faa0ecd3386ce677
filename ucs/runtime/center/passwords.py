"""Agents' passwords: kept as argon2 hashes, never as words. Both calls take about 50 ms on purpose: not on the event loop."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 8  # characters
LONGEST = 200


class Passwords:
    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._nobodys = self._hasher.hash(secrets.token_hex(16))

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def holds(self, kept: str, password: str) -> bool:
        """Whether this is the password that was kept. Where none is, the answer is no and the work is the same."""
        try:
            return self._hasher.verify(kept or self._nobodys, password) and bool(kept)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False
