"""What is not kept for ever: which rows are over, at most `limit` at once, so that no commit waits long for a sweep.

Each function gives the keys of rows from before a moment; whoever asks has them dropped, one by one by their key. (One statement that
finds and deletes would read whole hours of duplicate keys for a thousand of them.)
"""

from __future__ import annotations

from sqlalchemy import ColumnClause, Connection, Select, func, literal_column, select

from ucs.store import tables as t
from ucs.store.statements import Row

ZERO: ColumnClause[int] = literal_column("0")  # spelled out, as the index says it, or it is not used


def old_seen(connection: Connection, before: int, limit: int) -> list[Row]:
    """Duplicate keys of what was taken in before then. One that has a time of its own must be as old by that, too: the platform's
    clock may be behind, and then it would be forgotten while it is still repeated."""
    keys = select(t.seen.c.dated, t.seen.c.scope, t.seen.c.id).where(t.seen.c.at < before).limit(limit)
    dated = keys.where(t.seen.c.dated > 0, t.seen.c.dated < before).order_by(t.seen.c.dated)
    undated = keys.where(t.seen.c.dated == ZERO).order_by(t.seen.c.at)
    return _rows(connection, dated) or _rows(connection, undated)


def old_arrivals(connection: Connection, before: int, limit: int) -> list[Row]:
    """What came before then and lies in quarantine, read meanwhile or not."""
    return _rows(
        connection, select(t.arrival.c.id).where(t.arrival.c.at < before).order_by(t.arrival.c.at).limit(limit)
    )


def old_parked(connection: Connection, before: int, limit: int) -> list[Row]:
    """What has waited since before then for a message that never came."""
    keys = select(*t.parked.primary_key).where(t.parked.c.at < before)
    return _rows(connection, keys.order_by(t.parked.c.at).limit(limit))


def parked_in(connection: Connection, channel: str, address: str) -> int:
    """How much waits for messages of this lane."""
    query = select(func.count()).where(t.parked.c.channel == channel, t.parked.c.address == address)
    return int(connection.execute(query).scalar_one())


def _rows(connection: Connection, query: Select[tuple[object, ...]]) -> list[Row]:
    return [tuple(row) for row in connection.execute(query)]
