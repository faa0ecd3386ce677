"""A robot's words in the widget while they come, and not a word of them once a human was called."""

from __future__ import annotations

import json
from typing import Any

from tests.web.widget.conftest import Come, Customer, expect
from tests.web.widget.model import Model
from tests.web.widget.stage import Desk

DRAFT = ".inner > .bubble"


def ask(customer: Customer, words: str) -> None:
    """Say it, and be there to hear what comes."""
    frames: list[Any] = []
    customer.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)))
    customer.say(words)
    customer.until(lambda: frames)
    expect(customer.locator("[role=status]", has_text="You are talking with Max")).to_be_visible()


def test_words_grow_and_are_said_and_spoken_once(come: Come, model: Model) -> None:
    customer = come("/talk/max")
    ask(customer, "When do you open?")
    draft = customer.locator(DRAFT)
    expect(draft).to_be_hidden()
    for piece, text in (("We open", "We open"), (" at **nine**.", "We open at **nine**.")):
        model.pieces.put(piece)
        expect(draft).to_have_text(text)
    assert draft.get_attribute("aria-hidden") == "true"
    assert "nine" not in customer.locator("[role=log], [role=status]").all_inner_texts()[0]
    model.pieces.put(None)
    customer.sees("We open at")
    expect(draft).to_be_hidden()


def test_a_line_that_comes_late_takes_nothing_from_what_the_robot_is_saying(
    come: Come, model: Model, ann: Desk
) -> None:
    """As one that is asked for again: only what somebody says ends what was being said. It is kept from the page on either way."""
    late: dict[int, Any] = {}
    pages: list[Any] = []

    def but_late(frames: list[Any]) -> list[Any]:
        late.update((frame["seq"], frame) for frame in frames if frame.get("kind") == "robot_joined")
        return [frame for frame in frames if frame.get("kind") != "robot_joined"]

    def relayed(page: Any) -> None:
        pages.append(page)
        server = page.connect_to_server()
        server.on_message(lambda data: page.send(json.dumps(but_late(json.loads(data)))))

    def answered(route: Any) -> None:
        answer = route.fetch()
        body = answer.json()
        route.fulfill(response=answer, json={**body, "entries": but_late(body["entries"])})

    def prepare(page: Any) -> None:
        page.route_web_socket("**/chat/socket", relayed)
        page.route("**/chat/entries?*", answered)

    customer = come("/talk/max", prepare=prepare)
    customer.say("Hello, robot?")
    customer.until(lambda: pages and late)
    expect(customer.locator("[role=status]", has_text="You are talking with Max")).to_be_visible()
    model.pieces.put("I am only")
    expect(customer.locator(DRAFT)).to_have_text("I am only")
    pages[-1].send(json.dumps([{**line, "type": "entry"} for line in late.values()]))
    customer.page.wait_for_timeout(300)
    expect(customer.locator(DRAFT)).to_have_text("I am only")
    model.pieces.put(" a robot.")
    model.pieces.put(None)
    customer.sees("I am only a robot.")
    expect(customer.locator(DRAFT)).to_be_hidden()
    customer.unroute("**/chat/entries?*")
    customer.locator(".human").click()
    ann.take("Hello, robot?").do("wrap-up")


def test_who_wants_a_person_reads_no_more_of_the_robot(come: Come, model: Model, ann: Desk) -> None:
    customer = come("/talk/max")
    ask(customer, "Are you a robot?")
    model.pieces.put("I am only")
    expect(customer.locator(DRAFT)).to_have_text("I am only")
    customer.locator(".human").click()
    expect(customer.locator(DRAFT)).to_be_hidden()
    model.pieces.put(" a robot")
    model.pieces.put(None)
    talk = ann.take("Are you a robot?")
    talk.say("Hello, this is Ann.")
    customer.sees("Hello, this is Ann.")
    assert "I am only" not in customer.locator(".panel").inner_text()
