"""The widget's files: `/widget.js`, which pages of other hosts embed, and the rest of it below `/widget/VERSION/`.

They are read, joined and packed once, when the first page asks. The version is in the address and is made from what the files say,
so that browsers keep them for good and never mix two versions; the loader alone is asked for each time. Nothing here knows a channel
or a tenant: what the widget shows it gets over `/chat`, like anybody else.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

from aiohttp import web

from channels.value import value
from ucs.web.joined import joined, squeezed, squeezed_css
from ucs.web.later import Later

FOLDER = Path(__file__).parent / "widget"
LOADER, FIRST = "widget.js", "main.js"
LOCALES = tuple(sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("locales/*.js")))
TYPE = "text/javascript"
GZIP = zlib.MAX_WBITS | 16  # a gzip header before, and a checksum after
MEMORIES = range(6, 10)  # which of them makes the smallest is chance; it is tried once
ANYWHERE = {
    "Access-Control-Allow-Origin": "*",  # modules of another host are only run if it says so
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}
FOR_GOOD, EACH_TIME = "public, max-age=31536000, immutable", "no-cache"

Handler = Callable[[web.Request], Awaitable[web.Response]]


@value
class Packed:
    """A file as it is sent."""

    plain: bytes
    packed: bytes
    etag: str


def packed(text: str) -> Packed:
    plain = text.encode()
    etag = f'"{hashlib.sha256(plain).hexdigest()[:20]}"'
    return Packed(plain, min(map(partial(_gzip, plain), MEMORIES), key=len), etag)


def _gzip(plain: bytes, memory: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, GZIP, memory)
    return packer.compress(plain) + packer.flush()


@value
class Files:
    """All of the widget: the loader and the other files by their names, and which version they are."""

    named: Mapping[str, Packed]
    version: str


def widget_files() -> Files:
    style = squeezed_css((FOLDER / "widget.css").read_text("utf-8"))
    texts = {FIRST: squeezed(joined(FOLDER / FIRST)).replace("{{style}}", style)}
    for name in LOCALES:
        texts[name] = squeezed((FOLDER / name).read_text("utf-8"))
    version = hashlib.sha256("\0".join(texts.values()).encode()).hexdigest()[:12]
    texts[LOADER] = squeezed((FOLDER / LOADER).read_text("utf-8")).replace("{{version}}", version)
    return Files({name: packed(text) for name, text in texts.items()}, version)


def add_widget(add: Callable[[str, str, Handler], None]) -> None:
    """Add the widget's routes."""
    files = Later(widget_files)
    # An old loader asks for an old version, and gets today's; but not to keep.
    paths = {f"/{LOADER}": LOADER} | {f"/widget/{{version}}/{name}": name for name in (FIRST, *LOCALES)}
    for path, name in paths.items():
        add("GET", path, giving := _giving(files, name))
        add("HEAD", path, giving)


def _giving(files: Later[Files], name: str) -> Handler:
    async def give(request: web.Request) -> web.Response:
        made = await files.get()
        file, is_todays = made.named[name], request.match_info.get("version") == made.version
        headers = {**ANYWHERE, "ETag": file.etag, "Cache-Control": FOR_GOOD if is_todays else EACH_TIME}
        if file.etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        packs = "gzip" in request.headers.get("Accept-Encoding", "")
        if packs:
            headers["Content-Encoding"] = "gzip"
        body = file.packed if packs else file.plain
        return web.Response(body=body, content_type=TYPE, charset="utf-8", headers=headers)

    return give
