"""Which pages may talk to us. A browser names the page's origin with every request that matters; it is compared whole.

For requests a missing Origin is no page of somebody else's: a browser leaves it out only where the page is our own, and other
programs have none. For a WebSocket every browser sends one, so there a missing one is refused, unless the channel is open to anyone.
Tokens travel in a header and never in a cookie, so letting other origins read our answers (`Access-Control-Allow-Origin: *`) opens
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from yarl import URL

from channels.errors import Forbidden
from ucs.runtime.center.center import Channel

if TYPE_CHECKING:
    from ucs.api.api import Api

OPEN = "/chat/"  # what pages of other origins may call
PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-File-Name",
    "Access-Control-Max-Age": "86400",
}
READABLE = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}


def own_origin(api: Api, request: web.Request) -> str:
    """Where our own pages come from: the public URL or, where none is configured, the address that was called."""
    public = api.runtime.installation.public_url
    return str(URL(public).origin()) if public else f"{request.scheme}://{request.host}"


def require_origin(api: Api, channel: Channel, request: web.Request, *, socket: bool = False) -> None:
    """Only the listed origins may show a channel's chat, and our own pages. Raises `Forbidden`."""
    config = channel.adapter.config
    if getattr(config, "anyone", False):
        return
    origin = request.headers.get("Origin")
    if origin is None:
        if socket:
            raise Forbidden("A WebSocket without an Origin is not from a page that may show this chat.")
        return
    if origin != own_origin(api, request) and origin not in getattr(config, "origins", ()):
        raise Forbidden(f"Origin {origin[:100]} may not use channel {channel.id}: add it to the channel's origins.")


def require_own_origin(api: Api, request: web.Request) -> None:
    """The desk is served by ourselves: a socket from any other page is refused. Raises `Forbidden`."""
    if request.headers.get("Origin") != own_origin(api, request):
        raise Forbidden("The desk's WebSocket is for the desk's own pages: the Origin is another or missing.")


def preflight() -> web.Response:
    """What a browser is told before it lets another origin's page call us. The call itself is checked by channel."""
    return web.Response(status=204, headers=PREFLIGHT)
