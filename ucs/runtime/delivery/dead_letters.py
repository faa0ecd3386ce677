"""Dead letters: what could not be done and waits for somebody to say "send it again"."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from channels.errors import Refused
from channels.parts import Parts
from channels.value import value
from ucs.core.contact.agent import require_owner
from ucs.core.contact.draft import Draft
from ucs.runtime.delivery.errand import SPOKEN, ErrandState, Trouble, errand_of
from ucs.runtime.delivery.intake import effect_of
from ucs.runtime.delivery.outcomes import Revived
from ucs.runtime.engine.inputs import Line
from ucs.runtime.engine.work import Work
from ucs.store import tables as t

UNTOLD = Trouble("Unknown", "Nobody wrote down why.")


@value
class DeadLetter:
    """`kind` is `send`, `forward`, `recall` or `fetch`; `seq` the line of the contact that it is about; `begun`: part of it went
    out."""

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


@value
class SentAgain:
    """The agent who has the contact wants line `of` tried again, which the platform did not take."""

    contact: str
    tenant: str
    agent: str
    epoch: int
    of: int

    def apply(self, work: Work) -> Line:
        contact = work.contact_of(self.tenant, self.contact)
        require_owner(Draft(contact, work.now, work.center.policy(contact.channel)), self.agent, self.epoch)
        where = (t.outbox.c.channel == contact.channel, t.outbox.c.contact == contact.id, t.outbox.c.seq == self.of)
        failed = (t.outbox.c.kind.in_(sorted(SPOKEN)), t.outbox.c.state == ErrandState.DEAD.value)
        id = work.connection.execute(select(t.outbox.c.id).where(*where, *failed)).scalar()
        if id is None:
            raise Refused(f"Line {self.of} is nothing that failed: it has arrived, or is on its way.")
        return Revived(id, self.tenant).apply(work)
