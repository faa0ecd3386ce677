"""What customers do, as it arrived: the events of one webhook, one poll or one word in our own web chat, in one transaction.

`TAKE` is the table from a platform's event to what happens to a contact. An event about a message that has not come yet is parked
and joined when it does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import orjson
from pydantic import TypeAdapter

from cache.item import Item
from channels import events as ev
from channels.errors import Conflict
from channels.parts import MediaRef, Parts, media_of, with_media
from channels.value import value
from channels.wire import Request
from ucs.core import events as e
from ucs.core.contact import Contact
from ucs.runtime.center.center import Channel
from ucs.runtime.engine.inputs import Line, dated, digest_of
from ucs.runtime.engine.lines import is_redacted, number_of
from ucs.runtime.engine.memory import Lane, SeenKey
from ucs.runtime.engine.raw import keep_arrival, keep_understood
from ucs.runtime.engine.work import Work


@value
class Arrived:
    """Events of one channel, in one transaction with the raw request and the poll cursor they came with.

    `strict`: the sender chose the ids itself (our own web chat), so that the same id with other words is a `Conflict`.
    `proven`: the tenant's own server vouches for the address. `item`: where the bytes of a large request lie."""

    channel: str
    events: Sequence[ev.Received]
    request: Request | None = None
    cursor: str | None = None
    strict: bool = False
    proven: bool = False
    item: Item | None = None

    def apply(self, work: Work) -> list[Line | None]:
        channel = work.center.channel(self.channel)
        lines = [self._take(work, channel, event) for event in self.events]
        if self.cursor is not None:
            work.write("put_cursor", channel.id, self.cursor)
        if self.request is not None and not all(line is not None and line.again for line in lines):
            self._keep(work, channel.id, self.request, lines)
        return lines

    def _keep(self, work: Work, channel: str, request: Request, lines: Sequence[Line | None]) -> None:
        """The request as it came, but for one that only repeats: with the others, or aside if something in it is unknown."""
        new = zip(self.events, lines, strict=True)
        unknown = {event.kind for event, line in new if line is None and type(event) is ev.Unknown}
        if unknown:
            keep_arrival(work, channel, request, "unknown", ", ".join(sorted(unknown)), self.item)
        else:
            keep_understood(work, channel, request, self.item)

    def _take(self, work: Work, channel: Channel, event: ev.Received) -> Line | None:
        if isinstance(event, ev.NEVER_STORED):
            return None
        stable = channel.adapter.manifest.keeps_time and not self.strict
        id = event.id or fingerprint(event)
        key: SeenKey = (dated(id, event.at if stable else None), channel.id, id)
        digest = digest_of(getattr(event, "parts", None) or getattr(event, "payload", "")) if self.strict else ""
        seen = work.was_seen(key)
        if seen is not None:
            if digest != seen[2]:
                raise Conflict(f"Message id {id.rpartition(':')[2]} was used before, with other words: take a new id.")
            return Line(seen[0] or "", seen[1] or 0, again=True)
        line = TAKE[type(event)](work, channel, event)
        proven = True if self.proven else getattr(event, "proven", None)
        if proven is not None:  # where addresses can be claimed, the latest message says how much theirs is worth
            work.write("prove_identity", channel.id, event.customer, int(proven))
        work.see(key, (line.contact, line.seq, digest) if line and self.strict else (None, None, digest))
        return line


def reads_itself(channel: Channel) -> bool:
    """Whether the customer's side reads the contact itself, and so knows messages by their number and by its own ids."""
    return "send" not in channel.powers


def fingerprint(event: ev.Received) -> str:
    """An id for an event of a platform that gives none: everything it says. Not the permission to answer, which is given anew,
    and for longer, when the platform repeats itself."""
    if isinstance(event, ev.MessageReceived | ev.Tapped | ev.CustomerJoined) and event.reply_token is not None:
        event = replace(event, reply_token=None)
    return "f:" + digest_of([type(event).__name__, event])


@value
class Quarantined:
    """A verified request that nobody could read."""

    channel: str
    request: Request
    reason: str
    item: Item | None = None

    def apply(self, work: Work) -> None:
        keep_arrival(work, self.channel, self.request, "unreadable", self.reason, self.item)


# -- what each event of a platform means ---------------------------------------------------------------------------------


def _customer(work: Work, channel: Channel, lane: Lane, name: str = "") -> tuple[str, bool]:
    """The customer behind an address, and whether this is the first we hear of them."""
    known = work.customers.get(lane) or work.memory.customers.get(lane) or work.find_customer(lane)
    if known is None:
        id = work.new_id()
        work.write("add_customer", id, channel.tenant, name, "{}")
        work.write("put_identity", lane[0], lane[1], id, 0, work.at)
        work.know(lane, (id, name))
        return id, True
    work.know(lane, (known[0], name or known[1]))
    if name and name != known[1]:
        work.write("rename_customer", known[0], name)
    return known[0], False


def _say(work: Work, channel: Channel, event: ev.Received, name: str, said: e.CustomerSpoke | e.CustomerTapped) -> Line:
    """Something said goes to the lane's open contact, or opens one."""
    lane = (channel.id, event.customer)
    contact = work.open_contact(lane)
    if contact is None:
        customer, first = _customer(work, channel, lane, name)
        contact = None if first else work.newest_contact(lane)
        contact = contact or work.open(channel.tenant, channel.id, event.customer, customer)
    first_line = len(work.entries)
    work.happen(contact, said)
    for entry in work.entries[first_line:]:
        if entry.by == "customer":
            return Line(entry.contact, entry.seq)
    raise LookupError(f"{type(said).__name__} left no line of the customer's.")


def _message(work: Work, channel: Channel, event: ev.MessageReceived) -> Line:
    lane = (channel.id, event.customer)
    reply_to = None
    if event.reply_to and reads_itself(channel):
        reply_to = int(event.reply_to)
    elif event.reply_to:
        quoted = work.newest_contact(lane)
        reply_to = quoted and number_of(work, quoted.id, event.reply_to)
    parts, pending = _expect_media(work, channel, event.parts)
    said = e.CustomerSpoke(
        parts=parts,
        sent_at=event.at,
        platform=event.message,
        client=event.id.rpartition(":")[2] if reads_itself(channel) else "",
        author=event.author,
        reply_to=reply_to,
        reply_token=event.reply_token,
        read_token=event.read_token,
        quote_token=event.quote_token,
        album=event.album,
        fields=event.fields,
        thread=event.thread,
        copies=event.copies,
    )
    line = _say(work, channel, event, event.name, said)
    _fetch(work, line, pending)
    if work.has_parked(lane):
        join_parked(work, channel, event.customer, event.message)
    return line


def _expect_media(work: Work, channel: Channel, parts: Parts) -> tuple[Parts, list[tuple[str, MediaRef]]]:
    """Every file that still lies on the platform becomes a pending item, fetched after the commit."""
    refs = [media for part in parts for media in media_of(part) if isinstance(media, MediaRef)]
    if not refs:
        return parts, []
    names = {ref: work.expect_media(channel, ref) for ref in dict.fromkeys(refs)}
    return tuple(with_media(part, names) for part in parts), [(name, ref) for ref, name in names.items()]


def _fetch(work: Work, line: Line, pending: list[tuple[str, MediaRef]]) -> None:
    for media, ref in pending:
        body = {"media": media, "ref": {"key": ref.key, "name": ref.name, "mime": ref.mime, "size": ref.size}}
        work.add_effect(work.contact(line.contact), line.seq, "fetch", body)


def _tapped(work: Work, channel: Channel, event: ev.Tapped) -> Line:
    of = None
    if event.message:
        contact = work.newest_contact((channel.id, event.customer))
        of = contact and number_of(work, contact.id, event.message)
    said = e.CustomerTapped(
        payload=event.payload,
        sent_at=event.at,
        label=event.label,
        of=of,
        client=event.id.rpartition(":")[2] if reads_itself(channel) else "",
        reply_token=event.reply_token,
        fields=event.fields,
    )
    return _say(work, channel, event, "", said)


Late = ev.MessageEdited | ev.MessageRecalled | ev.Reacted | ev.StatusReported


def _about(work: Work, channel: Channel, event: Late) -> Line | None:
    """Something about a message: found by the platform's id of it, or parked until that message comes."""
    found = _find(work, (channel.id, event.customer), event.message)
    if found is None:
        id = event.id or fingerprint(event)
        text = orjson.dumps({"event": type(event).__name__, **_fields(event)}).decode()
        work.write("put_parked", channel.id, event.customer, event.message, id, work.at, text)
        work.park((channel.id, event.customer))
        return None
    contact, seq = found
    parts: Parts = ()
    pending: list[tuple[str, MediaRef]] = []
    if isinstance(event, ev.MessageEdited) and not is_redacted(
        work, contact.id, seq
    ):  # else the recall has overtaken the edit
        parts, pending = _expect_media(work, channel, event.parts)
    after = work.happen(contact, _core_event(event, seq, parts))
    line = Line(after.id, after.seq)
    _fetch(work, line, pending)
    return line


def _fields(event: Late) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__dataclass_fields__}


def _core_event(event: Late, seq: int, parts: Parts) -> e.Event:
    match event:
        case ev.MessageEdited():
            return e.CustomerEdited(seq, parts, event.quote_token)
        case ev.MessageRecalled():
            return e.CustomerRecalled(seq)
        case ev.Reacted():
            return e.CustomerReacted(seq, event.emoji, event.removed)
        case ev.StatusReported():
            return e.StatusReported(seq, event.status, event.reason, event.code)


def _find(work: Work, lane: Lane, message: str) -> tuple[Contact, int] | None:
    """The line of a platform's message: in the lane's newest contact or one of those before it."""
    contact = work.newest_contact(lane)
    for _ in range(5):
        if contact is None:
            return None
        seq = number_of(work, contact.id, message)
        if seq is not None:
            return contact, seq
        contact = work.contact(contact.predecessor) if contact.predecessor else None
    return None


def join_parked(work: Work, channel: Channel, address: str, message: str) -> None:
    """What overtook this message can happen now."""
    for id, text in work.parked_for(channel.id, address, message):
        values = orjson.loads(text)
        kind = getattr(ev, values.pop("event"))
        _about(work, channel, TypeAdapter(kind).validate_python(values))
        work.write("drop_parked", channel.id, address, message, id)


def _joined(work: Work, channel: Channel, event: ev.CustomerJoined) -> None:
    """Following us opens no contact: nobody has asked for anything yet."""
    _customer(work, channel, (channel.id, event.customer), event.name)


def _left(work: Work, channel: Channel, event: ev.CustomerLeft) -> Line | None:
    contact = work.open_contact((channel.id, event.customer))
    if contact is None:
        return None
    after = work.happen(contact, e.CustomerLeft(event.reason))
    return Line(after.id, after.seq)


def _renamed(work: Work, channel: Channel, event: ev.CustomerRenamed) -> Line | None:
    _customer(work, channel, (channel.id, event.customer), event.name)
    contact = work.open_contact((channel.id, event.customer))
    if contact is None:
        return None
    after = work.happen(contact, e.CustomerRenamed(event.name))
    return Line(after.id, after.seq)


def _unknown(work: Work, channel: Channel, event: ev.Unknown) -> None:
    """Kept with its request (`keep_arrival`); counted by the gateway."""


TAKE: dict[type[Any], Callable[[Work, Channel, Any], Line | None]] = {
    ev.MessageReceived: _message,
    ev.MessageEdited: _about,
    ev.MessageRecalled: _about,
    ev.Reacted: _about,
    ev.StatusReported: _about,
    ev.Tapped: _tapped,
    ev.CustomerJoined: _joined,
    ev.CustomerLeft: _left,
    ev.CustomerRenamed: _renamed,
    ev.Unknown: _unknown,
}
