"""What people may say through the API: which parts, how much of them, and which files. Values are checked here, before the core."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from cache.item import Item
from channels.errors import Refused
from channels.parts import Audio, File, Location, Part, Parts, Text, Video, media_of
from ucs.api.api import owner_of
from ucs.api.body import TEXT_LIMIT
from ucs.api.tokens import Caller
from ucs.store.statements import Write
from ucs.store.store import micros

if TYPE_CHECKING:
    from ucs.api.api import Api

OF_CUSTOMERS = frozenset({"text", "image", "audio", "video", "file", "location"})
MOST_PARTS = 10
FAMILIES = frozenset({"image", "audio", "video"})  # parts that say of which family their file is


def _well_formed(parts: Parts) -> Parts:
    for part in parts:
        if isinstance(part, Text) and not 0 < len(part.text) <= TEXT_LIMIT:
            raise ValueError(f"a text has 1 to {TEXT_LIMIT} characters, and this one {len(part.text)}")
        if isinstance(part, Location) and not (abs(part.latitude) <= 90 and abs(part.longitude) <= 180):
            raise ValueError("a place has a latitude from -90 to 90 and a longitude from -180 to 180")
        if any(not isinstance(media, str) for media in media_of(part)):
            raise ValueError("a file is named by the id that its upload gave")
        if part.type == "opaque":
            raise ValueError("nobody can say what nobody knows (a part of type opaque)")
    return parts


def _of_customers(parts: Parts) -> Parts:
    for part in parts:
        if part.type not in OF_CUSTOMERS:
            raise ValueError(f"customers say {', '.join(sorted(OF_CUSTOMERS))}, not {part.type}")
    return parts


AgentParts = Annotated[
    tuple[Annotated[Part, Field(discriminator="type")], ...],
    Field(min_length=1, max_length=MOST_PARTS),
    AfterValidator(_well_formed),
]
CustomerParts = Annotated[AgentParts, AfterValidator(_of_customers)]


async def attached(api: Api, caller: Caller, parts: Parts) -> tuple[Parts, list[str]]:
    """The parts with what we know of their files instead of what is claimed, and the files' ids.

    Only a file that this caller uploaded may be said by this caller. Raises `Forbidden`, `NotFound` or `Refused`."""
    items: dict[str, Item] = {}
    for part in parts:
        for media in media_of(part):
            if isinstance(media, str):
                items[media] = await _own(api, caller, part, media)
    return tuple(_known(part, items) for part in parts), list(items)


async def _own(api: Api, caller: Caller, part: Part, media: str) -> Item:
    item = await api.runtime.media.claim(caller.tenant, media, owner_of(caller))
    if item.state != "ready":
        raise Refused(f"The file {media} is not ready: {item.reason or 'its upload has not ended'}")
    if part.type in FAMILIES and not item.mime.startswith(f"{part.type}/"):
        raise Refused(f"The file {media} is {item.mime} and no {part.type}: say it as a file.")
    return item


def _known(part: Part, items: dict[str, Item]) -> Part:
    if isinstance(part, File) and isinstance(part.media, str):
        return replace(part, name=items[part.media].name, page=False)  # what people bring is shown as a file
    if isinstance(part, Audio | Video) and isinstance(part.media, str):
        return replace(part, seconds=items[part.media].seconds)
    return part


def kept(api: Api, tenant: str, channel: str, media: Iterable[str], now: datetime) -> tuple[Write, ...]:
    """A file that was said stays as long as the policy says; one that never was goes after a day (`media_upload`)."""
    until = micros(now + api.center.media_policy(tenant, channel).keep_for)
    return tuple(("expire_media", (id, until)) for id in media)
