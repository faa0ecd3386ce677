"""The floor: what supervisors hear beside their own seat. Contacts they watch, line by line and without leaving one; queues and
contacts of the tenant, a few times a second at most; and a former owner who must be told that the contact was taken over.

Who listens is kept here and nowhere else: a watcher is no owner, and a contact does not know that it is watched.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from ucs.api.live import Live, Outlet
from ucs.api.views import contact_view, entry_frame
from ucs.core.contact import Contact
from ucs.core.seat import SeatState
from ucs.runtime.engine.work import Committed

if TYPE_CHECKING:
    from ucs.runtime.runtime import Runtime

TOGETHER_FOR = 0.3  # seconds in which what happens on a floor is told in one frame
MOST_COMPARED = 1_000  # of a queue, to find who waits longest: with priorities that is not the first


class Floor:
    def __init__(self, runtime: Runtime, live: Live) -> None:
        self.runtime = runtime
        self.live = live
        self.readers: defaultdict[str, set[Outlet]] = defaultdict(set)  # contact → who watches it
        self._changed: defaultdict[str, dict[str, Contact]] = defaultdict(dict)  # tenant → contact → as it is now
        self._told_soon = False
        runtime.engine.listen(self.hear)

    def watch(self, contact: str, outlet: Outlet) -> Callable[[], None]:
        """Hear every line of this contact; call what comes back to stop."""
        return self.live.add(self.readers, contact, outlet)

    def hear(self, committed: Committed) -> None:
        for entry in committed.entries:
            readers = self.readers.get(entry.contact)
            if entry.kind == "taken_over":
                contact = committed.contacts[entry.contact]
                former = self.live.agents.get((contact.tenant, entry.body.get("from", "")), set())
                readers = {*(readers or ()), *former}
            if readers:
                self._tell(readers, committed.contacts[entry.contact], entry_frame(entry))
        if not self.live.watchers:
            return
        for contact in committed.changed:
            if contact.tenant in self.live.watchers:
                self._changed[contact.tenant][contact.id] = contact
                self._tell_soon()

    def _tell(self, readers: set[Outlet], contact: Contact, line: bytes) -> None:
        """The line, and how the contact is now. Who also has the contact gets it twice, and drops it by its number."""
        about = orjson.dumps({"type": "contact", **contact_view(contact, self.name_of(contact))})
        for outlet in readers:
            outlet.push(about)
            outlet.push(line)

    def name_of(self, contact: Contact) -> str:
        return self.runtime.engine.memory.customers.get((contact.channel, contact.address), ("", ""))[1]

    def _tell_soon(self) -> None:
        if not self._told_soon:
            self._told_soon = True
            asyncio.get_running_loop().call_later(TOGETHER_FOR, self._tell_all)

    def _tell_all(self) -> None:
        self._told_soon = False
        changed, self._changed = self._changed, defaultdict(dict)
        for tenant, contacts in changed.items():
            watchers = self.live.watchers.get(tenant)
            if watchers:
                views = [contact_view(contact, self.name_of(contact)) for contact in contacts.values()]
                frame = orjson.dumps({"type": "floor", "queues": list(self.queues(tenant)), "contacts": views})
                for outlet in watchers:
                    outlet.push(frame)

    # -- how it is now -------------------------------------------------------------------------------------------------

    def queues(self, tenant: str, *, waits: bool = True) -> Iterator[dict[str, Any]]:
        """The tenant's queues, with who is there for each. `waits`: and since when the one who waits longest does."""
        ready, staffed = self._staff(tenant)
        for (owner, queue), setting in self.runtime.engine.center.queues.items():
            if owner != tenant:
                continue
            view = {
                "id": queue,
                "name": setting.name or queue,
                "waiting": self.runtime.dispatch.length(tenant, queue),
                "ready": ready[queue],
                "staffed": staffed[queue],
            }
            yield {**view, "longest_since": self._longest(tenant, queue)} if waits else view

    def _staff(self, tenant: str) -> tuple[Counter[str], Counter[str]]:
        """How many could be offered a contact of each queue now, and how many of those with the skill are signed in."""
        center, seats = self.runtime.engine.center, self.runtime.engine.memory.seats
        ready: Counter[str] = Counter()
        staffed: Counter[str] = Counter()
        for key, agent in center.agents.items():
            seat = seats.get(key) if key[0] == tenant else None
            if seat is not None and seat.chosen is not SeatState.OFFLINE:
                staffed.update(agent.skills.keys())
                if seat.free > 0:
                    ready.update(agent.skills.keys())
        return ready, staffed

    def _longest(self, tenant: str, queue: str) -> Any:
        memory = self.runtime.engine.memory
        ids = islice(self.runtime.dispatch.routers[tenant].waiting(queue), MOST_COMPARED)
        waiting = (memory.contacts.get(id) for id in ids)
        return min((each.since for each in waiting if each is not None and each.since is not None), default=None)
