"""What customers say to the engine in its tests, and the timelines that come of it."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import select

from channels.events import MessageReceived
from channels.parts import Part, Text
from tests.runtime.fake_time import START
from tests.runtime.world import World
from ucs.core.journal import Line
from ucs.runtime.engine.arrived import Arrived
from ucs.store import tables as t
from ucs.store.lookup import LINE, line_of


def spoken(id: str, address: str, *said: str | Part, **more: Any) -> MessageReceived:
    parts = tuple(Text(part) if isinstance(part, str) else part for part in said or (f"word {id}",))
    return MessageReceived(id, more.pop("at", START), address, parts, **{"message": id, **more})


def heard(id: str, address: str, *said: str | Part, channel: str = "fake1", strict: bool = False) -> Arrived:
    return Arrived(channel, (spoken(id, address, *said),), strict=strict)


async def timelines(world: World, *contacts: str) -> dict[str, list[Line]]:
    """The lines of these contacts, or of every contact, as they are stored; the oldest contact first."""
    query = select(t.entry.c.contact, *LINE).order_by(t.entry.c.contact, t.entry.c.seq)
    if contacts:
        query = query.where(t.entry.c.contact.in_(contacts))
    rows = await world.store.read(lambda connection: list(connection.execute(query)))
    found: dict[str, list[Line]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(line_of(tuple(row)[1:]))
    return found


def texts(lines: list[Line]) -> list[str]:
    """What was said in a timeline, in its order."""
    return [
        "|".join(part.get("text", part["type"]) for part in line.body["parts"])
        for line in lines
        if line.kind == "message" and not line.body.get("redacted")
    ]


def assert_gap_free(lines: list[Line]) -> None:
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))


def json_of(value: object) -> Any:
    """A value as JSON has it."""
    return orjson.loads(orjson.dumps(value))
