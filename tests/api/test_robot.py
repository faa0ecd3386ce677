"""A robot in front, seen from both sides: who answers, the way to a human, what the human sees, and the way back."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from typing import Any, cast

import pytest

from channels.errors import Malformed
from channels.robot import Returned, Why
from channels.wire import Request
from tests.api.house import Customer, House
from tests.runtime.fake_robot import FakeRobot, Thinking, hands_over, says
from ucs.runtime.robots.said import Failed
from ucs.runtime.robots.turns import Asked


def robot(house: House) -> FakeRobot:
    return cast(FakeRobot, house.api.center.robots["acme", "robby"].robot)


async def entries(house: House, customer: Customer) -> list[dict[str, object]]:
    return list((await house.ok("GET", "/chat/entries", customer.headers))["entries"])


async def heard(house: House, customer: Customer, text: str) -> str:
    """The customer says something, and the robot has answered."""
    contact: str = (await customer.say(text))["contact"]
    await house.until(lambda: house.runtime.engine.memory.contacts[contact].turn == 0)
    return contact


async def test_the_customer_reads_the_robot_and_nothing_it_keeps_to_itself(house: House) -> None:
    robot(house).answers.append(says("Which order?", confidence=0.7, intent="refund", slots={"topic": "refund"}))
    customer = await house.customer("front")
    await heard(house, customer, "I want my money")
    lines = await entries(house, customer)
    assert [(line["by"], line["kind"]) for line in lines] == [
        ("system", "opened"),
        ("customer", "message"),
        ("robot", "robot_joined"),
        ("robot", "message"),
    ]
    assert lines[-1]["body"] == {"parts": [{"text": "Which order?", "type": "text"}]}
    seen = (await house.ok("GET", "/chat/entries", customer.headers))["contact"]
    assert (seen["state"], seen["agent"]) == ("robot", "Robby")


async def test_the_button_calls_a_human_who_sees_why_and_all_that_was_said(house: House) -> None:
    ann = await house.agent("ann")
    await ann.ready()
    customer = await house.customer("front")
    robot(house).answers.append(says("Which order?", slots={"topic": "refund"}, summary="Wants money."))
    contact = await heard(house, customer, "I want my money")
    assert "Wants money" not in str(await entries(house, customer))
    for _ in range(2):  # pressing twice calls one human
        await house.ok("POST", "/chat/human", customer.headers)
    await house.offered(contact)
    seen = await house.ok("GET", f"/desk/contacts/{contact}", ann.headers)
    over = [line["body"] for line in seen["entries"] if line["kind"] == "handed_over"]
    found = {"summary": "Wants money.", "slots": {"topic": "refund"}}
    assert over == [{"why": "customer", "robot": "robby", "queue": "support", **found}]
    assert seen["contact"]["slots"] == {"topic": "refund"}
    assert [line["by"] for line in seen["entries"] if line["kind"] == "message"] == [
        "customer",
        "robot:robby",
        "system",
    ]


async def test_the_robots_words_reach_the_agent_in_the_line(house: House) -> None:
    ann = await house.agent("ann")
    await ann.ready()
    customer = await house.customer("front")
    robot(house).answers.append(hands_over("Wants money.", summary="A refund.", slots={"order": "7"}))
    contact = (await customer.say("Money back, order 7"))["contact"]
    await house.offered(contact)
    seen = await house.ok("GET", f"/desk/contacts/{contact}", ann.headers)
    (over,) = [line["body"] for line in seen["entries"] if line["kind"] == "handed_over"]
    assert (over["why"], over["reason"], over["summary"], over["slots"]) == (
        "robot",
        "Wants money.",
        "A refund.",
        {"order": "7"},
    )
    assert "handed_over" not in str(await entries(house, customer))


async def test_words_are_on_the_page_while_they_come_and_never_after_a_human_was_called(house: House) -> None:
    customer = await house.customer("front")
    thinking = Thinking(says("Which order?"))
    robot(house).answers += [thinking, Thinking()]
    contact = (await customer.say("I want my money"))["contact"]
    await house.until(lambda: robot(house).thinking)
    page = await house.socket("/chat/socket", customer.session["token"])
    await page.hear("hello")
    robot(house).show("Which")
    shown = {"type": "typing", "contact": contact, "on": True, "epoch": 1, "text": "Which"}
    assert await page.hear("typing") == shown
    late = await house.socket("/chat/socket", customer.session["token"])
    assert await late.hear("typing") == shown
    thinking.go.set()
    while (await page.hear("entry"))["by"] != "robot":
        pass
    while (over := await page.hear("typing")) == shown:  # told twice where it was being said as the socket opened
        pass
    assert (over["on"], over["text"]) == (False, "")

    await customer.say("Order 7")
    await house.until(lambda: robot(house).thinking)
    robot(house).show("Let me")
    assert (await page.hear("typing"))["text"] == "Let me"
    await house.ok("POST", "/chat/human", customer.headers)
    robot(house).show("Let me see")
    assert (await page.hear("typing"))["text"] == ""
    robot(house).show("Let me see what")
    await customer.say("Hello?")
    late = await house.socket("/chat/socket", customer.session["token"])
    frames: list[dict[str, Any]] = []
    for socket in (page, late):
        seen = len(frames)
        while "Hello?" not in str(frames[seen:]):
            frames += await socket.socket.receive_json(timeout=5)
    assert "typing" not in [frame["type"] for frame in frames]
    assert "Let me" not in str(await entries(house, customer))


async def test_the_agent_gives_back_and_a_second_time_is_refused(house: House) -> None:
    ann = await house.agent("ann")
    await ann.ready()
    customer = await house.customer("front")
    contact = (await customer.say("human"))["contact"]
    await house.offered(contact)
    epoch = house.runtime.engine.memory.contacts[contact].epoch
    done = await ann.act(contact, "accept", epoch=epoch)
    back = await ann.act(contact, "give-back", epoch=done["epoch"], summary="Only the hours.", code="info")
    assert back["state"] == "robot"
    await house.until(lambda: robot(house).turns)
    assert robot(house).turns[0].returned == Returned("ann", "Only the hours.", "info")
    body = {"epoch": done["epoch"]}
    await house.no(409, "POST", f"/desk/contacts/{contact}/give-back", ann.headers, json=body)


async def test_where_there_is_no_robot_nothing_is_given_back(house: House) -> None:
    _, ann, contact, epoch = await house.talking()
    problem = await house.no(409, "POST", f"/desk/contacts/{contact}/give-back", ann.headers, json={"epoch": epoch})
    assert "no robot" in problem["detail"]


async def test_asking_for_a_human_before_anything_was_said(house: House) -> None:
    customer = await house.customer("front")
    problem = await house.no(409, "POST", "/chat/human", customer.headers)
    assert "say something first" in problem["detail"]


async def test_turns_are_counted(house: House) -> None:
    customer, other = await house.customer("front"), await house.customer("front")
    await heard(house, customer, "Hello")
    robot(house).answers += [Malformed("Not JSON."), Thinking()]
    contact = (await customer.say("And now?"))["contact"]
    await house.until(lambda: house.runtime.engine.memory.contacts[contact].state == "queued")
    hung = (await other.say("Hello"))["contact"]
    await house.until(lambda: robot(house).thinking)
    await house.ok("POST", "/chat/human", other.headers)
    await house.until(lambda: not house.runtime.outward.robots.waiting)
    assert house.runtime.engine.memory.contacts[hung].state == "queued"
    async with await house.ask("GET", "/metrics", house.operator) as response:
        text = await response.text()
    for outcome in ("answered", "failed", "moot"):
        assert f'ucs_robot_turn_seconds_count{{outcome="{outcome}",robot="acme/robby"}} 1.0' in text


async def test_a_robots_answer_is_looked_at_and_not_read_again(house: House) -> None:
    """What it answered is with what else nobody could read, and no adapter is asked to read it."""
    arrival = Request("POST", "/turn", {}, {"content-type": "text/html"}, b"<html>", house.api.now())
    asked = Asked("row", "front", "contact", "robby", 1, 1, 0, Why.HEARD, house.api.now())
    customer = await house.customer("front")
    robot(house).answers.append(Thinking())
    contact = house.runtime.engine.memory.contacts[(await customer.say("Hello"))["contact"]]
    await house.api.submit(
        Failed(replace(asked, contact=contact.id, turn=contact.turn), "Malformed", "Not JSON.", arrival)
    )
    amy = await house.agent("amy")
    (seen,) = (await house.ok("GET", "/admin/quarantine", amy.headers))["arrivals"]
    assert (seen["outcome"], seen["reason"], b64decode(seen["body"])) == ("robot", "Not JSON.", b"<html>")
    problem = await house.no(409, "POST", f"/admin/quarantine/{seen['id']}/read-again", amy.headers)
    assert "turn is over" in problem["detail"]


@pytest.mark.parametrize(
    ("body", "header", "language"),
    [
        ({"language": "zh-Hant"}, "de-CH,de;q=0.9", "zh-Hant"),
        ({}, "de-CH,de;q=0.9", "de-CH"),
        ({}, "", ""),
        ({"language": "'; drop"}, "de", ""),
    ],
)
async def test_the_robot_is_told_what_the_customers_page_speaks(
    house: House, body: dict[str, str], header: str, language: str
) -> None:
    session = await house.ok("POST", "/chat/front/session", {"Accept-Language": header}, json=body)
    headers = {"Authorization": f"Bearer {session['token']}"}
    await house.ok(
        "POST", "/chat/messages", headers, json={"id": "message-0001", "parts": [{"type": "text", "text": "Hi"}]}
    )
    await house.until(lambda: robot(house).turns)
    assert robot(house).turns[0].person.language == language
