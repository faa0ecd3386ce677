"""Whose a channel's id is. It belongs to the tenant that used it first, also when the channel is long gone.

What is kept of a channel is kept under its id: who its customers are, what was said, who is signed in, what could not be read. With
the id all of that would go to the next tenant that took it, or the next tenant's customers to the one before
(`docs/decisions/0032`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, select

from channels.errors import Complaint
from ucs.runtime.center.center import Document
from ucs.store import tables as t
from ucs.store.statements import Write

EXPECTED = "a channel id that no other tenant has ever used: what was said on it is found by it"


def stored_tenants(connection: Connection) -> dict[str, str]:
    """Channel id → the tenant that it belongs to."""
    return dict(map(tuple, connection.execute(select(t.channel_id.c.id, t.channel_id.c.tenant))))


def others(documents: Iterable[Document], tenants: Mapping[str, str]) -> Iterator[Complaint]:
    """Complaints about channels whose ids are another tenant's."""
    for document in documents:
        if document.kind == "channel" and tenants.get(document.id, document.tenant) != document.tenant:
            yield Complaint(document.file, document.at(), EXPECTED)


def id_writes(documents: Iterable[Document]) -> Iterator[Write]:
    """From now on these ids are their tenants'."""
    for document in documents:
        if document.kind == "channel":
            yield "put_channel_id", (document.id, document.tenant)
