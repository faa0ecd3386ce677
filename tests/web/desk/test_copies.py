"""Copies at the desk: who got them is under each line, and on channels that have them an answer can go to others as well."""

from __future__ import annotations

from typing import Any

from tests.web.desk.feed import Feed, contact
from tests.web.desk.scene import People


def opened(people: People, feed: Feed, *channels: str, key: str = "copies", **how: Any) -> Any:
    """A desk whose settings name these channels under `key`."""
    page = people.page(**how)

    def told(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(json={**answer.json(), key: list(channels)})

    page.route("**/desk/settings", told)
    page = feed.open(page=page)
    page.locator("#contacts .contact").first.click()
    return page


def test_an_answer_goes_to_others_as_well(people: People) -> None:
    feed = Feed(people, [contact(1, channel="mail")])
    copies = {"cc": ["carol@x.example", "dave@x.example"], "bcc": []}
    feed.said("c1", "customer", {"type": "text", "text": "Is it ready?"}, copies=copies)
    page = opened(people, feed, "mail")
    people.expect(page.locator(".bubble")).to_contain_text("Cc: carol@x.example, dave@x.example")
    page.get_by_role("button", name="Copy to the others (2)").click()
    page.get_by_label("Bcc").fill("boss@x.example; boss@x.example")
    page.locator("#composer").fill("It is.")
    with page.expect_response("**/messages"):
        page.locator("#composer").press("Enter")
    (_, body) = next(each for each in feed.posted if each[0].endswith("/messages"))
    assert body["copies"] == {"cc": ["carol@x.example", "dave@x.example"], "bcc": ["boss@x.example"]}


def test_where_there_are_no_copies_nothing_is_offered(people: People) -> None:
    feed = Feed(people, [contact(1, channel="line")])
    feed.text("c1", "customer", "Hello")
    page = opened(people, feed, "mail")
    assert page.locator(".copy-fields").count() == 0
    page.locator("#composer").fill("Hi")
    with page.expect_response("**/messages"):
        page.locator("#composer").press("Enter")
    (_, body) = next(each for each in feed.posted if each[0].endswith("/messages"))
    assert "copies" not in body


def test_the_fields_fit_a_phone_in_chinese(people: People) -> None:
    feed = Feed(people, [contact(1, channel="mail")])
    feed.text("c1", "customer", "Hello")
    page = opened(people, feed, "mail", width=390, height=780, locale="zh-CN")
    page.get_by_role("button", name="抄送与密送").click()
    page.get_by_label("抄送").fill("carol@x.example")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
