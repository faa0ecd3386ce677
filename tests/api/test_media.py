"""Files: streamed in, named only by who uploaded them, seen by who sees the line, and handed out by signed links."""

from __future__ import annotations

import io
from typing import Any

import aiohttp
import pytest
from PIL import Image

from tests.api.house import Customer, House, Ran
from ucs.store import tables as t

TEXT = b"Just a few words.\n" * 10


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (8, 4), "red").save(target, "PNG")
    return target.getvalue()


async def uploaded(customer: Any, side: str = "chat", body: bytes = TEXT, **headers: str) -> dict[str, Any]:
    found = await customer.house.ok("POST", f"/{side}/media", {**customer.headers, **headers}, data=body)
    return dict(found)


async def said(customer: Customer, item: dict[str, Any], type: str = "file", id: str = "file-0001") -> dict[str, Any]:
    body = {"id": id, "parts": [{"type": type, "media": item["id"]}]}
    return dict(await customer.house.ok("POST", "/chat/messages", customer.headers, json=body))


async def test_a_file_goes_up_is_said_and_comes_down(house: House) -> None:
    customer, agent, contact, _ = await house.talking()
    item = await uploaded(customer, body=TEXT, **{"X-File-Name": "%C3%9Cbersicht%2Etxt", "Content-Type": "text/plain"})
    assert (item["state"], item["name"], item["mime"], item["size"]) == (
        "ready",
        "Übersicht.txt",
        "text/plain",
        len(TEXT),
    )
    line = await said(customer, item)
    for headers, side in ((customer.headers, "chat"), (agent.headers, "desk")):
        path = f"/{side}/media/{item['id']}?contact={contact}&seq={line['seq']}"
        found = await house.ok("GET", path, headers)
        async with await house.ask("GET", found["links"]["original"]) as response:
            assert (response.status, await response.read()) == (200, TEXT)
            assert response.headers["Content-Disposition"].startswith("attachment")
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert "sandbox" in response.headers["Content-Security-Policy"]


async def test_a_picture_has_renditions(house: House) -> None:
    customer = await house.customer()
    item = await uploaded(customer, body=picture(), **{"X-File-Name": "a.png"})
    assert set(item["links"]) == {"original", "web", "preview"}
    assert (item["width"], item["height"]) == (8, 4)
    async with await house.ask("GET", item["links"]["web"]) as response:
        assert response.headers["Content-Disposition"].startswith("inline")
        assert (await response.read())[:4] == b"\x89PNG"
    await said(customer, item, "image")


async def test_ranges_conditions_and_head(house: House) -> None:
    customer = await house.customer()
    link = (await uploaded(customer))["links"]["original"]
    async with await house.ask("GET", link, {"Range": "bytes=5-9"}) as response:
        assert (response.status, await response.read()) == (206, TEXT[5:10])
        assert response.headers["Content-Range"] == f"bytes 5-9/{len(TEXT)}"
        etag = response.headers["ETag"]
    async with await house.ask("GET", link, {"If-None-Match": etag}) as response:
        assert (response.status, await response.read()) == (304, b"")
    async with await house.ask("GET", link, {"Range": "bytes=9999-"}) as response:
        assert response.status == 416
    async with await house.ask("HEAD", link) as response:
        assert (response.status, await response.read()) == (200, b"")
        assert response.headers["Content-Length"] == str(len(TEXT))


async def test_a_form_with_one_file(house: House) -> None:
    customer = await house.customer()
    form = aiohttp.FormData()
    form.add_field("file", TEXT, filename="words.txt", content_type="text/plain")
    item = await house.ok("POST", "/chat/media", customer.headers, data=form)
    assert (item["name"], item["size"]) == ("words.txt", len(TEXT))


def many_parts(count: int) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for number in range(count):
        form.add_field(f"file{number}", b"x" * 10, filename="a.txt")
    return form


def without_name() -> aiohttp.FormData:
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("tenant", "globex")
    return form


@pytest.mark.parametrize("form", [many_parts(2), many_parts(3_000), without_name()], ids=["two", "flood", "no file"])
async def test_other_forms_are_refused(house: House, form: aiohttp.FormData) -> None:
    customer = await house.customer()
    await house.no(400, "POST", "/chat/media", customer.headers, data=form)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"--b\r\n",
        b"--b\r\n\r\n",
        b"--b\r\nContent-Disposition: form-data; filename=a\r\n\r\nxxx",
        b"--b--\r\n",
        b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n",
        b"--b\r\n" + b"X: y\r\n" * 5_000 + b"\r\nx\r\n--b--",
        b"--b\r\nX: " + b"y" * 100_000 + b"\r\n\r\nx\r\n--b--",
    ],
)
async def test_forms_that_are_none(house: House, body: bytes) -> None:
    customer = await house.customer()
    headers = {**customer.headers, "Content-Type": "multipart/form-data; boundary=b"}
    async with await house.ask("POST", "/chat/media", headers, data=body) as response:
        assert response.status in (400, 415), await response.text()
    async with await house.ask(
        "POST", "/chat/media", {**headers, "Content-Type": "multipart/form-data"}, data=body
    ) as response:
        assert response.status in (400, 415), await response.text()


async def test_too_large_is_refused_before_it_is_read_and_while(house: House) -> None:
    customer, amy = await house.customer(), await house.agent("amy")
    media = {"image": "1 kB", "audio": "1 kB", "video": "1 kB", "file": "1 kB"}
    await house.ok("PUT", "/admin/tenants/acme", house.operator, json={"name": "Acme", "media": media})
    assert (await house.customer()).session["media"]["sizes"]["file"] == 1000
    await house.no(413, "POST", "/chat/media", customer.headers, data=b"x" * 10_000)

    async def endless() -> Any:
        for _ in range(100):
            yield b"x" * 1000

    await house.no(413, "POST", "/chat/media", customer.headers, data=endless())
    await house.no(413, "POST", "/desk/media", amy.headers, data=endless())


async def test_what_is_not_kept_says_why(house: House) -> None:
    customer = await house.customer()
    problem = await house.no(415, "POST", "/chat/media", customer.headers, data=b"")
    assert "empty" in problem["detail"]
    await house.ok("PUT", "/admin/tenants/acme", house.operator, json={"media": {"deny": ["text/*"]}})
    problem = await house.no(415, "POST", "/chat/media", customer.headers, data=TEXT)
    assert "text/plain" in problem["detail"]


async def test_a_file_is_nobody_elses(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    other, ben, gus = await house.customer(), await house.agent("ben"), await house.agent("gus", "globex")
    item = await uploaded(customer)
    line = await said(customer, item)
    named = f"/media/{item['id']}?contact={contact}&seq={line['seq']}"
    for headers in (ben.headers, gus.headers):
        await house.no(404, "GET", f"/desk{named}", headers)
        await house.no(404, "GET", f"/desk/media/{item['id']}", headers)
    await house.no(404, "GET", f"/chat{named}", other.headers)
    await house.no(404, "GET", f"/chat/media/{item['id']}", other.headers)
    await house.no(404, "GET", f"/desk/media/{item['id']}", agent.headers)
    await house.no(404, "GET", f"/desk/media/{item['id']}?contact={contact}&seq={line['seq'] - 1}", agent.headers)
    body = {"id": "stolen-01", "parts": [{"type": "file", "media": item["id"]}]}
    await house.no(403, "POST", "/chat/messages", other.headers, json=body)
    await house.no(403, "POST", f"/desk/contacts/{contact}/messages", agent.headers, json={**body, "epoch": epoch})
    globe = await house.customer("globe")
    await house.no(404, "POST", "/chat/messages", globe.headers, json=body)


async def test_a_note_of_an_agent_names_no_file_for_the_customer(house: House) -> None:
    """A file in a line that the customer does not see is not theirs, though it stands in their contact."""
    customer, agent, contact, epoch = await house.talking()
    item = await uploaded(agent, "desk")
    await house.no(404, "GET", f"/chat/media/{item['id']}?contact={contact}&seq=1", customer.headers)
    parts = [{"type": "file", "media": item["id"]}]
    line = await agent.act(contact, "messages", id="agent-0001", epoch=epoch, parts=parts)
    await house.ok("GET", f"/chat/media/{item['id']}?contact={contact}&seq={line['seq']}", customer.headers)


async def test_a_file_in_a_line_for_colleagues_is_not_the_customers(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    item = await uploaded(agent, "desk")
    parts = [{"type": "file", "media": item["id"]}]
    await agent.act(contact, "notes", id="note-0001", text="Hm")
    line = await agent.act(contact, "messages", id="agent-0001", epoch=epoch, parts=parts)
    path = f"/chat/media/{item['id']}?contact={contact}"
    await house.no(
        404, "GET", f"{path}&seq={line['seq'] - 1}", customer.headers
    )  # the note, and not what comes after it
    await house.ok("GET", f"{path}&seq={line['seq']}", customer.headers)
    hidden = t.entry.update().where(t.entry.c.contact == contact, t.entry.c.seq == line["seq"]).values(shown="agents")
    await house.runtime.engine.submit(Ran(hidden))
    await house.no(404, "GET", f"{path}&seq={line['seq']}", customer.headers)


async def test_what_was_taken_back_is_gone(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    item = await uploaded(agent, "desk")
    parts = [{"type": "file", "media": item["id"]}]
    line = await agent.act(contact, "messages", id="agent-0001", epoch=epoch, parts=parts)
    link = item["links"]["original"]
    await agent.act(contact, "recall", epoch=epoch, of=line["seq"])
    await house.no(404, "GET", f"/chat/media/{item['id']}?contact={contact}&seq={line['seq']}", customer.headers)
    await house.no(404, "GET", link)


async def test_links_run_out_and_cannot_be_made(house: House) -> None:
    customer = await house.customer()
    item = await uploaded(customer)
    link = item["links"]["original"]
    for wrong in (link[:-2], link + "x", "/media/x", "/media/%2e%2e%2f", "/media/" + "x" * 2000, "/media/\u0000"):
        await house.no(404, "GET", wrong)
    house.clocks.later(minutes=10)
    await house.no(403, "GET", link)
    customer = await house.customer()
    await house.no(404, "GET", "/chat/media/" + "A" * 22, customer.headers)
    await house.no(404, "GET", "/chat/media/..", customer.headers)


async def test_what_nobody_says_is_forgotten_and_what_is_said_is_kept(house: House) -> None:
    customer = await house.customer()
    forgotten, kept = await uploaded(customer), await uploaded(customer)
    await said(customer, kept)
    house.clocks.later(days=1)
    assert {item.id for item in await house.runtime.media.expire(10)} == {forgotten["id"]}
    await house.runtime.media.find("acme", kept["id"])


async def test_the_part_says_what_we_found_and_not_what_is_claimed(house: House) -> None:
    customer, agent, contact, _ = await house.talking()
    item = await uploaded(customer, **{"X-File-Name": "words.txt"})
    body = {"id": "file-0001", "parts": [{"type": "file", "media": item["id"], "name": "../../evil.exe"}]}
    line = await house.ok("POST", "/chat/messages", customer.headers, json=body)
    seen = await house.ok("GET", f"/desk/contacts/{contact}?after={line['seq'] - 1}", agent.headers)
    assert seen["entries"][0]["body"]["parts"][0]["name"] == "words.txt"
    body = {"id": "file-0002", "parts": [{"type": "image", "media": item["id"]}]}
    problem = await house.no(409, "POST", "/chat/messages", customer.headers, json=body)
    assert "text/plain" in problem["detail"]


async def test_uploads_are_limited_by_customer(house: House) -> None:
    noisy, quiet = await house.customer(), await house.customer()
    for _ in range(30):
        await uploaded(noisy)
    await house.no(429, "POST", "/chat/media", noisy.headers, data=TEXT)
    await uploaded(quiet)


@pytest.mark.parametrize(
    "name", ["%00", "..%2F..%2Fetc%2Fpasswd", "cod%E2%80%AEgpj.exe", "%", "%ff%fe", "x" * 5_000, "con.txt"]
)
async def test_names_lose_their_teeth(house: House, name: str) -> None:
    customer = await house.customer()
    item = await uploaded(customer, **{"X-File-Name": name})
    assert "/" not in item["name"]
    assert "\u202e" not in item["name"]
    assert item["name"].isprintable()
    assert 0 < len(item["name"]) <= 120
