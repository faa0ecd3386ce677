"""A contact center at work without its doors: engine, dispatch, timers and presence, and time that is moved by hand.

The loop's clock moves with ours, so whatever was put off for later comes when a test says so. `restarted` leaves the database alone.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from channels.plugins import Plugins
from tests.runtime.fake_channel import FakeChannel
from tests.runtime.fake_time import FakeTime
from tests.runtime.heard import heard, spoken
from tests.runtime.world import ShakyStore, new_id
from ucs.core import events as e
from ucs.core.contact import OPEN_STATES, Contact, State
from ucs.core.effects import Entry
from ucs.core.seat import Seat, SeatEvent, SeatState, SignedIn, StateChosen
from ucs.runtime.center.center import Center
from ucs.runtime.center.center_file import center_of
from ucs.runtime.dispatch import Dispatch
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.inputs import Configured, Did, SeatDid, Wrote
from ucs.runtime.engine.work import Committed
from ucs.runtime.presence import Presence
from ucs.runtime.timers import Timers
from ucs.store.store import sqlite_url

PLUGINS = Plugins({"fake": FakeChannel})
# A contact takes 10 units: each of the three has room for two.
CENTER: dict[str, Any] = {
    "acme": {
        "queue": {
            "support": {"offer_for": "30s", "declined_for": "60s", "wrap_up_for": "20s"},
            "sales": {},
        },
        "agent": {
            "ann": {"skills": {"support": 1}, "capacity": 20},
            "bob": {"skills": {"support": 1}, "capacity": 20},
            "cat": {"skills": {"sales": 1}, "capacity": 20},
        },
        "channel": {"fake1": {"adapter": "fake", "queue": "support"}},
    }
}


def changed(values: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """The same configuration with another value at `acme.queue.support.max_wait`."""
    result = deepcopy(dict(values))
    *above, last = path.split(".")
    place: dict[str, Any] = result
    for key in above:
        place = place.setdefault(key, {})
    place[last] = value
    return result


class Hall:
    def __init__(self, folder: Path, values: Mapping[str, Any]) -> None:
        self.time = FakeTime()
        self.values = values
        self.store = ShakyStore(sqlite_url(folder / "ucs.db"))
        self.engine = Engine(self.store, self.center(values), now=self.time.now, new_id=new_id)
        self.dispatch = Dispatch(self.engine)
        self.timers = Timers(self.engine)
        self.presence = Presence(self.engine, clock=lambda: self.time.passed)
        self.entries: list[Entry] = []
        self.known: dict[str, Contact] = {}
        self._numbers = itertools.count(1)

    def center(self, values: Mapping[str, Any]) -> Center:
        return center_of(values, PLUGINS)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        loop.time = lambda: time.monotonic() + self.time.passed  # type: ignore[method-assign]
        self.store.migrate()
        await self.engine.start()
        self.known.update(self.engine.memory.contacts)
        self.engine.listen(self._hear)
        self.dispatch.start()
        self.timers.start()
        self.presence.start()
        await self.settled()

    async def close(self) -> None:
        self.presence.close()
        self.timers.close()
        self.dispatch.close()
        await self.engine.close()
        self.store.close()

    # -- what people do --------------------------------------------------------------------------------------------------

    async def hears(self, address: str, text: str = "hello", channel: str = "fake1") -> str:
        """A customer says something; the contact."""
        said = heard(f"in{new_id()}", address, text, channel=channel)
        contact: str = (await self.engine.submit(said))[0].contact
        await self.settled()
        return contact

    async def ready(self, *agents: str, tenant: str = "acme") -> None:
        """These agents sign in, one after the other, and are ready."""
        for agent in agents:
            await self.seat_did(agent, SignedIn(), tenant)
            await self.seat_did(agent, StateChosen(SeatState.IDLE), tenant)
            self.presence.heard(tenant, agent)
            self.time.skip(0.001)
        await self.settled()

    async def seat_did(self, agent: str, event: SeatEvent, tenant: str = "acme") -> Seat:
        seat: Seat = await self.engine.submit(SeatDid(tenant, agent, event))
        await self.settled()
        return seat

    async def did(self, contact: str, event: e.Event) -> None:
        await self.engine.submit(Did(contact, event))
        await self.settled()

    async def accepts(self, contact: str) -> None:
        now = self.known[contact]
        await self.did(contact, e.Accepted(now.agent, now.epoch))

    async def answers(self, contact: str, text: str = "yes?") -> None:
        now = self.known[contact]
        await self.did(contact, e.AgentSpoke(now.agent, now.epoch, spoken("", "", text).parts))

    async def closes(self, contact: str) -> None:
        """Closed and wrapped up in one go."""
        now = self.known[contact]
        await self.did(contact, e.WrappedUp(now.agent, now.epoch))

    async def configured(self, path: str, value: object) -> None:
        self.values = changed(self.values, path, value)
        await self.engine.submit(Configured(self.center(self.values), ()))
        await self.settled()

    async def skip(self, seconds: float) -> None:
        """Let time pass, with agents who are there all along."""
        self.time.skip(seconds)
        for (tenant, agent), seat in self.engine.memory.seats.items():
            if seat.chosen is not SeatState.OFFLINE and seat.lost_at is None:
                self.presence.heard(tenant, agent)
        await self.settled()

    # -- what can be seen --------------------------------------------------------------------------------------------------

    def seat(self, agent: str, tenant: str = "acme") -> Seat:
        return self.engine.memory.seats[tenant, agent]

    def state(self, contact: str) -> tuple[State, str]:
        """State, and the agent if there is one now."""
        now = self.known[contact]
        with_agent = now.state in (State.OFFERED, State.TALKING, State.WRAP_UP)
        return now.state, now.agent if with_agent else ""

    def said(self, contact: str) -> list[str]:
        """What the system told the customer."""
        lines = [entry for entry in self.entries if entry.contact == contact and entry.by == "system"]
        return [part.text for line in lines if line.kind == "message" for part in line.body["parts"]]

    def kinds(self, contact: str) -> list[str]:
        return [entry.kind for entry in self.entries if entry.contact == contact]

    def check(self) -> None:
        """Nobody is above capacity, and what seats carry is what contacts say of them."""
        contacts = {id: each for id, each in self.engine.memory.contacts.items() if each.state in OPEN_STATES}
        for (tenant, agent), seat in self.engine.memory.seats.items():
            assert seat.load <= seat.capacity, seat
            states = (State.OFFERED, State.TALKING, State.WRAP_UP)
            mine = {id for id, c in contacts.items() if (c.tenant, c.agent) == (tenant, agent) and c.state in states}
            assert set(seat.carries) == mine

    async def settled(self) -> None:
        """Until nothing more comes of what has happened."""
        quiet = 0
        while quiet < 3:
            before = len(self.entries)
            await self.engine.submit(Wrote(()))
            await asyncio.sleep(0)
            quiet = 0 if len(self.entries) > before or self.engine._running else quiet + 1
        self.check()

    def _hear(self, committed: Committed) -> None:
        self.entries += committed.entries
        self.known.update(committed.contacts)
        for seat in committed.seats.values():
            assert seat.load <= seat.capacity, f"{seat.agent} is above capacity"
