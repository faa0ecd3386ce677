"""A robot's words while they come: shown, and gone with the turn. Nothing of this is stored, and nothing is decided by it.

The words that count are those that are committed. Until then the customer's page may show what there is of them, a few times a second
and only as long as it is this turn that the contact waits for: after a hand-over no text of a robot appears.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ucs.runtime.delivery.clockwork import Clockwork

EVERY = 0.2  # seconds between one showing and the next
MOST_SHOWN = 20_000  # characters

Show = Callable[[str], None]


class Aloud:
    """Of one turn. `show` takes all of the text so far; `tell` brings it to the page, `is_on` says whether it still may."""

    def __init__(self, clockwork: Clockwork, is_on: Callable[[], bool], tell: Show) -> None:
        self._clockwork = clockwork
        self._is_on = is_on
        self._tell = tell
        self._text = ""
        self._shown = ""
        self._next_at = 0.0
        self._coming: asyncio.Task[None] | None = None
        self._over = False

    def show(self, text: str) -> None:
        self._text = text[:MOST_SHOWN]
        if self._coming is None and not self._over:
            self._coming = asyncio.get_running_loop().create_task(self._come())

    @property
    def shown(self) -> str:
        """What stands on the page; nothing once it may not."""
        return self._shown if self._is_on() else ""

    def close(self) -> None:
        """The turn is over, and what was shown goes, if nothing has come in its place."""
        self._over = True
        if self._coming is not None:
            self._coming.cancel()
        if self._shown:
            self._tell("")

    async def _come(self) -> None:
        await self._clockwork.wait(self._next_at - self._clockwork.clock())
        self._coming = None
        self._next_at = self._clockwork.clock() + EVERY
        if self._text != self._shown and self._is_on():
            self._shown = self._text
            self._tell(self._shown)
