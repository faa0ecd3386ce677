"""WebSockets: hello first, resume by number, signs of life both ways, and who may open one at all."""

from __future__ import annotations

import asyncio

import pytest

from tests.api.house import PAGE, House
from ucs.api.sockets import SILENCE, numbers, read_frame


async def test_customer_and_agent_live(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    page = await house.socket("/chat/socket", customer.session["token"])
    screen = await house.socket("/desk/socket", agent.signed_in["token"])
    assert (await page.hear("hello"))["contact"]["id"] == contact
    assert [each["id"] for each in (await screen.hear("hello"))["contacts"]] == [contact]
    said = await customer.say("Are you there?")
    while (heard := await screen.hear("entry"))["seq"] != said["seq"]:
        continue
    assert heard["body"]["parts"] == [{"text": "Are you there?", "type": "text"}]
    answered = await agent.act(
        contact, "messages", id="agent-0001", epoch=epoch, parts=[{"type": "text", "text": "Yes"}]
    )
    while (heard := await page.hear("entry"))["seq"] != answered["seq"]:
        continue
    assert (heard["by"], "agent" in heard["body"]) == ("agent", False)


async def test_typing_goes_both_ways_and_is_not_kept(house: House) -> None:
    customer, agent, contact, _ = await house.talking()
    page = await house.socket("/chat/socket", customer.session["token"])
    screen = await house.socket("/desk/socket", agent.signed_in["token"])
    await page.hear("hello")
    await screen.hear("hello")
    await page.say(type="typing")
    assert await screen.hear("typing") == {"type": "typing", "contact": contact, "on": True}
    await screen.say(type="typing", contact=contact, on=False)
    assert (await page.hear("typing"))["on"] is False
    await house.ok("POST", f"/desk/contacts/{contact}/typing", agent.headers, json={})
    assert (await page.hear("typing"))["on"] is True


async def test_a_note_reaches_no_page(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    page = await house.socket("/chat/socket", customer.session["token"])
    screen = await house.socket("/desk/socket", agent.signed_in["token"])
    await page.hear("hello")
    note = await agent.act(contact, "notes", id="note-0001", text="Difficult")
    said = await agent.act(contact, "messages", id="agent-0001", epoch=epoch, parts=[{"type": "text", "text": "Hi"}])
    heard: list[int] = []
    while said["seq"] not in heard:
        heard.append((await page.hear("entry"))["seq"])
    assert note["seq"] not in heard
    while (await screen.hear("entry"))["seq"] != note["seq"]:
        continue


async def test_who_comes_back_gets_what_was_missed_and_nothing_else(house: House) -> None:
    customer, agent, contact, _ = await house.talking()
    newest = (await house.ok("GET", "/chat/entries", customer.headers))["newest"]
    said = [(await customer.say(f"Word {number}"))["seq"] for number in range(3)]
    page = await house.socket("/chat/socket", customer.session["token"], last={contact: newest})
    assert [(await page.hear("entry"))["seq"] for _ in said] == said
    screen = await house.socket("/desk/socket", agent.signed_in["token"], last={contact: said[0]})
    assert [(await screen.hear("entry"))["seq"] for _ in said[1:]] == said[1:]


async def test_a_page_that_slept_hears_the_end_of_the_old_contact_too(house: House) -> None:
    customer = await house.customer()
    first = await customer.say("Hello")
    await house.ok("POST", "/chat/end", customer.headers)
    second = await customer.say("Once more")
    page = await house.socket("/chat/socket", customer.session["token"], last={first["contact"]: first["seq"]})
    heard = [await page.hear("entry") for _ in range(4)]
    assert {entry["contact"] for entry in heard} == {first["contact"], second["contact"]}
    assert heard[0]["seq"] == first["seq"] + 1


async def test_a_long_history_comes_whole(house: House) -> None:
    """More than a socket may have waiting."""
    _, agent, contact, epoch = await house.talking()
    newest = 0
    for number in range(6):
        parts = [{"type": "text", "text": f"{number}"}]
        newest = (await agent.act(contact, "messages", id=f"agent-{number:04}", epoch=epoch, parts=parts))["newest"]
    screen = await house.socket("/desk/socket", agent.signed_in["token"])
    seqs = [(await screen.hear("entry"))["seq"] for _ in range(newest)]
    assert seqs == list(range(1, newest + 1))


async def test_a_ping_is_answered_and_we_ping_too(house: House) -> None:
    customer = await house.customer()
    page = await house.socket("/chat/socket", customer.session["token"])
    await page.hear("hello")
    await page.say(type="ping")
    await page.hear("pong")
    house.api.sockets.tick()
    await page.hear("ping")


async def test_silence_closes_a_socket(house: House) -> None:
    customer = await house.customer()
    page = await house.socket("/chat/socket", customer.session["token"])
    await page.hear("hello")
    house.clocks.later(seconds=SILENCE + 1)
    house.api.sockets.tick()
    assert await page.closed() == 4408
    await house.until(lambda: not house.api.sockets.open)
    assert not house.api.live.customers


async def test_a_sign_of_life_keeps_the_seat(house: House) -> None:
    agent = await house.agent()
    screen = await house.socket("/desk/socket", agent.signed_in["token"])
    await screen.hear("hello")
    house.clocks.later(seconds=44)
    await screen.say(type="pong")
    await screen.say(type="ping")
    await screen.hear("pong")
    house.clocks.later(seconds=44)
    house.runtime.presence.look()
    assert house.api.seat_of("acme", "ann").lost_at is None


@pytest.mark.parametrize("path", ["/chat/socket", "/desk/socket"])
async def test_no_good_token_no_socket(house: House, path: str) -> None:
    customer, agent = await house.customer(), await house.agent()
    wrong = agent if path == "/chat/socket" else customer
    token = getattr(wrong, "session", None) or getattr(wrong, "signed_in", {})
    for bad in ("", "guess", token["token"]):
        socket = await house.socket(path, bad)
        assert await socket.closed() in (4401, 4403)


@pytest.mark.parametrize("first", ['{"type":"typing"}', "[]", "nonsense", '"hello"', '{"type":1}', '{"type":"hello"}'])
async def test_hello_comes_first(house: House, first: str) -> None:
    socket = await house.client.ws_connect("/chat/socket", headers={"Origin": house.origin})
    await socket.send_str(first)
    await socket.receive(timeout=5)
    assert socket.close_code == 4401


@pytest.mark.parametrize("frame", ["", "nonsense", "[]", "1", '{"type":null}', "[" * 10_000, '{"a":1}'])
async def test_a_frame_that_is_none_closes(house: House, frame: str) -> None:
    customer = await house.customer()
    page = await house.socket("/chat/socket", customer.session["token"])
    await page.hear("hello")
    await page.socket.send_str(frame)
    assert await page.closed() == 4400


async def test_strange_but_harmless_frames(house: House) -> None:
    customer = await house.customer()
    page = await house.socket(
        "/chat/socket", customer.session["token"], last={"a": -1, "b": 10**30, "c": "x", "d": True}
    )
    await page.hear("hello")
    await page.say(type="unheard of", contact={"a": []})
    await page.say(type="typing", on="maybe")
    await page.say(type="ping")
    await page.hear("pong")


async def test_too_many_frames_and_too_large_ones(house: House) -> None:
    customer = await house.customer()
    page = await house.socket("/chat/socket", customer.session["token"])
    await page.hear("hello")
    for _ in range(110):
        await page.say(type="typing")
    assert await page.closed() == 4429
    other = await house.socket("/chat/socket", customer.session["token"])
    await other.hear("hello")
    await other.socket.send_str("x" * 70_000)
    assert await other.closed() == 1009


async def test_only_known_pages_open_a_chat_socket(house: House) -> None:
    customer = await house.customer()
    for origin in (PAGE, house.origin):
        socket = await house.socket("/chat/socket", customer.session["token"], origin)
        await socket.hear("hello")
    for wrong in ("https://shop.example.evil.io", "null", "https://shop.example:8443", None):
        socket = await house.socket("/chat/socket", customer.session["token"], wrong)
        assert await socket.closed() == 4403


@pytest.mark.parametrize("origin", [PAGE, "null", None])
async def test_only_our_own_pages_open_a_desk_socket(house: House, origin: str | None) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", **({"Origin": origin} if origin else {})}
    await house.no(403, "GET", "/desk/socket", headers)


async def test_what_is_no_websocket_is_a_problem(house: House) -> None:
    await house.no(400, "GET", "/chat/socket")


async def test_sockets_are_told_of_a_restart(house: House) -> None:
    customer = await house.customer()
    page = await house.socket("/chat/socket", customer.session["token"])
    await page.hear("hello")
    _, code = await asyncio.gather(house.api.sockets.close(), page.closed())
    assert code == 1012


async def test_a_supervisor_watches_seats(house: House) -> None:
    sue = await house.agent("sue")
    screen = await house.socket("/desk/socket", sue.signed_in["token"], watch=True)
    await screen.hear("hello")
    await house.agent("ann")
    assert (await screen.hear("seat"))["agent"] == "ann"
    gus = await house.agent("gus", "globex")
    await gus.ready()
    await house.agent("ben")
    assert (await screen.hear("seat"))["agent"] == "ben"


async def test_an_agent_watches_nobody(house: House) -> None:
    ann = await house.agent("ann")
    screen = await house.socket("/desk/socket", ann.signed_in["token"], watch=True)
    await screen.hear("hello")
    await house.agent("ben")
    await ann.ready()
    assert (await screen.hear("seat"))["agent"] == "ann"


def test_numbers_of_a_hello() -> None:
    assert numbers({"a": 3, "b": -1, "c": "4", "d": True, "e": 2**31, "f": 0}) == {"a": 3, "f": 0}
    assert numbers(None) == numbers([1]) == {}
    assert numbers({str(number): 1 for number in range(501)}) == {}
    assert read_frame('{"type":"x"}') == {"type": "x"}
