"""What became of an errand, as inputs for the engine: its row and the line that agents see change in one transaction."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import select

from channels.errors import NotFound, Refused
from channels.events import Status
from channels.value import value
from ucs.core.contact import Contact, State
from ucs.core.events import CustomerLeft, GivenUp, StatusReported
from ucs.runtime.delivery.errand import SPOKEN, Errand, ErrandState, errand_of
from ucs.runtime.delivery.intake import effect_of
from ucs.runtime.engine.arrived import join_parked
from ucs.runtime.engine.inputs import Line
from ucs.runtime.engine.windows import windows
from ucs.runtime.engine.work import Effect, Work
from ucs.store import tables as t
from ucs.store.platform_ids import quotable, thread_of

REACHABLE = frozenset({State.QUEUED, State.OFFERED, State.TALKING})


@value
class Claim:
    """Go ahead, quoting what the platform calls `reply_to`, in its `thread`; or do not: the message was taken back before it
    went out."""

    taken_back: bool = False
    reply_to: str = ""
    quote_token: str = ""
    thread: str = ""


@value
class Claimed:
    """A call goes out now. Until its outcome is written too, nobody can know whether it arrived."""

    row: tuple[Any, ...]
    contact: str
    seq: int
    reply_to: int | None

    def apply(self, work: Work) -> Claim:
        where = (t.entry.c.contact == self.contact, t.entry.c.seq == self.seq)
        said = work.connection.execute(select(t.entry.c.body).where(*where)).scalar()
        if said is not None and orjson.loads(said).get("redacted"):
            return Claim(taken_back=True)
        work.write("change_outbox", *self.row)
        thread = thread_of(work.connection, self.contact, self.seq)
        quoted = quotable(work.connection, self.contact, self.reply_to) if self.reply_to else ("", "")
        return Claim(False, *quoted, thread)


def claimed(errand: Errand) -> Claimed:
    """What is forwarded may have been taken back as well as what is said."""
    return Claimed(errand.row(), errand.contact, errand.of or errand.seq, errand.reply_to)


@value
class Settled:
    """The row as it is from now on (None: it is done, and goes), and the status to be seen (None: nothing new).

    A contact that is gone or refuses the line does not keep the row from changing."""

    id: str
    row: tuple[Any, ...] | None
    contact: str
    status: StatusReported | None = None

    def apply(self, work: Work) -> None:
        if self.row is None:
            work.write("drop_outbox", self.id)
        else:
            work.write("change_outbox", *self.row)
        if self.status is not None:
            with suppress(NotFound, Refused):
                self._report(work, self.status)

    def _report(self, work: Work, status: StatusReported) -> None:
        contact = work.happen(work.contact(self.contact), status)
        channel, lane = work.center.channels.get(contact.channel), (contact.channel, contact.address)
        if channel is not None and work.has_parked(lane):
            for id in status.platform:  # the platform may have reported before its answer reached us
                join_parked(work, channel, contact.address, id)


def settled(
    errand: Errand, status: Status | None = None, reason: str = "", code: str = "", *, done: bool = False
) -> Settled:
    """`done`: the errand's row goes. Else it is written as it is now."""
    known = errand.kind in SPOKEN and status is not Status.PENDING
    ids, tokens = (errand.ids, errand.quote_tokens) if known else ((), {})
    told = None if status is None else StatusReported(errand.seq, status, reason, code, ids, tokens)
    return Settled(errand.id, None if done else errand.row(), errand.contact, told)


@value
class Left:
    """A platform says that the customer is gone. Said once: a contact that nobody talks in any more need not hear it."""

    contact: str
    reason: str

    def apply(self, work: Work) -> None:
        contact = work.contact(self.contact)
        if contact.state in REACHABLE:
            work.happen(contact, CustomerLeft(self.reason))


def dead_letter(work: Work, tenant: str, id: str) -> tuple[Errand, Contact]:
    """It and its contact. Raises `NotFound`, also for another tenant's, and `Refused` for what is not dead (any more)."""
    row = work.connection.execute(select(t.outbox).where(t.outbox.c.id == id)).first()
    if row is None:
        raise NotFound(f"There is no dead letter {id!r}.")
    contact = work.contact_of(tenant, row.contact)
    moved_on = any(name in ("change_outbox", "drop_outbox") and values[0] == id for name, values in work.writes)
    if row.state != ErrandState.DEAD.value or moved_on:
        raise Refused(f"{id} is not dead: it is on its way already, or has been given up.")
    return errand_of(effect_of(row)), contact


@value
class Revived:
    """Somebody wants a dead letter tried again. What of it has reached the customer is not sent a second time.

    An empty tenant means: ours to decide."""

    id: str
    tenant: str = ""

    def apply(self, work: Work) -> Line:
        dead, contact = dead_letter(work, self.tenant, self.id)
        errand = self._anew(work, dead, contact)
        work.write("change_outbox", *errand.row())
        if errand.kind in SPOKEN:
            contact = work.happen(contact, StatusReported(errand.seq, Status.PENDING))
        work.outbox.append(
            Effect(
                errand.id,
                errand.channel,
                errand.address,
                errand.contact,
                errand.seq,
                errand.kind,
                errand.state,
                errand.attempt,
                errand.at,
                errand.body(),
            )
        )
        return Line(contact.id, errand.seq)

    @staticmethod
    def _anew(work: Work, errand: Errand, contact: Contact) -> Errand:
        """A new day, and the reply window as it is today. The old permission to answer is not used twice."""
        channel = work.center.channels.get(errand.channel)
        known = windows(channel.adapter.manifest, contact) if channel is not None and errand.kind == "send" else {}
        return replace(
            errand,
            state=ErrandState.PENDING,
            attempt=0,
            at=work.now,
            since=work.now,
            until=known.get("until", errand.until),
            pressed_until=known.get("pressed_until", errand.pressed_until),
            reply_token=None,
            told=False,
            asked_since=None,
            trouble=None,
        )


@value
class Discarded:
    """Somebody lets a dead letter go. What is known of the message (failed, uncertain) stays as it is, and so does what of it
    has reached the customer.

    An empty tenant means: ours to decide."""

    id: str
    by: str
    tenant: str = ""

    def apply(self, work: Work) -> Line:
        errand, contact = dead_letter(work, self.tenant, self.id)
        work.write("drop_outbox", errand.id)
        after = work.happen(contact, GivenUp(errand.seq, errand.kind, self.by))
        return Line(after.id, after.seq)
