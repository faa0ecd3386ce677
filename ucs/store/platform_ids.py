"""What platforms call the lines of our timelines, and what they want to see before they believe that a line was read."""

from __future__ import annotations

import orjson
from sqlalchemy import Connection, select

from ucs.store import tables as t

SAID = frozenset({"message", "tapped"})  # kinds of lines that a platform may have its own name for
RECENT = 50  # lines of the customer's that are looked through for a token


def platform_ids(connection: Connection, contact: str, seq: int) -> tuple[str, ...]:
    """What the platform calls line `seq`: one id for what the customer said, one or several for what we did."""
    where = (t.entry.c.contact == contact, t.entry.c.seq == seq)
    body = connection.execute(select(t.entry.c.body).where(*where)).scalar()
    if body is not None and (own := orjson.loads(body).get("platform")):
        return (own,)
    query = select(t.entry.c.body).where(t.entry.c.contact == contact, t.entry.c.seq > seq, t.entry.c.kind == "status")
    lines = [orjson.loads(text) for text in connection.execute(query.order_by(t.entry.c.seq)).scalars()]
    ids = (id for line in lines if line["of"] == seq for id in line.get("platform", ()))
    return tuple(dict.fromkeys(ids))


def quotable(connection: Connection, contact: str, seq: int) -> tuple[str, str]:
    """What quoting line `seq` takes: the platform's id of it (of the first, where it has several), and the newest token that
    came with it. Empty where there is none."""
    kind = connection.execute(select(t.entry.c.kind).where(t.entry.c.contact == contact, t.entry.c.seq == seq)).scalar()
    if kind not in SAID:  # what was forwarded has a name on the platform, too, and was never said to the customer
        return "", ""
    ids = platform_ids(connection, contact, seq)
    if not ids:
        return "", ""
    token = ""
    about = t.entry.c.kind.in_(("edited", "status")) & (t.entry.c.seq > seq)
    query = select(t.entry.c.seq, t.entry.c.body).where(t.entry.c.contact == contact, (t.entry.c.seq == seq) | about)
    for number, text in connection.execute(query.order_by(t.entry.c.seq)):
        body = orjson.loads(text)
        if number == seq or body.get("of") == seq:
            token = body.get("quote_token") or body.get("quote_tokens", {}).get(ids[0]) or token
    return ids[0], token


def read_token(connection: Connection, contact: str, seq: int) -> str:
    """The token of the newest message up to line `seq` that came with one; empty if there is none."""
    return _newest(connection, contact, seq, "read_token")


def thread_of(connection: Connection, contact: str, seq: int) -> str:
    """The thread of the newest message up to line `seq` that stands in one; empty if there is none."""
    return _newest(connection, contact, seq, "thread")


def _newest(connection: Connection, contact: str, seq: int, name: str) -> str:
    query = select(t.entry.c.body).where(t.entry.c.contact == contact, t.entry.c.seq <= seq)
    query = query.where(t.entry.c.kind.in_(SAID), t.entry.c.by == "customer").order_by(t.entry.c.seq.desc())
    tokens = (orjson.loads(body).get(name, "") for body in connection.execute(query.limit(RECENT)).scalars())
    return next((str(token) for token in tokens if token), "")
