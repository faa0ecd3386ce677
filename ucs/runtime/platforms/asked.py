"""How the asking goes: which channels are asked for what is new, and which of them cannot be, and since when.

A channel fails from the first poll that does until a batch comes, though an empty one, or a poll ends well. Networks fail now and
then, and servers hang up; what counts is how long it lasts. That is part of the channel's health (`checkups.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from channels.value import value

log = structlog.get_logger("ucs.polling")
TOO_LONG = timedelta(minutes=5)  # by then a network is back, and so is a server that was started anew


@value
class Failing:
    """A channel that cannot be asked: since when without a break, when that was last tried, and why it failed."""

    since: datetime
    at: datetime
    reason: str

    def too_long(self, now: datetime) -> bool:
        return now - self.since >= TOO_LONG


class Asked:
    """In memory only: after a restart it is found out again."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.channels: set[str] = set()  # that have been asked, well or not
        self.failing: dict[str, Failing] = {}  # those that cannot be asked now

    def went_well(self, channel: str) -> None:
        self.channels.add(channel)
        before = self.failing.pop(channel, None)
        if before is not None and before.too_long(before.at):
            log.info("channel can be asked again", channel=channel)

    def failed(self, channel: str, reason: str) -> None:
        """Says once that it has lasted too long."""
        self.channels.add(channel)
        before, now = self.failing.get(channel), self._now()
        failing = self.failing[channel] = Failing(before.since if before else now, now, reason)
        if before is not None and failing.too_long(now) and not before.too_long(before.at):
            log.error("channel cannot be asked", channel=channel, since=str(before.since), reason=reason)

    def forget(self, channel: str) -> None:
        self.channels.discard(channel)
        self.failing.pop(channel, None)
