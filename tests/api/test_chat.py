"""Customers over HTTP: sessions, words with ids of their own, lines by number, and what is nobody else's business."""

from __future__ import annotations

import asyncio

import pytest

from tests.api.house import PAGE, House


async def test_a_visitor_talks_with_an_agent(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    said = await agent.act(contact, "messages", id="agent-0001", epoch=epoch, parts=[{"type": "text", "text": "Hi!"}])
    found = await house.ok("GET", "/chat/entries?after=0", customer.headers)
    words = [entry["body"]["parts"][0]["text"] for entry in found["entries"] if entry["kind"] == "message"]
    assert words == ["Hello?", "Hi!"]
    assert found["newest"] == said["seq"]
    assert found["contact"]["agent"] == "Ann"
    assert found["latest"] == contact


async def test_the_same_id_is_the_same_message(house: House) -> None:
    customer = await house.customer()
    first = await customer.say("Hello", "0192-aaaa-1")
    again = await customer.say("Hello", "0192-aaaa-1")
    assert (again["contact"], again["seq"], again["again"]) == (first["contact"], first["seq"], True)
    assert not first["again"]
    body = {"id": "0192-aaaa-1", "parts": [{"type": "text", "text": "Something else"}]}
    problem = await house.no(409, "POST", "/chat/messages", customer.headers, json=body)
    assert "other words" in problem["detail"]


async def test_two_customers_may_use_the_same_id(house: House) -> None:
    one, other = await house.customer(), await house.customer()
    first, second = await one.say("Hello", "same-id-1"), await other.say("Good bye", "same-id-1")
    assert first["contact"] != second["contact"]


async def test_every_answer_carries_the_newest_number(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    heard = await agent.act(contact, "messages", id="agent-0001", epoch=epoch, parts=[{"type": "text", "text": "Hi!"}])
    said = await customer.say("Still there?")
    assert said["newest"] == said["seq"] > heard["seq"]
    lines = await house.ok("GET", f"/chat/entries?after={heard['seq'] - 1}", customer.headers)
    assert [entry["seq"] for entry in lines["entries"]] == [heard["seq"], said["seq"]]


async def test_nothing_private_reaches_the_customer(house: House) -> None:
    customer, agent, contact, _ = await house.talking()
    await agent.act(contact, "notes", id="note-0001", text="difficult")
    found = await house.ok("GET", "/chat/entries", customer.headers)
    text = str(found)
    assert "difficult" not in text
    assert "ann" not in text
    assert {entry["by"] for entry in found["entries"]} <= {"customer", "agent", "system"}


async def test_a_long_poll_ends_when_something_is_said(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    newest = (await house.ok("GET", "/chat/entries", customer.headers))["newest"]
    waiting = asyncio.create_task(house.ok("GET", f"/chat/entries?after={newest}&wait=1", customer.headers))
    await house.until(lambda: house.api.waiters.waiting)
    await agent.act(contact, "messages", id="agent-0001", epoch=epoch, parts=[{"type": "text", "text": "Hi!"}])
    assert [entry["kind"] for entry in (await waiting)["entries"]] == ["message"]


async def test_a_long_poll_before_the_first_word(house: House) -> None:
    customer = await house.customer()
    waiting = asyncio.create_task(house.ok("GET", "/chat/entries?wait=1", customer.headers))
    await house.until(lambda: house.api.waiters.waiting)
    said = await customer.say("Hello")
    assert (await waiting)["latest"] == said["contact"]
    assert not house.api.waiters.waiting


async def test_a_long_poll_hears_the_end(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    newest = (await house.ok("GET", "/chat/entries", customer.headers))["newest"]
    path = f"/chat/entries?contact={contact}&after={newest}&wait=1"
    waiting = asyncio.create_task(house.ok("GET", path, customer.headers))
    await house.until(lambda: house.api.waiters.waiting)
    await agent.act(contact, "wrap-up", epoch=epoch)
    found = await asyncio.wait_for(waiting, 5)
    assert found["entries"][-1]["kind"] == "closed"
    assert found["contact"]["state"] == "closed"


async def test_a_server_that_goes_sends_those_home_who_wait(house: House) -> None:
    customer = await house.customer()
    await customer.say("Hello")
    newest = (await house.ok("GET", "/chat/entries", customer.headers))["newest"]
    waiting = asyncio.create_task(house.ok("GET", f"/chat/entries?after={newest}&wait=1", customer.headers))
    page = await house.socket("/chat/socket", customer.session["token"])
    await page.hear("hello")
    await house.until(lambda: house.api.waiters.waiting)
    closed = asyncio.create_task(page.closed())
    await house.client.server.app.shutdown()
    assert (await waiting)["entries"] == []
    assert await closed == 1012


async def test_nobody_reads_another_ones_contact(house: House) -> None:
    one, other = await house.customer(), await house.customer()
    contact = (await one.say("My secret"))["contact"]
    await house.no(404, "GET", f"/chat/entries?contact={contact}", other.headers)
    await house.no(404, "GET", "/chat/entries?contact=nothing", other.headers)
    assert (await house.ok("GET", "/chat/contacts", other.headers))["contacts"] == []
    assert [each["id"] for each in (await house.ok("GET", "/chat/contacts", one.headers))["contacts"]] == [contact]


async def test_a_word_on_a_closed_contact_opens_its_successor(house: House) -> None:
    customer = await house.customer()
    first = await customer.say("Hello")
    await house.ok("POST", "/chat/end", customer.headers)
    await house.no(409, "POST", "/chat/end", customer.headers)
    second = await customer.say("Wait, one more thing")
    assert second["contact"] != first["contact"]
    found = await house.ok("GET", f"/chat/entries?contact={first['contact']}&after=1", customer.headers)
    assert found["latest"] == second["contact"]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [{"type": "text", "text": ""}],
        [{"type": "text", "text": "x" * 20_001}],
        [{"type": "text", "text": "a"}] * 11,
        [{"type": "text", "text": "a", "from": "admin"}],
        [{"type": "choices", "text": "?", "options": []}],
        [{"type": "opaque", "kind": "x"}],
        [{"type": "location", "latitude": 91, "longitude": 0}],
        [{"type": "location", "latitude": "inf", "longitude": 0}],
        [{"type": "location", "latitude": "nan", "longitude": 0}],
        [{"type": "image", "media": {"key": "http://169.254.169.254/"}}],
        [{"type": "nothing"}],
        "text",
    ],
)
async def test_what_cannot_be_said(house: House, parts: object) -> None:
    customer = await house.customer()
    problem = await house.no(422, "POST", "/chat/messages", customer.headers, json={"id": "client-01", "parts": parts})
    assert problem["errors"][0]["field"].startswith("parts")


async def test_pages_of_other_origins(house: House) -> None:
    for origin in (PAGE, house.origin):
        await house.ok("POST", "/chat/site/session", {"Origin": origin})
    for origin in (
        "https://shop.example.evil.io",
        "null",
        "https://shop.example:8443",
        "http://shop.example",
        "",
        "\udcff",
    ):
        await house.no(403, "POST", "/chat/site/session", {"Origin": origin})
    customer = await house.customer()
    await house.no(403, "GET", "/chat/entries", {**customer.headers, "Origin": "https://evil.example"})
    await house.no(403, "POST", "/chat/refresh", {"Origin": "null"}, json={"refresh": customer.session["refresh"]})


async def test_a_browser_may_ask_first(house: House) -> None:
    async with await house.ask("OPTIONS", "/chat/messages", {"Origin": PAGE}) as response:
        assert response.status == 204
        assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in response.headers
    async with await house.ask("GET", "/chat/entries", {"Origin": PAGE}) as response:
        assert (response.status, response.headers["Access-Control-Allow-Origin"]) == (401, "*")
    async with await house.ask("OPTIONS", "/desk/contacts", {"Origin": PAGE}) as response:
        assert response.status == 405
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_only_web_chats_have_sessions(house: House) -> None:
    for channel in ("line", "nothing", "..", "a" * 100, "%00"):
        await house.no(404, "POST", f"/chat/{channel}/session")


async def test_one_customers_flood_is_nobody_elses(house: House) -> None:
    noisy, quiet = await house.customer(), await house.customer()
    for _ in range(60):
        await house.ok("POST", "/chat/typing", noisy.headers)
    async with await house.ask("POST", "/chat/typing", noisy.headers) as response:
        assert response.status == 429
        assert int(response.headers["Retry-After"]) >= 1
    await quiet.say("Hello")
    house.clocks.later(seconds=1)
    await house.ok("POST", "/chat/typing", noisy.headers)


async def test_sessions_by_the_thousand(house: House) -> None:
    house.api.limits.sessions.burst = 10  # as if most had been used up
    for _ in range(10):
        await house.ok("POST", "/chat/site/session")
    await house.no(429, "POST", "/chat/site/session")


async def test_guessing_tokens_is_slowed_down_and_knowing_one_is_not(house: House) -> None:
    customer = await house.customer()
    statuses = set()
    for number in range(70):
        async with await house.ask("GET", "/chat/contacts", {"Authorization": f"Bearer guess{number}"}) as response:
            statuses.add(response.status)
    assert statuses == {401, 429}
    await house.ok("GET", "/chat/contacts", customer.headers)
