"""Routing at work: keeps one `Router` a tenant in step with what was committed, and turns its advice into offers.

Every commit that could free work runs it: a contact that waits, a seat with room, a change of skills, a ring that widens. Advice that
the transaction refuses costs nothing: the router is told again what is true.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from ucs.core.contact import Contact, State
from ucs.core.events import Offered, Placed
from ucs.core.pace import Estimate, Pace
from ucs.core.routing import Assignment, Ring, Router, Waiting
from ucs.core.routing import Seat as RoutedSeat
from ucs.core.seat import CapacitySet, Seat, SeatState
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.inputs import Did, SeatDid
from ucs.runtime.engine.work import Committed

SWEEP_EVERY = 5.0  # seconds: the safety net, which finds nothing if all is well
AT_ONCE = 500  # assignments handed to the engine before it is the turn of others


class Dispatch:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.routers: defaultdict[str, Router] = defaultdict(Router)
        self.paces: defaultdict[tuple[str, str], Pace] = defaultdict(Pace)
        self._wake: asyncio.TimerHandle | None = None
        self._sweep: asyncio.TimerHandle | None = None
        self._more: set[str] = set()

    def start(self) -> None:
        """What is configured may have changed while no server ran."""
        self._set_rings()
        self._set_capacities()
        for contact in self.engine.memory.contacts.values():
            self._contact(contact)
        for seat in self.engine.memory.seats.values():
            self._seat(seat)
        self.engine.listen(self.hear)
        self._assign(list(self.routers), self.engine.now())
        self._sweep = asyncio.get_running_loop().call_later(SWEEP_EVERY, self._sweep_all)

    def close(self) -> None:
        for call in (self._wake, self._sweep):
            if call is not None:
                call.cancel()

    def hear(self, committed: Committed) -> None:
        """Tell the routers what is true now, and ask them."""
        tenants: set[str] = set()
        if committed.center is not None:
            self._reconfigure()
            tenants.update(self.routers)
        for contact in committed.changed:
            self._contact(contact)
            tenants.add(contact.tenant)
        for seat in committed.seats.values():
            self._seat(seat)
            tenants.add(seat.tenant)
        if tenants:
            self._assign(tenants, committed.at)
        for contact in committed.to_place:
            self._place(contact)

    # -- what customers may know ---------------------------------------------------------------------------------------

    def position(self, contact: Contact) -> int | None:
        """Its place in its queue, from 1; None when it does not wait."""
        return self.routers[contact.tenant].position(contact.id)

    def estimate(self, contact: Contact) -> Estimate | None:
        """How long it will probably wait; None when nobody can tell honestly."""
        position = self.position(contact)
        if position is None:
            return None
        head = next(self.routers[contact.tenant].waiting(contact.queue), contact.id)
        first = self.engine.memory.contacts.get(head, contact)
        return self.paces[contact.tenant, contact.queue].estimate(position, self.engine.now(), first.since)

    def length(self, tenant: str, queue: str) -> int:
        """How many wait in the queue."""
        return self.routers[tenant].length(queue)

    # -- keeping in step -----------------------------------------------------------------------------------------------

    def _contact(self, contact: Contact) -> None:
        router = self.routers[contact.tenant]
        if contact.state is not State.QUEUED or contact.since is None:
            router.leave(contact.id)
            return
        wanted = contact.wanted if self._present(contact.tenant, contact.wanted) else ""
        router.wait(
            Waiting(
                contact=contact.id,
                queue=contact.queue,
                weight=self.engine.center.policy(contact.channel).weight,
                priority=contact.priority,
                since=contact.since,
                agent=wanted,
                held_until=contact.held_until if wanted else None,
                declined=contact.declined,
            )
        )

    def _present(self, tenant: str, agent: str) -> bool:
        """Holding a contact for someone who has gone home would only make the customer wait."""
        seat = self.engine.memory.seats.get((tenant, agent)) if agent else None
        return seat is not None and seat.chosen is not SeatState.OFFLINE and seat.lost_at is None

    def _seat(self, seat: Seat) -> None:
        router, setting = self.routers[seat.tenant], self.engine.center.agents.get((seat.tenant, seat.agent))
        if setting is None or seat.free <= 0 or seat.idle_since is None:
            router.away(seat.agent)
        else:
            router.seat(RoutedSeat(seat.agent, setting.skills, seat.free, seat.idle_since))

    def _reconfigure(self) -> None:
        self._set_rings()
        self._set_capacities()
        for seat in self.engine.memory.seats.values():
            self._seat(seat)
        for contact in self.engine.memory.contacts.values():  # a contact may weigh less now
            self._contact(contact)

    def _set_capacities(self) -> None:
        for (tenant, agent), seat in self.engine.memory.seats.items():
            setting = self.engine.center.agents.get((tenant, agent))
            if setting is not None and setting.capacity != seat.capacity:
                self._submit(SeatDid(tenant, agent, CapacitySet(setting.capacity)))

    def _set_rings(self) -> None:
        rings: defaultdict[str, dict[str, tuple[Ring, ...]]] = defaultdict(dict)
        for (tenant, queue), setting in self.engine.center.queues.items():
            rings[tenant][queue] = tuple(Ring(ring.after, ring.level) for ring in setting.rings)
        for tenant in {*rings, *self.routers}:
            self.routers[tenant].set_rings(rings[tenant])

    # -- advice into offers --------------------------------------------------------------------------------------------

    def _assign(self, tenants: Iterable[str], now: datetime) -> None:
        for tenant in tenants:
            advice = self.routers[tenant].assign(now, AT_ONCE)
            self._offer(tenant, advice, now)
            if len(advice) == AT_ONCE:
                self._more.add(tenant)
                asyncio.get_running_loop().call_soon(self._assign_more)
        self._wake_when_due(now)

    def _assign_more(self) -> None:
        tenants, self._more = self._more, set()
        if tenants:
            self._assign(tenants, self.engine.now())

    def _offer(self, tenant: str, advice: Iterable[Assignment], now: datetime) -> None:
        for assignment in advice:
            contact = self.engine.memory.contacts.get(assignment.contact)
            if contact is None:
                continue
            for_all = contact.wanted not in ("", assignment.agent) and not self._present(tenant, contact.wanted)
            done = self.engine.submit(Did(contact.id, Offered(assignment.agent, contact.epoch, for_all)))
            done.add_done_callback(partial(self._checked, tenant, assignment, contact, now))

    def _checked(
        self, tenant: str, pair: Assignment, before: Contact, now: datetime, done: asyncio.Future[object]
    ) -> None:
        """What was refused is told to the router again as it really is, to be asked about with the next change."""
        if done.cancelled():
            return
        if done.exception() is None:
            queue = (tenant, before.queue)
            self.paces[queue] = self.paces[queue].took(now, now - (before.since or now))
            return
        contact = self.engine.memory.contacts.get(pair.contact)
        if contact is not None:
            self._contact(contact)
        seat = self.engine.memory.seats.get((tenant, pair.agent))
        if seat is not None:
            self._seat(seat)

    def _place(self, contact: Contact) -> None:
        position = self.position(contact)
        if position is None:
            return
        estimate = self.estimate(contact)
        minutes = None if estimate is None else max(1, round(estimate.likely.total_seconds() / 60))
        self._submit(Did(contact.id, Placed(contact.queue, position, minutes)))

    def _submit(self, input: Did | SeatDid) -> None:
        self.engine.submit(input).add_done_callback(lambda done: done.cancelled() or done.exception())

    # -- time ----------------------------------------------------------------------------------------------------------

    def _wake_when_due(self, now: datetime) -> None:
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        dues = [due for router in self.routers.values() if (due := router.due()) is not None]
        if dues:
            wait = max(0.0, (min(dues) - now).total_seconds())
            self._wake = asyncio.get_running_loop().call_later(wait, self._due)

    def _due(self) -> None:
        self._assign(list(self.routers), self.engine.now())

    def _sweep_all(self) -> None:
        now = self.engine.now()
        for tenant, router in self.routers.items():
            self._offer(tenant, router.sweep(now, AT_ONCE), now)
        self._sweep = asyncio.get_running_loop().call_later(SWEEP_EVERY, self._sweep_all)
