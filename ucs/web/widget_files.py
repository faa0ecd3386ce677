"""The widget's files: `/widget.js`, which pages of other hosts embed, and the rest of it below `/widget/VERSION/`.

They are read, joined and packed once, at the start. The version is in the address and is made from what the files say, so that
browsers keep them for good and never mix two versions; the loader alone is asked for each time. Nothing here knows a channel or a
tenant: what the widget shows it gets over `/chat`, like anybody else.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from ucs.web.joined import joined, squeezed, squeezed_css

FOLDER = Path(__file__).parent / "widget"
LOADER, FIRST = "widget.js", "main.js"
TYPES = {".js": "text/javascript", ".css": "text/css"}
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
    type: str
    etag: str


def packed(name: str, text: str) -> Packed:
    plain = text.encode()
    etag = f'"{hashlib.sha256(plain).hexdigest()[:20]}"'
    return Packed(plain, gzip.compress(plain, 9, mtime=0), TYPES[Path(name).suffix], etag)


def widget_files() -> tuple[Packed, dict[str, Packed], str]:
    """The loader, the other files by name, and their version."""
    texts = {FIRST: squeezed(joined(FOLDER / FIRST))}
    texts["widget.css"] = squeezed_css((FOLDER / "widget.css").read_text("utf-8"))
    for path in sorted((FOLDER / "locales").glob("*.js")):
        texts[f"locales/{path.name}"] = squeezed(path.read_text("utf-8"))
    version = hashlib.sha256("\0".join(texts.values()).encode()).hexdigest()[:12]
    loader = squeezed((FOLDER / LOADER).read_text("utf-8")).replace("{{version}}", version)
    return packed(LOADER, loader), {name: packed(name, text) for name, text in texts.items()}, version


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
        return web.Response(body=body, content_type=file.type, charset="utf-8", headers=headers)

    return give
