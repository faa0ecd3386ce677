"""What supervisors see and do: the floor, watching without a trace, whispering, taking over, choosing a colleague's state."""

from __future__ import annotations

from typing import Any

from tests.api.house import Agent, House, Socket


async def supervisor(house: House) -> tuple[Agent, Socket]:
    sue = await house.agent("sue")
    screen = await house.socket("/desk/socket", sue.signed_in["token"], watch=True)
    await screen.hear("hello")
    return sue, screen


async def test_the_floor_is_all_that_goes_on(house: House) -> None:
    _, _, talked, _ = await house.talking()
    first = (await (await house.customer()).say("One"))["contact"]
    second = (await (await house.customer()).say("Two"))["contact"]
    sue = await house.agent("sue")
    await house.ok("POST", "/desk/state", house_headers(await house.agent("ben")), json={"state": "rest"})
    floor = await house.ok("GET", "/desk/floor", sue.headers)
    assert floor["total"] == 3
    assert {each["id"] for each in floor["contacts"]} == {talked, first, second}
    (queue,) = floor["queues"]
    assert (queue["id"], queue["staffed"]) == ("support", 2)
    waiting = [c for c in house.runtime.engine.memory.contacts.values() if c.state == "queued"]
    assert queue["waiting"] == len(waiting)
    states = {seat["agent"]: seat["state"] for seat in floor["seats"]}
    assert (states["ben"], states["amy"]) == ("rest", "offline")


def house_headers(agent: Agent) -> dict[str, str]:
    return agent.headers


async def test_the_floor_tells_what_changes(house: House) -> None:
    _, screen = await supervisor(house)
    contact = (await (await house.customer()).say("Hello?"))["contact"]
    frame = await screen.hear("floor")
    assert [each["id"] for each in frame["contacts"]] == [contact]
    assert frame["queues"][0]["waiting"] == 1
    assert frame["queues"][0]["longest_since"] == frame["contacts"][0]["since"]
    ann = await house.agent()
    await ann.ready()
    while (await screen.hear("seat"))["state"] != "idle":
        continue


async def test_watching_hears_every_line_and_leaves_none(house: House) -> None:
    customer, ann, contact, epoch = await house.talking()
    _, screen = await supervisor(house)
    before = house.runtime.engine.memory.contacts[contact]
    await screen.say(type="watch", contact=contact)
    await screen.say(type="ping")
    await screen.hear("pong")
    said = await customer.say("Psst")
    heard = await screen.hear("entry")
    assert (heard["seq"], heard["contact"]) == (said["seq"], contact)
    assert said["seq"] == before.seq + 1
    noted = await ann.act(contact, "notes", id="note-0001", text="Hm")
    assert (await screen.hear("entry"))["seq"] == noted["seq"]
    await screen.say(type="watch", contact=None)
    await screen.say(type="ping")
    await screen.hear("pong")
    assert house.api.floor.readers == {}
    await ann.act(contact, "wrap-up", epoch=epoch)


async def test_who_is_no_supervisor_watches_nothing(house: House) -> None:
    _, _, contact, _ = await house.talking()
    for name, tenant in (("ben", "acme"), ("gina", "globex")):
        agent = await house.agent(name, tenant)
        screen = await house.socket("/desk/socket", agent.signed_in["token"], watch=True)
        await screen.hear("hello")
        await screen.say(type="watch", contact=contact)
        await screen.say(type="ping")
        await screen.hear("pong")
    assert house.api.floor.readers == {}
    assert set(house.api.live.watchers) <= {"globex"}


async def test_a_supervisor_who_is_none_any_more_hears_nothing_more(house: House) -> None:
    _, _, contact, _ = await house.talking()
    _, screen = await supervisor(house)
    await screen.say(type="watch", contact=contact)
    await house.ok("PUT", "/admin/tenants/acme/agents/sue", house.operator, json={"role": "agent"})
    await screen.say(type="ping")
    assert await screen.closed() == 4401
    await house.until(lambda: house.api.floor.readers == {})


async def test_taken_over_both_screens_are_told_and_the_old_one_is_refused(house: House) -> None:
    customer, ann, contact, epoch = await house.talking()
    desk = await house.socket("/desk/socket", ann.signed_in["token"])
    await desk.hear("hello")
    sue, screen = await supervisor(house)
    body = {"epoch": epoch - 1}
    await house.no(409, "POST", f"/desk/contacts/{contact}/take-over", sue.headers, json=body)
    done = await sue.act(contact, "take-over", epoch=epoch)
    assert (done["state"], done["epoch"]) == ("talking", epoch + 1)
    assert (await screen.hear("contact"))["agent"] == "sue"
    told = await desk.hear("contact")
    assert (told["id"], told["agent"]) == (contact, "sue")
    line = await desk.hear("entry")
    assert (line["kind"], line["body"]) == ("taken_over", {"agent": "sue", "from": "ann"})
    late = {"id": "agent-0001", "epoch": epoch, "parts": [{"type": "text", "text": "Late"}]}
    problem = await house.no(409, "POST", f"/desk/contacts/{contact}/messages", ann.headers, json=late)
    assert "sue has it now" in problem["detail"]
    assert (await ann.desk())["contacts"] == []
    await sue.act(contact, "messages", **{**late, "epoch": done["epoch"]})
    kinds = [line["kind"] for line in (await house.ok("GET", "/chat/entries", customer.headers))["entries"]]
    assert "taken_over" not in kinds
    assert kinds[-2:] == ["joined", "message"]


async def test_a_contact_that_waits_can_be_taken(house: House) -> None:
    contact = (await (await house.customer()).say("Hello?"))["contact"]
    sue = await house.agent("sue")
    done = await sue.act(contact, "take-over", epoch=1)
    assert done["state"] == "talking"
    assert [each["id"] for each in (await sue.desk())["contacts"]] == [contact]


async def test_a_full_seat_takes_nothing_over(house: House) -> None:
    _, _, contact, epoch = await house.talking()
    setting = {"role": "supervisor", "capacity": 10}
    await house.ok("PUT", "/admin/tenants/acme/agents/sue", house.operator, json=setting)
    sue = await house.agent("sue")
    problem = await house.no(409, "POST", f"/desk/contacts/{contact}/take-over", sue.headers, json={"epoch": epoch})
    assert "0 of 10 units" in problem["detail"]
    assert house.runtime.engine.memory.contacts[contact].agent == "ann"


async def test_a_whisper_reaches_the_agent_and_never_the_customer(house: House) -> None:
    customer, ann, contact, epoch = await house.talking()
    sue, ben = await house.agent("sue"), await house.agent("ben")
    note: dict[str, Any] = {"id": "note-0001", "text": "Offer a refund", "whisper": True}
    done = await sue.act(contact, "notes", **note)
    lines = (await house.ok("GET", f"/desk/contacts/{contact}", ann.headers))["entries"]
    assert lines[-1]["body"] == {"text": "Offer a refund", "client": "note-0001", "to": "ann"}
    assert done["seq"] == lines[-1]["seq"]
    assert "refund" not in str(await house.ok("GET", "/chat/entries", customer.headers))
    path = f"/desk/contacts/{contact}/notes"
    await house.no(403, "POST", path, ann.headers, json={**note, "id": "note-0002"})
    await house.no(404, "POST", path, ben.headers, json={**note, "id": "note-0003"})
    await ann.act(contact, "close", epoch=epoch)
    await house.no(409, "POST", path, sue.headers, json={**note, "id": "note-0004"})


async def test_a_supervisor_chooses_an_agents_state(house: House) -> None:
    _, ann, contact, _ = await house.talking()
    desk = await house.socket("/desk/socket", ann.signed_in["token"])
    await desk.hear("hello")
    sue = await house.agent("sue")
    seat = await house.ok("POST", "/desk/seats/ann/state", sue.headers, json={"state": "rest", "reason": "Meeting"})
    assert (seat["state"], seat["reason"]) == ("rest", "Meeting")
    assert (await desk.hear("seat"))["reason"] == "Meeting"
    await house.ok("POST", "/desk/seats/ann/state", sue.headers, json={"state": "offline"})
    assert await desk.closed() == 4401
    assert house.runtime.engine.memory.contacts[contact].state == "queued"
    await house.no(409, "POST", "/desk/seats/amy/state", sue.headers, json={"state": "offline"})
    await house.no(404, "POST", "/desk/seats/gus/state", sue.headers, json={"state": "offline"})
    await house.no(403, "POST", "/desk/seats/ben/state", (await house.agent("ben")).headers, json={"state": "idle"})
