"""What the engine is given: values that know what to do in a transaction, and give back what their caller waits for.

`Did` is what happens to one contact, `SeatDid` what happens to one seat, `Wrote` rows that need no decision, `Configured` a new
center, `Together` several of them at once. What customers do is `arrived.Arrived`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import fields
from datetime import datetime
from typing import Any, Protocol

import orjson

from channels.errors import Conflict, Refused
from channels.value import value
from ucs.core import events as e
from ucs.core.seat import Seat, SeatEvent
from ucs.runtime.center.center import Center
from ucs.runtime.center.in_use import in_use
from ucs.runtime.engine.memory import SeenKey
from ucs.runtime.engine.work import Work
from ucs.store.statements import Write
from ucs.store.store import micros

UUID7 = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


class Input(Protocol):
    """Something to be done in one transaction."""

    def apply(self, work: Work) -> Any:
        """Do it, or raise a `UcsError` and have done nothing."""
        ...


@value
class Line:
    """Where something came to stand: the number of its line in a contact; `again` if it stood there before."""

    contact: str
    seq: int
    again: bool = False


def dated(id: str, at: datetime | None) -> int:
    """The time that a duplicate key begins with: the platform's where a repeated delivery keeps it, else the one inside a UUIDv7,
    else none. It must be the same whenever the same thing comes again.

    What happens now then stands at the end of the index, and a batch of new keys is written to one page of it and not to one each."""
    if at is not None:
        return max(micros(at), 1)  # a clock that stands before 1970 is none, and its keys are to be forgotten, too
    found = UUID7.search(id)
    return int(found[1] + found[2], 16) * 1000 if found else 0


def digest_of(value: object) -> str:
    """Tells whether the same id came with the same words."""
    return hashlib.blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


@value
class Did:
    """Something happens to one contact. `tenant`: only if it is this tenant's. `client`: the sender's own id of it, by which
    the same thing sent twice happens once."""

    contact: str
    event: e.Event
    tenant: str = ""
    client: str = ""

    def apply(self, work: Work) -> Line:
        contact = work.contact_of(self.tenant, self.contact)
        if not self.client:
            after = work.happen(contact, self.event)
            return Line(after.id, after.seq)
        key: SeenKey = (dated(self.client, None), contact.id, self.client)
        digest = digest_of([type(self.event).__name__, _said(self.event)])
        seen = work.was_seen(key)
        if seen is not None:
            if seen[2] != digest:
                raise Conflict(f"Message id {self.client} was used before, with other words: take a new id.")
            return Line(contact.id, seen[1] or 0, again=True)
        first_line = len(work.entries)
        work.happen(contact, self.event)
        seq = work.entries[first_line].seq
        work.see(key, (contact.id, seq, digest))
        return Line(contact.id, seq)


def _said(event: e.Event) -> dict[str, Any]:
    """What the sender meant, whatever epoch the screen knew when it was sent again."""
    return {field.name: getattr(event, field.name) for field in fields(event) if field.name != "epoch"}


@value
class SeatDid:
    """Something happens to one seat. `epoch`: only while this sign-in is the newest."""

    tenant: str
    agent: str
    event: SeatEvent
    epoch: int | None = None

    def apply(self, work: Work) -> Seat:
        seat = work.seat(self.tenant, self.agent)
        if self.epoch is not None and self.epoch != seat.epoch:
            raise Refused(f"Agent {self.agent} has signed in anew elsewhere: this screen is old.")
        return work.seat_happen(self.tenant, self.agent, self.event)


@value
class Wrote:
    """Rows that need no decision."""

    writes: tuple[Write, ...]

    def apply(self, work: Work) -> None:
        work.writes.extend(self.writes)


@value
class Configured:
    """What an admin has changed: the center from now on, and the rows that say so after a restart. Raises `Refused` if something is to
    go that open contacts need, be it since a moment ago.

    Whoever builds the center starts from the engine's and lets nobody else change it meanwhile."""

    center: Center
    writes: tuple[Write, ...]

    def apply(self, work: Work) -> None:
        gone = work.center.documents.keys() - self.center.documents.keys()
        used = in_use(gone, ({**work.memory.contacts, **work.contacts} if gone else {}).values())
        if used:
            listed = ", ".join(f"{kind} {id} ({count})" for (kind, _, id), count in sorted(used.items()))
            raise Refused(
                f"These are to be removed and still have open contacts: {listed}. End or transfer them first."
            )
        work.writes.extend(self.writes)
        work.new_center = self.center


@value
class Together:
    """Several inputs, all of them or none."""

    inputs: tuple[Input, ...]

    def apply(self, work: Work) -> list[Any]:
        return [each.apply(work) for each in self.inputs]
