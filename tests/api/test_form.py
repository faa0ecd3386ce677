"""The form before the first word: what of its answers is taken, and how a caller is told what is wrong with the others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.house import House
from tests.api.test_about import configure

FORM = [
    {"name": "name", "label": "Your name", "required": True},
    {"name": "email", "label": "Your e-mail", "type": "email"},
    {"name": "tel", "label": "Your number", "type": "tel"},
    {
        "name": "topic",
        "label": "What is it about?",
        "type": "choice",
        "options": ["An order", "Else"],
        "required": True,
    },
]
GOOD = {"name": "Uma", "topic": "Else"}


def body(id: str, **fields: str) -> dict[str, Any]:
    return {"id": id, "parts": [{"type": "text", "text": "Hi"}], "fields": fields}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (GOOD, {}),
        ({**GOOD, "email": "uma@example.com", "tel": "+43 1 234"}, {}),
        ({**GOOD, "email": "", "tel": " "}, {}),
        ({}, {"name": "has to be answered", "topic": "has to be answered"}),
        ({**GOOD, "name": "  "}, {"name": "This has to be answered"}),
        ({**GOOD, "topic": "Something"}, {"topic": "Pick one of: An order, Else"}),
        ({**GOOD, "topic": "An order, Else"}, {"topic": "Pick one of"}),
        ({**GOOD, "email": "uma"}, {"email": "name@example.com"}),
        ({**GOOD, "email": "two words@example.com"}, {"email": "name@example.com"}),
        ({**GOOD, "admin": "yes"}, {"admin": "not asked"}),
        ({**GOOD, "name": "x" * 501}, {"name": "at most 500"}),
    ],
)
async def test_what_the_first_word_may_bring(house: House, fields: dict[str, str], expected: dict[str, str]) -> None:
    await configure(house, form=FORM)
    customer = await house.customer()
    said = body("customer-1", **fields)
    if not expected:
        await house.ok("POST", "/chat/messages", customer.headers, json=said)
        return
    problem = await house.no(422, "POST", "/chat/messages", customer.headers, json=said)
    told = {each["field"]: each["expected"] for each in problem["errors"]}
    assert told.keys() == {f"fields.{name}" for name in expected}
    for name, words in expected.items():
        assert words in told[f"fields.{name}"]
    await house.ok("POST", "/chat/messages", customer.headers, json=body("customer-1", **GOOD))  # its id is still free


async def test_what_is_required_is_asked_once_for_a_contact(house: House) -> None:
    await configure(house, form=FORM)
    customer = await house.customer()
    await house.ok("POST", "/chat/messages", customer.headers, json=body("customer-1", **GOOD))
    await house.ok("POST", "/chat/messages", customer.headers, json=body("customer-2"))
    await house.no(422, "POST", "/chat/messages", customer.headers, json=body("customer-3", topic="Nothing of it"))
    await house.ok("POST", "/chat/end", customer.headers)
    await house.no(422, "POST", "/chat/messages", customer.headers, json=body("customer-4"))
    await house.ok("POST", "/chat/messages", customer.headers, json=body("customer-4", **GOOD))


async def test_a_channel_that_asks_nothing_is_told_nothing(house: House) -> None:
    customer = await house.customer()
    await house.ok("POST", "/chat/messages", customer.headers, json=body("customer-1"))
    problem = await house.no(422, "POST", "/chat/messages", customer.headers, json=body("customer-2", name="Uma"))
    assert problem["errors"] == [{"field": "fields.name", "expected": "This is not asked: ask again what the form is."}]
