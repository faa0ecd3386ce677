"""Lines of a contact's timeline, looked for inside a transaction: those in the store, and those that this very batch adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import or_, select

from ucs.core.journal import Line
from ucs.store import tables as t
from ucs.store.lookup import LINE, line_of
from ucs.store.platform_ids import SAID

if TYPE_CHECKING:
    from ucs.runtime.engine.work import Work

LOOKED_THROUGH = 1_000  # lines of a contact, from the newest back, in which a platform's name is looked for
MOST_COMPARED = 500  # characters of an id: a database refuses patterns of any length


def number_of(work: Work, contact: str, platform: str) -> int | None:
    """The line that says what the platform calls `platform`: a message of the customer's, or one of ours.

    Among the newest lines only, and without an index (`docs/decisions/0010`)."""
    for name, row in reversed(work.writes):
        if name == "add_entry" and row[0] == contact and (seq := _named(row[1], row[3], row[6], platform)):
            return seq
    newest = select(t.entry.c.seq, t.entry.c.kind, t.entry.c.body).where(t.entry.c.contact == contact)
    lines = newest.order_by(t.entry.c.seq.desc()).limit(LOOKED_THROUGH).subquery()
    spelled = orjson.dumps(platform).decode()[1:-1][:MOST_COMPARED]  # as it stands in the JSON
    rows = work.connection.execute(select(lines).where(lines.c.body.contains(spelled, autoescape=True)))
    return next((seq for row in rows if (seq := _named(row[0], row[1], row[2], platform))), None)


def lines_of(work: Work, contact: str, seq: int) -> list[Line]:
    """Line `seq` of a timeline and the edits of it, also those of this very batch."""
    query = select(*LINE).where(t.entry.c.contact == contact, or_(t.entry.c.seq == seq, t.entry.c.kind == "edited"))
    rows = [tuple(row) for row in work.connection.execute(query)]
    rows += [row[1:] for name, row in work.writes if name == "add_entry" and row[0] == contact]
    lines = [line_of(row) for row in rows]
    return [line for line in lines if line.seq == seq or (line.kind == "edited" and line.body.get("of") == seq)]


def entry_body(work: Work, contact: str, seq: int) -> dict[str, Any] | None:
    """What a line of the timeline says, also one of this very batch."""
    return next((line.body for line in lines_of(work, contact, seq) if line.seq == seq), None)


def is_redacted(work: Work, contact: str, seq: int) -> bool:
    """Whether this line was taken back."""
    if any(name == "redact_entry" and row[:2] == (contact, seq) for name, row in work.writes):
        return True
    body = entry_body(work, contact, seq)
    return body is not None and bool(body.get("redacted"))


def _named(seq: int, kind: str, body: str, platform: str) -> int | None:
    values = orjson.loads(body)
    if kind in SAID and values.get("platform") == platform:
        return seq
    if kind == "status" and platform in values.get("platform", ()):
        return int(values["of"])
    return None
