"""`/admin/quarantine`: webhooks that nobody could read, or of a kind that nobody knew, as they arrived; and reading them again.

After an update of the adapter the same bytes may make sense. They were verified when they came, so that is not asked again.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Row, select

from cache.item import ORIGINAL
from channels.errors import Malformed, NotFound, Refused
from channels.events import NEVER_STORED, MessageReceived, Received, Tapped, Unknown
from channels.value import value
from channels.wire import Request, Source
from ucs.api.api import owner_of
from ucs.api.call import Call, Route, View
from ucs.api.media import GOOD_FOR
from ucs.api.tokens import Role
from ucs.runtime.center.center import Channel
from ucs.runtime.engine.arrived import TAKE, fingerprint
from ucs.runtime.engine.inputs import dated
from ucs.runtime.engine.lines import number_of
from ucs.runtime.engine.work import Work
from ucs.store import lookup
from ucs.store import tables as t
from ucs.store.lookup import Arrival
from ucs.store.platform_ids import SAID
from ucs.store.store import moment

if TYPE_CHECKING:
    from ucs.api.api import Api


LOOKED_THROUGH = 5  # contacts of a lane in which a line may stand


class ArrivalView(View):
    """`body` is base64 of the bytes as they came. Of a large one it is empty, `head` has its `size`, and `link` leads to it for a
    few minutes."""

    id: str
    channel: str
    at: datetime
    outcome: str
    reason: str
    head: dict[str, Any]
    body: str
    link: str


class ArrivalsView(View):
    arrivals: tuple[ArrivalView, ...]


class ReadAgainView(View):
    """How many events were taken this time."""

    taken: int


@value
class ReadAgain:
    """The events of an old arrival. What has been taken before is left alone.

    An event whose id was seen may have been unknown then: a message or a tap is taken now unless its line stands already. Of
    other kinds nobody can tell, so those count as taken."""

    channel: str
    arrival: str
    events: Sequence[Received]

    def apply(self, work: Work) -> int:
        channel = work.center.channel(self.channel)
        taken = sum(self._take(work, channel, event) for event in self.events)
        work.write("change_arrival", self.arrival, "accepted", "")
        return taken

    def _take(self, work: Work, channel: Channel, event: Received) -> bool:
        id = event.id or fingerprint(event)
        key = (dated(id, event.at if channel.adapter.manifest.keeps_time else None), channel.id, id)
        seen = work.was_seen(key)
        if seen is not None and (not isinstance(event, MessageReceived | Tapped) or _stands(work, channel, event)):
            return False
        line = TAKE[type(event)](work, channel, event)
        if seen is None:
            work.see(key, (line.contact, line.seq, "") if line else (None, None, ""))
        return True


def _stands(work: Work, channel: Channel, event: MessageReceived | Tapped) -> bool:
    """Whether one of the lane's latest contacts has a line of this event."""
    contact = work.newest_contact((channel.id, event.customer))
    for _ in range(LOOKED_THROUGH):
        if contact is None:
            return False
        if isinstance(event, MessageReceived) and event.message:
            if number_of(work, contact.id, event.message) is not None:
                return True
        elif _said_at(work, contact.id, event):
            return True
        contact = work.contact(contact.predecessor) if contact.predecessor else None
    return False


def _said_at(work: Work, contact: str, event: MessageReceived | Tapped) -> bool:
    """Without an id of the platform's: something of this kind, at this very moment."""
    kinds = SAID if isinstance(event, MessageReceived) else {"tapped"}
    query = select(t.entry.c.body).where(t.entry.c.contact == contact, t.entry.c.kind.in_(kinds))
    bodies = (orjson.loads(body) for body in work.connection.execute(query).scalars())
    return any(body.get("sent_at") == orjson.loads(orjson.dumps(event.at)) for body in bodies)


def channels_of(api: Api, call: Call) -> list[str]:
    """The ids of the channels that the caller may see."""
    own = call.caller.tenant
    return [id for id, channel in api.center.channels.items() if not own or channel.tenant == own]


async def listing(api: Api, call: Call) -> dict[str, Any]:
    found = await api.read(lookup.quarantine(channels_of(api, call)))
    return {"arrivals": [_view(arrival, await _link(api, call, arrival)) for arrival in found]}


async def _link(api: Api, call: Call, arrival: Arrival) -> str:
    """Where the bytes are that were too many for the row; empty if they are in it, or kept no more."""
    if "media" not in arrival.head:
        return ""
    media = api.runtime.media
    with suppress(NotFound):
        item = await media.find(api.center.channel(arrival.channel).tenant, arrival.head["media"])
        return f"/media/{media.link(item, ORIGINAL, owner_of(call.caller), GOOD_FOR)}"
    return ""


def _view(arrival: Arrival, link: str) -> dict[str, Any]:
    return {
        "id": arrival.id,
        "channel": arrival.channel,
        "at": arrival.at,
        "outcome": arrival.outcome,
        "reason": arrival.reason,
        "head": arrival.head,
        "body": base64.b64encode(arrival.body).decode(),
        "link": link,
    }


async def read_again(api: Api, call: Call) -> dict[str, Any]:
    id, channels = call.path("id"), channels_of(api, call)
    query = t.arrival.select().where(t.arrival.c.id == id, t.arrival.c.channel.in_(channels))
    rows = await api.read(lookup.rows(query))
    if not rows:
        raise NotFound(f"There is no arrival {id!r}.")
    arrival = _arrival(rows[0])
    if arrival.outcome == "accepted":
        raise Refused("This arrival has been read already.")
    if arrival.outcome == "robot":
        raise Refused("This is what a robot answered, kept to be looked at: its turn is over.")
    channel = api.center.channel(arrival.channel)
    if "media" in arrival.head:
        async with api.runtime.outward.raw_files.opened(channel.tenant, arrival.head["media"]) as source:
            events = await asyncio.to_thread(_parse, channel, arrival, source)
    else:
        events = _parse(channel, arrival)
    return {"taken": await api.submit(ReadAgain(arrival.channel, arrival.id, events))}


def _arrival(row: Row[Any]) -> Arrival:
    return Arrival(
        row.id, row.channel, moment(row.at), row.outcome, row.reason, orjson.loads(row.head), bytes(row.body)
    )


def _parse(channel: Channel, arrival: Arrival, large: Source | None = None) -> Sequence[Received]:
    """What the arrival means to today's adapter. Raises `Refused` if that is still nothing."""
    head = arrival.head
    headers = {"content-type": head["content_type"]} if head.get("content_type") else {}
    request = Request(head["method"], head["path"], {}, headers, arrival.body, arrival.at, large=large)
    try:
        events = [event for event in channel.adapter.parse(request) if not isinstance(event, NEVER_STORED)]
    except Malformed as error:
        raise Refused(f"It still cannot be read: {error}") from None
    unknown = sorted({event.kind for event in events if isinstance(event, Unknown)})
    if unknown:
        raise Refused(f"There is still something in it that nobody knows: {', '.join(unknown)}.")
    return events


ROUTES = (
    Route("GET", "/admin/quarantine", listing, Role.ADMIN, "Arrivals that could not be read", ArrivalsView),
    Route(
        "POST", "/admin/quarantine/{id}/read-again", read_again, Role.ADMIN, "Read an arrival once more", ReadAgainView
    ),
)
