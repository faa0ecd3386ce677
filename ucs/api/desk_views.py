"""What an agent may see: the own seat with its contacts, and whose contacts besides. One contact whole is `desk_contact`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

from ucs.api.call import Call
from ucs.api.tokens import RANK, Caller, Role
from ucs.api.views import contact_view, seat_view
from ucs.api.waiters import POLL_FOR
from ucs.core.contact import Contact

if TYPE_CHECKING:
    from ucs.api.api import Api


async def mine(api: Api, call: Call) -> dict[str, Any]:
    """How it is now; `wait=1` waits until that is something else than what `mark` stands for. Lines are then asked for by number."""
    caller, known = call.caller, call.id("mark")
    seat = (caller.tenant, caller.subject)
    api.runtime.presence.heard(*seat)
    if call.flag("wait"):
        await api.at_seats.until(seat, lambda: mark_of(api, caller) != known, POLL_FOR)
        api.require_newest(caller)  # a newer sign-in may be what was waited for
    return await snapshot(api, caller)


def mark_of(api: Api, caller: Caller) -> str:
    """Stands for what the agent has before them: the seat, and each contact at it up to its newest line. Nothing of it is kept."""
    seat, contacts = api.seat_of(caller.tenant, caller.subject), api.runtime.engine.memory.contacts
    lines = {id: held.seq for id in seat.carries if (held := contacts.get(id)) is not None}
    return hashlib.blake2b(orjson.dumps([seat_view(seat), lines]), digest_size=16).hexdigest()


async def snapshot(api: Api, caller: Caller) -> dict[str, Any]:
    """The agent's seat, the contacts at it, and the tenant's queues and colleagues to transfer to: all of one moment."""
    mark = ""
    while mark != (mark := mark_of(api, caller)):  # a name may have to be looked up, and meanwhile it goes on
        seat = api.seat_of(caller.tenant, caller.subject)
        contacts = [await api.contact(id) for id in seat.carries]
        names = await api.names_of(contacts)
    all_seen = RANK[caller.role] >= RANK[Role.SUPERVISOR]
    return {
        "mark": mark,
        "seat": seat_view(seat, api.agent_setting(caller).name),
        "contacts": [contact_view(contact, name) for contact, name in zip(contacts, names, strict=True)],
        "queues": list(api.floor.queues(caller.tenant, waits=False)),
        "agents": [
            seat_view(api.seat_of(tenant, id), setting.name or id, carries=all_seen)
            for (tenant, id), setting in api.center.agents.items()
            if tenant == caller.tenant
        ],
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
