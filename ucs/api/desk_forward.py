"""Forwarding from the desk: what the agent asks for, checked against the line and the channel before it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from channels.errors import Refused
from ucs.api.body import TEXT_LIMIT, Body, Client, CopyAddress, Number, Words
from ucs.api.call import Call
from ucs.api.desk_views import visible
from ucs.core.events import AgentForwarded
from ucs.store import lookup

if TYPE_CHECKING:
    from ucs.api.api import Api


class ForwardBody(Body):
    """Send what the customer said in line `of` on to others, on channels that the settings name under `forwards`. `id` is yours: the
    same id with the same words is the same forward. `along`: of its files, the ids of those that go with it; not given: all."""

    epoch: Number
    id: Client
    of: Number
    recipients: tuple[CopyAddress, ...] = Field(min_length=1)
    note: str = Field(default="", max_length=TEXT_LIMIT)
    along: tuple[Words, ...] | None = None


async def forwarded(api: Api, call: Call) -> AgentForwarded:
    """What is to happen. Raises `Refused` for a line that is not the customer's, and for more addresses than the platform takes: also
    for one who may not, who is told so by the contact."""
    body: ForwardBody = call.body
    contact = await visible(api, call.caller, call.path("contact"))
    lines = await api.read(lookup.entries(contact.id, body.of - 1, limit=1))
    line = next((line for line in lines if line.seq == body.of), None)
    if line is None or (line.kind, line.by) != ("message", "customer"):
        raise Refused(f"Line {body.of} is not what the customer has said: it cannot be forwarded.")
    if line.body.get("redacted"):
        raise Refused(f"Line {body.of} has been taken back: there is nothing left to forward.")
    recipients = tuple(dict.fromkeys(body.recipients))
    return AgentForwarded(call.caller.subject, body.epoch, body.of, recipients, body.note, body.along, body.id)
