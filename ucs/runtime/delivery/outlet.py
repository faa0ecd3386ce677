"""A channel's outlet: how many calls may be under way, and how fast they may follow each other."""

from __future__ import annotations

import asyncio

from channels.manifest import Pace
from ucs.runtime.center.center import Channel
from ucs.runtime.delivery.allowance import Allowance
from ucs.runtime.delivery.clockwork import Clockwork
from ucs.runtime.delivery.pacing import Pacing


class Outlet:
    """`slots` bounds the calls under way: a customer whose call hangs takes one, not all. `allowance` counts what goes out where
    the platform does."""

    def __init__(self, pace: Pace, at_once: int, clockwork: Clockwork) -> None:
        self.pacing = Pacing(pace, clockwork)
        self.allowance = Allowance()
        self.slots = asyncio.Semaphore(at_once)


class Outlets:
    """One for each channel, made when it is first asked for; a new one if the manifest's pace is another."""

    def __init__(self, at_once: int, clockwork: Clockwork) -> None:
        self._at_once = at_once
        self._clockwork = clockwork
        self._made: dict[str, Outlet] = {}

    def of(self, channel: Channel) -> Outlet:
        pace = channel.adapter.manifest.pace
        outlet = self._made.get(channel.id)
        if outlet is None or outlet.pacing.pace != pace:
            outlet = self._made[channel.id] = Outlet(pace, self._at_once, self._clockwork)
        return outlet
