"""The demo's shop: a page like a tenant's own, with the widget on it in one line. A real installation has none."""

from __future__ import annotations

from aiohttp import web

from ucs.demo import HERE
from ucs.web.pages import giving_file


def add_shop(app: web.Application) -> None:
    """Add the shop's routes."""
    for path, name in (("/shop", "shop.html"), ("/shop/shop.css", "shop.css")):
        app.router.add_get(path, giving_file(name, (HERE / name).read_bytes()))
