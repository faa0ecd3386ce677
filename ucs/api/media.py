"""Files: uploads, links to what a caller may see, and the bytes behind a link.

A file is visible to who uploaded it, and to who may see a line that names it. The caller says which line (`?contact=&seq=`), and
it is looked up: no list of who may see what can be out of date. A link is then the permission itself, because a picture's address
is asked for without headers; it names who it was made for, lives ten minutes at most, and must not be logged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web

from cache.item import ORIGINAL, PAGE, Item
from cache.page import SHOWN_AS
from cache.serve import Served, serve
from channels.errors import NotFound, Refused, UcsError
from channels.parts import File, media_of, parts_from_json
from ucs.api import problems
from ucs.api.answers import ItemView
from ucs.api.api import owner_of
from ucs.api.call import Call, Route
from ucs.api.chat import own_contact
from ucs.api.desk_views import visible
from ucs.api.media_upload import upload
from ucs.api.tokens import Caller, Role
from ucs.core.contact import Contact
from ucs.core.effects import Entry
from ucs.store import lookup

if TYPE_CHECKING:
    from ucs.api.api import Api

GOOD_FOR = timedelta(minutes=10)
WRITE_WITHIN = 60.0  # seconds for a reader to take a piece


async def upload_of_customer(api: Api, call: Call) -> dict[str, Any]:
    return item_view(api, call.caller, await upload(api, call.caller, call.request, call.caller.channel))


async def upload_of_agent(api: Api, call: Call) -> dict[str, Any]:
    """With `contact`, the rules of its channel hold too."""
    id = call.id("contact")
    channel = (await visible(api, call.caller, id)).channel if id else ""
    return item_view(api, call.caller, await upload(api, call.caller, call.request, channel))


async def of_customer(api: Api, call: Call) -> dict[str, Any]:
    contact = await own_contact(api, call.caller, call.id("contact")) if call.id("contact") else None
    return item_view(api, call.caller, (await _seen(api, call, contact, for_customer=True))[0])


async def of_agent(api: Api, call: Call) -> dict[str, Any]:
    item, page = await _seen_by_agent(api, call)
    return item_view(api, call.caller, item, page=page)


async def pictures(api: Api, call: Call) -> dict[str, Any]:
    """Bring what a document shows from elsewhere: the agent asked, so its sender may know."""
    item, page = await _seen_by_agent(api, call)
    if not page:
        raise Refused("This file is not shown as a document, and so has no pictures from elsewhere.")
    return item_view(api, call.caller, await api.runtime.outward.pictures.show(item), page=True)


async def _seen_by_agent(api: Api, call: Call) -> tuple[Item, bool]:
    """The item, and whether it is shown as a document: the adapter said so of it, and nobody here brought it up."""
    contact = await visible(api, call.caller, call.id("contact")) if call.id("contact") else None
    item, entry = await _seen(api, call, contact, for_customer=False)
    return item, entry is not None and not item.owner and item.mime == SHOWN_AS and item.id in pages_of(entry)


async def _seen(api: Api, call: Call, contact: Contact | None, *, for_customer: bool) -> tuple[Item, Entry | None]:
    """The item, if the caller uploaded it, or if line `seq` of this contact names it and the caller sees that line; and that line."""
    item = await api.runtime.media.find(call.caller.tenant, call.path("item"))
    if item.owner and item.owner == owner_of(call.caller):
        return item, None
    if contact is not None and (seq := call.number("seq")):
        query = lookup.entries(contact.id, seq - 1, shown_to_customer=for_customer, limit=1)
        for entry in await api.read(query):
            if entry.seq == seq and item.id in files_of(entry):
                return item, entry
    raise NotFound("There is no such file, or it has expired.")


def pages_of(entry: Entry) -> set[str]:
    """The files of a stored line that are its words as a document."""
    parts = parts_from_json(entry.body.get("parts", ()))
    return {part.media for part in parts if isinstance(part, File) and part.page and isinstance(part.media, str)}


def files_of(entry: Entry) -> set[str]:
    """The files that a stored line names."""
    parts = parts_from_json(entry.body.get("parts", ()))
    return {media for part in parts for media in media_of(part) if isinstance(media, str)}


def item_view(api: Api, caller: Caller, item: Item, *, page: bool = False) -> dict[str, Any]:
    """The file, with links for this caller if it is ready. `page`: it may be shown as a document."""
    until: datetime | None = None
    links: dict[str, str] = {}
    if item.state == "ready":
        until = min(api.now() + GOOD_FOR, item.expires_at)
        for rendition in (ORIGINAL, *([PAGE] if page else []), *item.renditions):
            links[rendition] = f"/media/{api.runtime.media.link(item, rendition, owner_of(caller), GOOD_FOR)}"
    return {
        "id": item.id,
        "state": item.state,
        "name": item.name,
        "mime": item.mime,
        "size": item.size,
        "seconds": item.seconds,
        "width": item.width,
        "height": item.height,
        "reason": item.reason,
        "links": links,
        "until": until,
    }


def giving(api: Api) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def give(request: web.Request) -> web.StreamResponse:
        return await _give(api, request)

    return give


async def _give(api: Api, request: web.Request) -> web.StreamResponse:
    """`GET /media/{token}`: the bytes, whole or a range of them. Nobody is signed in here: the token is not held against who asks."""
    try:
        api.limits.follow(api.remote(request))
        item, rendition = await api.runtime.media.follow(request.match_info["token"], None)
        served = serve(item, rendition, {name.lower(): value for name, value in request.headers.items()})
        if request.method == "HEAD" or served.start >= served.end:
            return web.Response(status=served.status, headers=served.headers)
        return await _stream(api, request, item, rendition, served)
    except UcsError as error:
        return problems.of_error(error)


async def _stream(api: Api, request: web.Request, item: Item, rendition: str, served: Served) -> web.StreamResponse:
    chunks = await api.runtime.media.read(item, rendition, served.start, served.end)
    response = web.StreamResponse(status=served.status, headers=served.headers)
    await response.prepare(request)
    try:
        async for chunk in chunks:
            async with asyncio.timeout(WRITE_WITHIN):
                await response.write(chunk)
        await response.write_eof()
    except (TimeoutError, ConnectionError):  # the reader has gone, or has stopped reading
        response.force_close()
        if request.transport is not None:
            request.transport.abort()
    return response


LINE = (("contact", "The contact in which the file stands."), ("seq", "The line of it that names the file."))
OF_CONTACT = (("contact", "The contact that it is meant for: its channel's rules hold too."),)
CUSTOMER, AGENT = Role.CUSTOMER, Role.AGENT
ROUTES = (
    Route("POST", "/chat/media", upload_of_customer, CUSTOMER, "Upload a file", ItemView, status=201, takes_file=True),
    Route("GET", "/chat/media/{item}", of_customer, CUSTOMER, "A file, and links to it", ItemView, query=LINE),
    Route(
        "POST",
        "/desk/media",
        upload_of_agent,
        AGENT,
        "Upload a file",
        ItemView,
        status=201,
        query=OF_CONTACT,
        takes_file=True,
    ),
    Route("GET", "/desk/media/{item}", of_agent, AGENT, "A file, and links to it", ItemView, query=LINE),
    Route(
        "POST",
        "/desk/media/{item}/pictures",
        pictures,
        AGENT,
        "Bring the pictures that a document shows from elsewhere",
        ItemView,
        query=LINE,
    ),
)
