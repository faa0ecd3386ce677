"""Messages that are documents: who gets a link to the page, and pictures from elsewhere, brought when they are asked for."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image
from sqlalchemy import text

from channels.events import MessageReceived
from channels.parts import File
from channels.wire import Stream
from tests.api.house import House, Ran
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.inputs import Wrote
from ucs.runtime.http.guard import Guard
from ucs.runtime.http.network import Network
from ucs.runtime.platforms.pictures import Pictures
from ucs.store.catalog import item_writes


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (8, 4), "red").save(target, "PNG")
    return target.getvalue()


class Elsewhere:
    """The sender's server: it gives pictures, and other things under their names, and writes down who asks."""

    def __init__(self) -> None:
        self.asked: list[web.Request] = []
        app = web.Application()
        app.router.add_get("/{path:.*}", self._give)
        self.server = TestServer(app)

    async def _give(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        given = {
            "/good.png": (picture(), "image/png"),
            "/script.png": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "image/png"),
            "/page.png": (b"<!doctype html><script>x()</script>", "text/html"),
            "/huge.png": (b"\x89PNG\r\n\x1a\n" + bytes(6_000_000), "image/png"),
        }
        if request.path == "/moved.png":
            raise web.HTTPFound("http://169.254.169.254/latest")
        body, mime = given.get(request.path, (b"", ""))
        return web.Response(body=body, content_type=mime or "text/plain", status=200 if body else 404)


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    sender = Elsewhere()
    await sender.server.start_server()
    yield sender
    await sender.server.close()


def allowing(house: House, *allow: str) -> Network:
    """What strangers' pictures are brought over, with a guard that knows the test's own server."""
    runtime = house.runtime
    network = Network(Guard.allowing(allow), clock=runtime.clock)
    runtime.outward.pictures = Pictures(runtime.engine, runtime.media, network)
    return network


async def written(house: House, document: str, *, page: bool = True, owner: str = "") -> tuple[Any, str, str]:
    """A customer's message that is a document: the agent who has it, its item, and the query that names its line."""
    _, agent, contact, _ = await house.talking()
    media, engine = house.runtime.media, house.runtime.engine

    async def chunks() -> AsyncIterator[bytes]:
        yield document.encode()

    known = engine.memory.contacts[contact]
    pending = media.expect("acme", known.channel, name="mail.html", mime="text/html", owner=owner)
    item = await media.keep(pending, Stream(chunks()))
    await engine.submit(Wrote(item_writes(item)))
    said = MessageReceived("e1", engine.now(), known.address, (File(item.id, "mail.html", page=page),), message="m1")
    await engine.submit(Arrived(known.channel, (said,)))
    return agent, item.id, f"?contact={contact}&seq={engine.memory.contacts[contact].seq}"


def document_with(*addresses: str) -> str:
    return "<!doctype html><p>Hi</p>" + "".join(f'<img data-remote="{address}">' for address in addresses)


async def test_an_agent_gets_a_page_for_a_frame(house: House) -> None:
    agent, item, place = await written(house, "<!doctype html><p>Hello</p>")
    links = (await house.ok("GET", f"/desk/media/{item}{place}", agent.headers))["links"]
    assert set(links) == {"original", "page"}
    async with await house.ask("GET", links["page"]) as response:
        assert (response.status, await response.text()) == (200, "<!doctype html><p>Hello</p>")
        assert response.content_type == "text/html"
        assert response.headers["Content-Security-Policy"].startswith("sandbox allow-popups")
        assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    async with await house.ask("GET", links["original"]) as response:
        assert response.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("how", [{"page": False}, {"owner": "customer:1"}])
async def test_a_file_that_somebody_attached_is_no_page(house: House, how: dict[str, Any]) -> None:
    agent, item, place = await written(house, document_with("https://a.example/1.png"), **how)
    links = (await house.ok("GET", f"/desk/media/{item}{place}", agent.headers))["links"]
    assert set(links) == {"original"}
    await house.no(409, "POST", f"/desk/media/{item}/pictures{place}", agent.headers)


async def test_nobody_says_over_the_api_that_a_file_is_a_page(house: House) -> None:
    customer, agent, contact, _ = await house.talking()
    headers = {**customer.headers, "X-File-Name": "mail.html"}
    item = await house.ok("POST", "/chat/media", headers, data=b"<!doctype html><form action=x>Password?</form>")
    parts = [{"type": "file", "media": item["id"], "page": True}]
    line = await house.ok("POST", "/chat/messages", customer.headers, json={"id": "file-0001", "parts": parts})
    place = f"?contact={contact}&seq={line['seq']}"
    links = (await house.ok("GET", f"/desk/media/{item['id']}{place}", agent.headers))["links"]
    assert set(links) == {"original"}


async def test_pictures_are_brought_once_when_they_are_asked_for(house: House, elsewhere: Elsewhere) -> None:
    host = f"127.0.0.1:{elsewhere.server.port}"
    network = allowing(house, host)
    names = ("good.png", "script.png", "page.png", "huge.png", "moved.png", "gone.png")
    agent, item, place = await written(house, document_with(*(f"http://{host}/{name}" for name in names)))
    await house.ok("GET", f"/desk/media/{item}{place}", agent.headers)
    assert elsewhere.asked == []

    shown = await house.ok("POST", f"/desk/media/{item}/pictures{place}", agent.headers)
    assert set(shown["links"]) == {"original", "page", "pictures"}
    async with await house.ask("GET", shown["links"]["pictures"]) as response:
        page = await response.text()
        assert response.headers["Content-Security-Policy"].startswith("sandbox allow-popups")
    assert page.count('src="data:image/png;base64,') == 1
    assert page.count("data-remote=") == 5
    assert "<script" not in page
    assert {request.path[1:] for request in elsewhere.asked} == set(names)
    assert not any("Cookie" in each.headers or "Referer" in each.headers for each in elsewhere.asked)

    again = await house.ok("POST", f"/desk/media/{item}/pictures{place}", agent.headers)
    assert set(again["links"]) == set(shown["links"])
    assert len(elsewhere.asked) == len(names)
    await network.close()


async def test_strangers_pictures_reach_nothing_of_ours(house: House, elsewhere: Elsewhere) -> None:
    """The guard of the running server: neither loopback, nor what has no TLS."""
    host = f"127.0.0.1:{elsewhere.server.port}"
    agent, item, place = await written(house, document_with(f"http://{host}/good.png", f"https://{host}/good.png"))
    await house.no(409, "POST", f"/desk/media/{item}/pictures{place}", agent.headers)
    assert elsewhere.asked == []


async def test_what_was_deleted_meanwhile_does_not_come_back(house: House, elsewhere: Elsewhere) -> None:
    host = f"127.0.0.1:{elsewhere.server.port}"
    network = allowing(house, host)
    agent, item, place = await written(house, document_with(f"http://{host}/good.png"))
    runtime = house.runtime
    found = await runtime.media.find("acme", item)
    await runtime.engine.submit(Ran(text(f"delete from media where id = '{item}'")))  # noqa: S608  # our own id
    await runtime.outward.pictures.show(found)
    async with await house.ask("GET", f"/desk/media/{item}{place}", agent.headers) as response:
        assert response.status == 404
    await network.close()
