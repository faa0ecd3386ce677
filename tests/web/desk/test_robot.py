"""The demo's robot answers, the customer asks for a person, who answers and gives the contact back, and the robot goes on."""

from __future__ import annotations

import re
from typing import Any

from tests.web.desk.scene import People


def writes(page: Any, text: str) -> None:
    page.locator(".composer textarea").fill(text)
    page.keyboard.press("Enter")


def test_a_robot_hands_over_and_has_the_contact_back(people: People) -> None:
    expect = people.expect
    ben = people.desk("ben")
    customer = people.page(400, 720)
    customer.goto(f"{people.centre.url}/talk/assistant")
    person = customer.locator(".human")
    said, standing = customer.locator("[role=log]"), customer.locator(".standing")
    expect(person).to_be_hidden()

    writes(customer, "Hello")
    expect(said).to_contain_text("What can I do for you?")
    expect(standing).to_have_text("You are talking with Robby")
    customer.get_by_role("button", name="Where is my order?").click()
    expect(said).to_contain_text("Which number does it have?")
    writes(customer, "HB1001")
    expect(said).to_contain_text("Order HB1001 is in the workshop")
    person.click()
    expect(person).to_be_hidden()
    expect(said).to_contain_text("One moment, a person will answer you.")

    ben.accept("")
    remark = ben.page.locator(".remark", has_text="Handed over by the robot")
    expect(remark).to_contain_text("the customer wants a human")
    found = ben.page.locator("section[aria-labelledby=robot-found]")
    expect(found).to_contain_text("HB1001")
    expect(found).to_contain_text("in the workshop")
    expect(ben.page.locator(".author", has_text="Robby").first).to_be_visible()
    ben.page.set_viewport_size({"width": 320, "height": 640})
    assert ben.page.evaluate("document.documentElement.scrollWidth") == 320
    ben.page.set_viewport_size({"width": 1440, "height": 900})
    ben.say("It will be ready on Friday.")
    expect(said).to_contain_text("It will be ready on Friday.")
    expect(standing).to_have_text("You are talking with Ben")
    expect(person).to_be_hidden()

    ben.act("Give back to the robot")
    ben.page.get_by_label("What the robot should know").fill("Ready on Friday.")
    ben.page.get_by_role("button", name="Give back", exact=True).click()
    expect(ben.page.locator(".read-only")).to_contain_text("The robot has this contact now")
    expect(ben.page.locator("#talk-name + p")).to_have_text(re.compile(r"With a robot\s+· Harbour Bikes assistant · "))
    expect(ben.page.locator(".facts dt", has_text="Queue")).to_have_count(0)
    expect(ben.page.locator(".remark", has_text="given back to the robot: Ready on Friday.")).to_be_visible()
    expect(said).to_contain_text("It is the robot again.")
    expect(standing).to_have_text("You are talking with Robby")
    expect(person).to_be_visible()

    writes(customer, "a person, please")
    expect(said).to_contain_text("I will fetch somebody.")
    ben.accept("")
    expect(ben.page.locator(".remark", has_text="Said last: a person, please")).to_contain_text("order: HB1001")
