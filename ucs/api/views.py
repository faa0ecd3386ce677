"""What of a contact each side may see. Nothing leaves the server that is not put together here.

A customer sees no private note, no agent's id and no token of a platform; an agent sees everything but the tokens.
"""

from __future__ import annotations

from typing import Any

import orjson

from channels.parts import plain_text
from ucs.core.contact import Contact
from ucs.core.contact.marking import as_read
from ucs.core.effects import Entry, Shown
from ucs.core.seat import Seat
from ucs.runtime.robots.assist import Advice

HIDDEN_FROM_AGENTS = frozenset({"reply_token", "read_token", "quote_token", "quote_tokens", "thread"})
OF_TURNS = frozenset({"understood", "confidence", "intent", "slots", "summary"})
HIDDEN_FROM_CUSTOMERS = (
    HIDDEN_FROM_AGENTS
    | OF_TURNS
    | {"agent", "platform", "not", "predecessor", "channel", "why", "album", "marks", "copies", "recipients", "note"}
)


def entry_frame(entry: Entry) -> bytes:
    """A line of the timeline as an agent sees it."""
    return _frame(entry, as_read(entry.by, entry.body), entry.by, HIDDEN_FROM_AGENTS)


def customer_frame(entry: Entry) -> bytes | None:
    """A line as the customer sees it; None if it is none of the customer's business."""
    if entry.shown is not Shown.ALL:
        return None
    return _frame(entry, entry.body, entry.by.partition(":")[0], HIDDEN_FROM_CUSTOMERS)


def _frame(entry: Entry, body: dict[str, Any], by: str, hidden: frozenset[str]) -> bytes:
    if not hidden.isdisjoint(body):
        body = {name: value for name, value in body.items() if name not in hidden}
    return orjson.dumps(
        {
            "type": "entry",
            "contact": entry.contact,
            "seq": entry.seq,
            "at": entry.at,
            "kind": entry.kind,
            "by": by,
            "body": body,
        }
    )


def advice_frame(advice: Advice) -> bytes:
    """What a robot suggests, for the one agent who has the contact. Replies are texts, which the agent may change and say."""
    words = advice.words
    replies = ("\n".join(plain_text(part) for part in parts) for parts in words.say)
    return orjson.dumps(
        {
            "type": "advice",
            "contact": advice.contact,
            "epoch": advice.epoch,
            "of": advice.of,
            "robot": advice.robot,
            "replies": list(dict.fromkeys(replies)),
            "knowledge": words.knowledge,
            "intent": words.intent,
            "confidence": words.confidence,
        }
    )


def contact_view(contact: Contact, name: str = "") -> dict[str, Any]:
    """A contact as an agent sees it."""
    return {
        "id": contact.id,
        "channel": contact.channel,
        "customer": contact.customer,
        "name": name,
        "address": contact.address,
        "state": contact.state,
        "epoch": contact.epoch,
        "seq": contact.seq,
        "queue": contact.queue,
        "agent": contact.agent,
        "opened_at": contact.opened_at,
        "since": contact.since,
        "offered_until": contact.offered_until,
        "spoke_at": contact.spoke_at,
        "seen": contact.seen,
        "read": contact.read,
        "score": contact.score,
        "priority": contact.priority,
        "predecessor": contact.predecessor,
        "wrap_up_code": contact.wrap_up_code,
        "closed_at": contact.closed_at,
        "reason": contact.reason,
        "robot": contact.robot,
        "slots": dict(contact.slots),
    }


def customer_view(contact: Contact, agent: str, position: int | None, minutes: int | None) -> dict[str, Any]:
    """A contact as its customer sees it: `agent` is the name of who answers, if somebody does."""
    return {
        "id": contact.id,
        "state": contact.state,
        "seq": contact.told,
        "opened_at": contact.opened_at,
        "closed_at": contact.closed_at,
        "agent": agent,
        "position": position,
        "minutes": minutes,
        "score": contact.score,
        "earlier": bool(contact.predecessor),
    }


def seat_view(seat: Seat, name: str = "", *, carries: bool = True) -> dict[str, Any]:
    """A seat. Which contacts a colleague `carries` is not every agent's business."""
    return {
        "agent": seat.agent,
        "name": name,
        "state": seat.state,
        "reason": seat.reason,
        "since": seat.since,
        "capacity": seat.capacity,
        "load": seat.load,
        "contacts": len(seat.carries),
        "carries": list(seat.carries) if carries else [],
        "lost": seat.lost_at is not None,
        "epoch": seat.epoch,
    }
