"""Delivered: what a customer's page has of an agent's words is told the agent, once, and not after they were read."""

from __future__ import annotations

from tests.api.house import Agent, House, Socket
from ucs.runtime.engine.inputs import Wrote


async def said(agent: Agent, contact: str, epoch: int, id: str = "agent-0001") -> int:
    parts = [{"type": "text", "text": f"Word {id}"}]
    return int((await agent.act(contact, "messages", id=id, epoch=epoch, parts=parts))["seq"])


async def told(house: House, agent: Agent, contact: str) -> list[int]:
    """Up to which line it was said to be delivered, each time that it was."""
    await house.api.submit(Wrote(()))  # what was heard before this is on disk now
    lines = (await house.ok("GET", f"/desk/contacts/{contact}", agent.headers))["entries"]
    return [line["body"]["of"] for line in lines if line["kind"] == "delivered"]


async def pong(page: Socket) -> None:
    """Answer one ping; when this is over, the server has heard it."""
    await page.hear("ping")
    await page.say(type="pong")
    await page.say(type="ping")
    await page.hear("pong")


async def test_a_page_that_answers_has_it(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    page = await house.socket("/chat/socket", customer.session["token"])
    await page.hear("hello")
    seq = await said(agent, contact, epoch)
    assert await told(house, agent, contact) == []
    screen = await house.socket("/desk/socket", agent.signed_in["token"], last={contact: seq})
    await screen.hear("hello")
    await pong(page)
    heard = await screen.hear("entry")
    assert (heard["kind"], heard["by"], heard["body"]) == ("delivered", "customer", {"of": seq})


async def test_two_pages_have_it_and_it_is_told_once(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    pages = [await house.socket("/chat/socket", customer.session["token"]) for _ in range(2)]
    for page in pages:
        await page.hear("hello")
    seq = await said(agent, contact, epoch)
    for page in pages:
        await pong(page)
    assert await told(house, agent, contact) == [seq]


async def test_what_was_read_is_not_delivered_afterwards(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    page = await house.socket("/chat/socket", customer.session["token"])
    await page.hear("hello")
    seq = await said(agent, contact, epoch)
    await house.ok("POST", "/chat/read", customer.headers, json={"contact": contact, "of": seq})
    await pong(page)
    assert await told(house, agent, contact) == []


async def test_who_comes_back_names_what_arrived_before_the_line_broke(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    seq = await said(agent, contact, epoch)
    for _ in range(2):
        page = await house.socket("/chat/socket", customer.session["token"], last={contact: seq})
        await page.hear("hello")
        await page.say(type="ping")
        await page.hear("pong")
    assert await told(house, agent, contact) == [seq]


async def test_what_was_missed_is_asked_for_too(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    seqs = [await said(agent, contact, epoch, f"agent-{number:04}") for number in range(3)]
    page = await house.socket("/chat/socket", customer.session["token"], last={contact: seqs[0] - 1})
    await page.hear("hello")
    await pong(page)
    assert await told(house, agent, contact) == [seqs[-1]]


async def test_a_poll_names_what_it_has(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    seq = await said(agent, contact, epoch)
    await house.ok("GET", "/chat/entries", customer.headers)
    assert await told(house, agent, contact) == []
    for _ in range(2):
        await house.ok("GET", f"/chat/entries?contact={contact}&after={seq}", customer.headers)
    assert await told(house, agent, contact) == [seq]


async def test_what_nobody_said_to_the_customer_is_not_delivered(house: House) -> None:
    customer, agent, contact, _ = await house.talking()
    line = await customer.say("My own words")
    note = await agent.act(contact, "notes", id="note-0001", text="Hm")
    await house.ok("GET", f"/chat/entries?contact={contact}&after={line['seq']}", customer.headers)
    await house.ok("GET", f"/chat/entries?contact={contact}&after={note['seq'] + 5}", customer.headers)
    assert await told(house, agent, contact) == []


async def test_a_pong_that_nobody_asked_for_says_nothing(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    page = await house.socket("/chat/socket", customer.session["token"])
    await page.hear("hello")
    for _ in range(5):
        await page.say(type="pong")
    await page.say(type="ping")
    await page.hear("pong")
    seq = await said(agent, contact, epoch)
    assert await told(house, agent, contact) == []
    await pong(page)
    assert await told(house, agent, contact) == [seq]
