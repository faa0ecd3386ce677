"""Advice over real sockets: the agent who has the contact hears it, also after coming back, and nobody else does."""

from __future__ import annotations

from typing import Any, cast

from channels.parts import Text
from channels.robot import Knowledge, Words
from tests.api.house import House, Socket
from tests.runtime.fake_robot import FakeRobot, says

ADVICE = Words(
    say=((Text("At nine."),), (Text("At nine."),)),
    knowledge=(Knowledge("Hours", "Nine to six.", "https://kb.example/1", 0.5),),
    confidence=0.9,
    intent="hours",
)


async def assisted(house: House) -> FakeRobot:
    """Robby assists on acme's site."""
    amy = await house.agent("amy")
    site = {"adapter": "webchat", "queue": "support", "assist": "robby"}
    await house.ok("PUT", "/admin/tenants/acme/channels/site", amy.headers, json=site)
    return cast(FakeRobot, house.api.center.robots["acme", "robby"].robot)


async def first_advice(house: House, contact: str) -> None:
    """What the robot says of the words with which the agent took the contact."""
    await house.until(lambda: contact in house.runtime.outward.assist.latest)


async def frames(socket: Socket, until: str) -> list[dict[str, Any]]:
    """Everything heard before a frame of this type."""
    heard: list[dict[str, Any]] = []
    while True:
        heard += await socket.socket.receive_json(timeout=5)
        if any(frame["type"] == until for frame in heard):
            return heard


async def test_only_the_agent_who_has_the_contact_hears_it(house: House) -> None:
    robot = await assisted(house)
    customer, ann, contact, epoch = await house.talking()
    ben, sue = await house.agent("ben"), await house.agent("sue")
    hers = await house.socket("/desk/socket", ann.signed_in["token"])
    others = [
        await house.socket("/desk/socket", ben.signed_in["token"]),
        await house.socket("/desk/socket", sue.signed_in["token"], watch=True),
    ]
    own = await house.socket("/chat/socket", customer.session["token"])
    await others[1].hear("hello")
    await others[1].say(type="watch", contact=contact)
    await hers.hear("hello")
    await first_advice(house, contact)
    robot.answers.append(ADVICE)
    line = await customer.say("When do you open?")
    while (advice := await hers.hear("advice"))["of"] < line["seq"]:
        pass
    assert advice == {
        "type": "advice",
        "contact": contact,
        "epoch": epoch,
        "of": line["seq"],
        "robot": "Robby",
        "replies": ["At nine."],
        "knowledge": [{"title": "Hours", "text": "Nine to six.", "url": "https://kb.example/1", "score": 0.5}],
        "intent": "hours",
        "confidence": 0.9,
    }
    await ann.act(contact, "close", epoch=epoch)  # everybody hears something after it
    for other, type in ((others[1], "floor"), (own, "entry")):
        assert not [frame for frame in await frames(other, type) if frame["type"] == "advice"]
    lines = (await house.ok("GET", f"/desk/contacts/{contact}", sue.headers))["entries"]
    assert not any(entry["by"].startswith("robot") for entry in lines)
    assert "At nine." not in str(await house.ok("GET", "/chat/entries", customer.headers))


async def test_who_comes_back_gets_what_still_holds(house: House) -> None:
    robot = await assisted(house)
    _, ann, contact, epoch = await house.talking()
    await first_advice(house, contact)
    socket = await house.socket("/desk/socket", ann.signed_in["token"])
    assert (await socket.hear("advice"))["replies"] == ["Hello?"]
    assert robot.turns[-1].assist
    said = {"id": "agent-0001", "epoch": epoch, "parts": [{"type": "text", "text": "Yes."}]}
    await ann.act(contact, "messages", **said)
    assert contact not in house.runtime.outward.assist.latest
    again = await house.socket("/desk/socket", ann.signed_in["token"])
    await again.hear("hello")
    await ann.act(contact, "close", epoch=epoch)
    assert not [frame for frame in await frames(again, "contact") if frame["type"] == "advice"]


async def test_a_robot_of_the_tenant_and_no_other(house: House) -> None:
    await assisted(house)
    gina, amy = await house.agent("gina", "globex"), await house.agent("amy")
    globe = {"adapter": "webchat", "queue": "help", "assist": "robby"}
    problem = await house.no(422, "PUT", "/admin/tenants/globex/channels/globe", gina.headers, json=globe)
    assert "a robot of the tenant (there is none), not 'robby'" in problem["detail"]
    await house.no(422, "DELETE", "/admin/tenants/acme/robots/robby", amy.headers)


async def test_what_a_robot_gave_for_another_word_is_not_told(house: House) -> None:
    robot = await assisted(house)
    customer, ann, contact, _ = await house.talking()
    await first_advice(house, contact)
    socket = await house.socket("/desk/socket", ann.signed_in["token"])
    await socket.hear("hello")
    robot.answers.extend([says("one"), says("two")])
    await customer.say("One")
    line = await customer.say("Two")
    while (advice := await socket.hear("advice"))["of"] < line["seq"]:
        assert advice["replies"] != ["two"]
    assert advice["of"] == line["seq"]
