"""One set of tables and statements, run on every database: what is written is read again, and what must not be is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Table, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateIndex

from ucs.store import lookup, retention
from ucs.store import tables as t
from ucs.store.platform_ids import platform_ids, quotable, read_token
from ucs.store.statements import Row, Write
from ucs.store.store import Store

HARD = "Grüezi 你好 👨‍👩‍👧 '\"\\ %s %(x)s :id {q} \u202e"

# A row for every table, in the order of its columns, with something hard in each text that is not a key.
ROWS: dict[str, tuple[Any, ...]] = {
    "center": ("agent", "acme", "ann", HARD),
    "channel_id": ("site", "acme"),
    "seen": (5, "site", "m1", None, None, "", 7),
    "customer": ("u1", "acme", HARD, "{}"),
    "identity": ("site", "a1", "u1", 0, 9),
    "contact": ("c1", "acme", "site", "a1", "u1", "queued", 5, None, 1, HARD),
    "entry": ("c1", 1, 2, "message", "customer", "all", HARD, None),
    "arrival": ("r1", "site", 3, "unreadable", HARD, "{}", b"\x00\xff"),
    "bundle": ("b1", 4, HARD, b"\x00\xff"),
    "outbox": ("o1", "site", "a1", "c1", 1, "send", "pending", 0, 6, HARD),
    "robot_memory": ("c1", 7, HARD),
    "parked": ("site", "a1", "m1", "p1", 7, HARD),
    "seat": ("acme", "ann", HARD),
    "media": ("f1", "acme", "ready", 8, HARD),
    "media_blob": ("0" * 64, "f1"),
    "cursor": ("site", HARD),
    "session": ("s1", "acme", "customer", "a1", "hash", 9, HARD),
    "park": ("site", 9, HARD),
}


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store(url)
    store.migrate()
    yield store
    store.close()


def write(store: Store, *writes: Write) -> None:
    store.write(lambda connection: store.statements.run(connection, writes))


def rows(store: Store, table: Table) -> list[tuple[Any, ...]]:
    return store.write(lambda connection: sorted(tuple(row) for row in connection.execute(select(table))))


def into(table: str) -> str:
    """The statement that adds a row to this table."""
    return f"put_{table}" if table in PUT else f"add_{table}"


PUT = {
    "center",
    "channel_id",
    "identity",
    "robot_memory",
    "parked",
    "seat",
    "media",
    "media_blob",
    "cursor",
    "session",
    "park",
}


def full(store: Store) -> None:
    write(store, *((into(name), row) for name, row in ROWS.items()))


def test_there_is_a_row_for_every_table() -> None:
    assert set(ROWS) == set(t.metadata.tables)


def test_migrations_make_the_tables(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), t.metadata) == []


def test_an_index_is_of_the_same_rows_in_either_dialect() -> None:
    t.say_it_to_postgresql()
    indexes = [index for table in t.metadata.tables.values() for index in table.indexes]
    said = [str(CreateIndex(index).compile(dialect=sqlite.dialect())).partition(" WHERE ")[2] for index in indexes]
    assert "state <> 'closed'" in said
    for index, where in zip(indexes, said, strict=True):
        assert str(CreateIndex(index).compile(dialect=postgresql.dialect())).partition(" WHERE ")[2] == where


def test_every_row_is_read_as_it_was_written(store: Store) -> None:
    full(store)
    for name, row in ROWS.items():
        assert rows(store, t.metadata.tables[name]) == [row], name


def test_every_statement_runs(store: Store) -> None:
    """Each is tried on the row of its table, and does what its name says."""
    full(store)
    tried = {into(name) for name in ROWS}
    changes: dict[str, tuple[Write, Table, int]] = {
        "rename_customer": (("rename_customer", ("u1", "Zoe")), t.customer, 1),
        "describe_customer": (("describe_customer", ("u1", '{"fields":{}}')), t.customer, 1),
        "prove_identity": (("prove_identity", ("site", "a1", 1)), t.identity, 1),
        "change_contact": (("change_contact", ("c1", "u2", "closed", 9, 3, "{}")), t.contact, 1),
        "redact_entry": (("redact_entry", ("c1", 1, "{}", "{}")), t.entry, 1),
        "change_arrival": (("change_arrival", ("r1", "accepted", "")), t.arrival, 1),
        "change_outbox": (("change_outbox", ("o1", "dead", 2, 7, "{}")), t.outbox, 1),
        "expire_media": (("expire_media", ("f1", 1)), t.media, 1),
        "change_session": (("change_session", ("s1", "new", 10, "{}")), t.session, 1),
        "drop_seen": (("drop_seen", (5, "site", "m1")), t.seen, 0),
        "drop_arrival": (("drop_arrival", ("r1",)), t.arrival, 0),
        "drop_bundles": (("drop_bundles", (5,)), t.bundle, 0),
        "drop_outbox": (("drop_outbox", ("o1",)), t.outbox, 0),
        "drop_robot_memory": (("drop_robot_memory", ("c1",)), t.robot_memory, 0),
        "drop_parked": (("drop_parked", ("site", "a1", "m1", "p1")), t.parked, 0),
        "drop_media": (("drop_media", ("f1",)), t.media, 0),
        "drop_media_blob": (("drop_media_blob", ("f1",)), t.media_blob, 0),
        "drop_park": (("drop_park", ("site",)), t.park, 0),
        "drop_center": (("drop_center", ("agent", "acme", "ann")), t.center, 0),
        "drop_sessions": (("drop_sessions", (11,)), t.session, 0),
        "drop_session": (("drop_session", ("s1",)), t.session, 0),
    }
    for change, table, left in changes.values():
        before = rows(store, table)
        write(store, change)
        after = rows(store, table)
        assert len(after) == left, change
        assert after != before or left == 0, change
    assert tried | set(changes) == set(store.statements.by_name)


def test_put_adds_and_changes_and_in_one_batch_new_rows_come_first(store: Store) -> None:
    write(store, ("put_seat", ("acme", "ann", "1")), ("put_seat", ("acme", "ann", "2")))
    write(store, ("put_media_blob", ("0", "f")), ("put_media_blob", ("0", "f")))
    assert rows(store, t.seat) == [("acme", "ann", "2")]
    assert rows(store, t.media_blob) == [("0", "f")]
    write(store, ("expire_media", ("f1", 1)), ("put_media", ROWS["media"]), ("drop_media_blob", ("f",)))
    assert rows(store, t.media)[0][3] == 1
    assert rows(store, t.media_blob) == []


@pytest.mark.parametrize(
    "again",
    [
        ("add_seen", ROWS["seen"]),
        ("add_entry", ROWS["entry"]),
        ("add_contact", ("c2", *ROWS["contact"][1:])),  # a second open contact of the lane
    ],
    ids=lambda again: again[0],
)
def test_what_must_be_there_once_is_refused_twice_and_nothing_of_its_batch_stays(store: Store, again: Write) -> None:
    full(store)
    with pytest.raises(IntegrityError):
        write(store, ("add_customer", ("u2", "acme", "", "{}")), again)
    assert len(rows(store, t.customer)) == 1
    write(store, ("add_contact", ("c3", *ROWS["contact"][1:5], "closed", *ROWS["contact"][6:])))
    assert len(rows(store, t.contact)) == 2


async def test_readers_see_what_is_committed_and_nothing_else(store: Store) -> None:
    def half(connection: Connection) -> None:
        store.statements.run(connection, [("put_cursor", ("a", "1"))])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.write(half)
    write(store, ("put_cursor", ("b", "2")))
    found = await store.read(lookup.rows(select(t.cursor)))
    assert [tuple(row) for row in found] == [("b", "2")]


async def test_what_is_looked_up(store: Store) -> None:
    full(store)
    body = '{"platform":"p1","read_token":"r1","quote_token":"q1"}'
    lines = [
        ("c1", 2, 2, "message", "customer", "all", body, None),
        ("c1", 3, 2, "message", "agent:ann", "all", "{}", None),
    ]
    told = '{"of":3,"platform":["x1","x2"],"quote_tokens":{"x1":"q2"}}'
    write(store, *(("add_entry", line) for line in [*lines, ("c1", 4, 2, "status", "system", "agents", told, None)]))
    write(store, ("redact_entry", ("c1", 1, "{}", None)))
    assert [e.seq for e in await store.read(lookup.entries("c1", 1, limit=2))] == [2, 3]
    assert [e.seq for e in await store.read(lookup.entries("c1", 0, shown_to_customer=True))] == [1, 2, 3]
    assert await store.read(lookup.customer_of("site", "a1")) == ("u1", HARD)
    assert [a.body for a in await store.read(lookup.quarantine(["site"]))] == [b"\x00\xff"]
    ids: Callable[[int], Any] = lambda seq: store.read(lambda c: platform_ids(c, "c1", seq))  # noqa: E731
    assert (await ids(2), await ids(3)) == (("p1",), ("x1", "x2"))
    assert await store.read(lambda c: (quotable(c, "c1", 2), quotable(c, "c1", 3))) == (("p1", "q1"), ("x1", "q2"))
    assert await store.read(lambda c: read_token(c, "c1", 4)) == "r1"


def test_what_is_old_is_forgotten_a_little_at_a_time(store: Store) -> None:
    dated = [("add_seen", (at, "s", f"{at}-{n}", None, None, "", n)) for at in (0, 1, 9) for n in range(5)]
    write(
        store,
        *dated,
        *(("put_parked", ("s", "a", "m", f"{n}", n, "{}")) for n in range(3)),
        ("add_arrival", ROWS["arrival"]),
    )
    now = 5

    def forget(drop: str, old: Callable[[Connection, int, int], list[Row]], before: int = now) -> int:
        keys = store.write(lambda connection: old(connection, before, 3))
        write(store, *((drop, key) for key in keys))
        return len(keys)

    assert [forget("drop_seen", retention.old_seen) for _ in range(5)] == [3, 2, 3, 2, 0]
    assert {row[0] for row in rows(store, t.seen)} == {9}
    assert [forget("drop_arrival", retention.old_arrivals) for _ in range(2)] == [1, 0]
    assert forget("drop_parked", retention.old_parked, 1) == 1
    assert store.write(lambda connection: retention.parked_in(connection, "s", "a")) == 2
    assert [forget("drop_parked", retention.old_parked) for _ in range(2)] == [2, 0]
    assert store.write(lambda connection: retention.parked_in(connection, "s", "a")) == 0


def test_a_sweep_reads_what_is_old_and_nothing_else(url: str) -> None:
    """It runs every minute in the engine's thread, beside duplicate keys of a month."""
    if not url.startswith("sqlite"):
        pytest.skip("plans are read on SQLite")
    store = Store(url)
    store.migrate()
    asked: list[tuple[str, Any]] = []

    def hear(_connection: object, _cursor: object, sql: str, values: Any, _context: object, _many: bool) -> None:
        asked.append((sql, values))

    with store.engine.connect() as connection:
        event.listen(connection, "before_cursor_execute", hear)
        for old in (retention.old_seen, retention.old_arrivals, retention.old_parked):
            old(connection, 1, 3)
        event.remove(connection, "before_cursor_execute", hear)
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all() for sql, values in asked]
    store.close()
    steps = [row[3] for plan in plans for row in plan]
    assert [step.partition(" USING ")[2] for step in steps] == [
        "PRIMARY KEY (dated>? AND dated<?)",
        "COVERING INDEX seen_undated (dated=? AND at<?)",
        "COVERING INDEX arrival_at (at<?)",
        "INDEX parked_at (at<?)",
    ]
