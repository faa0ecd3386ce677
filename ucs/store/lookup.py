"""What is read beside the engine: timelines, histories, quarantine. Each function is one query on a reader's connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, func, literal_column, select

from channels.value import value
from ucs.core.contact import Contact, contact_from_json
from ucs.core.effects import Entry, Shown
from ucs.core.journal import Line
from ucs.store import tables as t
from ucs.store.store import moment

LINE = (t.entry.c.seq, t.entry.c.at, t.entry.c.kind, t.entry.c.by, t.entry.c.shown, t.entry.c.body, t.entry.c.cause)
# Spelled out, as the index of open contacts says it, or it is not used.
IS_OPEN = t.contact.c.state != literal_column("'closed'")
PAGE = 500  # lines given at once, at most
PAGE_SIZE = 1_000_000  # characters after which a page ends: long lines make short pages, so that nobody's history fills our memory


def line_of(row: Sequence[Any]) -> Line:
    """A line of the journal, from the columns `LINE`."""
    seq, at, kind, by, shown, body, cause = row
    return Line(seq, moment(at), kind, by, orjson.loads(body), Shown(shown), cause and cause.encode())


def entries(
    contact: str, after: int, *, shown_to_customer: bool = False, limit: int = PAGE
) -> Callable[[Connection], list[Entry]]:
    """Lines of a contact after number `after`, oldest first: a page of them. There are more as long as one is not empty."""

    def run(connection: Connection) -> list[Entry]:
        query = select(t.entry).where(t.entry.c.contact == contact, t.entry.c.seq > after)
        if shown_to_customer:
            query = query.where(t.entry.c.shown == Shown.ALL.value)
        return list(_page(connection.execute(query.order_by(t.entry.c.seq).limit(limit))))

    return run


def _page(rows: Iterable[Row[Any]]) -> Iterator[Entry]:
    size = 0
    for row in rows:
        yield _entry(row)
        size += len(row.body)
        if size >= PAGE_SIZE:
            return


def _entry(row: Row[Any]) -> Entry:
    return Entry(row.contact, row.seq, moment(row.at), row.kind, row.by, orjson.loads(row.body), Shown(row.shown))


def contact(id: str) -> Callable[[Connection], Contact | None]:
    return _one(select(t.contact.c.body).where(t.contact.c.id == id))


def newest_contact(channel: str, address: str) -> Callable[[Connection], Contact | None]:
    """The newest contact of a lane, open or not."""
    query = select(t.contact.c.body).where(t.contact.c.channel == channel, t.contact.c.address == address)
    return _one(query.order_by(t.contact.c.opened_at.desc(), t.contact.c.id.desc()).limit(1))


def _one(query: Select[Any]) -> Callable[[Connection], Contact | None]:
    def run(connection: Connection) -> Contact | None:
        body = connection.execute(query).scalar()
        return None if body is None else contact_from_json(body)

    return run


def contacts_of(customer: str, *, limit: int = 50) -> Callable[[Connection], list[Contact]]:
    """A customer's contacts, newest first."""

    def run(connection: Connection) -> list[Contact]:
        query = select(t.contact.c.body).where(t.contact.c.customer == customer).order_by(t.contact.c.opened_at.desc())
        return [contact_from_json(body) for (body,) in connection.execute(query.limit(limit))]

    return run


def contacts_in(channel: str, address: str, *, limit: int = 50) -> Callable[[Connection], list[Contact]]:
    """A lane's contacts, newest first."""

    def run(connection: Connection) -> list[Contact]:
        query = select(t.contact.c.body).where(t.contact.c.channel == channel, t.contact.c.address == address)
        rows = connection.execute(query.order_by(t.contact.c.opened_at.desc()).limit(limit))
        return [contact_from_json(body) for (body,) in rows]

    return run


def customer_of(channel: str, address: str) -> Callable[[Connection], tuple[str, str] | None]:
    """Id and name of who is behind an address."""

    def run(connection: Connection) -> tuple[str, str] | None:
        query = select(t.customer.c.id, t.customer.c.name).join(t.identity, t.identity.c.customer == t.customer.c.id)
        row = connection.execute(query.where(t.identity.c.scope == channel, t.identity.c.address == address)).first()
        return None if row is None else (row[0], row[1])

    return run


def open_contacts(connection: Connection) -> list[Contact]:
    """All of them, as their rows say: a row may be some words behind, and is never behind in whose the contact is."""
    return [contact_from_json(body) for (body,) in connection.execute(select(t.contact.c.body).where(IS_OPEN))]


def last_errand(connection: Connection) -> str:
    """The greatest id in the outbox; empty if nothing is to be done."""
    return connection.execute(select(func.max(t.outbox.c.id))).scalar() or ""


@value
class Identity:
    """One way a customer is known: an address on a channel, claimed or proven, and since when."""

    channel: str
    address: str
    proven: bool
    at: datetime


@value
class Customer:
    """A person outside, as they are kept. `body` is JSON: `fields` are what agents noted down."""

    id: str
    tenant: str
    name: str
    body: dict[str, Any]
    identities: tuple[Identity, ...]


def customer(id: str) -> Callable[[Connection], Customer | None]:
    def run(connection: Connection) -> Customer | None:
        row = connection.execute(select(t.customer).where(t.customer.c.id == id)).first()
        if row is None:
            return None
        known = select(t.identity).where(t.identity.c.customer == id).order_by(t.identity.c.at, t.identity.c.address)
        identities = (Identity(i.scope, i.address, bool(i.proven), moment(i.at)) for i in connection.execute(known))
        return Customer(row.id, row.tenant, row.name, orjson.loads(row.body), tuple(identities))

    return run


@value
class Arrival:
    """A webhook as it arrived."""

    id: str
    channel: str
    at: datetime
    outcome: str
    reason: str
    head: dict[str, Any]
    body: bytes


def quarantine(channels: list[str], *, limit: int = 100) -> Callable[[Connection], list[Arrival]]:
    """What could not be read, or is of an unknown kind: newest first."""

    def run(connection: Connection) -> list[Arrival]:
        query = select(t.arrival).where(t.arrival.c.channel.in_(channels), t.arrival.c.outcome != "accepted")
        rows = connection.execute(query.order_by(t.arrival.c.at.desc()).limit(limit))
        return [
            Arrival(row.id, row.channel, moment(row.at), row.outcome, row.reason, orjson.loads(row.head), row.body)
            for row in rows
        ]

    return run


def rows(query: Select[Any]) -> Callable[[Connection], list[Row[Any]]]:
    """Any other query, whole."""

    def run(connection: Connection) -> list[Row[Any]]:
        return list(connection.execute(query))

    return run
