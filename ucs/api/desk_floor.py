"""What supervisors do: see the whole floor, take a contact over, choose a colleague's state. Watching is said on the desk's socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from channels.errors import NotFound, Refused
from ucs.api.answers import DoneView, FloorView, SeatView
from ucs.api.body import Body, Words
from ucs.api.call import Call, Route
from ucs.api.desk import EpochBody, do
from ucs.api.desk_views import visible
from ucs.api.tokens import RANK, Role
from ucs.api.views import contact_view, seat_view
from ucs.core.events import TakenOver
from ucs.core.seat import SeatEvent, SeatState, SignedOut, StateChosen
from ucs.runtime.engine.inputs import SeatDid

if TYPE_CHECKING:
    from ucs.api.api import Api

PAGE = 500
SUPERVISOR = Role.SUPERVISOR


class ChooseBody(Body):
    """`offline` signs the agent out: what the agent had goes back to its queues."""

    state: Literal["idle", "rest", "offline"]
    reason: Words = Field(default="", max_length=200)


async def floor(api: Api, call: Call) -> dict[str, Any]:
    tenant, memory = call.caller.tenant, api.runtime.engine.memory
    mine = [contact for contact in list(memory.contacts.values()) if contact.tenant == tenant]
    shown = sorted(mine, key=lambda contact: (contact.opened_at, contact.id))[:PAGE]
    return {
        "queues": list(api.floor.queues(tenant)),
        "seats": [
            seat_view(api.seat_of(tenant, id), setting.name or id)
            for (owner, id), setting in api.center.agents.items()
            if owner == tenant
        ],
        "contacts": [contact_view(contact, api.floor.name_of(contact)) for contact in shown],
        "total": len(mine),
    }


async def take_over(api: Api, call: Call) -> dict[str, Any]:
    await visible(api, call.caller, call.path("contact"))
    return await do(api, call, TakenOver(call.caller.subject, call.body.epoch))


async def choose_state(api: Api, call: Call) -> dict[str, Any]:
    """A supervisor chooses for agents; whoever ranks above the supervisor is let be."""
    body: ChooseBody = call.body
    tenant, agent = call.caller.tenant, call.path("agent")
    setting = api.center.agents.get((tenant, agent))
    if setting is None:
        raise NotFound(f"There is no agent {agent!r}.")
    if RANK[Role(setting.role)] > RANK[call.caller.role]:
        raise Refused(f"{setting.name or agent} is {setting.role}: you choose the states of agents and supervisors.")
    reason = body.reason or f"by {call.caller.subject}"
    event: SeatEvent = SignedOut(reason) if body.state == "offline" else StateChosen(SeatState(body.state), reason)
    return seat_view(await api.submit(SeatDid(tenant, agent, event)), setting.name)


ROUTES = (
    Route("GET", "/desk/floor", floor, SUPERVISOR, "Queues, seats and open contacts", FloorView),
    Route(
        "POST",
        "/desk/contacts/{contact}/take-over",
        take_over,
        SUPERVISOR,
        "Take a contact over from the queue or its agent",
        DoneView,
        EpochBody,
    ),
    Route(
        "POST", "/desk/seats/{agent}/state", choose_state, SUPERVISOR, "Choose an agent's state", SeatView, ChooseBody
    ),
)
