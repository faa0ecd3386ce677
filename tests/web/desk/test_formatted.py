"""A message that is a document, at the desk: seen as it was written, in a frame in which nothing of it runs and nothing is loaded.

The desk is the real one in a real browser. The documents are played, under the very headers that the server gives them: once as the
adapter leaves them, and once as the sender wrote them, for the frame has to hold even if all cleaning failed.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from adapters.email import html
from cache.item import PAGE, PICTURES, Item, Rendition, State
from cache.page import with_pictures
from cache.picture import Drawing
from cache.serve import serve
from tests.web.desk.feed import Feed, contact
from tests.web.desk.scene import People

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FILE = "i" * 22
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PICTURE = "https://sender.example/bike.png"
HOSTILE = """<!doctype html><html><head>
<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=https://evil.example/refresh">
<link rel="stylesheet" href="https://evil.example/a.css"><link rel="preload" as="image" href="https://evil.example/preload.png">
<style>@import "https://evil.example/b.css"; body{background:url(https://evil.example/css.png)}
@font-face{font-family:x;src:url(https://evil.example/f.woff)} p{font-family:x}</style>
<script>parent.hit=1;top.location='https://evil.example/top'</script><script src="https://evil.example/s.js"></script></head>
<body onload="parent.hit=1" background="https://evil.example/body.png"><p>The words of it</p>
<img src="https://evil.example/track.gif" onerror="parent.hit=1"><img src=x onerror="top.hit=1"
srcset="https://evil.example/set.png 2x">
<svg onload="parent.hit=1"><image href="https://evil.example/svg.png"/><script>parent.hit=1</script>
<a href="javascript:top.hit=1"><text y="9">svg</text></a></svg>
<form id="f" action="https://evil.example/form" method="post"><input name="p" value="1"><button id="post">Post</button></form>
<button form="f" formaction="https://evil.example/other">Other</button>
<iframe src="https://evil.example/frame"></iframe><iframe srcdoc="<script>top.hit=1</script>"></iframe>
<object data="https://evil.example/o"></object><embed src="https://evil.example/e">
<video src="https://evil.example/v" autoplay></video>
<audio src="https://evil.example/a" autoplay></audio><table background="https://evil.example/t.png"><tr><td>t</td></tr></table>
<div style="background-image:url('https://evil.example/style.png')" onclick="top.hit=1">styled</div>
<a id="script" href="javascript:top.hit=1">script</a> <a id="data" href="data:text/html,<script>opener.hit=1</script>">data</a>
<a id="good" href="https://good.example/page" target="_top" rel="opener">A link</a></body></html>"""


class Mail:
    """One message with a page, played to a desk. `left`: all that left the browser for a host that is not ours."""

    def __init__(self, people: People, document: str, *words: str) -> None:
        self.people, self.document = people, document
        self.item = Item(
            FILE, "demo", NOON, NOON, State.READY, name="mail.html", mime="text/html", size=1, sha256="a" * 64
        )
        self.asked: list[str] = []
        self.left: list[str] = []
        self.feed = Feed(people, [contact(1, name="Ann")])
        parts = [{"type": "text", "text": each} for each in words]
        page = {"type": "file", "media": FILE, "name": "mail.html", "caption": "", "page": True}
        self.feed.said("c1", "customer", *parts, page)

    def open(self, **how: Any) -> Any:
        page = self.feed.open(**how)
        page.context.route("**/*.example/**", self._reached)
        page.route("**/media/*", self._given)
        page.route("**/desk/media/**", self._told)
        page.locator("#contacts .contact").click()
        return page

    def _reached(self, route: Any) -> None:
        """Called for what would go out; what a policy forbids never comes here."""
        self.left.append(route.request.url)
        route.fulfill(body="reached", content_type="text/html")

    def _told(self, route: Any) -> None:
        self.asked.append(f"{route.request.method} {urlsplit(route.request.url).path}")
        if route.request.method == "POST":
            self.item = replace(self.item, renditions={PICTURES: Rendition("b" * 64, 1, "text/html")})
        links = {name: f"/media/{name}" for name in ("original", PAGE, *self.item.renditions)}
        said = {"id": FILE, "state": "ready", "name": "mail.html", "mime": "text/html", "size": 900, "reason": ""}
        route.fulfill(json={**said, "seconds": None, "width": None, "height": None, "links": links, "until": None})

    def _given(self, route: Any) -> None:
        name = urlsplit(route.request.url).path.rpartition("/")[2]
        served = serve(self.item, name, {})
        headers = {
            key: value for key, value in served.headers.items() if key not in ("Content-Length", "Accept-Ranges")
        }
        body = (
            with_pictures(self.document, {PICTURE: Drawing(DOT, "image/png", 1, 1)})
            if name == PICTURES
            else self.document
        )
        route.fulfill(body=body, headers=headers)


@pytest.mark.parametrize("document", [html.harmless(HOSTILE), HOSTILE], ids=["cleaned", "as it was sent"])
def test_nothing_of_a_hostile_mail_runs_or_loads(people: People, document: str) -> None:
    people.forgive(
        "Content Security Policy", "sandboxed", "Blocked", "ERR_BLOCKED_BY_CSP", "refused", "Refused", "Unsafe attempt"
    )
    mail = Mail(people, document)
    page = mail.open()
    frame = page.frame_locator(".formatted iframe")
    people.expect(frame.get_by_text("The words of it")).to_be_visible()
    inside = page.locator(".formatted iframe").element_handle().content_frame()
    for wanted in ("#post", "#script", "#data", ".x"):
        if inside.locator(wanted).count():
            inside.locator(wanted).first.click(force=True, no_wait_after=True)
    page.wait_for_function("new Promise(done => setTimeout(() => done(true), 1500))")
    assert page.evaluate("window.hit") is None
    assert urlsplit(page.url).path == "/desk"
    assert mail.left == []
    assert inside.evaluate("location.origin + ' ' + self.origin").endswith(" null")


def test_a_link_opens_in_a_tab_that_knows_nothing_of_the_desk(people: People) -> None:
    mail = Mail(people, html.harmless(HOSTILE))
    page = mail.open()
    with page.expect_popup() as opened:
        page.frame_locator(".formatted iframe").get_by_text("A link").click()
    opened.value.wait_for_load_state()
    assert opened.value.url == "https://good.example/page"
    assert opened.value.evaluate("[window.opener, document.referrer]") == [None, ""]
    assert urlsplit(page.url).path == "/desk"


def test_pictures_are_shown_when_the_agent_asks(people: People) -> None:
    mail = Mail(people, html.harmless(f'<p>Look</p><img alt="Bike" src="{PICTURE}">'), "Look")
    page = mail.open()
    assert page.locator("iframe").count() == 0
    page.get_by_role("button", name="As it was written").click()
    frame = page.frame_locator(".formatted iframe")
    people.expect(frame.get_by_text("Look")).to_be_visible()
    assert frame.locator("img").evaluate("each => each.naturalWidth") == 0
    page.get_by_role("button", name="Show pictures").click()
    people.expect(frame.locator("img[src^='data:image/png']")).to_have_js_property("naturalWidth", 1)
    people.expect(page.get_by_role("button", name="Show pictures")).to_have_count(0)
    people.expect(frame.locator("img")).to_have_js_property("naturalWidth", 1)
    assert [each for each in mail.asked if each.startswith("POST")] == [f"POST /desk/media/{FILE}/pictures"]
    assert mail.left == []


def test_where_no_picture_is_blocked_none_is_offered(people: People) -> None:
    mail = Mail(people, html.harmless("<p>Only words</p>"))
    page = mail.open()
    people.expect(page.frame_locator(".formatted iframe").get_by_text("Only words")).to_be_visible()
    assert page.get_by_role("button", name="Show pictures").count() == 0


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_the_frame_fits_a_phone(people: People, locale: str) -> None:
    mail = Mail(
        people,
        html.harmless(f"<h2>Hello</h2><p>{'words ' * 300}</p><img src={PICTURE}><table width=2000><tr><td>x</table>"),
    )
    page = mail.open(width=390, height=780, locale=locale)
    box = page.locator(".formatted iframe").bounding_box()
    assert box["x"] >= 0
    assert 250 < box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
