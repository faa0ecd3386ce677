"""What an agent may see: the own seat with its contacts, and one contact with its lines and what went before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from ucs.api.call import Call
from ucs.api.tokens import RANK, Caller, Role
from ucs.api.views import contact_view, entry_frame, seat_view
from ucs.core.contact import Contact
from ucs.store import lookup

if TYPE_CHECKING:
    from ucs.api.api import Api


async def mine(api: Api, call: Call) -> dict[str, Any]:
    api.runtime.presence.heard(call.caller.tenant, call.caller.subject)
    return await snapshot(api, call.caller)


async def snapshot(api: Api, caller: Caller) -> dict[str, Any]:
    """The agent's seat, the contacts at it, and the tenant's queues and colleagues to transfer to."""
    seat = api.seat_of(caller.tenant, caller.subject)
    contacts = [await api.contact(id) for id in seat.carries]
    names = await api.names_of(contacts)
    all_seen = RANK[caller.role] >= RANK[Role.SUPERVISOR]
    return {
        "seat": seat_view(seat, api.agent_setting(caller).name),
        "contacts": [contact_view(contact, name) for contact, name in zip(contacts, names, strict=True)],
        "queues": [
            {"id": id, "name": queue.name or id, "waiting": api.runtime.dispatch.length(caller.tenant, id)}
            for (tenant, id), queue in api.center.queues.items()
            if tenant == caller.tenant
        ],
        "agents": [
            seat_view(api.seat_of(tenant, id), setting.name or id, carries=all_seen)
            for (tenant, id), setting in api.center.agents.items()
            if tenant == caller.tenant
        ],
    }


async def one(api: Api, call: Call) -> dict[str, Any]:
    """A contact with its lines after `after`, and the customer's other contacts."""
    contact = await visible(api, call.caller, call.path("contact"))
    found = await api.read(lookup.entries(contact.id, call.number("after")))
    others = await api.read(lookup.contacts_of(contact.customer))
    name = (await api.names_of([contact]))[0]
    return {
        "contact": contact_view(contact, name),
        "entries": [orjson.Fragment(entry_frame(entry)) for entry in found],
        "newest": contact.seq,
        "earlier": [contact_view(other, name) for other in others if other.id != contact.id],
    }


async def visible(api: Api, caller: Caller, id: str) -> Contact:
    """The contact, if this agent may see it. Raises `NotFound`, also for what exists and is not theirs to see."""
    contact = await api.contact(id)
    if contact.tenant != caller.tenant:
        raise api.not_found(id)
    if RANK[caller.role] >= RANK[Role.SUPERVISOR] or contact.agent == caller.subject:
        return contact
    seat = api.seat_of(caller.tenant, caller.subject)
    held = [api.runtime.engine.memory.contacts.get(carried) for carried in seat.carries]
    if any(other is not None and other.customer == contact.customer for other in held):
        return contact
    raise api.not_found(id)
