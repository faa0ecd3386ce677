"""What a forwarded message is made of.

It is read from the timeline when it goes out and not kept with the errand: an edit goes along, and of what was taken back no copy is
left. Sensitive words are covered, as they are for whoever reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, select

from channels.adapter import Forward, MediaLink
from channels.errors import Rejected
from channels.fit import fit
from channels.manifest import Sends
from channels.parts import Audio, File, Image, Part, Parts, Text, Video, media_of, parts_from_json
from channels.value import value
from ucs.core.contact.marking import as_read
from ucs.runtime.delivery.errand import Errand, key_of
from ucs.store import tables as t


@value
class Original:
    """What the customer said, who that is, and when it was."""

    parts: Parts
    customer: str
    name: str
    said_at: datetime
    thread: str


def original(connection: Connection, errand: Errand) -> Original | None:
    """The line that is to be forwarded, as it reads now; None if it has been taken back. Raises `Rejected` for any other line."""
    query = select(t.contact.c.address, t.customer.c.name).join(t.customer, t.customer.c.id == t.contact.c.customer)
    who = connection.execute(query.where(t.contact.c.id == errand.contact)).first()
    said, newest = _line(connection, errand.contact, errand.of)
    if who is None or said is None or newest is None:
        raise Rejected(f"Line {errand.of} is nothing that the customer has said: it cannot be forwarded.")
    if said.get("redacted"):
        return None
    parts = parts_from_json(as_read("customer", newest).get("parts", ()))
    author = said.get("author") or {}
    return Original(
        parts=tuple(_along(parts, errand.along)),
        customer=who.address,
        name=author.get("name") or who.name,
        said_at=datetime.fromisoformat(said["sent_at"]),
        thread=said.get("thread", ""),
    )


def forward_of(errand: Errand, found: Original, links: Mapping[str, MediaLink], sends: Sends, at: datetime) -> Forward:
    """The call: one, however much there is of it."""
    parts = tuple(part for call in fit(found.parts, sends, links) for part in call)
    return Forward(
        key=key_of(errand),
        recipients=errand.recipients,
        note=errand.note,
        customer=found.customer,
        name=found.name,
        said_at=found.said_at,
        parts=parts,
        at=at,
        media={name: links[name] for part in parts for name in media_of(part) if isinstance(name, str)},
        thread=found.thread,
        attempt=errand.attempt,
        uncertain=errand.doubts > 0,
    )


def _line(connection: Connection, contact: str, seq: int) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """What was said first, and what it reads after its edits."""
    query = select(t.entry.c.seq, t.entry.c.kind, t.entry.c.by, t.entry.c.body).where(t.entry.c.contact == contact)
    about = (t.entry.c.seq == seq) | ((t.entry.c.kind == "edited") & (t.entry.c.seq > seq))
    first: dict[str, Any] | None = None
    newest: dict[str, Any] | None = None
    for row in connection.execute(query.where(about).order_by(t.entry.c.seq)):
        body = orjson.loads(row.body)
        if row.seq == seq and (row.kind, row.by) == ("message", "customer"):
            first = newest = body
        elif first is not None and body.get("of") == seq:
            newest = body
    return first, newest


def _along(parts: Parts, along: tuple[str, ...] | None) -> Iterator[Part]:
    """Without the files that the agent leaves out; what is written under one stays."""
    for part in parts:
        left_out = isinstance(part, Image | Audio | Video | File) and along is not None and part.media not in along
        if not left_out:
            yield part
        elif caption := getattr(part, "caption", ""):
            yield Text(caption)
