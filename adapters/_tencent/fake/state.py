"""What a fake platform of Tencent's knows, whichever it is: until when, what may go wrong, access tokens, files."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from channels.fake import numbers
from channels.value import value

Json = dict[str, Any]
TOKEN_LIFE, MEDIA_LIFE = timedelta(hours=2), timedelta(days=3)


class Trouble(Exception):
    """What the platform calls an error: a code, and words that nobody should rely on."""

    def __init__(self, code: int, words: str) -> None:
        self.code = code
        self.words = words
        super().__init__(words)


class Fault(StrEnum):
    """What can be made to go wrong with the next calls of ours."""

    BUSY = "busy"  # -1, nothing was done
    STALE = "stale token"  # 42001, nothing was done
    OFTEN = "often"  # too many calls, nothing was done
    BROKEN = "broken"  # status 500, nothing was done
    SLOW = "slow"  # done at once, answered late
    LOST_ANSWER = "lost answer"  # done, and the connection closed
    LOST_REQUEST = "lost request"  # not done, and the connection closed


@value
class Media:
    kind: str
    body: bytes
    mime: str
    name: str
    until: datetime


@dataclass(slots=True)
class Known:
    """`clock` is the platform's. `strange` is what it says of a token that it has never given, or gives no more."""

    strange: ClassVar[tuple[int, str]]

    clock: Callable[[], datetime]
    media: dict[str, Media] = field(default_factory=dict)
    tokens: dict[str, datetime] = field(default_factory=dict)  # value → when it dies
    current: str = ""
    numbers: itertools.count[int] = field(default_factory=numbers)

    def require_token(self, value: str) -> None:
        if not value:
            raise Trouble(41001, "access_token missing")
        if value not in self.tokens:
            raise Trouble(*self.strange)
        if self.tokens[value] <= self.clock():
            raise Trouble(42001, "access_token expired")

    def keep(self, kind: str, body: bytes, mime: str, name: str = "") -> str:
        """The id under which a file lies for three days."""
        id = f"MEDIA_{next(self.numbers):06d}"
        self.media[id] = Media(kind, body, mime, name, self.clock() + MEDIA_LIFE)
        return id

    def kept(self, id: object, kind: str = "") -> Media:
        found = self.media.get(id) if isinstance(id, str) else None
        if found is None or found.until < self.clock() or kind not in ("", found.kind):
            raise Trouble(40007, "invalid media_id")
        return found
