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


@value
class Ties:
    """What ties a customer's message to others: `quotes`, the platform's id of the one that it answers, and `album`, the set that was
    chosen at once, of which it is number `place` of `of`. Empty, and 0, where there is none."""

    quotes: str = ""
    album: str = ""
    place: int = 0
    of: int = 0


@value
class Arrival:
    """What has reached a customer: what it looks like, its id, why it is not seen (empty: it is), and the id of what it quotes."""

    customer: str
    parts: Parts
    key: str = ""
    trouble: str = ""
    quotes: str = ""


@dataclass(slots=True)
class Bubble:
    """One thing on a customer's screen. `key` is the platform's id of the message.

    Files in `parts` are `MediaRef`s whose key `FakePlatform.file` knows. A `Choices` in the style of a list is shown as what can be
    answered at once; in the style of buttons it stays below the message. `trouble` says what the platform notes if we did not take a
    message, or why one of ours is not seen. `removed`: it was taken back. `quotes` is the number of the bubble that it answers, 0 for
    none; `album` names those that were sent at once; `reaction` is the customer's own.
    """

    number: int
    side: Side
    parts: Parts
    key: str = ""
    trouble: str = ""
    on_its_way: bool = False
    removed: bool = False
    edited: bool = False
    quotes: int = 0
    album: str = ""
    reaction: str = ""


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

    def add(
        self, side: Side, parts: Parts, key: str = "", trouble: str = "", quotes: str = "", album: str = ""
    ) -> Bubble:
        self._count += 1
        quoted = self.bubble(quotes) if quotes else None
        bubble = Bubble(self._count, side, parts, key, trouble, quotes=quoted.number if quoted else 0, album=album)
        self.bubbles.append(bubble)
        del self.bubbles[:-LONGEST_SCREEN]
        return bubble

    def bubble(self, key: str) -> Bubble | None:
        return next((bubble for bubble in reversed(self.bubbles) if bubble.key == key), None)

    def numbered(self, number: int) -> Bubble:
        """Raises `Unable`."""
        found = next((bubble for bubble in self.bubbles if bubble.number == number), None)
        if found is None:
            raise Unable("That message is no longer on the screen.")
        return found


@value
class Manners:
    """How the platform tells us what customers do: so many times, so many seconds late, and perhaps in another order."""

    times: int = 1
    delay: float = 0.0
    reorder: bool = False
