"""What is not kept for ever: rows whose time is over are deleted, at most `limit` at once, so that no commit waits long for a sweep.

Each function is handed a connection in a transaction of the engine's, and a moment as the store keeps it.
"""

from __future__ import annotations

from sqlalchemy import ColumnClause, Connection, Select, Table, delete, literal_column, select, tuple_

from ucs.store import tables as t

HOUR = 3_600_000_000  # microseconds
ZERO: ColumnClause[int] = literal_column("0")  # spelled out, as the index says it, or it is not used
Lane = tuple[str, str]  # channel, address


def forget_seen(connection: Connection, before: int, limit: int) -> int:
    """Duplicate keys of what was taken in before then. One that has a time of its own must be as old by that, too: the platform's
    clock may be behind, and then it would be forgotten while it is still repeated."""
    dated = select(t.seen.c.hour, t.seen.c.scope, t.seen.c.id).where(t.seen.c.hour > 0, t.seen.c.hour < before // HOUR)
    gone = _delete(connection, t.seen, dated.where(t.seen.c.at < before).order_by(t.seen.c.hour).limit(limit))
    undated = select(t.seen.c.hour, t.seen.c.scope, t.seen.c.id).where(t.seen.c.hour == ZERO, t.seen.c.at < before)
    return max(gone, _delete(connection, t.seen, undated.order_by(t.seen.c.at).limit(limit)))


def forget_arrivals(connection: Connection, before: int, limit: int) -> int:
    """What came before then and lies in quarantine, read meanwhile or not."""
    old = select(t.arrival.c.id).where(t.arrival.c.at < before).order_by(t.arrival.c.at)
    return _delete(connection, t.arrival, old.limit(limit))


def forget_parked(connection: Connection, before: int, limit: int) -> list[Lane]:
    """What has waited since before then for a message that never came: the lane of each."""
    rows = connection.execute(select(t.parked).where(t.parked.c.at < before).order_by(t.parked.c.at).limit(limit)).all()
    if rows:
        keys = tuple_(*t.parked.primary_key)
        connection.execute(delete(t.parked).where(keys.in_([tuple(row)[: len(t.parked.primary_key)] for row in rows])))
    return [(row.channel, row.address) for row in rows]


def has_parked(connection: Connection, lane: Lane) -> bool:
    """Whether something still waits for a message of this lane."""
    query = select(t.parked.c.id).where(t.parked.c.channel == lane[0], t.parked.c.address == lane[1]).limit(1)
    return connection.execute(query).first() is not None


def _delete(connection: Connection, table: Table, old: Select[tuple[object, ...]]) -> int:
    """Rows by their keys: no database but some builds of SQLite knows DELETE with a LIMIT."""
    return connection.execute(delete(table).where(tuple_(*table.primary_key).in_(old))).rowcount
