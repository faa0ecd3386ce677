"""`/chat`: what a customer's page does. It says things with ids of its own, and reads its contact by number.

What a page is told before that is in `chat_about`, sessions are in `chat_session`, the WebSocket in `chat_socket`, files in `media`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from pydantic import Field

from channels import events as ev
from channels.errors import Refused
from ucs.api import chat_about, chat_session, received
from ucs.api.answers import AboutView, EmptyView, EntriesView, LineView, OwnContactsView, SessionView
from ucs.api.body import Body, Client, Number, Words
from ucs.api.call import ID, Call, Route
from ucs.api.chat_session import RefreshBody, SessionBody, view_of
from ucs.api.form import check_form
from ucs.api.parts import CustomerParts, attached, kept
from ucs.api.tokens import Caller, Role
from ucs.api.views import customer_frame
from ucs.api.waiters import POLL_FOR
from ucs.core.contact import Contact, State
from ucs.core.events import CustomerAsked, CustomerEnded, CustomerRated, CustomerRead
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.inputs import Did, Line, Together, Wrote
from ucs.store import lookup

if TYPE_CHECKING:
    from ucs.api.api import Api

Answered = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Contacts = Annotated[str, Field(pattern=ID.pattern)]


class SayBody(Body):
    """Say something. `id` is yours (best a UUIDv7): the same id with the same words is the same message. `fields` are the answers to
    the channel's form, by the names of its fields; they go with the first word."""

    id: Client
    parts: CustomerParts
    reply_to: Number | None = None
    fields: dict[Answered, Annotated[Words, Field(max_length=500)]] = Field(default_factory=dict, max_length=10)


class TapBody(Body):
    """Press a button: what it carried and what it said."""

    id: Client
    payload: str = Field(max_length=2000)
    label: str = Field(default="", max_length=500)


class TypingBody(Body):
    on: bool = True


class SeenBody(Body):
    """The customer has seen the lines of `contact` up to number `of`."""

    contact: Contacts
    of: Number


class RatingBody(Body):
    """How it went: `score` from 1, the worst, to 5. Once for each contact."""

    contact: Contacts
    score: Annotated[int, Field(ge=1, le=5)]
    comment: str = Field(default="", max_length=2000)


async def say(api: Api, call: Call) -> dict[str, Any]:
    body: SayBody = call.body
    form = api.center.channel(call.caller.channel).setting.widget.form
    check_form(form, body.fields, first=api.open_contact(call.caller.channel, call.caller.subject) is None)
    parts, media = await attached(api, call.caller, body.parts)
    said = ev.MessageReceived(
        id=f"{call.caller.subject}:{body.id}",
        at=api.now(),
        customer=call.caller.subject,
        parts=parts,
        reply_to=str(body.reply_to) if body.reply_to else "",
        name="" if call.caller.proven else body.fields.get("name", ""),
        fields=body.fields,
    )
    return await _arrive(api, call.caller, said, media)


async def tap(api: Api, call: Call) -> dict[str, Any]:
    body: TapBody = call.body
    tapped = ev.Tapped(
        id=f"{call.caller.subject}:{body.id}",
        at=api.now(),
        customer=call.caller.subject,
        payload=body.payload,
        label=body.label,
    )
    return await _arrive(api, call.caller, tapped, [])


async def _arrive(api: Api, caller: Caller, event: ev.Received, media: list[str]) -> dict[str, Any]:
    arrived = Arrived(caller.channel, (event,), strict=True)
    if media:
        writes = Wrote(kept(api, caller.tenant, caller.channel, media, api.now()))
        lines: list[Line] = (await api.submit(Together((arrived, writes))))[0]
    else:
        lines = await api.submit(arrived)
    line = lines[0]
    contact = await api.contact(line.contact)
    return {"contact": line.contact, "seq": line.seq, "again": line.again, "newest": contact.told}


async def end(api: Api, call: Call) -> dict[str, Any]:
    contact = api.open_contact(call.caller.channel, call.caller.subject)
    if contact is None:
        raise Refused("There is no open contact to end.")
    await api.submit(Did(contact.id, CustomerEnded(), call.caller.tenant))
    return {}


async def read(api: Api, call: Call) -> dict[str, Any]:
    body: SeenBody = call.body
    contact = await own_contact(api, call.caller, body.contact)
    if contact is not None and min(body.of, contact.told) > contact.read:
        await api.submit(Did(contact.id, CustomerRead(body.of), call.caller.tenant))
    return {}


async def rate(api: Api, call: Call) -> dict[str, Any]:
    body: RatingBody = call.body
    await own_contact(api, call.caller, body.contact)
    await api.submit(Did(body.contact, CustomerRated(body.score, body.comment), call.caller.tenant))
    return {}


async def human(api: Api, call: Call) -> dict[str, Any]:
    """The customer wants a human instead of the robot. Who is waiting for one already, or talks with one, need not ask again."""
    contact = api.open_contact(call.caller.channel, call.caller.subject)
    if contact is None:
        raise Refused("There is no open contact: say something first.")
    if contact.state is State.ROBOT:
        with suppress(Refused):  # it has just been handed over
            await api.submit(Did(contact.id, CustomerAsked(), call.caller.tenant))
    return {}


async def typing(api: Api, call: Call) -> dict[str, Any]:
    api.show_customer_typing(call.caller.channel, call.caller.subject, call.body.on)
    return {}


async def entries(api: Api, call: Call) -> dict[str, Any]:
    """Lines after `after` of a contact of this customer, the newest contact unless one is named; `wait=1` waits for some."""
    caller, after = call.caller, call.number("after")
    contact = await own_contact(api, caller, call.id("contact"))
    if contact is not None:
        await received.names(api, contact, after)
    if call.flag("wait"):
        lane, known = (caller.channel, caller.subject), contact and contact.id
        was_open = contact is not None and contact.state is not State.CLOSED

        def news() -> bool:
            """A line of this contact, its end, or a contact after it."""
            now = api.open_contact(*lane)
            return was_open if now is None else now.id != known or now.told > after

        if contact is None or contact.told <= after:
            await api.waiters.until(lane, news, POLL_FOR)
            contact = await own_contact(api, caller, known or "")
    if contact is None:
        return {"contact": None, "entries": [], "newest": 0, "latest": ""}
    found = await api.read(lookup.entries(contact.id, after, shown_to_customer=True))
    frames = [orjson.Fragment(frame) for entry in found if (frame := customer_frame(entry)) is not None]
    contact = await api.contact(contact.id)
    latest = await api.newest_contact(caller.channel, caller.subject) or contact
    return {"contact": view_of(api, contact), "entries": frames, "newest": contact.told, "latest": latest.id}


async def history(api: Api, call: Call) -> dict[str, Any]:
    """The customer's contacts: of this session's address only, which for a proven identity is the person."""
    rows = await api.read(lookup.contacts_in(call.caller.channel, call.caller.subject))
    return {"contacts": [view_of(api, contact) for contact in rows]}


async def own_contact(api: Api, caller: Caller, id: str) -> Contact | None:
    """This contact, if it is in the customer's lane; without an id the lane's newest. Raises `NotFound`."""
    if not id:
        return await api.newest_contact(caller.channel, caller.subject)
    contact = await api.contact(id)
    if (contact.channel, contact.address) != (caller.channel, caller.subject):
        raise api.not_found(id)
    return contact


AFTER = ("after", "Only lines after this number.")
CONTACT = ("contact", "Of this contact instead of the newest.")
WAIT = ("wait", f"1: wait up to {POLL_FOR:.0f} s for something new.")
CUSTOMER = Role.CUSTOMER
ROUTES = (
    Route(
        "POST",
        "/chat/{channel}/session",
        chat_session.start,
        None,
        "Start a session",
        SessionView,
        SessionBody,
        201,
    ),
    Route("GET", "/chat/{channel}/about", chat_about.about, None, "What to know before a session", AboutView),
    Route("POST", "/chat/refresh", chat_session.refresh, None, "A new token for a session", SessionView, RefreshBody),
    Route("POST", "/chat/sign-out", chat_session.sign_out, CUSTOMER, "End the session", EmptyView),
    Route("POST", "/chat/messages", say, CUSTOMER, "Say something", LineView, SayBody),
    Route("POST", "/chat/taps", tap, CUSTOMER, "Press a button", LineView, TapBody),
    Route("POST", "/chat/typing", typing, CUSTOMER, "Show that you write", EmptyView, TypingBody),
    Route("POST", "/chat/read", read, CUSTOMER, "Mark lines as read", EmptyView, SeenBody),
    Route("POST", "/chat/survey", rate, CUSTOMER, "Say how it went", EmptyView, RatingBody),
    Route("POST", "/chat/human", human, CUSTOMER, "Ask for a human instead of the robot", EmptyView),
    Route("POST", "/chat/end", end, CUSTOMER, "End the contact", EmptyView),
    Route("GET", "/chat/entries", entries, CUSTOMER, "Lines after a number", EntriesView, query=(AFTER, CONTACT, WAIT)),
    Route("GET", "/chat/contacts", history, CUSTOMER, "Your contacts, newest first", OwnContactsView),
)
