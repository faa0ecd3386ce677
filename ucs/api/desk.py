"""`/desk`: what an agent's screen does. Choose a state, take or decline offers, talk, note, transfer, close, wrap up.

Everything that changes a contact names the epoch its screen knew: an old tab is told so instead of being obeyed. An agent sees the
contacts at the own seat and the earlier ones of the same customers; a supervisor sees all of the tenant. What is shown is made in
`desk_views`; signing in is `desk_sign_in`, the WebSocket `desk_socket`, what only supervisors do `desk_floor`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from channels.copies import Copies
from channels.errors import Forbidden, NotFound, Refused
from channels.parts import Text
from ucs.api import desk_contact, desk_settings, desk_sign_in, desk_views
from ucs.api.answers import (
    ContactWithLinesView,
    CustomerView,
    DeskSettingsView,
    DeskView,
    DoneView,
    EmptyView,
    FoundView,
    SeatView,
    SignedInView,
)
from ucs.api.body import TEXT_LIMIT, Body, Client, CopyAddress, Number, Words
from ucs.api.call import Call, Handler, Route
from ucs.api.desk_contact import FieldsBody
from ucs.api.desk_forward import ForwardBody, forwarded
from ucs.api.desk_settings import codes_of, require_one_of, tenant_setting
from ucs.api.desk_sign_in import SignInBody
from ucs.api.desk_views import visible
from ucs.api.parts import AgentParts, attached, kept
from ucs.api.tokens import RANK, Role
from ucs.api.views import seat_view
from ucs.api.waiters import POLL_FOR
from ucs.core import events as e
from ucs.core.contact import State
from ucs.core.seat import SeatState, StateChosen
from ucs.runtime.delivery.dead_letters import SentAgain
from ucs.runtime.engine.inputs import Did, Input, Line, SeatDid, Together, Wrote
from ucs.store import lookup

if TYPE_CHECKING:
    from ucs.api.api import Api


class StateBody(Body):
    state: Literal["idle", "rest"]
    reason: Words = Field(default="", max_length=200)


class EpochBody(Body):
    epoch: Number


class DeclineBody(EpochBody):
    reason: Words = Field(default="", max_length=200)


class CopiesBody(Body):
    """Who else is to get it: addresses as the platform writes them. `bcc`: those whom the others do not see."""

    cc: tuple[CopyAddress, ...] = ()
    bcc: tuple[CopyAddress, ...] = ()


class SpeakBody(EpochBody):
    """Say something to the customer. `id` is yours: the same id with the same words is the same message. `copies`: on channels
    that the settings name under `copies`."""

    id: Client
    parts: AgentParts
    reply_to: Number | None = None
    copies: CopiesBody | None = None


class NoteBody(Body):
    """`whisper`: it is meant for the agent who talks, and is shown to them at once. Supervisors only."""

    id: Client
    text: str = Field(min_length=1, max_length=TEXT_LIMIT)
    whisper: bool = False


class TransferBody(EpochBody):
    """To a queue or to an agent: name exactly one."""

    queue: Words = Field(default="", max_length=64)
    agent: Words = Field(default="", max_length=64)
    note: str = Field(default="", max_length=TEXT_LIMIT)

    @model_validator(mode="after")
    def _one_target(self) -> TransferBody:
        if bool(self.queue) == bool(self.agent):
            raise ValueError("name a queue or an agent, and not both")
        return self


class GiveBackBody(EpochBody):
    """`summary` is for the robot: what the human part was; `code` how it went."""

    code: Words = Field(default="", max_length=100)
    summary: str = Field(default="", max_length=TEXT_LIMIT)


class WrapUpBody(EpochBody):
    code: Words = Field(default="", max_length=100)
    note: str = Field(default="", max_length=TEXT_LIMIT)


class OfBody(EpochBody):
    """`of` is the number of the line meant."""

    of: Number


class LookBody(Body):
    text: str = Field(max_length=TEXT_LIMIT)


class TypingBody(Body):
    on: bool = True


async def choose_state(api: Api, call: Call) -> dict[str, Any]:
    body: StateBody = call.body
    require_one_of(body.reason, tenant_setting(api, call.caller.tenant).rest_reasons, "reason")
    chosen = StateChosen(SeatState(body.state), body.reason)
    seat = await api.submit(SeatDid(call.caller.tenant, call.caller.subject, chosen, call.caller.epoch))
    return seat_view(seat, api.agent_setting(call.caller).name)


async def accept(api: Api, call: Call) -> dict[str, Any]:
    return await do(api, call, e.Accepted(call.caller.subject, call.body.epoch))


async def decline(api: Api, call: Call) -> dict[str, Any]:
    return await do(api, call, e.Declined(call.caller.subject, call.body.epoch, call.body.reason))


async def speak(api: Api, call: Call) -> dict[str, Any]:
    body: SpeakBody = call.body
    parts, media = await attached(api, call.caller, body.parts)
    copies = None if body.copies is None else await _copies(api, call, body.copies)
    said = e.AgentSpoke(call.caller.subject, body.epoch, parts, body.id, body.reply_to or None, copies=copies)
    return await do(api, call, said, body.id, media)


async def _copies(api: Api, call: Call, asked: CopiesBody) -> Copies | None:
    """Raises `Refused` where the platform knows no copies, or not so many."""
    contact = await visible(api, call.caller, call.path("contact"))
    channel = api.center.channels.get(contact.channel)
    most, wanted = 0 if channel is None else channel.adapter.manifest.copies, len(asked.cc) + len(asked.bcc)
    if wanted and not most:
        raise Refused("A message here goes to the customer alone: there are no copies.")
    if wanted > most:
        raise Refused(f"A message here goes to {most} {'other' if most == 1 else 'others'} at most, not to {wanted}.")
    return Copies(asked.cc, asked.bcc) if wanted else None


async def note(api: Api, call: Call) -> dict[str, Any]:
    """A note needs no epoch: whoever may see the contact may note something, also when it is closed."""
    body: NoteBody = call.body
    contact = await visible(api, call.caller, call.path("contact"))
    if body.whisper and RANK[call.caller.role] < RANK[Role.SUPERVISOR]:
        raise Forbidden("Whispering is for supervisors: write a note.")
    if body.whisper and contact.state is not State.TALKING:
        raise Refused("Nobody talks in this contact now: write a note.")
    to = contact.agent if body.whisper else ""
    return await do(api, call, e.AgentNoted(call.caller.subject, body.text, body.id, to), body.id)


async def send_again(api: Api, call: Call) -> dict[str, Any]:
    """Only who has the contact, and only what the platform did not take."""
    caller, body = call.caller, call.body
    api.runtime.presence.heard(caller.tenant, caller.subject)
    again = SentAgain(call.path("contact"), caller.tenant, caller.subject, body.epoch, body.of)
    return await _done(api, await api.submit(again))


async def forward(api: Api, call: Call) -> dict[str, Any]:
    return await do(api, call, await forwarded(api, call), call.body.id)


async def transfer(api: Api, call: Call) -> dict[str, Any]:
    body: TransferBody = call.body
    if body.agent and (call.caller.tenant, body.agent) not in api.center.agents:
        raise NotFound(f"There is no agent {body.agent!r}.")
    return await do(api, call, e.Transferred(call.caller.subject, body.epoch, body.queue, body.agent, body.note))


async def give_back(api: Api, call: Call) -> dict[str, Any]:
    body: GiveBackBody = call.body
    return await do(api, call, e.GivenBack(call.caller.subject, body.epoch, body.summary, body.code))


async def close(api: Api, call: Call) -> dict[str, Any]:
    return await do(api, call, e.AgentClosed(call.caller.subject, call.body.epoch))


async def wrap_up(api: Api, call: Call) -> dict[str, Any]:
    contact = await api.contact(call.path("contact"))
    if contact.tenant == call.caller.tenant:
        require_one_of(call.body.code, codes_of(api, contact.tenant, contact.queue), "wrap-up code")
    return await do(api, call, e.WrappedUp(call.caller.subject, call.body.epoch, call.body.code, call.body.note))


async def read(api: Api, call: Call) -> dict[str, Any]:
    return await do(api, call, e.AgentRead(call.caller.subject, call.body.epoch, call.body.of))


async def recall(api: Api, call: Call) -> dict[str, Any]:
    """Only what agents have said: a customer's words, a note and what the system wrote stay as they are."""
    contact, of = await api.contact(call.path("contact")), call.body.of
    if contact.tenant != call.caller.tenant:
        raise api.not_found(contact.id)
    lines = await api.read(lookup.entries(contact.id, of - 1, limit=1))
    if not any(line.seq == of and line.kind == "message" and line.by.startswith("agent:") for line in lines):
        raise Refused(f"Line {of} is not what an agent has said to the customer: it cannot be taken back.")
    return await do(api, call, e.AgentRecalled(call.caller.subject, call.body.epoch, call.body.of))


async def look_through(api: Api, call: Call) -> dict[str, Any]:
    """What the word lists would find, before it is said. Nothing is kept of it."""
    contact = await visible(api, call.caller, call.path("contact"))
    lexicon = api.center.policy(contact.channel).lexicon
    found = lexicon.marks((Text(call.body.text),), "agent") if lexicon is not None else ()
    return {"marks": found}


async def typing(api: Api, call: Call) -> dict[str, Any]:
    contact = await visible(api, call.caller, call.path("contact"))
    if contact.agent == call.caller.subject and contact.state is State.TALKING:
        api.show_agent_typing(contact, call.body.on)
    return {}


async def do(api: Api, call: Call, event: e.Event, client: str = "", media: list[str] | None = None) -> dict[str, Any]:
    """Let it happen to the contact in the path, and tell what the screen has to know now."""
    caller = call.caller
    api.runtime.presence.heard(caller.tenant, caller.subject)
    did: Input = Did(call.path("contact"), event, caller.tenant, client)
    if media:
        contact = await api.contact(call.path("contact"))
        writes = Wrote(kept(api, caller.tenant, contact.channel, media, api.now()))
        line: Line = (await api.submit(Together((did, writes))))[0]
    else:
        line = await api.submit(did)
    return await _done(api, line)


async def _done(api: Api, line: Line) -> dict[str, Any]:
    contact = await api.contact(line.contact)
    return {
        "contact": line.contact,
        "seq": line.seq,
        "again": line.again,
        "state": contact.state,
        "epoch": contact.epoch,
        "newest": contact.seq,
    }


def _on_contact(path: str, handler: Handler, summary: str, takes: type[Body]) -> Route:
    return Route("POST", f"/desk/contacts/{{contact}}/{path}", handler, Role.AGENT, summary, DoneView, takes)


AGENT = Role.AGENT
AFTER = ("after", "Only lines after this number.")
MARK = ("mark", "The `mark` of the answer before.")
WAIT = ("wait", f"1: wait up to {POLL_FOR:.0f} s until it would be another.")
ROUTES = (
    Route("POST", "/desk/sign-in", desk_sign_in.sign_in, None, "Sign in with a password", SignedInView, SignInBody),
    Route("POST", "/desk/renew", desk_sign_in.renew, None, "A new token for the one you send", SignedInView),
    Route("POST", "/desk/sign-out", desk_sign_in.sign_out, AGENT, "Sign out", EmptyView),
    Route("POST", "/desk/state", choose_state, AGENT, "Choose ready (idle) or rest", SeatView, StateBody),
    Route("GET", "/desk/contacts", desk_views.mine, AGENT, "Your seat and its contacts", DeskView, query=(MARK, WAIT)),
    Route(
        "GET",
        "/desk/contacts/{contact}",
        desk_contact.one,
        AGENT,
        "One contact and its lines",
        ContactWithLinesView,
        query=(AFTER,),
    ),
    Route("GET", "/desk/settings", desk_settings.settings, AGENT, "What your screen needs to know", DeskSettingsView),
    Route(
        "POST",
        "/desk/contacts/{contact}/customer",
        desk_contact.describe,
        AGENT,
        "Note something down about the customer",
        CustomerView,
        FieldsBody,
    ),
    _on_contact("accept", accept, "Accept an offer", EpochBody),
    _on_contact("decline", decline, "Decline an offer", DeclineBody),
    _on_contact("messages", speak, "Say something to the customer", SpeakBody),
    _on_contact("notes", note, "Write a private note", NoteBody),
    _on_contact("forward", forward, "Send what the customer said on to somebody else", ForwardBody),
    _on_contact("transfer", transfer, "Transfer to a queue or an agent", TransferBody),
    _on_contact("give-back", give_back, "Give the contact to the channel's robot", GiveBackBody),
    _on_contact("close", close, "Close the contact", EpochBody),
    _on_contact("wrap-up", wrap_up, "Wrap up with a code", WrapUpBody),
    _on_contact("read", read, "You have read up to a line", OfBody),
    _on_contact("recall", recall, "Take a message back", OfBody),
    _on_contact("send-again", send_again, "Try again what the platform did not take", OfBody),
    Route(
        "POST",
        "/desk/contacts/{contact}/words",
        look_through,
        AGENT,
        "Sensitive words in what you are about to say",
        FoundView,
        LookBody,
    ),
    Route("POST", "/desk/contacts/{contact}/typing", typing, AGENT, "Show that you write", EmptyView, TypingBody),
)
