"""The pages: `/`, `/talk/{channel}` for customers, which is the widget on a page of its own, and their files under `/web/`. The desk's
are in `desk_page`, the widget's in `widget_files`.

They are files of `static/`, read once at the start. What the pages do they do over the same API as everybody else; nothing here
knows a contact. The content policy forbids everything that is not ours: no foreign script, frame, form or plug-in.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from channels.errors import NotFound

if TYPE_CHECKING:
    from ucs.api.api import Api
    from ucs.runtime.center.center import Channel

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",  # asked for each time, and answered with 304
}
DOOR = '        <a class="door" href="{href}"><strong>{name}</strong><span class="quiet">{what}</span></a>\n'
MORE_DOORS = web.AppKey("MORE_DOORS", list[str])  # of pages that are not ours, in their order

Handler = Callable[[web.Request], Awaitable[web.Response]]


def add_pages(add: Callable[[str, str, Handler], None], api: Api) -> None:
    """Add the pages' routes."""
    files = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in TYPES}
    pages = {
        "/": _first_page(api, files["index.html"].decode()),
        "/talk/{channel}": _talk_page(api, files["talk.html"].decode()),
        **{f"/web/{name}": giving_file(name, content) for name, content in files.items() if not name.endswith(".html")},
    }
    for path, handler in pages.items():
        add("GET", path, handler)
        add("HEAD", path, handler)


def giving_file(name: str, content: bytes) -> Handler:
    """Gives one file, as a page of ours or what belongs to one."""
    content_type = TYPES[Path(name).suffix]

    async def handle(request: web.Request) -> web.Response:
        return answer(request, content, content_type)

    return handle


def answer(
    request: web.Request,
    content: bytes,
    content_type: str,
    status: int = 200,
    headers: Mapping[str, str] = HEADERS,
) -> web.Response:
    etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
    headers = {**headers, "ETag": etag}
    if status == 200 and etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=content, status=status, content_type=content_type, charset="utf-8", headers=headers)


def _first_page(api: Api, page: str) -> Handler:
    """The doors. With several tenants no web chat is listed: who is a tenant here is nobody's business."""

    async def handle(request: web.Request) -> web.Response:
        channels = _web_channels(api) if len(api.center.tenants) == 1 else []
        doors = "".join([*request.app.get(MORE_DOORS, ()), *map(_talk_door, channels)])
        return answer(request, page.replace("{{doors}}\n", doors).encode(), "text/html")

    return handle


def add_door(app: web.Application, href: str, name: str, what: str) -> None:
    """A link on the first page, to a page that somebody else has added."""
    app.setdefault(MORE_DOORS, []).append(_door(href, name, what))


def _talk_door(channel: Channel) -> str:
    rules = channel.policy.robot
    who = "a robot answers first" if rules is not None and rules.first else "people answer"
    return _door(f"/talk/{channel.id}", f"Talk to {title(channel)}", f"As a customer: {who}")


def _door(href: str, name: str, what: str) -> str:
    return DOOR.format(href=html.escape(href), name=html.escape(name), what=html.escape(what))


def _talk_page(api: Api, page: str) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            channel = api.web_channel(request.match_info["channel"])
        except NotFound as error:
            return answer(request, str(error).encode(), "text/plain", status=404)
        words = {"channel": channel.id, "title": title(channel), "language": language(request, channel) or "en"}
        filled = page
        for name, value in words.items():
            filled = filled.replace(f"{{{{{name}}}}}", html.escape(value))
        return answer(request, filled.encode(), "text/html")

    return handle


def title(channel: Channel) -> str:
    """How customers know the channel."""
    return channel.setting.widget.title or channel.setting.name or channel.id


def language(request: web.Request, channel: Channel) -> str:
    """What the channel speaks, else what the reader would rather read; empty if nobody says."""
    wanted = re.match(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", request.headers.get("Accept-Language", ""))
    return channel.setting.widget.locale or (wanted[0] if wanted else "")


def _web_channels(api: Api) -> list[Channel]:
    found = []
    for id in sorted(api.center.channels):
        try:
            found.append(api.web_channel(id))
        except NotFound:
            continue
    return found
