"""What must be true of a store at every moment between two commits, however the process ended: `complaints(path)` reads SQLite's file
and says what is not. It opens it for reading only, so it may look at the store of a server that runs. All contacts are in memory
meanwhile.

It knows the tables and no code of the engine's, which is the point: it would not believe what the engine believes.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

OPEN = {"new", "robot", "queued", "offered", "talking", "wrap_up"}
AT_A_SEAT = {"offered", "talking", "wrap_up"}


def complaints(path: Path) -> list[str]:
    """Everything that is wrong, a sentence each."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.execute("BEGIN")  # one moment for all of them
        contacts = {row[0]: _contact(row) for row in connection.execute(ROWS)}
        seats = [json.loads(body) for (body,) in connection.execute("SELECT body FROM seat")]
        found = [f"SQLite says: {text}" for (text,) in connection.execute("PRAGMA integrity_check") if text != "ok"]
        found += _timelines(connection, contacts)
        found += _rows(contacts)
        found += _seats(contacts, seats)
        found += _said_twice(connection)
        found += _errands(connection, contacts)
        found += _turns(connection, contacts)
    return found


COLUMNS = ("id", "tenant", "channel", "address", "state", "seq", "closed_at", "body")
ROWS = "SELECT id, tenant, channel, address, state, seq, closed_at, body FROM contact"


def _contact(row: tuple[Any, ...]) -> dict[str, Any]:
    values = dict(zip(COLUMNS, row, strict=True))
    return {**json.loads(values.pop("body")), **values}


def _timelines(connection: sqlite3.Connection, contacts: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Lines are numbered from 1 without a gap, and a row is never ahead of its timeline."""
    query = "SELECT contact, count(*), min(seq), max(seq), sum(by = 'customer') FROM entry GROUP BY contact"
    seen = set()
    for contact, count, first, last, _ in connection.execute(query):
        seen.add(contact)
        if contact not in contacts:
            yield f"There are lines of {contact}, and no such contact."
            continue
        if (first, last) != (1, count):
            yield f"{contact} has {count} lines, numbered from {first} to {last}."
        row = contacts[contact]
        if row["seq"] > last:
            yield f"The row of {contact} knows line {row['seq']}, and the last one is {last}."
        if row["state"] == "closed" and row.get("closed_at") is None:
            yield f"{contact} is closed, and nobody knows when."
    for contact in contacts.keys() - seen:
        yield f"{contact} has no line at all."


def _rows(contacts: dict[str, dict[str, Any]]) -> Iterator[str]:
    """One open contact in a lane; a state that agrees with the owner."""
    lanes = Counter((row["channel"], row["address"]) for row in contacts.values() if row["state"] in OPEN)
    for lane, count in lanes.items():
        if count > 1:
            yield f"Lane {lane} has {count} open contacts."
    for id, row in contacts.items():
        if row["state"] not in OPEN | {"closed"}:
            yield f"{id} is in a state that does not exist: {row['state']}."
        if row["state"] in AT_A_SEAT and not row.get("agent"):
            yield f"{id} is {row['state']}, and with nobody."
        before = row.get("predecessor")
        if before and (before not in contacts or contacts[before]["state"] != "closed"):
            yield f"{id} follows {before}, which is not closed."


def _seats(contacts: dict[str, dict[str, Any]], seats: list[dict[str, Any]]) -> Iterator[str]:
    """A contact is in exactly one place: at the seat that its row names, or at none."""
    places: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for seat in seats:
        name = f"{seat['tenant']}/{seat['agent']}"
        load = sum(carried["weight"] for carried in seat["carries"].values())
        if load > seat["capacity"]:
            yield f"Seat {name} carries {load} units of {seat['capacity']}."
        for contact, carried in seat["carries"].items():
            places[contact].append((seat["tenant"], seat["agent"], carried["stage"]))
    for id, row in contacts.items():
        should = [(row["tenant"], row.get("agent", ""), row["state"])] if row["state"] in AT_A_SEAT else []
        if places[id] != should:
            yield f"{id} should be at {should}, and is at {places[id]}."
    for contact in places.keys() - contacts.keys():
        yield f"A seat carries {contact}, which does not exist."


def _said_twice(connection: sqlite3.Connection) -> Iterator[str]:
    """The same word of the same lane is on one line only."""
    for name in ("client", "platform"):
        query = (
            "SELECT c.channel, c.address, json_extract(e.body, ?) AS said, count(*)"
            " FROM entry e JOIN contact c ON c.id = e.contact"
            " WHERE e.kind IN ('message', 'tapped') AND said IS NOT NULL GROUP BY 1, 2, 3, e.by HAVING count(*) > 1"
        )
        for channel, address, id, count in connection.execute(query, (f"$.{name}",)):
            yield f"{address} of {channel} said {id} {count} times."


def _errands(connection: sqlite3.Connection, contacts: dict[str, dict[str, Any]]) -> Iterator[str]:
    """What is to be done belongs to a line that is there."""
    query = (
        "SELECT o.id, o.contact, o.seq FROM outbox o LEFT JOIN entry e ON e.contact = o.contact AND e.seq = o.seq"
        " WHERE e.seq IS NULL"
    )
    for id, contact, seq in connection.execute(query):
        yield f"Errand {id} is about line {seq} of {contact}, which is not there."


def _turns(connection: sqlite3.Connection, contacts: dict[str, dict[str, Any]]) -> Iterator[str]:
    """A contact that waits for its robot is in the outbox once, or it would wait for ever; no other has a turn."""
    asked = Counter(connection.execute("SELECT contact, seq FROM outbox WHERE kind = 'turn'"))
    for id, row in contacts.items():
        turn = row.get("turn", 0)
        if turn and row["state"] != "robot":
            yield f"{id} waits for a robot's turn {turn}, and is {row['state']}."
        elif turn and asked[id, turn] != 1:
            yield f"{id} waits for a robot's turn {turn}, which is {asked[id, turn]} times to be asked."
