"""What the engine keeps in memory between batches: open contacts, seats, and the newest duplicate keys.

It is a copy. What counts is the row: memory is filled from the store at start and changed only after a commit, by the
engine's thread. Everyone else may read it.
"""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection, select

from ucs.core.contact import Contact, State, contact_from_json
from ucs.core.seat import Seat, seat_from_json
from ucs.store import tables as t

Lane = tuple[str, str]  # channel, address
SeatKey = tuple[str, str]  # tenant, agent
SeenKey = tuple[int, str, str]  # hour, scope, id
SeenValue = tuple[str | None, int | None, str]  # contact, seq, digest
WINDOW = 50_000


class Memory:
    def __init__(self) -> None:
        self.contacts: dict[str, Contact] = {}
        self.lanes: dict[Lane, str] = {}
        self.seats: dict[SeatKey, Seat] = {}
        self.customers: dict[Lane, tuple[str, str]] = {}  # customer id and name by address: a bounded cache
        self.seen: dict[SeenKey, SeenValue] = {}
        self.parked: set[Lane] = set()
        self.waiting: defaultdict[tuple[str, str], int] = defaultdict(
            int
        )  # contacts waiting or offered, by tenant and queue

    def load(self, connection: Connection) -> None:
        """Everything that is open, at start."""
        for (body,) in connection.execute(select(t.contact.c.body).where(t.contact.c.state != State.CLOSED.value)):
            self.put(contact_from_json(body))
        for (body,) in connection.execute(select(t.seat.c.body)):
            seat = seat_from_json(body)
            self.seats[seat.tenant, seat.agent] = seat
        for channel, address in connection.execute(select(t.parked.c.channel, t.parked.c.address).distinct()):
            self.parked.add((channel, address))

    def put(self, contact: Contact) -> None:
        """A contact as it was committed."""
        old = self.contacts.get(contact.id)
        if old is not None and _waits(old):
            self.waiting[old.tenant, old.queue] -= 1
        if contact.state is State.CLOSED:
            self.contacts.pop(contact.id, None)
            if self.lanes.get((contact.channel, contact.address)) == contact.id:
                del self.lanes[contact.channel, contact.address]
            return
        self.contacts[contact.id] = contact
        self.lanes[contact.channel, contact.address] = contact.id
        if _waits(contact):
            self.waiting[contact.tenant, contact.queue] += 1

    def remember(self, key: SeenKey, value: SeenValue) -> None:
        """The newest duplicate keys answer most repeated deliveries without asking the index, which stays the judge."""
        self.seen[key] = value
        if len(self.seen) > WINDOW:
            del self.seen[next(iter(self.seen))]

    def know(self, lane: Lane, customer: tuple[str, str]) -> None:
        self.customers[lane] = customer
        if len(self.customers) > WINDOW:
            del self.customers[next(iter(self.customers))]


def _waits(contact: Contact) -> bool:
    return contact.state is State.QUEUED or contact.state is State.OFFERED
