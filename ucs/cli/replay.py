"""`ucs replay`: a contact's timeline through today's code and today's policy. Nothing is written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection, select

from channels.errors import NotFound
from channels.plugins import load
from ucs.cli.installed import installation_of
from ucs.cli.show import done, out
from ucs.core.contact import Contact, contact_from_json
from ucs.core.effects import Entry, Shown
from ucs.core.journal import Line, Replayed
from ucs.core.journal import replay as play
from ucs.runtime.center.center import build
from ucs.runtime.runtime import stored_documents
from ucs.store import tables as t
from ucs.store.store import Store, moment


def replay(contact: str, config: Path, data: Path | None) -> None:
    """Print what differs; exit code 1 if anything does. Raises `NotFound` for a contact that is not there."""
    installation = installation_of(config, data)
    plugins = load(installation.plugins)
    with closing(Store(installation.store_url)) as store:
        center = build(store.write(stored_documents), plugins)
        found = store.write(lambda connection: _read(connection, contact))
    if found is None:
        raise NotFound(f"There is no contact {contact!r} in {installation.store or installation.data}.")
    first, lines = found
    differences = list(play(first, lines, center.policy(first.channel)))
    if not differences:
        done(f"{len(lines)} lines, and today's code writes the same.")
        return
    out.print(_table(differences))
    sys.exit(1)


def _read(connection: Connection, id: str) -> tuple[Contact, list[Line]] | None:
    body = connection.execute(select(t.contact.c.body).where(t.contact.c.id == id)).scalar()
    if body is None:
        return None
    kept = contact_from_json(body)
    first = Contact(kept.id, kept.tenant, kept.channel, kept.address, kept.customer, kept.opened_at, kept.predecessor)
    rows = connection.execute(select(t.entry).where(t.entry.c.contact == id).order_by(t.entry.c.seq))
    return first, [_line(row) for row in rows]


def _line(row: object) -> Line:
    seq, at, kind, by, shown, body, cause = (
        getattr(row, name) for name in ("seq", "at", "kind", "by", "shown", "body", "cause")
    )
    return Line(seq, moment(at), kind, by, orjson.loads(body), Shown(shown), None if cause is None else cause.encode())


def _table(differences: list[Replayed]) -> Table:
    table = Table(title=f"{len(differences)} lines differ")
    for name in ("line", "stored", "today"):
        table.add_column(name, overflow="fold")
    for one in differences:
        table.add_row(str(one.seq), "\n".join(_words(one.stored)), "\n".join(_words(one.today)))
    return table


def _words(line: Line | Entry | None) -> Iterator[str]:
    if line is None:
        yield "nothing"
        return
    yield escape(f"{line.kind} by {line.by}")
    yield escape(orjson.dumps(line.body).decode())
