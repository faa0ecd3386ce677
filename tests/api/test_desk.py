"""What agents do, with the epoch their screen knew; and what of it each of them may see."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api.house import House
from ucs.runtime.engine.inputs import Wrote


async def test_a_contact_from_offer_to_wrap_up(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    desk = await agent.desk()
    assert [each["id"] for each in desk["contacts"]] == [contact]
    assert desk["seat"]["carries"] == [contact]
    done = await agent.act(contact, "close", epoch=epoch)
    assert done["state"] == "wrap_up"
    done = await agent.act(contact, "wrap-up", epoch=done["epoch"], code="sold", note="Will call again")
    assert done["state"] == "closed"
    seen = await house.ok("GET", f"/desk/contacts/{contact}", agent.headers)
    assert seen["contact"]["wrap_up_code"] == "sold"
    assert seen["newest"] == seen["entries"][-1]["seq"]
    assert [entry["seq"] for entry in seen["entries"]] == list(range(1, seen["newest"] + 1))
    assert (await customer.say("Thank you"))["contact"] != contact


async def test_an_agents_message_sent_twice_is_said_once(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    body = {"id": "agent-0001", "epoch": epoch, "parts": [{"type": "text", "text": "Hi!"}]}
    first = await agent.act(contact, "messages", **body)
    again = await agent.act(contact, "messages", **body)
    assert (again["seq"], again["again"], first["again"]) == (first["seq"], True, False)
    assert first["newest"] == first["seq"]
    other = {**body, "parts": [{"type": "text", "text": "Ho!"}]}
    await house.no(409, "POST", f"/desk/contacts/{contact}/messages", agent.headers, json=other)
    entries = (await house.ok("GET", "/chat/entries", customer.headers))["entries"]
    assert [entry["by"] for entry in entries if entry["kind"] == "message"] == ["customer", "agent"]


async def test_an_old_epoch_is_told_so(house: House) -> None:
    _, agent, contact, epoch = await house.talking()
    body = {"id": "agent-0001", "epoch": epoch - 1, "parts": [{"type": "text", "text": "Hi!"}]}
    problem = await house.no(409, "POST", f"/desk/contacts/{contact}/messages", agent.headers, json=body)
    assert "changed hands" in problem["detail"]


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("messages", {"id": "agent-0001", "parts": [{"type": "text", "text": "Hi!"}]}),
        ("close", {}),
        ("wrap-up", {}),
        ("transfer", {"queue": "support"}),
        ("read", {"of": 1}),
        ("recall", {"of": 1}),
        ("accept", {}),
        ("decline", {}),
    ],
)
async def test_a_colleagues_contact_is_not_mine_to_change(house: House, what: str, body: dict[str, object]) -> None:
    _, _, contact, epoch = await house.talking()
    ben = await house.agent("ben")
    await house.no(409, "POST", f"/desk/contacts/{contact}/{what}", ben.headers, json={"epoch": epoch, **body})


async def test_who_sees_what(house: House) -> None:
    _, ann, contact, _ = await house.talking()
    ben, sue = await house.agent("ben"), await house.agent("sue")
    await house.ok("GET", f"/desk/contacts/{contact}", ann.headers)
    await house.ok("GET", f"/desk/contacts/{contact}", sue.headers)
    await house.no(404, "GET", f"/desk/contacts/{contact}", ben.headers)
    await house.no(404, "POST", f"/desk/contacts/{contact}/notes", ben.headers, json={"id": "note-0001", "text": "!"})
    await house.ok("POST", f"/desk/contacts/{contact}/notes", sue.headers, json={"id": "note-0001", "text": "!"})


async def test_an_agent_sees_what_the_same_customer_said_before(house: House) -> None:
    customer = await house.customer()
    first = (await customer.say("First"))["contact"]
    await house.ok("POST", "/chat/end", customer.headers)
    second = (await customer.say("Second"))["contact"]
    ann = await house.agent()
    await house.no(404, "GET", f"/desk/contacts/{first}", ann.headers)
    await ann.ready()
    await house.offered(second)
    seen = await house.ok("GET", f"/desk/contacts/{second}", ann.headers)
    assert [each["id"] for each in seen["earlier"]] == [first]
    await house.ok("GET", f"/desk/contacts/{first}", ann.headers)


async def test_a_transfer_names_one_target_that_exists(house: House) -> None:
    _, agent, contact, epoch = await house.talking()
    path = f"/desk/contacts/{contact}/transfer"
    for body in ({}, {"queue": "support", "agent": "ben"}):
        await house.no(422, "POST", path, agent.headers, json={"epoch": epoch, **body})
    for agent_id in ("nobody", "gus"):
        await house.no(404, "POST", path, agent.headers, json={"epoch": epoch, "agent": agent_id})
    await house.no(409, "POST", path, agent.headers, json={"epoch": epoch, "queue": "help"})
    ben = await house.agent("ben")
    await ben.ready()
    await agent.act(contact, "transfer", epoch=epoch, agent="ben", note="Yours")
    await house.offered(contact)
    assert house.runtime.engine.memory.contacts[contact].agent == "ben"


async def test_agents_say_no_nonsense(house: House) -> None:
    _, agent, contact, epoch = await house.talking()
    for part in (
        {"type": "opaque", "kind": "x"},
        {"type": "image", "media": {"key": "x"}},
        {"type": "text", "text": ""},
    ):
        body = {"id": "agent-0001", "epoch": epoch, "parts": [part]}
        await house.no(422, "POST", f"/desk/contacts/{contact}/messages", agent.headers, json=body)


async def test_a_role_that_was_taken_away_is_gone_at_once(house: House) -> None:
    amy, gone = await house.agent("amy"), await house.agent("sue")
    _, _, contact, _ = await house.talking()
    await house.ok("GET", f"/desk/contacts/{contact}", gone.headers)
    await house.ok("PUT", "/admin/tenants/acme/agents/sue", amy.headers, json={"role": "agent"})
    await house.no(404, "GET", f"/desk/contacts/{contact}", gone.headers)
    await house.ok("DELETE", "/admin/tenants/acme/agents/sue", amy.headers)
    await house.no(401, "GET", "/desk/contacts", gone.headers)


async def test_what_the_platform_did_not_take_is_sent_again_by_who_has_the_contact(house: House) -> None:
    _, ann, contact, epoch = await house.talking()
    said = await ann.act(contact, "messages", id="agent-0001", epoch=epoch, parts=[{"type": "text", "text": "Hi"}])
    body = '{"parts":[],"since":"2026-03-02T12:00:00Z","trouble":{"kind":"Rejected","reason":"Too long.","code":"1"}}'
    letter = ("letter", "site", "a", contact, said["seq"], "send", "dead", 3, 1, body)
    await house.api.submit(Wrote((("add_outbox", letter),)))
    path, right = f"/desk/contacts/{contact}/send-again", {"of": said["seq"], "epoch": epoch}
    ben, sue = await house.agent("ben"), await house.agent("sue")
    for other in (ben, sue):
        await house.no(409, "POST", path, other.headers, json=right)
    for wrong in ({**right, "epoch": epoch - 1}, {**right, "of": 2}):
        await house.no(409, "POST", path, ann.headers, json=wrong)
    done = await house.ok("POST", path, ann.headers, json=right)
    assert done["seq"] == said["seq"]
    lines = (await house.ok("GET", f"/desk/contacts/{contact}", ann.headers))["entries"]
    assert {"of": said["seq"], "status": "pending"} in [line["body"] for line in lines if line["kind"] == "status"]


async def test_a_long_poll_hears_an_offer_a_word_and_the_end(house: House) -> None:
    agent, customer = await house.agent(), await house.customer()
    await agent.ready()
    desk = await agent.desk()
    heard: list[list[tuple[str, str]]] = []
    for happens in ("offer", "word", "end"):
        path = f"/desk/contacts?mark={desk['mark']}&wait=1"
        waiting = asyncio.create_task(house.ok("GET", path, agent.headers))
        await house.until(lambda: house.api.at_seats.waiting)
        await (house.ok("POST", "/chat/end", customer.headers) if happens == "end" else customer.say(happens))
        before, desk = desk, await asyncio.wait_for(waiting, 5)
        assert desk["mark"] != before["mark"]
        heard.append([(each["state"], each["id"]) for each in desk["contacts"]])
    assert [[state for state, _ in each] for each in heard] == [["offered"], ["offered"], []]
    assert not house.api.at_seats.waiting


async def test_a_long_poll_without_a_mark_or_with_an_old_one_is_answered_at_once(house: House) -> None:
    _, agent, contact, _ = await house.talking()
    for mark in ("", "0123"):
        desk = await asyncio.wait_for(house.ok("GET", f"/desk/contacts?wait=1&mark={mark}", agent.headers), 5)
        assert [each["id"] for each in desk["contacts"]] == [contact]


async def test_a_mark_stays_while_nothing_of_ones_own_has_changed(house: House) -> None:
    _, agent, _, _ = await house.talking()
    mark = (await agent.desk())["mark"]
    await (await house.agent("ben")).ready()
    assert (await agent.desk())["mark"] == mark


async def test_what_happens_while_a_name_is_looked_up_is_in_the_answer_that_its_mark_stands_for(house: House) -> None:
    """Else a long poll with that mark would wait for news that nobody has been told."""
    customer, agent, contact, _ = await house.talking()
    house.runtime.engine.memory.customers.clear()  # as after a restart
    look_up, looked = house.api.read, 0

    async def slowly(query: Any) -> Any:
        nonlocal looked
        looked += 1
        if looked == 1:
            await customer.say("Still there?")
            house.runtime.engine.memory.customers.clear()
        return await look_up(query)

    house.api.read = slowly  # type: ignore[method-assign]  # a look-up takes as long as it takes
    desk = await agent.desk()
    assert looked
    assert [each["seq"] for each in desk["contacts"]] == [house.runtime.engine.memory.contacts[contact].seq]


async def test_a_long_poll_of_an_old_screen_is_told_of_the_newer_one(house: House) -> None:
    agent = await house.agent()
    path = f"/desk/contacts?wait=1&mark={(await agent.desk())['mark']}"
    waiting = asyncio.create_task(house.no(409, "GET", path, agent.headers))
    await house.until(lambda: house.api.at_seats.waiting)
    await house.agent()
    assert "signed in elsewhere" in (await asyncio.wait_for(waiting, 5))["detail"]


async def test_a_long_poll_renews_the_lease(house: House) -> None:
    agent = await house.agent()
    for _ in range(3):
        house.clocks.later(seconds=44)
        await house.ok("GET", "/desk/contacts?wait=1", agent.headers)
        house.runtime.presence.look()
    assert (await agent.desk())["seat"]["lost"] is False
