"""The desk's page at `/desk`, its files under `/web/desk/`, and `/desk/pop/{key}`, the page that embeds a tenant's own page.

A content policy that named every tenant's page would tell each tenant of the others. So the desk may embed nothing but pages of ours;
of these the one at `/desk/pop/{key}` may embed one origin, and only who was told the key finds it. Which address it shows it hears
from the desk around it, in the browser: no customer's name is ever asked of this server as an address.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from ucs.api.desk_customer import origin_for
from ucs.web.pages import HEADERS, TYPES, Handler, answer

if TYPE_CHECKING:
    from ucs.api.api import Api

DESK = Path(__file__).parent / "desk"
PAGE, POP, SAMPLE = "desk.html", "pop.html", "sample.html"
WITHIN_OURS = {"X-Frame-Options": "SAMEORIGIN"}
POP_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; frame-src {origin}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
SAMPLE_POLICY = HEADERS["Content-Security-Policy"].replace("frame-ancestors 'none'", "frame-ancestors 'self'")


def add_desk_page(add: Callable[[str, str, Handler], None], api: Api) -> None:
    """Add the routes."""
    files = {path.relative_to(DESK).as_posix(): path.read_bytes() for path in DESK.rglob("*") if path.suffix in TYPES}
    pages = {"/desk": _file(files[PAGE], TYPES[".html"], HEADERS), "/desk/pop/{key}": _pop(api, files[POP])}
    for name, content in files.items():
        if name not in (PAGE, POP):
            headers = HEADERS
            if name == SAMPLE:  # it is made to be embedded
                headers = {**HEADERS, **WITHIN_OURS, "Content-Security-Policy": SAMPLE_POLICY}
            pages[f"/web/desk/{name}"] = _file(content, TYPES[Path(name).suffix], headers)
    for path, handler in pages.items():
        add("GET", path, handler)
        add("HEAD", path, handler)


def _file(content: bytes, content_type: str, headers: dict[str, str]) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        return answer(request, content, content_type, headers=headers)

    return handle


def _pop(api: Api, page: bytes) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        origin = origin_for(api, request.match_info["key"])
        if origin is None:
            return answer(request, b"There is no such page.", "text/plain", status=404)
        headers = {**HEADERS, **WITHIN_OURS, "Content-Security-Policy": POP_POLICY.format(origin=origin)}
        return answer(request, page, TYPES[".html"], headers=headers)

    return handle
