"""The widget's files: `/widget.js`, which pages of other hosts embed, and the rest of it below `/widget/VERSION/`.

They are read, joined and packed once, at the start. The version is in the address and is made from what the files say, so that
browsers keep them for good and never mix two versions; the loader alone is asked for each time. Nothing here knows a channel or a
tenant: what the widget shows it gets over `/chat`, like anybody else.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiohttp import web

from ucs.web.joined import joined, squeezed, squeezed_css

FOLDER = Path(__file__).parent / "widget"
LOADER, FIRST = "widget.js", "main.js"
TYPE = "text/javascript"
GZIP = zlib.MAX_WBITS | 16  # a gzip header before, and a checksum after
MEMORIES = range(6, 10)  # which of them makes the smallest is chance; it is tried once, at the start
ANYWHERE = {
    "Access-Control-Allow-Origin": "*",  # modules of another host are only run if it says so
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}
FOR_GOOD, EACH_TIME = "public, max-age=31536000, immutable", "no-cache"

Handler = Callable[[web.Request], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
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


def widget_files() -> tuple[Packed, dict[str, Packed], str]:
    """The loader, the other files by name, and their version."""
    style = squeezed_css((FOLDER / "widget.css").read_text("utf-8"))
    texts = {FIRST: squeezed(joined(FOLDER / FIRST)).replace("{{style}}", style)}
    for path in sorted((FOLDER / "locales").glob("*.js")):
        texts[f"locales/{path.name}"] = squeezed(path.read_text("utf-8"))
    version = hashlib.sha256("\0".join(texts.values()).encode()).hexdigest()[:12]
    loader = squeezed((FOLDER / LOADER).read_text("utf-8")).replace("{{version}}", version)
    return packed(loader), {name: packed(text) for name, text in texts.items()}, version


def add_widget(add: Callable[[str, str, Handler], None]) -> None:
    """Add the widget's routes."""
    loader, files, version = widget_files()
    given = {f"/{LOADER}": _giving(loader, lambda request: EACH_TIME)}
    for name, file in files.items():
        # An old loader asks for an old version, and gets today's; but not to keep.
        given[f"/widget/{{version}}/{name}"] = _giving(file, lambda request: _for_how_long(request, version))
    for path, handler in given.items():
        add("GET", path, handler)
        add("HEAD", path, handler)


def _for_how_long(request: web.Request, version: str) -> str:
    return FOR_GOOD if request.match_info["version"] == version else EACH_TIME


def _giving(file: Packed, for_how_long: Callable[[web.Request], str]) -> Handler:
    async def give(request: web.Request) -> web.Response:
        headers = {**ANYWHERE, "ETag": file.etag, "Cache-Control": for_how_long(request)}
        if file.etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        packs = "gzip" in request.headers.get("Accept-Encoding", "")
        if packs:
            headers["Content-Encoding"] = "gzip"
        body = file.packed if packs else file.plain
        return web.Response(body=body, content_type=TYPE, charset="utf-8", headers=headers)

    return give
