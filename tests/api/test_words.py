"""Lists of sensitive words, from both sides: what each reads, what is refused, and that no other tenant has to do with it."""

from __future__ import annotations

from typing import Any, cast

import pytest

from tests.api.house import House
from tests.runtime.fake_robot import FakeRobot, Thinking, heard_in, says

WORDS = {"words": ["fool", "傻瓜"], "patterns": [r"\d{16}"]}


async def list_of(house: House, **changed: Any) -> None:
    """Acme has a list, as its admin would write it."""
    amy = await house.agent("amy")
    body = {**WORDS, "action": "mask", **changed}
    await house.ok("PUT", "/admin/tenants/acme/word_lists/insults", amy.headers, json=body)


def said(text: str, **more: Any) -> dict[str, Any]:
    return {"id": "agent-0001", "parts": [{"type": "text", "text": text}], **more}


async def messages(house: House, headers: dict[str, str], contact: str) -> list[dict[str, Any]]:
    """What an agent reads."""
    seen = await house.ok("GET", f"/desk/contacts/{contact}", headers)
    return [line["body"] for line in seen["entries"] if line["kind"] == "message"]


@pytest.mark.parametrize(
    ("action", "read"),
    [("warn", "Ｆｏｏｌ! 1234567812345678"), ("mask", "****! ****************"), ("block", "***")],
)
async def test_a_customers_words_are_kept_and_read_covered(house: House, action: str, read: str) -> None:
    await list_of(house, action=action)
    customer, ann, contact, _ = await house.talking()
    socket = await house.socket("/desk/socket", ann.signed_in["token"])
    await socket.hear("hello")
    text = "Ｆｏｏｌ! 1234567812345678"
    line = await customer.say(text)
    body = (await messages(house, ann.headers, contact))[-1]
    assert body["parts"][0]["text"] == read
    assert [(mark["list"], mark["action"], mark["start"], mark["end"]) for mark in body["marks"]] == [
        ("insults", action, 0, 4),
        ("insults", action, 6, 22),
    ]
    while (frame := await socket.hear("entry"))["seq"] < line["seq"]:
        pass
    assert frame["body"] == body
    own = (await house.ok("GET", "/chat/entries", customer.headers))["entries"]
    lines = [line["body"] for line in own if line["kind"] == "message"]
    assert lines[-1]["parts"] == [{"text": text, "type": "text"}]
    assert "marks" not in lines[-1]


async def test_what_an_agent_says_is_masked_before_it_goes_out(house: House) -> None:
    customer, ann, contact, epoch = await house.talking()
    await list_of(house, side="agent")
    for _ in range(2):  # the same words sent twice are the same message
        await ann.act(contact, "messages", **said("你这个傻瓜", epoch=epoch))
    await customer.say("fool")
    own = (await house.ok("GET", "/chat/entries", customer.headers))["entries"]
    assert [line["body"]["parts"][0]["text"] for line in own if line["kind"] == "message"][1:] == ["你这个**", "fool"]
    assert "marks" not in str(own)
    bodies = await messages(house, ann.headers, contact)
    assert [body.get("marks") is None for body in bodies] == [True, False, True]


async def test_blocked_words_are_refused_and_nothing_has_happened(house: House) -> None:
    _, ann, contact, epoch = await house.talking()
    await list_of(house, action="block")
    before = house.runtime.engine.memory.contacts[contact]
    path = f"/desk/contacts/{contact}/messages"
    problem = await house.no(409, "POST", path, ann.headers, json=said("You fool", epoch=epoch))
    assert "insults does not let “fool” be said" in problem["detail"]
    assert house.runtime.engine.memory.contacts[contact] == before
    await ann.act(contact, "messages", **said("You friend", epoch=epoch))


async def test_the_desk_may_ask_before_it_says_something(house: House) -> None:
    _, ann, contact, _ = await house.talking()
    path = f"/desk/contacts/{contact}/words"
    assert await house.ok("POST", path, ann.headers, json={"text": "You fool"}) == {"marks": []}
    assert (await house.ok("GET", "/desk/settings", ann.headers))["lists_for"] == []
    await list_of(house, channels=["site", "line"], side="agent")
    assert (await house.ok("GET", "/desk/settings", ann.headers))["lists_for"] == ["site", "line"]
    mark = {"list": "insults", "action": "mask", "part": 0, "text": 0, "start": 4, "end": 8}
    assert await house.ok("POST", path, ann.headers, json={"text": "You fool"}) == {"marks": [mark]}
    await house.no(404, "POST", path, (await house.agent("ben")).headers, json={"text": "You fool"})
    await house.no(422, "POST", path, ann.headers, json={"text": "x" * 20_001})


async def test_a_robot_reads_what_is_covered_and_is_not_let_say_what_is_blocked(house: House) -> None:
    await list_of(house)
    robot = cast(FakeRobot, house.api.center.robots["acme", "robby"].robot)
    customer = await house.customer("front")
    contact = (await customer.say("You fool"))["contact"]
    contacts = house.runtime.engine.memory.contacts
    await house.until(lambda: contacts[contact].turn == 0)
    assert heard_in(robot.turns[-1]) == ["You ****"]
    await list_of(house, action="block", side="agent")
    robot = cast(FakeRobot, house.api.center.robots["acme", "robby"].robot)
    robot.answers.append(says("No, you fool", slots={"mood": "bad"}, memory={"kept": 1}))
    await customer.say("Hm")
    await house.until(lambda: contacts[contact].state == "queued")
    lines = (await house.ok("GET", f"/desk/contacts/{contact}", (await house.agent("sue")).headers))["entries"]
    over = next(line["body"] for line in lines if line["kind"] == "handed_over")
    assert (over["why"], over["slots"]) == ("robot", {"mood": "bad"})
    assert "does not let “fool” be said" in over["reason"]
    own = (await house.ok("GET", "/chat/entries", customer.headers))["entries"]
    assert "No, you" not in str(own)


async def test_the_other_tenant_has_nothing_to_do_with_it(house: House) -> None:
    await list_of(house, action="block")
    _, gus, contact, epoch = await house.talking("gus", "globe")
    await gus.act(contact, "messages", **said("You fool", epoch=epoch))
    assert (await messages(house, gus.headers, contact))[-1]["parts"][0]["text"] == "You fool"
    gina = await house.agent("gina", "globex")
    assert await house.ok("GET", "/admin/tenants/globex/word_lists", gina.headers) == {"settings": []}


async def test_a_list_that_makes_no_sense_is_refused_by_name(house: House) -> None:
    amy = await house.agent("amy")
    path = "/admin/tenants/acme/word_lists/cards"
    for wrong, why in (
        ({"patterns": ["\\d+", "(?=x)"]}, "patterns.1"),
        ({"words": ["ok", " "]}, "words.1"),
        ({}, "words or patterns"),
        ({"words": ["x"], "channels": ["globe"]}, "a channel of the tenant"),
        ({"words": ["x"], "action": "shout"}, "action"),
    ):
        problem = await house.no(422, "PUT", path, amy.headers, json=wrong)
        assert why in problem["detail"], problem


async def test_a_robots_half_words_are_not_shown_where_a_list_may_cover_them(house: House) -> None:
    for side, shown, whole in (("customer", True, "You fool"), ("agent", False, "You ****")):
        await list_of(house, side=side)
        robot = cast(FakeRobot, house.api.center.robots["acme", "robby"].robot)
        slow = Thinking(says("You fool"))
        robot.answers.append(slow)
        customer = await house.customer("front")
        socket = await house.socket("/chat/socket", customer.session["token"])
        await customer.say("Hm")
        await house.until(lambda robot=robot: robot.thinking == 1)  # type: ignore[misc]
        robot.show("You fo")
        if shown:
            assert (await socket.hear("typing"))["text"] == "You fo"
        slow.go.set()
        frames: list[dict[str, Any]] = []
        while whole not in str(frames):
            frames += await socket.socket.receive_json(timeout=5)
        assert not any(frame.get("text") for frame in frames if frame["type"] == "typing")
