"""What each effect of a step means inside the transaction: a row in the outbox, room at a seat, a place in a queue, a successor.

`Record` is not here: writing the timeline is `work.Work`'s own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from channels.errors import Refused
from channels.parts import media_of, parts_from_json
from ucs.core import effects as fx
from ucs.core import journal
from ucs.core import seat as seats
from ucs.core.contact import Contact
from ucs.core.events import CustomerSpoke, CustomerTapped, QueueFull
from ucs.runtime.engine.lines import lines_of
from ucs.runtime.engine.windows import windows

if TYPE_CHECKING:
    from ucs.runtime.engine.work import Work


def _deliver(work: Work, contact: Contact, effect: fx.Deliver) -> None:
    channel = work.center.channels.get(contact.channel)
    if channel is None or "send" not in channel.powers:
        return  # the customer's side reads the contact itself
    body: dict[str, Any] = {"parts": effect.parts, "reply_token": effect.reply_token, "reply_to": effect.reply_to}
    if effect.copies is not None:
        body["copies"] = effect.copies
    if effect.automatic:
        body["automatic"] = True
    body |= windows(channel.adapter.manifest, contact)
    work.add_effect(contact, effect.seq, "send", body)


def _forward(work: Work, contact: Contact, effect: fx.Forward) -> None:
    """In the lane of who gets it: a workshop whose server is down holds up no answer to the customer."""
    channel = work.center.channels.get(contact.channel)
    most = channel.adapter.manifest.forwards if channel is not None and "forward" in channel.powers else 0
    if not most:
        raise Refused("This channel forwards nothing.")
    if len(effect.recipients) > most:
        raise Refused(f"A message here is forwarded to {most} at most, not to {len(effect.recipients)}.")
    body = {"of": effect.of, "recipients": effect.recipients, "note": effect.note, "along": effect.along}
    work.add_effect(contact, effect.seq, "forward", body, address=effect.recipients[0])


def _powered(power: str) -> Callable[[Work, Contact, Any], None]:
    def add(work: Work, contact: Contact, effect: Any) -> None:
        channel = work.center.channels.get(contact.channel)
        if channel is not None and power in channel.powers:
            work.add_effect(contact, effect.seq, power, {})

    return add


def _redact(work: Work, contact: Contact, effect: fx.Redact) -> None:
    """The words are gone, and those of every edit of them; that something stood here is not. Files go with the next sweep."""
    for line in lines_of(work, contact.id, effect.seq):
        emptied = journal.redact(line)
        body = orjson.dumps(emptied.body).decode()
        work.write("redact_entry", contact.id, line.seq, body, emptied.cause and emptied.cause.decode())
        for part in parts_from_json(line.body.get("parts", ())):
            for media in media_of(part):
                work.write("expire_media", media, work.at)


def _place(work: Work, contact: Contact, effect: fx.Place) -> None:
    """A queue that is full turns the contact away at once; a place in the line is told after the commit."""
    rules = work.center.policy(contact.channel).queues.get(effect.queue)
    if rules is None:
        return
    queue = (contact.tenant, effect.queue)
    others = work.memory.waiting.get(queue, 0) + work.waiting.get(queue, 0) - 1
    if effect.limited and rules.max_length is not None and others >= rules.max_length:
        work.happen(work.contacts[contact.id], QueueFull(effect.queue))
    elif rules.queued_text:
        work.to_place.append(contact)


def _seat(make: Callable[[Any, Contact], seats.SeatEvent]) -> Callable[[Work, Contact, Any], None]:
    def act(work: Work, contact: Contact, effect: Any) -> None:
        work.seat_happen(contact.tenant, effect.agent, make(effect, contact))

    return act


def _ask(work: Work, contact: Contact, effect: fx.Ask) -> None:
    body = {"robot": effect.robot, "epoch": contact.epoch, "after": effect.after, "why": effect.why}
    work.add_effect(contact, effect.turn, "turn", body)


def _succeed(work: Work, contact: Contact, effect: fx.Succeed) -> None:
    event = effect.event
    if not isinstance(event, CustomerSpoke | CustomerTapped):
        raise TypeError(f"A closed contact has no successor for {type(event).__name__}.")
    within = work.center.policy(contact.channel).sticky_within
    if contact.heard and contact.closed_at is not None and work.now - contact.closed_at <= within:
        event = replace(event, agent=contact.agent)
    work.happen(work.succeed(contact), event)


PERFORM: dict[type[Any], Callable[[Work, Contact, Any], None]] = {
    fx.Deliver: _deliver,
    fx.Forward: _forward,
    fx.Retract: _powered("recall"),
    fx.MarkRead: _powered("mark_read"),
    fx.End: _powered("end"),
    fx.Redact: _redact,
    fx.Place: _place,
    fx.Hold: _seat(lambda effect, contact: seats.Held(contact.id, effect.weight)),
    fx.Take: _seat(lambda effect, contact: seats.Taken(contact.id)),
    fx.Give: _seat(lambda effect, contact: seats.Given(contact.id, effect.weight)),
    fx.Wrap: _seat(lambda effect, contact: seats.Wrapping(contact.id)),
    fx.Free: _seat(lambda effect, contact: seats.Freed(contact.id, effect.missed)),
    fx.Ask: _ask,
    fx.Succeed: _succeed,
}
