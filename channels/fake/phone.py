"""What stands on the screens of a fake platform's customers, and how the platform behaves towards us. Values and records only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from channels.parts import Parts
from channels.value import value

Side = Literal["customer", "account"]
LONGEST_SCREEN = 300  # bubbles; what is above them is gone


class Unable(Exception):
    """A customer cannot do that on this platform. The message is a sentence for whoever plays the customer."""


@value
class Kept:
    """A file that lies at a fake platform."""

    body: bytes
    mime: str
    name: str = ""


@dataclass(slots=True)
class Bubble:
    """One thing on a customer's screen. `key` is the platform's id of the message.

    Files in `parts` are `MediaRef`s whose key `FakePlatform.file` knows. A `Choices` in the style of a list is shown as what can be
    answered at once; in the style of buttons it stays below the message. `trouble` says what the platform notes if we did not take a
    message, or why one of ours is not seen. `removed`: it was taken back.
    """

    number: int
    side: Side
    parts: Parts
    key: str = ""
    trouble: str = ""
    on_its_way: bool = False
    removed: bool = False


@dataclass(slots=True)
class Phone:
    """A customer, as the platform knows one. Who does not `follow` has blocked the account or left it, and can say nothing."""

    customer: str
    name: str
    follows: bool = True
    bubbles: list[Bubble] = field(default_factory=list)
    writing: bool = False  # the sign that somebody writes an answer is shown
    passed: datetime | None = None  # when a sign would have gone that a message has ended
    _count: int = 0

    def add(self, side: Side, parts: Parts, key: str = "", trouble: str = "") -> Bubble:
        self._count += 1
        bubble = Bubble(self._count, side, parts, key, trouble)
        self.bubbles.append(bubble)
        del self.bubbles[:-LONGEST_SCREEN]
        return bubble

    def bubble(self, key: str) -> Bubble | None:
        return next((bubble for bubble in reversed(self.bubbles) if bubble.key == key), None)


@value
class Manners:
    """How the platform tells us what customers do: so many times, so many seconds late, and perhaps in another order."""

    times: int = 1
    delay: float = 0.0
    reorder: bool = False
