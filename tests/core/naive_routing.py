"""Routing by brute force: the same questions as `Router`, answered by looking at every contact and every agent.

Slow and obvious on purpose. It is the oracle of the property tests, and shares nothing with the router but its values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ucs.core.routing import Assignment, Ring, Seat, Waiting


@dataclass
class NaiveRouter:
    rings: Mapping[str, tuple[Ring, ...]] = field(default_factory=dict)
    contacts: dict[str, Waiting] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)

    def eligible(self, contact: Waiting, seat: Seat, now: datetime) -> bool:
        if seat.free <= 0 or not seat.skills or contact.weight > seat.free or seat.agent in contact.declined:
            return False
        if contact.agent and (contact.held_until is None or now < contact.held_until):
            return seat.agent == contact.agent
        level = seat.skills.get(contact.queue)
        if level is None:
            return False
        rings = self.rings.get(contact.queue, ())
        return not rings or any(ring.level <= level and now - contact.since >= ring.after for ring in rings)

    def ranked(self) -> list[Waiting]:
        return sorted(self.contacts.values(), key=lambda one: (-one.priority, one.since, one.contact))

    def pairs(self, now: datetime) -> list[tuple[str, str]]:
        return [
            (contact.contact, seat.agent)
            for contact in self.ranked()
            for seat in self.seats.values()
            if self.eligible(contact, seat, now)
        ]

    def assign(self, now: datetime) -> list[Assignment]:
        made = []
        for contact in self.ranked():
            able = [seat for seat in self.seats.values() if self.eligible(contact, seat, now)]
            if not able:
                continue
            best = min(able, key=lambda seat: (-seat.skills.get(contact.queue, 0), seat.idle_since, seat.agent))
            self.seats[best.agent] = replace(best, free=best.free - contact.weight, idle_since=now)
            del self.contacts[contact.contact]
            made.append(Assignment(contact.contact, best.agent))
        return made

    def queue(self, name: str) -> list[str]:
        return [contact.contact for contact in self.ranked() if contact.queue == name]

    def moments(self, now: datetime) -> list[datetime]:
        """Every instant after `now` at which time alone might change who may take what."""
        ends = {contact.held_until for contact in self.contacts.values() if contact.agent and contact.held_until}
        widenings = {
            contact.since + ring.after
            for contact in self.contacts.values()
            for ring in self.rings.get(contact.queue, ())
        }
        return sorted(moment for moment in ends | widenings if moment > now)

    def next_pair_at(self, now: datetime) -> datetime | None:
        """The first instant after `now` at which time alone makes a pair."""
        return next((moment for moment in self.moments(now) if self.pairs(moment)), None)
