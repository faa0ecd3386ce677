"""The demo's shop: a page like a tenant's own, with the widget on it in one line. A real installation has none."""

from __future__ import annotations

from aiohttp import web

from ucs.demo import HERE
from ucs.web.pages import add_door, giving_file


def add_shop(app: web.Application) -> None:
    """Add the shop's routes, and a link to it."""
    add_door(app, "/shop", "The shop", "As a customer: a page like yours, with the widget in its corner")
    for path, name in (("/shop", "shop.html"), ("/shop/shop.css", "shop.css")):
        app.router.add_get(path, giving_file(name, (HERE / name).read_bytes()))
