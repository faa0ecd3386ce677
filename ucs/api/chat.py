"""`/chat`: what a customer's page does. It starts a session, says things with ids of its own, and reads its contact by number.

A visitor is an address that we draw at random; with a signed identity the address is the tenant's own name for the customer, and
only then are contacts of other browsers shown. A typed name or address is a claim, and shows nothing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from aiohttp import web
from pydantic import Field, SecretStr

from channels import events as ev
from channels.errors import Conflict, Forbidden, Refused, Untrusted
from channels.parts import Part, Parts, Text, media_of
from ucs.api.routes import Body, Call, Route, View
from ucs.api.sockets import UNTRUSTED, numbers
from ucs.api.tokens import REFRESH_FOR, Caller, Role, check_identity, new_refresh_token, split_refresh_token
from ucs.api.views import customer_frame, customer_view
from ucs.core.contact import Contact, State
from ucs.core.events import CustomerEnded
from ucs.runtime.arrived import Arrived
from ucs.runtime.center import Channel
from ucs.runtime.inputs import Did, Line, Together, Wrote
from ucs.store import lookup
from ucs.store import tables as t
from ucs.store.store import micros

if TYPE_CHECKING:
    from ucs.api.app import Api

CLIENT_ID = r"^[A-Za-z0-9-]{8,64}$"
TEXT_LIMIT = 20_000  # characters of one message
POLL_FOR = 25.0  # seconds a long poll waits
SAYABLE = ("text", "image", "audio", "video", "file", "location")


class SessionBody(Body):
    """Start a session. `identity` is a JWT signed by the tenant's own server; `name` is only a claim."""

    name: str = Field(default="", max_length=200)
    identity: str = Field(default="", max_length=4000)


class RefreshBody(Body):
    refresh: str = Field(max_length=200)


class SayBody(Body):
    """Say something. `id` is yours (best a UUIDv7): the same id with the same words is the same message."""

    id: Annotated[str, Field(pattern=CLIENT_ID)]
    parts: Annotated[tuple[Annotated[Part, Field(discriminator="type")], ...], Field(min_length=1, max_length=10)]
    reply_to: int | None = Field(default=None, ge=1)


class TapBody(Body):
    id: Annotated[str, Field(pattern=CLIENT_ID)]
    payload: str = Field(max_length=2000)
    label: str = Field(default="", max_length=500)
    of: int | None = None


class TypingBody(Body):
    on: bool = True


class SessionView(View):
    token: str
    refresh: str
    expires_in: int
    open: bool
    proven: bool
    contact: dict[str, Any] | None
    media: dict[str, Any]


class LineView(View):
    """Where it came to stand. `newest` is the number of the newest line you may see: ask for what you miss."""

    contact: str
    seq: int
    again: bool
    newest: int


async def start(api: Api, call: Call) -> SessionView:
    body: SessionBody = call.body
    channel = web_channel(api, call.path("channel"))
    require_origin(channel, call.request)
    address, name, proven = f"v:{api.new_secret()}", body.name, False
    if body.identity:
        key: SecretStr | None = getattr(channel.adapter.config, "identity_key", None)
        if key is None:
            raise Forbidden("This channel takes no signed identities: configure identity_key first.")
        audience = getattr(channel.adapter.config, "identity_audience", "") or channel.id
        identity = check_identity(body.identity, key.get_secret_value(), audience, api.now())
        address, name, proven = f"id:{identity.subject}", identity.name or body.name, True
    session = api.new_id()
    refresh, kept = new_refresh_token(session)
    kept_body = orjson.dumps({"channel": channel.id, "proven": proven, "name": name}).decode()
    row = (session, channel.tenant, "customer", address, kept, micros(api.now() + REFRESH_FOR), kept_body)
    joined = ev.CustomerJoined(f"{address}:{session}", api.now(), address, name)
    opened = Wrote((("put_session", row),))
    await api.submit(Together((opened, Arrived(channel.id, (joined,), strict=True, proven=proven))))
    return await _session_view(api, channel, address, session, refresh, proven)


async def refresh(api: Api, call: Call) -> SessionView:
    """A new token for an old session. The refresh token is good once; an old one used again ends the whole session."""
    session, given = split_refresh_token(call.body.refresh)
    rows = await api.read(lookup.rows(t.session.select().where(t.session.c.id == session)))
    if not rows or rows[0].expires_at <= micros(api.now()) or rows[0].kind != "customer":
        raise Untrusted("The session is over: start a new one.")
    row = rows[0]
    if row.token != given or session in api.refreshing:
        await api.submit(Wrote((("drop_session", (session,)),)))
        raise Untrusted("This refresh token has been used before: the session is ended, start a new one.")
    api.refreshing.add(session)
    try:
        token, kept = new_refresh_token(session)
        changed = (session, row.tenant, row.kind, row.subject, kept, micros(api.now() + REFRESH_FOR), row.body)
        await api.submit(Wrote((("put_session", changed),)))
    finally:
        api.refreshing.discard(session)
    body = orjson.loads(row.body)
    channel = web_channel(api, body["channel"])
    require_origin(channel, call.request)
    return await _session_view(api, channel, row.subject, session, token, body["proven"])


async def _session_view(
    api: Api, channel: Channel, address: str, session: str, token: str, proven: bool
) -> SessionView:
    caller = Caller(Role.CUSTOMER, channel.tenant, address, channel.id, proven=proven, session=session)
    contact = await api.open_contact(channel.id, address)
    return SessionView(
        token=api.tokens.issue(caller),
        refresh=token,
        expires_in=900,
        open=channel.policy.queues[channel.policy.queue].hours.is_open(api.now()),
        proven=proven,
        contact=None if contact is None else view_of(api, contact),
        media=api.media_rules(channel),
    )


def web_channel(api: Api, id: str) -> Channel:
    """A channel whose customers read the contact themselves. Raises `NotFound`."""
    return api.web_channel(id)


def require_origin(channel: Channel, request: web.Request) -> None:
    """Only listed origins may embed the chat. A page of our own server is always one of them; no Origin at all is not a browser."""
    origin = request.headers.get("Origin")
    if origin is None:
        return
    own = f"{request.scheme}://{request.host}"
    allowed = {str(item).rstrip("/") for item in getattr(channel.adapter.config, "origins", ())}
    if origin != own and origin not in allowed and not getattr(channel.adapter.config, "anyone", False):
        raise Forbidden(f"Origin {origin} may not use channel {channel.id}: add it to the channel's origins.")


def view_of(api: Api, contact: Contact) -> dict[str, Any]:
    names = api.center.policy(contact.channel).names
    agent = names.get(contact.agent, "") if contact.state in (State.TALKING, State.WRAP_UP) else ""
    estimate = api.runtime.dispatch.estimate(contact)
    minutes = None if estimate is None else max(1, round(estimate.likely.total_seconds() / 60))
    return customer_view(contact, agent, api.runtime.dispatch.position(contact), minutes)


async def say(api: Api, call: Call) -> LineView:
    body: SayBody = call.body
    await check_parts(api, call.caller, body.parts)
    said = ev.MessageReceived(
        id=f"{call.caller.subject}:{body.id}",
        at=api.now(),
        customer=call.caller.subject,
        parts=body.parts,
        reply_to="" if body.reply_to is None else str(body.reply_to),
    )
    return await _arrive(api, call.caller, said)


async def tap(api: Api, call: Call) -> LineView:
    body: TapBody = call.body
    tapped = ev.Tapped(
        id=f"{call.caller.subject}:{body.id}",
        at=api.now(),
        customer=call.caller.subject,
        payload=body.payload,
        label=body.label,
    )
    return await _arrive(api, call.caller, tapped)


async def _arrive(api: Api, caller: Caller, event: ev.Received) -> LineView:
    lines: list[Line | None] = await api.submit(Arrived(caller.channel, (event,), strict=True))
    line = lines[0]
    if line is None:
        raise Conflict("Nothing came of it.")
    contact = await api.contact(line.contact)
    return LineView(contact=line.contact, seq=line.seq, again=line.again, newest=contact.told)


async def check_parts(api: Api, caller: Caller, parts: Parts) -> None:
    """Customers say words, files of their own, and places. Raises `Refused` or `Forbidden`."""
    for part in parts:
        if part.type not in SAYABLE:
            raise Refused(f"A customer can say {', '.join(SAYABLE)}, not {part.type}.")
        if isinstance(part, Text) and not 0 < len(part.text) <= TEXT_LIMIT:
            raise Refused(f"A text has 1 to {TEXT_LIMIT} characters, and this one {len(part.text)}.")
        for media in media_of(part):
            await api.require_upload(caller, media)


async def end(api: Api, call: Call) -> dict[str, Any]:
    contact = await api.open_contact(call.caller.channel, call.caller.subject)
    if contact is None:
        raise Refused("There is no open contact to end.")
    await api.submit(Did(contact.id, CustomerEnded(), call.caller.tenant))
    return {"ended": True}


async def typing(api: Api, call: Call) -> dict[str, Any]:
    api.show_customer_typing(call.caller.channel, call.caller.subject, call.body.on)
    return {}


async def entries(api: Api, call: Call) -> dict[str, Any]:
    """Lines after `after` of a contact of this customer, the newest contact unless one is named; `wait=1` waits for some."""
    contact = await own_contact(api, call)
    if contact is None:
        return {"contact": None, "entries": [], "newest": 0}
    after = call.number("after")
    if call.request.query.get("wait") and contact.told <= after:
        await api.told_more(contact, after, POLL_FOR)
    found = await api.read(lookup.entries(contact.id, after, shown_to_customer=True))
    frames = [orjson.Fragment(frame) for entry in found if (frame := customer_frame(entry)) is not None]
    contact = await api.contact(contact.id)
    return {"contact": view_of(api, contact), "entries": frames, "newest": contact.told}


async def history(api: Api, call: Call) -> dict[str, Any]:
    """The customer's earlier contacts: of this session's address only, which for a proven identity is the person."""
    rows = await api.read(lookup.contacts_in(call.caller.channel, call.caller.subject))
    return {"contacts": [view_of(api, contact) for contact in rows]}


async def own_contact(api: Api, call: Call) -> Contact | None:
    """The contact that the query names, if it is in this customer's lane; else the lane's newest."""
    caller, id = call.caller, call.request.query.get("contact", "")
    if not id:
        return await api.newest_contact(caller.channel, caller.subject)
    contact = await api.contact(id)
    if (contact.channel, contact.address) != (caller.channel, caller.subject):
        raise api.not_found(id)
    return contact


async def socket(api: Api, request: web.Request) -> web.StreamResponse:
    """`/chat/socket`: see `sockets`. The page gets its contact's lines, typing, and its place in the queue."""
    outlet = await api.sockets.accept(request)
    remove = None
    try:
        frame = await api.sockets.hello(outlet)
        caller = api.caller_of_frame(frame, Role.CUSTOMER)
        if frame is None or caller is None:
            await outlet.socket.close(code=UNTRUSTED, message=b"say hello with a good token first")
            return outlet.socket
        require_origin(web_channel(api, caller.channel), request)
        remove = api.live.add(api.live.customers, (caller.channel, caller.subject), outlet)
        await _resume(api, caller, outlet, numbers(frame.get("last")))

        def act(frame: dict[str, Any]) -> None:
            if frame["type"] == "typing":
                api.show_customer_typing(caller.channel, caller.subject, frame.get("on") is not False)

        await api.sockets.listen(outlet, act)
    except Forbidden as error:
        await outlet.socket.close(code=UNTRUSTED, message=str(error).encode()[:120])
    finally:
        api.sockets.drop(outlet)
        if remove is not None:
            remove()
    return outlet.socket


async def _resume(api: Api, caller: Caller, outlet: Any, last: dict[str, int]) -> None:
    """`hello`, then what the page has not seen. Lines that come meanwhile come again; the page drops what it has by number."""
    contact = await api.newest_contact(caller.channel, caller.subject)
    outlet.say(type="hello", contact=None if contact is None else view_of(api, contact))
    if contact is None:
        return
    after = last.get(contact.id, 0)
    while found := await api.read(lookup.entries(contact.id, after, shown_to_customer=True)):
        for entry in found:
            if (frame := customer_frame(entry)) is not None:
                outlet.push(frame)
        after = found[-1].seq
        await asyncio.sleep(0)


ROUTES = (
    Route("POST", "/chat/{channel}/session", start, None, "Start a session", SessionBody, SessionView, 201, ("chat",)),
    Route(
        "POST", "/chat/refresh", refresh, None, "A new token for a session", RefreshBody, SessionView, 200, ("chat",)
    ),
    Route("POST", "/chat/messages", say, Role.CUSTOMER, "Say something", SayBody, LineView, 200, ("chat",)),
    Route("POST", "/chat/taps", tap, Role.CUSTOMER, "Press a button", TapBody, LineView, 200, ("chat",)),
    Route("POST", "/chat/typing", typing, Role.CUSTOMER, "Show that you write", TypingBody, None, 200, ("chat",)),
    Route("POST", "/chat/end", end, Role.CUSTOMER, "End the contact", None, None, 200, ("chat",)),
    Route(
        "GET",
        "/chat/entries",
        entries,
        Role.CUSTOMER,
        "Lines after a number, at once or when they come",
        tags=("chat",),
    ),
    Route("GET", "/chat/contacts", history, Role.CUSTOMER, "Your contacts, newest first", tags=("chat",)),
)
