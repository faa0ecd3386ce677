"""What the engine keeps in memory between batches: open contacts, seats, and the newest duplicate keys.

It is a copy. What counts is the row: memory is filled from the store at start and changed only after a commit, by the
engine's thread. Everyone else may read it.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, select

from ucs.core.contact import LASTING, Contact, State, contact_from_json
from ucs.core.journal import caught_up
from ucs.core.policy import Policy
from ucs.core.seat import Seat, seat_from_json
from ucs.store import tables as t
from ucs.store.lookup import IS_OPEN, LINE, line_of

Lane = tuple[str, str]  # channel, address
SeatKey = tuple[str, str]  # tenant, agent
SeenKey = tuple[int, str, str]  # dated, scope, id
SeenValue = tuple[str | None, int | None, str]  # contact, seq, digest
WINDOW = 50_000
WORDS_BEHIND = 16  # lines that a contact's row may be behind its timeline: what a restart has to hear again


class Memory:
    def __init__(self) -> None:
        self.contacts: dict[str, Contact] = {}
        self.written: dict[str, int] = {}  # how far along its timeline each contact's row is
        self.lanes: dict[Lane, str] = {}
        self.seats: dict[SeatKey, Seat] = {}
        # Bounded, the oldest goes first. A plain dict would do but for its cost: to find its first key, it walks over all that went.
        self.customers: OrderedDict[Lane, tuple[str, str]] = OrderedDict()  # customer id and name by address
        self.seen: OrderedDict[SeenKey, SeenValue] = OrderedDict()
        self.parked: set[Lane] = set()
        self.waiting: defaultdict[tuple[str, str], int] = defaultdict(
            int
        )  # contacts waiting or offered, by tenant and queue

    def load(self, connection: Connection, policy_of: Callable[[str], Policy]) -> None:
        """Everything that is open, at start. A row may be some words behind its timeline: they are heard again."""
        rows = connection.execute(select(t.contact.c.body, t.contact.c.seq).where(IS_OPEN))
        contacts = {contact.id: (contact, seq) for body, seq in rows for contact in (contact_from_json(body),)}
        for id, lines in groupby(_lines_behind(connection), key=itemgetter(0)):
            contact, seq = contacts[id]
            contacts[id] = caught_up(contact, [line_of(row[1:]) for row in lines], policy_of(contact.channel)), seq
        for contact, seq in contacts.values():
            self.put(contact)
            self.written[contact.id] = seq
        for (body,) in connection.execute(select(t.seat.c.body)):
            seat = seat_from_json(body)
            self.seats[seat.tenant, seat.agent] = seat
        for channel, address in connection.execute(select(t.parked.c.channel, t.parked.c.address).distinct()):
            self.parked.add((channel, address))

    def is_behind(self, contact: Contact) -> bool:
        """Whether the row of this contact is due to be written: something lasting has changed, or much has been said."""
        old, written = self.contacts.get(contact.id), self.written.get(contact.id)
        if old is None or written is None or contact.seq - written >= WORDS_BEHIND:
            return True
        return old[:LASTING] != contact[:LASTING]

    def put(self, contact: Contact) -> None:
        """A contact as it was committed."""
        old = self.contacts.get(contact.id)
        if old is not None and _waits(old):
            self.waiting[old.tenant, old.queue] -= 1
        if contact.state is State.CLOSED:
            self.contacts.pop(contact.id, None)
            self.written.pop(contact.id, None)
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
            self.seen.popitem(last=False)

    def know(self, lane: Lane, customer: tuple[str, str]) -> None:
        self.customers[lane] = customer
        if len(self.customers) > WINDOW:
            self.customers.popitem(last=False)


def _waits(contact: Contact) -> bool:
    return contact.state is State.QUEUED or contact.state is State.OFFERED


def _lines_behind(connection: Connection) -> list[Any]:
    """The lines of open contacts that their rows do not know of yet, contact by contact.

    Sorted here: asked to sort, SQLite would rather walk through every line that was ever written."""
    query = select(t.entry.c.contact, *LINE).join(t.contact, t.contact.c.id == t.entry.c.contact)
    rows: Iterable[Any] = connection.execute(query.where(IS_OPEN, t.entry.c.seq > t.contact.c.seq)).all()
    return sorted(rows, key=itemgetter(0, 1))
