"""Who takes which waiting contact: the router of one tenant, and the values it is told.

Its answer is advice. The truth is one transaction elsewhere, which checks that the seat still has room and the contact
still waits; so the router is plain memory, told of every committed change and asked by `assign`. It keeps no promise to
customers (`pace` estimates, `contact` offers) and knows no presence (`seat` does).

The rules it lives by:

1. At rest no waiting contact has a free agent who may take it. So only what changed since can make a pair, and
   `assign` looks at nothing else; `sweep` looks at everything and, told of every change, finds nothing more.
2. Contacts are served by rank: higher priority, then older, then id. Each goes to its best agent: higher level in the
   queue, then longer idle, then id.
3. Contacts of one queue, weight and priority stand in a *lane*, oldest first. Rings only widen with age, so if the
   oldest of a lane is too young for everyone, so are all behind it: one look at the head answers for the lane.
4. While `assign` works, room only shrinks. What could not be given away once needs no second look in the same call.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, TypeAlias

from sortedcontainers import SortedList

from channels.value import value
from ucs.core.lane import Age, Hold, Lane, Lanes, Rank, Ring, Standing, Waiting

__all__ = ["NO_RINGS", "Assignment", "Ring", "Router", "Seat", "Waiting"]


@value
class Seat:
    """An agent as far as routing goes: level per queue (1 or more), free units, and since when the seat got nothing new.

    Without free units, or without skills, nothing is offered.
    """

    agent: str
    skills: Mapping[str, int]
    free: int
    idle_since: datetime


@value
class Assignment:
    """Offer this contact to this agent."""

    contact: str
    agent: str


NO_RINGS: Final[Mapping[str, tuple[Ring, ...]]] = MappingProxyType({})


_Source: TypeAlias = Lane | Hold


class Router:
    """Matches waiting contacts and free agents of one tenant. Not safe for threads, and needs no lock without them."""

    def __init__(self, rings: Mapping[str, tuple[Ring, ...]] = NO_RINGS) -> None:
        self._rings = dict(rings)
        self._queues: dict[str, Lanes] = {}
        self._waiting: dict[str, Waiting] = {}
        self._seats: dict[str, Seat] = {}  # only those that may be offered something
        self._holds: dict[str, dict[int, Hold]] = {}  # agent → weight → contacts
        self._ends: SortedList[Age] = SortedList()  # end of hold, contact
        self._widenings: SortedList[tuple[datetime, str, int, int]] = SortedList()  # due, then the lane's place
        self._dirty: set[_Source] = set()  # may hold a pair
        self._stale: set[Lane] = set()  # its `due` must be worked out again

    def set_rings(self, rings: Mapping[str, tuple[Ring, ...]]) -> None:
        """Replace the rings of all queues; one that is not named has none: anybody with the skill, at once."""
        self._rings = dict(rings)
        for queue in self._queues.values():
            queue.rings = self._rings.get(queue.name, ())
            self._dirty.update(queue.lanes.values())
            self._stale.update(queue.lanes.values())

    def wait(self, waiting: Waiting) -> None:
        """This contact waits now, in this way; what was known of it before is forgotten."""
        if self._waiting.get(waiting.contact) == waiting:
            return
        self.leave(waiting.contact)
        self._waiting[waiting.contact] = waiting
        queue = self._queue(waiting.queue)
        if waiting.agent:
            self._hold(waiting, queue)
            return
        lane = queue.lanes.get((waiting.weight, waiting.priority))
        if lane is None:
            lane = queue.lanes[waiting.weight, waiting.priority] = Lane(queue, waiting.weight, waiting.priority)
            if waiting.weight not in queue.pools:
                queue.pools[waiting.weight] = self._free_for(queue, waiting.weight)
        lane.add(waiting)
        self._touched(lane)
        self._dirty.add(lane)

    def leave(self, contact: str) -> None:
        """This contact waits no longer. Saying so twice does no harm."""
        waiting = self._waiting.pop(contact, None)
        if waiting is None:
            return
        queue = self._queues[waiting.queue]
        if waiting.agent:
            self._release(waiting, queue)
            return
        lane = queue.lanes[waiting.weight, waiting.priority]
        lane.remove(waiting)
        self._touched(lane)
        if not lane.ages:
            del queue.lanes[waiting.weight, waiting.priority]
            self._dirty.discard(lane)

    def seat(self, seat: Seat) -> None:
        """This is how the agent's seat stands now."""
        self._place(seat)
        if seat.agent in self._seats:
            for name in seat.skills:
                lanes = self._queue(name).lanes.values()
                self._dirty.update(lane for lane in lanes if lane.weight <= seat.free)
            self._dirty.update(self._holds.get(seat.agent, {}).values())

    def away(self, agent: str) -> None:
        """Offer this agent nothing. Idempotent."""
        gone = self._seats.pop(agent, None)
        if gone is not None:
            self._unpool(gone)

    def assign(self, now: datetime, limit: int | None = None) -> list[Assignment]:
        """Pairs to offer now, best contact first; at most `limit` of them, and the rest at the next call.

        Each pair is taken out provisionally: the contact no longer waits here, the agent has that much less room and is
        idle since `now`. If the transaction refuses the pair, say how things stand with `wait` and `seat`.
        """
        self._let_time_pass(now)
        offers = [(offer, source) for source in self._dirty if (offer := self._offer(source, now)) is not None]
        self._dirty.clear()
        heap = [(rank, source) for (rank, _), source in offers]  # a contact stands in one source: ranks never tie
        heapq.heapify(heap)
        made: list[Assignment] = []
        while heap and (limit is None or len(made) < limit):
            rank, source = heap[0]
            best = self._offer(source, now)
            if best is not None and best[0] == rank:
                made.append(self._take(rank[2], best[1], now))
                best = self._offer(source, now)
            if best is None:
                heapq.heappop(heap)
            else:
                heapq.heapreplace(heap, (best[0], source))
        self._dirty.update(source for _, source in heap)
        return made

    def sweep(self, now: datetime, limit: int | None = None) -> list[Assignment]:
        """`assign`, trusting no change to have been told: every queue and every held contact is looked at."""
        for queue in self._queues.values():
            self._dirty.update(queue.lanes.values())
        for holds in self._holds.values():
            self._dirty.update(holds.values())
        return self.assign(now, limit)

    def due(self) -> datetime | None:
        """When `assign` should be called although nothing happens: a hold ends, or a ring widens for somebody free."""
        for lane in self._stale:
            self._schedule(lane, lane.widens())
        self._stale.clear()
        soonest = [times[0][0] for times in (self._ends, self._widenings) if times]
        return min(soonest, default=None)

    def position(self, contact: str) -> int | None:
        """Place in its queue, from 1; None if it does not wait. Held contacts keep their place in line."""
        waiting = self._waiting.get(contact)
        if waiting is None:
            return None
        queue, age = self._queues[waiting.queue], (waiting.since, contact)
        before = queue.held.bisect_left((-waiting.priority, *age))
        for lane in queue.lanes.values():
            if lane.priority > waiting.priority:
                before += len(lane.ages)
            elif lane.priority == waiting.priority:
                before += lane.ages.bisect_left(age)
        return before + 1

    def length(self, queue: str) -> int:
        """How many wait in this queue, held ones included."""
        known = self._queues.get(queue)
        return 0 if known is None else len(known.held) + sum(len(lane.ages) for lane in known.lanes.values())

    def waiting(self, queue: str) -> Iterator[str]:
        """The contacts of this queue by rank, lazily; do not change the router meanwhile."""
        known = self._queues.get(queue)
        if known is None:
            return iter(())
        lines: list[Iterable[Rank]] = [known.held]
        lines += [lane.ranks() for lane in known.lanes.values()]
        return (contact for _, _, contact in heapq.merge(*lines))

    # Where things stand.

    def _queue(self, name: str) -> Lanes:
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = Lanes(name, self._rings.get(name, ()))
        return queue

    def _free_for(self, queue: Lanes, weight: int) -> SortedList[Standing]:
        fitting = (seat for seat in self._seats.values() if queue.name in seat.skills and seat.free >= weight)
        return SortedList((-seat.skills[queue.name], seat.idle_since, seat.agent) for seat in fitting)

    def _hold(self, waiting: Waiting, queue: Lanes) -> None:
        rank = waiting.rank
        queue.held.add(rank)
        if waiting.held_until is not None:
            self._ends.add((waiting.held_until, waiting.contact))
        if waiting.agent not in waiting.declined:
            holds = self._holds.setdefault(waiting.agent, {})
            hold = holds.get(waiting.weight)
            if hold is None:
                hold = holds[waiting.weight] = Hold(waiting.agent, waiting.weight)
            hold.ranks.add(rank)
            self._dirty.add(hold)

    def _release(self, waiting: Waiting, queue: Lanes) -> None:
        rank = waiting.rank
        queue.held.remove(rank)
        if waiting.held_until is not None:
            self._ends.remove((waiting.held_until, waiting.contact))
        if waiting.agent not in waiting.declined:
            holds = self._holds[waiting.agent]
            hold = holds[waiting.weight]
            hold.ranks.remove(rank)
            if not hold.ranks:
                del holds[waiting.weight]
                self._dirty.discard(hold)
            if not holds:
                del self._holds[waiting.agent]

    def _place(self, seat: Seat) -> None:
        self.away(seat.agent)
        if seat.free <= 0 or not seat.skills:
            return
        self._seats[seat.agent] = seat
        for name, level in seat.skills.items():
            queue = self._queue(name)
            for weight, pool in queue.pools.items():
                if weight <= seat.free:
                    pool.add((-level, seat.idle_since, seat.agent))
            if queue.rings:
                self._stale.update(queue.lanes.values())

    def _unpool(self, seat: Seat) -> None:
        for name, level in seat.skills.items():
            queue = self._queues[name]
            for weight, pool in queue.pools.items():
                if weight <= seat.free:
                    pool.remove((-level, seat.idle_since, seat.agent))
            if queue.rings:
                self._stale.update(queue.lanes.values())

    def _take(self, contact: str, agent: str, now: datetime) -> Assignment:
        seat = self._seats[agent]
        self._place(Seat(agent, seat.skills, seat.free - self._waiting[contact].weight, now))
        self.leave(contact)
        return Assignment(contact, agent)

    # Who fits whom.

    def _offer(self, source: _Source, now: datetime) -> tuple[Rank, str] | None:
        """The first contact of a source that somebody may take now, and who takes it."""
        if isinstance(source, Lane):
            return self._open_offer(source, now)
        seat = self._seats.get(source.agent)
        if seat is None or seat.free < source.weight or not source.ranks:
            return None
        return source.ranks[0], source.agent

    def _open_offer(self, lane: Lane, now: datetime) -> tuple[Rank, str] | None:
        """Usually one look at the oldest contact and the best agent. Where all who may take a contact have declined it, go
        on with the first that one of them has not: what is between is younger, so nobody else may take it either."""
        pool = lane.queue.pools[lane.weight]
        age = lane.ages[0] if pool and lane.ages else None
        while age is not None:
            since, contact = age
            declined, others = self._waiting[contact].declined, []
            for level, _, agent in pool:
                if not lane.queue.may(since, -level, now):
                    break
                if agent not in declined:
                    return (-lane.priority, since, contact), agent
                others.append(lane.oldest_for(agent))
            age = min((other for other in others if other is not None), default=None)
        return None

    # What time alone changes.

    def _let_time_pass(self, now: datetime) -> None:
        while self._ends and self._ends[0][0] <= now:
            contact = self._ends[0][1]
            self.wait(replace(self._waiting[contact], agent="", held_until=None))
        while (due := self.due()) is not None and due <= now:
            _, name, weight, priority = self._widenings[0]
            lane = self._queues[name].lanes[weight, priority]
            self._schedule(lane, None)
            self._dirty.add(lane)  # what comes of it changes the lane or its pool, and so its next `due`

    def _touched(self, lane: Lane) -> None:
        if lane.queue.rings or lane.due is not None:
            self._stale.add(lane)

    def _schedule(self, lane: Lane, due: datetime | None) -> None:
        key = (lane.queue.name, lane.weight, lane.priority)
        if lane.due is not None:
            self._widenings.remove((lane.due, *key))
        if due is not None:
            self._widenings.add((due, *key))
        lane.due = due
