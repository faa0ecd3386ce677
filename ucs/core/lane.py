"""Where waiting contacts stand: rings, holds, lanes, and the lanes of a queue, the memory behind `routing.Router`.

Nothing here decides. A lane knows who is oldest, a queue who is free for which weight and when a ring widens; whom a contact
goes to is the router's business, and so is keeping all of these in step with each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from sortedcontainers import SortedList

from channels.value import value

Rank: TypeAlias = tuple[int, datetime, str]  # -priority, since, contact: the smaller, the sooner
Age: TypeAlias = tuple[datetime, str]  # since, contact: rank within a lane
Standing: TypeAlias = tuple[int, datetime, str]  # -level, idle_since, agent: the smaller, the better


@value
class Ring:
    """From this age of a contact on, agents of at least this level may take it; before the first ring, nobody may."""

    after: timedelta
    level: int


@value
class Waiting:
    """A contact that waits, since `since`, and takes `weight` units of an agent.

    agent       who alone may take it, whatever the skills and rings, until `held_until` (None: for as long as it waits);
                afterwards everybody may, and it stands where its age puts it
    declined    agents it is not offered to; whoever offers clears it when nobody else is left
    """

    contact: str
    queue: str
    weight: int
    priority: int
    since: datetime
    agent: str = ""
    held_until: datetime | None = None
    declined: frozenset[str] = frozenset()

    @property
    def rank(self) -> Rank:
        return -self.priority, self.since, self.contact


@dataclass(eq=False, slots=True)
class Lane:
    """The open contacts of one queue, weight and priority, oldest first, and by agent those of them the agent declined."""

    queue: Lanes
    weight: int
    priority: int
    ages: SortedList[Age] = field(default_factory=SortedList)
    declined: dict[str, SortedList[Age]] = field(default_factory=dict)
    due: datetime | None = None  # when a ring widens for somebody free, as it stands in `Router._widenings`

    def add(self, waiting: Waiting) -> None:
        age = (waiting.since, waiting.contact)
        self.ages.add(age)
        for agent in waiting.declined:
            self.declined.setdefault(agent, SortedList()).add(age)

    def remove(self, waiting: Waiting) -> None:
        age = (waiting.since, waiting.contact)
        self.ages.remove(age)
        for agent in waiting.declined:
            mine = self.declined[agent]
            mine.remove(age)
            if not mine:
                del self.declined[agent]

    def oldest_for(self, agent: str) -> Age | None:
        """The oldest contact that `agent` has not declined.

        The i-th declined stands at place i of the lane exactly while everything before it is declined as well, so the
        first gap is found by bisection however much an agent declines.
        """
        low, declined = 0, self.declined.get(agent)
        if declined is not None:
            high = len(declined)
            while low < high:
                middle = (low + high) // 2
                if self.ages.bisect_left(declined[middle]) == middle:
                    low = middle + 1
                else:
                    high = middle
        return self.ages[low] if low < len(self.ages) else None

    def ranks(self) -> Iterator[Rank]:
        return ((-self.priority, since, contact) for since, contact in self.ages)

    def widens(self) -> datetime | None:
        """When the first of those who are free may take something here, as rings go; None: never, or there are no rings.

        The best level opens the oldest first, so nobody need be asked after the best of those who declined nothing here.
        """
        if not self.queue.rings or not self.ages:
            return None
        times: list[datetime] = []
        for level, _, agent in self.queue.pools[self.weight]:
            age = self.oldest_for(agent)
            opens = None if age is None else self.queue.opens(age[0], -level)
            if opens is not None:
                times.append(opens)
            if agent not in self.declined:
                break
        return min(times, default=None)


@dataclass(eq=False, slots=True)
class Hold:
    """The contacts of one weight that are held for one agent, by rank. Those the agent declined are not among them."""

    agent: str
    weight: int
    ranks: SortedList[Rank] = field(default_factory=SortedList)


@dataclass(eq=False, slots=True)
class Lanes:
    """One skill queue: its lanes, the held contacts that count for its order, and who is free for which weight.

    `pools` has a weight from its first contact on and keeps it: weights are a handful of settings, contacts come and go.
    """

    name: str
    rings: tuple[Ring, ...] = ()
    lanes: dict[tuple[int, int], Lane] = field(default_factory=dict)
    held: SortedList[Rank] = field(default_factory=SortedList)
    pools: dict[int, SortedList[Standing]] = field(default_factory=dict)

    def opens(self, since: datetime, level: int) -> datetime | None:
        """From when on the rings let an agent of `level` take a contact that waits since `since`; None: never."""
        return min((since + ring.after for ring in self.rings if ring.level <= level), default=None)

    def may(self, since: datetime, level: int, now: datetime) -> bool:
        """Whether the rings, if there are any, let an agent of `level` take it now."""
        if not self.rings:
            return True
        opens = self.opens(since, level)
        return opens is not None and opens <= now
