"""One batch on its way into the store: what one transaction reads, decides and writes.

Inputs (`inputs.py`) are applied one after the other to the same `Work`. Each sees what the ones before it did; one that is
refused leaves no trace (`attempt`). Nothing is written until `flush`, and memory changes only after the commit (`remember`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar

import orjson
from sqlalchemy import Connection, select

from cache.item import Item, random_id
from cache.names import clean_name
from channels.errors import NotFound
from channels.parts import MediaRef
from channels.wire import Request
from ucs.core import contact as contacts
from ucs.core import effects as fx
from ucs.core import journal
from ucs.core import seat as seats
from ucs.core.contact import Contact, State, contact_from_json, contact_to_json
from ucs.core.contact.marking import marked
from ucs.core.events import AgentLost, Event
from ucs.core.seat import Seat
from ucs.runtime.center.center import Center, Channel
from ucs.runtime.engine.bundles import bundled
from ucs.runtime.engine.memory import Lane, Memory, SeatKey, SeenKey, SeenValue
from ucs.store import tables as t
from ucs.store.catalog import media_row
from ucs.store.statements import Statements, Write
from ucs.store.store import micros

T = TypeVar("T")
Perform: TypeAlias = "Mapping[type[Any], Callable[[Work, Contact, Any], None]]"
_MISSING: Any = object()
MEDIA_KEPT_FOR = timedelta(days=90)
WAITING = frozenset({State.QUEUED, State.OFFERED})


@dataclass(slots=True)
class Effect:
    """A durable effect that was just added to the outbox."""

    id: str
    channel: str
    address: str
    contact: str
    seq: int
    kind: str
    state: str
    attempt: int
    at: datetime
    body: dict[str, Any]


@dataclass(slots=True)
class Committed:
    """What a batch changed, for everyone who listens after the commit."""

    at: datetime
    entries: list[fx.Entry] = field(default_factory=list)
    contacts: dict[str, Contact] = field(default_factory=dict)
    changed: list[Contact] = field(default_factory=list)  # those of which more has changed than that words were added
    seats: dict[SeatKey, Seat] = field(default_factory=dict)
    outbox: list[Effect] = field(default_factory=list)
    to_place: list[Contact] = field(default_factory=list)
    center: Center | None = None


class Work:
    """See the module. `perform`: what each effect of a step means here (`performing.py`). `careful`: look duplicates up in the index
    first, because a batch without that just failed."""

    def __init__(
        self,
        connection: Connection,
        memory: Memory,
        center: Center,
        now: datetime,
        new_id: Callable[[], str],
        perform: Perform,
        *,
        careful: bool = False,
    ) -> None:
        self.connection = connection
        self.memory = memory
        self.center = center
        self.now = now
        self.at = micros(now)
        self.new_id = new_id
        self.perform = perform
        self.careful = careful
        self.contacts: dict[str, Contact] = {}
        self.opened: dict[str, bool] = {}
        self.lanes: dict[Lane, str | None] = {}
        self.seats: dict[SeatKey, Seat] = {}
        self.customers: dict[Lane, tuple[str, str]] = {}
        self.seen: dict[SeenKey, SeenValue] = {}
        self.parked: dict[Lane, bool] = {}
        self.writes: list[Write] = []
        self.entries: list[fx.Entry] = []
        self.outbox: list[Effect] = []
        self.to_place: list[Contact] = []
        self.waiting: dict[tuple[str, str], int] = {}  # how many more wait than memory knows of
        self.rows: list[Contact] = []  # those whose row is written this time
        self.requests: list[
            tuple[str, Request, Item | None]
        ] = []  # understood webhooks by channel, kept as they arrived
        self.new_center: Center | None = None
        self._undo: list[tuple[dict[Any, Any], Any, Any]] = []

    # -- one input after the other ---------------------------------------------------------------------------------

    def attempt(self, act: Callable[[Work], T]) -> T:
        """Let `act` happen entirely or, if it raises, not at all."""
        self._undo.clear()
        writes, entries, outbox = len(self.writes), len(self.entries), len(self.outbox)
        to_place, requests = len(self.to_place), len(self.requests)
        try:
            return act(self)
        except BaseException:
            del self.writes[writes:], self.entries[entries:], self.outbox[outbox:]
            del self.to_place[to_place:], self.requests[requests:]
            for where, key, old in reversed(self._undo):
                if old is _MISSING:
                    del where[key]
                else:
                    where[key] = old
            raise

    def _set(self, where: dict[Any, Any], key: Any, value: Any) -> None:
        self._undo.append((where, key, where.get(key, _MISSING)))
        where[key] = value

    def write(self, name: str, *row: Any) -> None:
        self.writes.append((name, row))

    # -- reading -----------------------------------------------------------------------------------------------------

    def contact(self, id: str) -> Contact:
        """The contact as it is now; a closed one is read from the store. Raises `NotFound`."""
        found = self.contacts.get(id) or self.memory.contacts.get(id)
        if found is None:
            body = self.connection.execute(select(t.contact.c.body).where(t.contact.c.id == id)).scalar()
            if body is None:
                raise NotFound(f"There is no contact {id!r}.")
            found = contact_from_json(body)
        return found

    def open_contact(self, lane: Lane) -> Contact | None:
        """The one open contact of a lane."""
        id = self.lanes[lane] if lane in self.lanes else self.memory.lanes.get(lane)
        return None if id is None else self.contact(id)

    def newest_contact(self, lane: Lane) -> Contact | None:
        """The open contact of a lane, or else the one that was closed last."""
        found = self.open_contact(lane)
        if found is not None:
            return found
        query = select(t.contact.c.body).where(t.contact.c.channel == lane[0], t.contact.c.address == lane[1])
        body = self.connection.execute(
            query.order_by(t.contact.c.opened_at.desc(), t.contact.c.id.desc()).limit(1)
        ).scalar()
        closed = [c for c in self.contacts.values() if (c.channel, c.address) == lane] if lane in self.lanes else []
        return closed[-1] if closed else None if body is None else contact_from_json(body)

    def contact_of(self, tenant: str, id: str) -> Contact:
        """The same, if it is this tenant's; another tenant's contact is `NotFound`. An empty tenant means: ours to decide."""
        found = self.contact(id)
        if tenant and found.tenant != tenant:
            raise NotFound(f"There is no contact {id!r}.")
        return found

    def find_customer(self, lane: Lane) -> tuple[str, str] | None:
        """Id and name of the customer behind an address, from the store."""
        query = select(t.customer.c.id, t.customer.c.name).join(t.identity, t.identity.c.customer == t.customer.c.id)
        row = self.connection.execute(
            query.where(t.identity.c.scope == lane[0], t.identity.c.address == lane[1])
        ).first()
        return None if row is None else (row[0], row[1])

    def parked_for(self, channel: str, address: str, message: str) -> list[tuple[str, str]]:
        """What overtook this message and waits for it: ids and events, oldest first, also those of this very batch."""
        query = select(t.parked.c.id, t.parked.c.body).where(
            t.parked.c.channel == channel, t.parked.c.address == address
        )
        rows = self.connection.execute(
            query.where(t.parked.c.message == message).order_by(t.parked.c.at, t.parked.c.id)
        )
        now = [row for name, row in self.writes if name == "put_parked" and row[:3] == (channel, address, message)]
        return list({**{row[0]: row[1] for row in rows}, **{row[3]: row[5] for row in now}}.items())

    def seat(self, tenant: str, agent: str) -> Seat:
        """The agent's seat; one that never signed in is offline. Raises `NotFound` for an agent that is not configured."""
        key = (tenant, agent)
        found = self.seats.get(key) or self.memory.seats.get(key)
        setting = self.center.agents.get(key)
        if found is None:
            if setting is None:
                raise NotFound(f"There is no agent {agent!r}.")
            return Seat(agent, tenant, setting.capacity)
        return found

    def was_seen(self, key: SeenKey) -> SeenValue | None:
        """What became of this id when it was taken in before; None if it is new, as far as one can tell without the index."""
        found = self.seen.get(key) or self.memory.seen.get(key)
        if found is None and self.careful:
            where = (t.seen.c.dated == key[0], t.seen.c.scope == key[1], t.seen.c.id == key[2])
            row = self.connection.execute(select(t.seen.c.contact, t.seen.c.seq, t.seen.c.digest).where(*where)).first()
            found = None if row is None else (row[0], row[1], row[2] or "")
        return found

    def see(self, key: SeenKey, value: SeenValue) -> None:
        self._set(self.seen, key, value)
        self.writes.append(("add_seen", (*key, *value, self.at)))

    def know(self, lane: Lane, customer: tuple[str, str]) -> None:
        """Whose address this is: id and name."""
        self._set(self.customers, lane, customer)

    def has_parked(self, lane: Lane) -> bool:
        """Whether something waits for a message of this lane."""
        return self.parked.get(lane, lane in self.memory.parked)

    def park(self, lane: Lane) -> None:
        """Something waits for a message of this lane."""
        self._set(self.parked, lane, True)

    def unpark(self, lane: Lane) -> None:
        """Nothing in the store waits for a message of this lane any more; what this batch has parked still does."""
        if lane not in self.parked:
            self._set(self.parked, lane, False)

    def expect_media(self, channel: Channel, ref: MediaRef) -> str:
        """A pending item for a file that still lies on the platform."""
        item = expect(channel.tenant, channel.id, ref, self.now)
        self.write("put_media", *media_row(item))
        return item.id

    # -- changing ----------------------------------------------------------------------------------------------------

    def keep(self, contact: Contact, *, new: bool = False) -> None:
        """The contact's next state, to be written once a batch however often it changes."""
        if new:
            self._set(self.opened, contact.id, True)
        before = self.contacts.get(contact.id) or self.memory.contacts.get(contact.id)
        self._set(self.contacts, contact.id, contact)
        waited = before.queue if before is not None and before.state in WAITING else None
        waits = contact.queue if contact.state in WAITING else None
        if waited != waits:
            if waited is not None:
                self._count((contact.tenant, waited), -1)
            if waits is not None:
                self._count((contact.tenant, waits), 1)
        lane = (contact.channel, contact.address)
        if contact.state is State.CLOSED:
            if self.lanes.get(lane, self.memory.lanes.get(lane)) == contact.id:
                self._set(self.lanes, lane, None)
        elif new:
            self._set(self.lanes, lane, contact.id)

    def _count(self, queue: tuple[str, str], more: int) -> None:
        self._set(self.waiting, queue, self.waiting.get(queue, 0) + more)

    def happen(self, contact: Contact, event: Event) -> Contact:
        """Step the contact and do what that asks for, in this transaction. Returns the contact afterwards.

        Raises `Refused`, or what a seat has to say against it."""
        policy = self.center.policy(contact.channel)
        if policy.lexicon is not None:
            event = marked(event, policy.lexicon)
        after, effects = contacts.step(contact, event, self.now, policy)
        if after is not contact:
            self.keep(after)
        cause = journal.cause(event)
        for effect in effects:
            if type(effect) is fx.Record:
                self._record(effect.entry, cause)
                cause = None
            else:
                self.perform[type(effect)](self, after, effect)
        return self.contacts.get(after.id, after)

    def seat_happen(self, tenant: str, agent: str, event: seats.SeatEvent) -> Seat:
        """Step a seat; the contacts it loses go back to their queues."""
        after, lost = seats.step(self.seat(tenant, agent), event, self.now)
        self._set(self.seats, (tenant, agent), after)
        for id in lost:
            self.happen(self.contact(id), AgentLost(agent))
        return self.seats[tenant, agent]

    def open(self, tenant: str, channel: str, address: str, customer: str) -> Contact:
        """The first contact of a lane."""
        return self._opened(Contact(self.new_id(), tenant, channel, address, customer, self.now))

    def succeed(self, before: Contact) -> Contact:
        """The next contact of a lane, linked to the one before it and always opened after it, even if the clock went back: the
        newest of a lane is the one that was opened last."""
        at = max(self.now, before.opened_at + timedelta(microseconds=1))
        id = self.new_id()
        return self._opened(
            Contact(id, before.tenant, before.channel, before.address, before.customer, at, predecessor=before.id)
        )

    def _opened(self, new: Contact) -> Contact:
        self.keep(new, new=True)
        return new

    def _record(self, entry: fx.Entry, cause: bytes | None) -> None:
        self.entries.append(entry)
        row = (entry.contact, entry.seq, self.at, entry.kind, entry.by, entry.shown.value)
        self.writes.append(("add_entry", (*row, orjson.dumps(entry.body).decode(), cause and cause.decode())))

    def add_effect(self, contact: Contact, seq: int, kind: str, body: dict[str, Any], *, address: str = "") -> None:
        """A durable effect: it is done some time after the commit, whatever happens to this process. `address`: whose lane it is
        done in, if that is not the customer's."""
        id, lane = self.new_id(), address or contact.address
        effect = Effect(id, contact.channel, lane, contact.id, seq, kind, "pending", 0, self.now, body)
        self.outbox.append(effect)
        text = orjson.dumps(body).decode()
        self.write(
            "add_outbox", id, effect.channel, effect.address, effect.contact, seq, kind, "pending", 0, self.at, text
        )

    # -- the end -----------------------------------------------------------------------------------------------------

    def flush(self, statements: Statements) -> None:
        """Write everything."""
        self.rows = [contact for contact in self.contacts.values() if self.memory.is_behind(contact)]
        for contact in self.rows:
            body = contact_to_json(contact).decode()
            closed = None if contact.closed_at is None else micros(contact.closed_at)
            state = contact.state.value
            if contact.id in self.opened:
                row = (contact.id, contact.tenant, contact.channel, contact.address, contact.customer, state)
                self.write("add_contact", *row, micros(contact.opened_at), closed, contact.seq, body)
            else:
                self.write("change_contact", contact.id, contact.customer, state, closed, contact.seq, body)
        for (tenant, agent), seat in self.seats.items():
            self.write("put_seat", tenant, agent, seats.seat_to_json(seat).decode())
        if self.requests:
            self.write("add_bundle", self.new_id(), self.at, *bundled(self.requests))
        statements.run(self.connection, self.writes)

    def remember(self) -> Committed:
        """After the commit: memory becomes what the store is."""
        for contact in self.contacts.values():
            self.memory.put(contact)
        self.memory.written.update(
            (contact.id, contact.seq) for contact in self.rows if contact.state is not State.CLOSED
        )
        self.memory.seats.update(self.seats)
        for key, value in self.seen.items():
            self.memory.remember(key, value)
        for lane, customer in self.customers.items():
            self.memory.know(lane, customer)
        for lane, parked in self.parked.items():
            (self.memory.parked.add if parked else self.memory.parked.discard)(lane)
        return Committed(
            self.now, self.entries, self.contacts, self.rows, self.seats, self.outbox, self.to_place, self.new_center
        )


def expect(tenant: str, channel: str, ref: MediaRef, now: datetime) -> Item:
    """A file that is announced and not here yet; what the platform claims of it is only a claim."""
    return Item(
        id=random_id(),
        tenant=tenant,
        channel=channel,
        created_at=now,
        expires_at=now + MEDIA_KEPT_FOR,
        name=clean_name(ref.name) if ref.name else "",
        mime=ref.mime,
        size=ref.size or 0,
    )
