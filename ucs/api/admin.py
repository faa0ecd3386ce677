"""`/admin`: running a contact center. Dead letters and what is held, channels, open contacts, seats.

Its settings are in `admin_center`, what could not be read in `quarantine`. An admin sees the own tenant, the operator all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import orjson
from pydantic import Field
from sqlalchemy import Connection, func, select

from channels.errors import Malformed, NotFound
from channels.health import Condition
from ucs.api.answers import ContactView, SeatView
from ucs.api.body import Body, Words
from ucs.api.call import Call, Route, View
from ucs.api.quarantine import channels_of
from ucs.api.tokens import Role
from ucs.api.views import contact_view, seat_view
from ucs.core.contact import State
from ucs.core.events import Ended
from ucs.core.seat import SeatEvent, SeatState, SignedOut, StateChosen
from ucs.runtime.center.center import Channel
from ucs.runtime.delivery.outcomes import Discarded, Revived
from ucs.runtime.engine.inputs import Did, SeatDid
from ucs.store import lookup
from ucs.store import tables as t
from ucs.store.store import moment

if TYPE_CHECKING:
    from ucs.api.api import Api

PAGE = 200


class EndBody(Body):
    reason: Words = Field(default="", max_length=200)


class SeatBody(Body):
    state: Literal["idle", "rest", "offline"]
    reason: Words = Field(default="", max_length=200)


class ErrandView(View):
    """Something that is to go out or to be fetched: `dead` was given up, `pending` waits, `held` if its channel is parked."""

    id: str
    channel: str
    contact: str
    seq: int
    kind: str
    state: str
    held: bool
    attempt: int
    at: datetime
    reason: str
    code: str


class OutboxView(View):
    errands: tuple[ErrandView, ...]


class SentAgainView(View):
    contact: str
    seq: int


class GivenUpView(View):
    """The line that says so."""

    contact: str
    seq: int


class FindingView(View):
    """One thing that a checkup found. `ok`: it was amiss and has been mended. `until`: when it changes by itself."""

    condition: Condition
    reason: str
    until: datetime | None


class ChannelHealthView(View):
    """`parked`: the platform no longer takes the channel's credentials, and what is to go out is held. Else the worst of what the
    last checkup found; `checked_at` is null where there was none, or cannot be one."""

    channel: str
    state: Literal["ok", "degraded", "broken", "parked"]
    since: datetime | None
    reason: str
    checked_at: datetime | None
    findings: tuple[FindingView, ...]
    waiting: int
    dead: int


class ContactsView(View):
    """Open contacts, oldest first; `total` of them, at most a page is shown."""

    contacts: tuple[ContactView, ...]
    total: int


class SeatsView(View):
    seats: tuple[SeatView, ...]


# -- the outbox ------------------------------------------------------------------------------------------------------------


async def outbox(api: Api, call: Call) -> dict[str, Any]:
    """Dead letters and what parked channels hold, newest first; `before` the id of the last one seen."""
    parked = set(api.runtime.outward.parking.parked)
    return {"errands": await api.read(_errands(channels_of(api, call), parked, call.id("before")))}


def _errands(channels: list[str], parked: set[str], before: str) -> Callable[[Connection], list[dict[str, Any]]]:
    def run(connection: Connection) -> list[dict[str, Any]]:
        of_parked = t.outbox.c.channel.in_(sorted(parked & set(channels)))
        query = select(t.outbox).where(t.outbox.c.channel.in_(channels), (t.outbox.c.state == "dead") | of_parked)
        query = query.where(t.outbox.c.kind != "turn")  # a robot is not kept waiting by a parked channel
        if before:
            query = query.where(t.outbox.c.id < before)
        return [_errand(row, parked) for row in connection.execute(query.order_by(t.outbox.c.id.desc()).limit(PAGE))]

    return run


def _errand(row: Any, parked: set[str]) -> dict[str, Any]:
    trouble = orjson.loads(row.body).get("trouble") or {}
    return {
        "id": row.id,
        "channel": row.channel,
        "contact": row.contact,
        "seq": row.seq,
        "kind": row.kind,
        "state": row.state,
        "held": row.channel in parked and row.state != "dead",
        "attempt": row.attempt,
        "at": moment(row.at),
        "reason": trouble.get("reason", ""),
        "code": trouble.get("code", ""),
    }


async def send_again(api: Api, call: Call) -> dict[str, Any]:
    line = await api.submit(Revived(call.path("id"), call.caller.tenant))
    return {"contact": line.contact, "seq": line.seq}


async def give_up(api: Api, call: Call) -> dict[str, Any]:
    line = await api.submit(Discarded(call.path("id"), call.caller.subject, call.caller.tenant))
    return {"contact": line.contact, "seq": line.seq}


# -- channels --------------------------------------------------------------------------------------------------------------


def _channel(api: Api, call: Call) -> Channel:
    channel = api.center.channels.get(call.path("id"))
    if channel is None or call.caller.tenant not in ("", channel.tenant):
        raise NotFound(f"There is no channel {call.path('id')!r}.")
    return channel


async def channel_health(api: Api, call: Call) -> dict[str, Any]:
    channel = _channel(api, call)
    parked = api.runtime.outward.parking.parked.get(channel.id)
    checkups = api.runtime.outward.checkups
    health, looked = checkups.health(channel.id), checkups.looked.get(channel.id)
    query = select(t.outbox.c.state, func.count()).where(t.outbox.c.channel == channel.id).group_by(t.outbox.c.state)
    counts: dict[str, int] = dict(map(tuple, await api.read(lookup.rows(query))))
    return {
        "channel": channel.id,
        "state": health.condition if parked is None else "parked",
        "since": None if parked is None else parked.at,
        "reason": "" if parked is None else parked.reason,
        "checked_at": None if looked is None else looked.at,
        "findings": [asdict(finding) for finding in health.findings],
        "waiting": sum(count for state, count in counts.items() if state != "dead"),
        "dead": counts.get("dead", 0),
    }


async def check(api: Api, call: Call) -> dict[str, Any]:
    """Ask the platform now, rather than at the next checkup."""
    await api.runtime.outward.checkups.look(_channel(api, call))
    return await channel_health(api, call)


async def unpark(api: Api, call: Call) -> dict[str, Any]:
    """The channel works again: what was held goes out."""
    await api.runtime.outward.parking.unpark(_channel(api, call).id)
    return await channel_health(api, call)


# -- contacts and seats ----------------------------------------------------------------------------------------------------


async def contacts(api: Api, call: Call) -> dict[str, Any]:
    state = call.id("state")
    if state and state not in set(State) - {State.CLOSED}:
        raise Malformed(f"state is one of {', '.join(sorted(set(State) - {State.CLOSED}))}, not {state!r}.")
    own = call.caller.tenant
    found = sorted(
        (
            contact
            for contact in list(api.runtime.engine.memory.contacts.values())
            if own in ("", contact.tenant) and state in ("", contact.state)
        ),
        key=lambda contact: (contact.opened_at, contact.id),
    )
    shown = found[:PAGE]
    names = await api.names_of(shown)
    views = [contact_view(contact, name) for contact, name in zip(shown, names, strict=True)]
    return {"contacts": views, "total": len(found)}


async def end(api: Api, call: Call) -> dict[str, Any]:
    body: EndBody = call.body
    line = await api.submit(Did(call.path("contact"), Ended(call.caller.subject, body.reason), call.caller.tenant))
    contact = await api.contact(line.contact)
    return contact_view(contact, (await api.names_of([contact]))[0])


def _tenant(call: Call) -> str:
    """The admin's own, or the one that the operator names."""
    tenant = call.caller.tenant or call.id("tenant")
    if not tenant:
        raise Malformed("Name the tenant: ?tenant=…")
    return tenant


async def seats(api: Api, call: Call) -> dict[str, Any]:
    own = call.caller.tenant
    agents = [(key, setting) for key, setting in api.center.agents.items() if own in ("", key[0])]
    return {"seats": [seat_view(api.seat_of(*key), setting.name or key[1]) for key, setting in agents]}


async def choose_state(api: Api, call: Call) -> dict[str, Any]:
    """Put an agent to rest, to ready, or out; what an agent who is put out had goes back to its queues."""
    body: SeatBody = call.body
    tenant, agent = _tenant(call), call.path("agent")
    api.seat_of(tenant, agent)
    reason = body.reason or f"by {call.caller.subject}"
    event: SeatEvent = SignedOut(reason) if body.state == "offline" else StateChosen(SeatState(body.state), reason)
    return seat_view(await api.submit(SeatDid(tenant, agent, event)), api.center.agents[tenant, agent].name)


ADMIN = Role.ADMIN
ROUTES = (
    Route(
        "GET",
        "/admin/outbox",
        outbox,
        ADMIN,
        "Dead letters, and what parked channels hold",
        OutboxView,
        query=(("before", "Only what is older than this one."),),
    ),
    Route("POST", "/admin/outbox/{id}/send-again", send_again, ADMIN, "Try a dead letter again", SentAgainView),
    Route("DELETE", "/admin/outbox/{id}", give_up, ADMIN, "Give a dead letter up", GivenUpView),
    Route("GET", "/admin/channels/{id}/health", channel_health, ADMIN, "Whether a channel works", ChannelHealthView),
    Route("POST", "/admin/channels/{id}/check", check, ADMIN, "Ask the platform how a channel is", ChannelHealthView),
    Route("POST", "/admin/channels/{id}/unpark", unpark, ADMIN, "A parked channel works again", ChannelHealthView),
    Route(
        "GET",
        "/admin/contacts",
        contacts,
        ADMIN,
        "Open contacts",
        ContactsView,
        query=(("state", "Only in this state."),),
    ),
    Route("POST", "/admin/contacts/{contact}/end", end, ADMIN, "End a contact", ContactView, EndBody),
    Route("GET", "/admin/seats", seats, ADMIN, "The agents' seats", SeatsView),
    Route(
        "POST",
        "/admin/seats/{agent}/state",
        choose_state,
        ADMIN,
        "Choose a seat's state",
        SeatView,
        SeatBody,
        query=(("tenant", "Whose agent: the operator must say."),),
    ),
)
