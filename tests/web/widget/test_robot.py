"""A robot's words in the widget while they come, and not a word of them once a human was called."""

from __future__ import annotations

from tests.web.widget.conftest import Come, expect
from tests.web.widget.model import Model
from tests.web.widget.stage import Desk

DRAFT = ".inner > .bubble"


def test_words_grow_and_are_said_and_spoken_once(come: Come, model: Model) -> None:
    customer = come("/talk/max")
    customer.say("When do you open?")
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


def test_who_wants_a_person_reads_no_more_of_the_robot(come: Come, model: Model, ann: Desk) -> None:
    customer = come("/talk/max")
    customer.say("Hello, robot?")
    model.pieces.put("I am only")
    expect(customer.locator(DRAFT)).to_have_text("I am only")
    customer.locator(".human").click()
    expect(customer.locator(DRAFT)).to_be_hidden()
    model.pieces.put(" a robot")
    model.pieces.put(None)
    talk = ann.take("Hello, robot?")
    talk.say("Hello, this is Ann.")
    customer.sees("Hello, this is Ann.")
    assert "I am only" not in customer.locator(".panel").inner_text()
