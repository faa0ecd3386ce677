"""The hot statements, compiled once a database and run many times with plain tuples.

SQLAlchemy writes the SQL, so one text serves SQLite and PostgreSQL; running the compiled text spares its per-call work, which is
as much as the insert itself (`bench/` shows it).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, Dialect, Table, bindparam, delete, insert, text, update
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.elements import ClauseElement

from ucs.store import tables as t

Row = tuple[Any, ...]
Write = tuple[str, Row]  # a statement's name, and its values


class Statement:
    """One compiled statement; `columns` is the order of the values in a row."""

    def __init__(self, clause: ClauseElement, columns: Sequence[str], dialect: Dialect) -> None:
        compiled = clause.compile(dialect=dialect)
        order = getattr(compiled, "positiontup", None) or list(columns)
        self.sql = str(compiled)
        places = {name: place for place, name in enumerate(columns)}
        self._order = [places[name] for name in order]
        self._as_given = self._order == list(range(len(columns)))

    def run(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Run it once a row, in one go."""
        if not rows:
            return
        if not self._as_given:
            rows = [tuple(row[place] for place in self._order) for row in rows]
        connection.exec_driver_sql(self.sql, list(rows))


def _insert(table: Table, dialect: Dialect) -> Statement:
    return Statement(insert(table), [column.name for column in table.columns], dialect)


def _update(table: Table, keys: Iterable[str], columns: Iterable[str], dialect: Dialect) -> Statement:
    keys, columns = list(keys), list(columns)
    clause: Executable = update(table).values({name: bindparam(name) for name in columns})
    for key in keys:
        clause = clause.where(table.c[key] == bindparam(f"key_{key}"))  # type: ignore[attr-defined]  # an update has where
    return Statement(clause, [f"key_{key}" for key in keys] + columns, dialect)  # type: ignore[arg-type]


def _put(table: Table, dialect: Dialect) -> Statement:
    """Insert, or change the row that has the same key."""
    columns = [column.name for column in table.columns]
    keys = [column.name for column in table.primary_key]
    quoted = {name: f'"{name}"' for name in columns}
    changes = ", ".join(f"{quoted[name]} = excluded.{quoted[name]}" for name in columns if name not in keys)
    clause = text(
        f"INSERT INTO {table.name} ({', '.join(quoted.values())}) "  # noqa: S608  # names come from tables.py alone
        f"VALUES ({', '.join(':' + name for name in columns)}) "
        f"ON CONFLICT ({', '.join(quoted[key] for key in keys)}) {f'DO UPDATE SET {changes}' if changes else 'DO NOTHING'}"
    )
    return Statement(clause, columns, dialect)


def _delete(table: Table, keys: Iterable[str], dialect: Dialect) -> Statement:
    clause = delete(table)
    for key in keys:
        clause = clause.where(table.c[key] == bindparam(f"key_{key}"))
    return Statement(clause, [f"key_{key}" for key in keys], dialect)


_RANKS = {"add": 0, "put": 1, "drop": 3}


class Statements:
    """All of them, for one database, by name. Rows have the table's columns in order; `put_` adds or changes."""

    def __init__(self, dialect: Dialect) -> None:
        add, put, drop = (
            partial(_insert, dialect=dialect),
            partial(_put, dialect=dialect),
            partial(_delete, dialect=dialect),
        )
        change = partial(_update, dialect=dialect)
        self.by_name = {
            "add_seen": add(t.seen),
            "drop_seen": drop(t.seen, ["dated", "scope", "id"]),
            "add_customer": add(t.customer),
            "rename_customer": change(t.customer, ["id"], ["name"]),
            "describe_customer": change(t.customer, ["id"], ["body"]),
            "put_identity": put(t.identity),
            "prove_identity": change(t.identity, ["scope", "address"], ["proven"]),
            "add_contact": add(t.contact),
            "change_contact": change(t.contact, ["id"], ["customer", "state", "closed_at", "seq", "body"]),
            "add_entry": add(t.entry),
            "redact_entry": change(t.entry, ["contact", "seq"], ["body", "cause"]),
            "add_arrival": add(t.arrival),
            "change_arrival": change(t.arrival, ["id"], ["outcome", "reason"]),
            "drop_arrival": drop(t.arrival, ["id"]),
            "add_bundle": add(t.bundle),
            "drop_bundles": Statement(delete(t.bundle).where(t.bundle.c.at < bindparam("before")), ["before"], dialect),
            "add_outbox": add(t.outbox),
            "change_outbox": change(t.outbox, ["id"], ["state", "attempt", "at", "body"]),
            "drop_outbox": drop(t.outbox, ["id"]),
            "put_robot_memory": put(t.robot_memory),
            "drop_robot_memory": drop(t.robot_memory, ["contact"]),
            "put_parked": put(t.parked),
            "drop_parked": drop(t.parked, ["channel", "address", "message", "id"]),
            "put_seat": put(t.seat),
            "put_media": put(t.media),
            "expire_media": change(t.media, ["id"], ["expires_at"]),
            "drop_media": drop(t.media, ["id"]),
            "put_media_blob": put(t.media_blob),
            "drop_media_blob": drop(t.media_blob, ["media"]),
            "put_cursor": put(t.cursor),
            "put_park": put(t.park),
            "drop_park": drop(t.park, ["channel"]),
            "put_center": put(t.center),
            "drop_center": drop(t.center, ["kind", "tenant", "id"]),
            "put_channel_id": put(t.channel_id),
            "drop_sessions": Statement(
                delete(t.session).where(t.session.c.expires_at < bindparam("before")), ["before"], dialect
            ),
            "put_session": put(t.session),
            "change_session": change(t.session, ["id"], ["token", "expires_at", "body"]),
            "drop_session": drop(t.session, ["id"]),
        }

    def run(self, connection: Connection, writes: Iterable[Write]) -> None:
        """Run many writes, those of one statement together: new rows first, then `put_`, then changes, and `drop_` last.

        A row that is put and changed in one batch must be there when it is changed, whichever statement came first."""
        rows: dict[str, list[Row]] = {}
        for name, row in writes:
            rows.setdefault(name, []).append(row)
        for name, batch in sorted(rows.items(), key=lambda item: _RANKS.get(item[0].partition("_")[0], 2)):
            self.by_name[name].run(connection, batch)


_COMPILED: dict[tuple[str, str, str], Statements] = {}


def statements_for(dialect: Dialect) -> Statements:
    """All statements for this kind of database, compiled for its first store in this process."""
    kind = (dialect.name, dialect.driver, dialect.paramstyle)
    if kind not in _COMPILED:
        _COMPILED[kind] = Statements(dialect)
    return _COMPILED[kind]
