"""`/desk`: what an agent's screen does. Sign in, choose a state, take or decline offers, talk, note, transfer, close, wrap up.

Everything that changes a contact names the epoch its screen knew: an old tab is told so instead of being obeyed. An agent sees the
contacts at the own seat and the earlier ones of the same customers; a supervisor sees all of the tenant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
from pydantic import Field, SecretStr

from channels.errors import NotFound, Refused
from channels.parts import Part, media_of
from ucs.api.chat import CLIENT_ID
from ucs.api.routes import Body, Call, Route, View
from ucs.api.tokens import RANK, Caller, Role
from ucs.api.views import contact_view, entry_frame, seat_view
from ucs.core import events as e
from ucs.core.contact import Contact, State
from ucs.core.seat import SeatState, SignedIn, SignedOut, StateChosen
from ucs.runtime.inputs import Did, Line, SeatDid
from ucs.store import lookup

if TYPE_CHECKING:
    from ucs.api.app import Api

Epoch = Annotated[int, Field(ge=0)]


class SignInBody(Body):
    tenant: str = Field(max_length=64)
    agent: str = Field(max_length=64)
    password: SecretStr = Field(max_length=200)


class StateBody(Body):
    state: Literal["idle", "rest"]
    reason: str = Field(default="", max_length=200)


class EpochBody(Body):
    epoch: Epoch


class DeclineBody(EpochBody):
    reason: str = Field(default="", max_length=200)


class SpeakBody(EpochBody):
    """Say something to the customer. `id` is yours: the same id with the same words is the same message."""

    id: Annotated[str, Field(pattern=CLIENT_ID)]
    parts: Annotated[tuple[Annotated[Part, Field(discriminator="type")], ...], Field(min_length=1, max_length=10)]
    reply_to: int | None = Field(default=None, ge=1)


class NoteBody(Body):
    id: Annotated[str, Field(pattern=CLIENT_ID)]
    text: str = Field(min_length=1, max_length=20_000)


class TransferBody(EpochBody):
    """To a queue or to an agent: name exactly one."""

    queue: str = ""
    agent: str = ""
    note: str = Field(default="", max_length=20_000)


class WrapUpBody(EpochBody):
    code: str = Field(default="", max_length=100)
    note: str = Field(default="", max_length=20_000)


class OfBody(EpochBody):
    """`of` is the number of the line meant."""

    of: int = Field(ge=1)


class TypingBody(Body):
    on: bool = True


class SignedInView(View):
    token: str
    expires_in: int
    tenant: str
    agent: str
    name: str
    role: str
    seat: dict[str, Any]


class DoneView(View):
    """`seq`: the number of the line it made; `epoch`: what your next action must name."""

    contact: str
    seq: int
    again: bool
    state: State
    epoch: int


async def sign_in(api: Api, call: Call) -> SignedInView:
    body: SignInBody = call.body
    setting = await api.check_password(call.request, body.tenant, body.agent, body.password.get_secret_value())
    seat = await api.submit(SeatDid(body.tenant, body.agent, SignedIn()))
    api.runtime.presence.heard(body.tenant, body.agent)
    caller = Caller(Role(setting.role), body.tenant, body.agent, epoch=seat.epoch)
    return _signed_in(api, caller, setting.name, seat_view(seat, setting.name))


async def renew(api: Api, call: Call) -> SignedInView:
    """A new token before the old one expires; only for the newest sign-in of the agent."""
    caller = call.caller
    setting = api.agent_setting(caller)
    seat = api.seat(caller)
    api.require_newest(caller)
    return _signed_in(api, caller, setting.name, seat_view(seat, setting.name))


def _signed_in(api: Api, caller: Caller, name: str, seat: dict[str, Any]) -> SignedInView:
    return SignedInView(
        token=api.tokens.issue(caller),
        expires_in=900,
        tenant=caller.tenant,
        agent=caller.subject,
        name=name or caller.subject,
        role=caller.role.value,
        seat=seat,
    )


async def sign_out(api: Api, call: Call) -> dict[str, Any]:
    await api.submit(SeatDid(call.caller.tenant, call.caller.subject, SignedOut("signed_out"), call.caller.epoch))
    return {}


async def choose_state(api: Api, call: Call) -> dict[str, Any]:
    body: StateBody = call.body
    chosen = StateChosen(SeatState(body.state), body.reason)
    seat = await api.submit(SeatDid(call.caller.tenant, call.caller.subject, chosen, call.caller.epoch))
    return seat_view(seat)


async def accept(api: Api, call: Call) -> DoneView:
    return await _do(api, call, e.Accepted(call.caller.subject, call.body.epoch))


async def decline(api: Api, call: Call) -> DoneView:
    return await _do(api, call, e.Declined(call.caller.subject, call.body.epoch, call.body.reason))


async def speak(api: Api, call: Call) -> DoneView:
    body: SpeakBody = call.body
    for part in body.parts:
        if part.type == "opaque":
            raise Refused("An agent cannot say something that nobody knows (a part of type opaque).")
        for media in media_of(part):
            await api.require_upload(call.caller, media)
    said = e.AgentSpoke(call.caller.subject, body.epoch, body.parts, body.id, body.reply_to)
    return await _do(api, call, said, body.id)


async def note(api: Api, call: Call) -> DoneView:
    """A note needs no epoch: whoever may see the contact may note something, also when it is closed."""
    await visible(api, call.caller, call.path("contact"))
    return await _do(api, call, e.AgentNoted(call.caller.subject, call.body.text, call.body.id), call.body.id)


async def transfer(api: Api, call: Call) -> DoneView:
    body: TransferBody = call.body
    if body.agent and (call.caller.tenant, body.agent) not in api.center.agents:
        raise NotFound(f"There is no agent {body.agent!r}.")
    return await _do(api, call, e.Transferred(call.caller.subject, body.epoch, body.queue, body.agent, body.note))


async def close(api: Api, call: Call) -> DoneView:
    return await _do(api, call, e.AgentClosed(call.caller.subject, call.body.epoch))


async def wrap_up(api: Api, call: Call) -> DoneView:
    return await _do(api, call, e.WrappedUp(call.caller.subject, call.body.epoch, call.body.code, call.body.note))


async def read(api: Api, call: Call) -> DoneView:
    return await _do(api, call, e.AgentRead(call.caller.subject, call.body.epoch, call.body.of))


async def recall(api: Api, call: Call) -> DoneView:
    return await _do(api, call, e.AgentRecalled(call.caller.subject, call.body.epoch, call.body.of))


async def typing(api: Api, call: Call) -> dict[str, Any]:
    contact = await visible(api, call.caller, call.path("contact"))
    if contact.agent == call.caller.subject and contact.state is State.TALKING:
        api.show_agent_typing(contact, call.body.on)
    return {}


async def _do(api: Api, call: Call, event: e.Event, client: str = "") -> DoneView:
    caller = call.caller
    api.require_newest(caller)
    api.runtime.presence.heard(caller.tenant, caller.subject)
    line: Line = await api.submit(Did(call.path("contact"), event, caller.tenant, client))
    contact = await api.contact(line.contact)
    return DoneView(contact=line.contact, seq=line.seq, again=line.again, state=contact.state, epoch=contact.epoch)


async def mine(api: Api, call: Call) -> dict[str, Any]:
    """The agent's seat, the contacts at it, and the tenant's queues and colleagues to transfer to."""
    api.runtime.presence.heard(call.caller.tenant, call.caller.subject)
    return await snapshot(api, call.caller)


async def snapshot(api: Api, caller: Caller) -> dict[str, Any]:
    seat = api.seat(caller)
    contacts = [await api.contact(id) for id in seat.carries]
    names = await api.names_of(contacts)
    return {
        "seat": seat_view(seat, api.agent_setting(caller).name),
        "contacts": [contact_view(contact, name) for contact, name in zip(contacts, names, strict=True)],
        "queues": [
            {"id": id, "name": queue.name or id, "waiting": api.runtime.dispatch.length(caller.tenant, id)}
            for (tenant, id), queue in api.center.queues.items()
            if tenant == caller.tenant
        ],
        "agents": [
            seat_view(api.seat_of(tenant, id), setting.name or id)
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
    seat = api.seat(caller)
    held = [api.runtime.engine.memory.contacts.get(carried) for carried in seat.carries]
    if any(other is not None and other.customer == contact.customer for other in held):
        return contact
    raise api.not_found(id)


def _route(path: str, handler: Any, summary: str, takes: type[Body]) -> Route:
    return Route(
        "POST", f"/desk/contacts/{{contact}}/{path}", handler, Role.AGENT, summary, takes, DoneView, 200, ("desk",)
    )


ROUTES = (
    Route("POST", "/desk/sign-in", sign_in, None, "Sign in with a password", SignInBody, SignedInView, 200, ("desk",)),
    Route("POST", "/desk/renew", renew, Role.AGENT, "A new token", None, SignedInView, 200, ("desk",)),
    Route("POST", "/desk/sign-out", sign_out, Role.AGENT, "Sign out", tags=("desk",)),
    Route("POST", "/desk/state", choose_state, Role.AGENT, "Choose ready or rest", StateBody, tags=("desk",)),
    Route("GET", "/desk/contacts", mine, Role.AGENT, "Your seat and its contacts", tags=("desk",)),
    Route("GET", "/desk/contacts/{contact}", one, Role.AGENT, "One contact and its lines", tags=("desk",)),
    _route("accept", accept, "Accept an offer", EpochBody),
    _route("decline", decline, "Decline an offer", DeclineBody),
    _route("messages", speak, "Say something to the customer", SpeakBody),
    _route("notes", note, "Write a private note", NoteBody),
    _route("transfer", transfer, "Transfer to a queue or an agent", TransferBody),
    _route("close", close, "Close the contact", EpochBody),
    _route("wrap-up", wrap_up, "Wrap up with a code", WrapUpBody),
    _route("read", read, "You have read up to a line", OfBody),
    _route("recall", recall, "Take a message back", OfBody),
    Route(
        "POST", "/desk/contacts/{contact}/typing", typing, Role.AGENT, "Show that you write", TypingBody, tags=("desk",)
    ),
)
