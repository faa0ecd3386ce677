"""Checkups: each platform is asked now and then how our channel is, so that dead credentials are found before a customer finds them.

A channel whose adapter has no `health` is never asked. What was found is kept in memory only: after a restart it is found again. The
platform letting us in is what un-parks a channel; one that is parked again at once, because it is let in and may do nothing, is
tried less and less often.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from channels.errors import ChannelError, Unauthorized, Unavailable
from channels.health import Checkup, Condition, Finding, Health
from channels.value import value
from ucs.core.failures import failure_of
from ucs.runtime.center.center import Channel
from ucs.runtime.delivery.clockwork import Clockwork
from ucs.runtime.delivery.parking import Parking
from ucs.runtime.engine.engine import Engine
from ucs.runtime.http.ways_out import HttpFor
from ucs.runtime.platforms.asked import Failing
from ucs.runtime.platforms.channel_tasks import ChannelTasks
from ucs.runtime.platforms.polling import Polling

log = structlog.get_logger("ucs.checkups")
FIRST_AFTER, FIRST_WITHIN = 20.0, 60.0  # seconds: the start has other things to do, and not all channels come at once
EVERY = 900.0  # seconds, give or take a fifth
MOST_DOUBLINGS = 6  # of that pause, for a channel that is parked again and again: sixteen hours
ANSWERS_WITHIN = 60.0  # seconds for all that a platform is asked in one checkup

WebhookOf = Callable[[Channel], str]  # where the platform is to call us; empty: we do not know


@value
class Looked:
    """What was found, and when."""

    health: Health
    at: datetime


class Checkups:
    def __init__(
        self,
        engine: Engine,
        parking: Parking,
        polling: Polling,
        http_for: HttpFor,
        webhook_of: WebhookOf,
        clockwork: Clockwork,
        count: Callable[[str, str], None],
    ) -> None:
        self.engine = engine
        self.parking = parking
        self.polling = polling
        self.http_for = http_for
        self.webhook_of = webhook_of
        self.clockwork = clockwork
        self.count = count
        self._looked: dict[str, Looked] = {}
        self._tasks = ChannelTasks(engine, "health", self._run, self._forget)

    def start(self) -> None:
        self._tasks.start()

    async def close(self) -> None:
        await self._tasks.close()

    @property
    def looked(self) -> Mapping[str, Looked]:
        """By channel: what the last checkup found."""
        return self._looked

    def health(self, channel: str) -> Health:
        """What the last checkup found, and whether a channel that is asked for what is new can be."""
        looked, failing = self._looked.get(channel), self.polling.asked.failing.get(channel)
        findings = () if looked is None else looked.health.findings
        return Health(findings if failing is None else (*findings, found_of(failing, self.engine.now())))

    @property
    def known(self) -> frozenset[str]:
        """The channels of which something is known: they have a checkup behind them, or were asked for what is new."""
        return frozenset(self._looked) | self.polling.asked.channels

    async def look(self, channel: Channel) -> None:
        """Ask the platform now. Never fails: what goes wrong is what was found."""
        if "health" not in channel.powers:
            return
        parked = self.parking.parked.get(channel.id)
        health, let_in = await self._ask(channel)
        if not self._is_current(channel):  # removed or configured anew while we asked
            return
        self._say(channel.id, health)
        self._looked[channel.id] = Looked(health, self.engine.now())
        if let_in and parked is not None and self.parking.parked.get(channel.id) is parked:
            await self.parking.unpark(channel.id)

    def _is_current(self, channel: Channel) -> bool:
        now = self.engine.center.channels.get(channel.id)
        return now is not None and (now.tenant, now.setting) == (channel.tenant, channel.setting)

    def _forget(self, channel: str) -> None:
        self._looked.pop(channel, None)

    async def _ask(self, channel: Channel) -> tuple[Health, bool]:
        """How the channel is, and whether its credentials are good for certain."""
        asked = Checkup(self.engine.now(), self.webhook_of(channel))
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                return checked(await channel.adapter.health(asked, self.http_for(channel))), True
        except Unauthorized as error:
            self.count(channel.id, failure_of(error).metric)
            await self.parking.park(channel, str(error))
            return Health((Finding(Condition.BROKEN, str(error)),)), False
        except (ChannelError, TimeoutError) as error:
            why = str(error) or f"no answer within {ANSWERS_WITHIN:g} seconds."
            return Health((Finding(Condition.DEGRADED, f"The platform cannot say how the channel is: {why}"),)), False
        except Exception as error:  # a bug in a plugin: it must not end the asking
            self.count(channel.id, "bug")
            log.exception("adapter could not look after its channel", channel=channel.id)
            return Health((Finding(Condition.DEGRADED, f"The adapter failed: {type(error).__name__}."),)), False

    def _say(self, channel: str, health: Health) -> None:
        """What is new: once, and not at every checkup."""
        before = self._looked.get(channel)
        known = before.health.findings if before is not None else ()
        for finding in health.findings:
            if finding.condition is Condition.OK:
                log.info("channel mended", channel=channel, what=finding.reason)
            elif finding.reason not in {each.reason for each in known}:
                log.warning("channel not well", channel=channel, condition=finding.condition, reason=finding.reason)
        if health.condition is Condition.OK and before is not None and before.health.condition is not Condition.OK:
            log.info("channel well again", channel=channel)

    async def _run(self, id: str) -> None:
        await self.clockwork.wait(FIRST_AFTER + FIRST_WITHIN * self.clockwork.chance())
        released, doublings = False, 0
        while True:
            parked = id in self.parking.parked
            doublings = min(doublings + released, MOST_DOUBLINGS) if parked else 0
            channel = self.engine.center.channels.get(id)
            if channel is not None:
                try:
                    await self.look(channel)
                except Unavailable:  # the engine stopped before us
                    return
            released = parked and id not in self.parking.parked
            await self.clockwork.wait(EVERY * 2**doublings * (0.8 + 0.4 * self.clockwork.chance()))


def found_of(failing: Failing, now: datetime) -> Finding:
    """Messages do not come in; but a poll that fails once and not again is nothing to wake anybody for."""
    if not failing.too_long(now):
        return Finding(Condition.DEGRADED, f"The platform could not be asked for what is new: {failing.reason}")
    since = f"{failing.since:%Y-%m-%d %H:%M} UTC"
    return Finding(Condition.BROKEN, f"Since {since} the platform cannot be asked for what is new: {failing.reason}")


def checked(health: object) -> Health:
    """What an adapter gave, if it is what it has to be."""
    if not isinstance(health, Health):
        raise TypeError(f"`health` returned {type(health).__name__}: a Health was expected.")
    return health
