"""Dead letters: what could not be done and waits for somebody to say "send it again"."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from channels.parts import Parts
from ucs.runtime.delivery.errand import ErrandState, Trouble, errand_of
from ucs.runtime.delivery.intake import effect_of
from ucs.store import tables as t

UNTOLD = Trouble("Unknown", "Nobody wrote down why.")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`kind` is `send`, `recall` or `fetch`; `seq` the line of the contact that it is about; `begun`: part of it went out."""

    id: str
    channel: str
    address: str
    contact: str
    seq: int
    kind: str
    since: datetime
    parts: Parts
    begun: bool
    trouble: Trouble


def dead_letters(
    channels: Iterable[str], *, before: str = "", limit: int = 100
) -> Callable[[Connection], list[DeadLetter]]:
    """Those of these channels, newest first; `before` the id of the last one seen. For `Store.read`."""

    def run(connection: Connection) -> list[DeadLetter]:
        query = select(t.outbox).where(
            t.outbox.c.channel.in_(list(channels)), t.outbox.c.state == ErrandState.DEAD.value
        )
        if before:
            query = query.where(t.outbox.c.id < before)
        rows = connection.execute(query.order_by(t.outbox.c.id.desc()).limit(limit))
        errands = (errand_of(effect_of(row)) for row in rows)
        return [
            DeadLetter(
                e.id, e.channel, e.address, e.contact, e.seq, e.kind, e.since, e.parts, e.begun, e.trouble or UNTOLD
            )
            for e in errands
        ]

    return run
