"""Forwarding at the desk: a customer's message goes to somebody else from its own line, and a line says what became of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.desk.feed import Feed, contact
from tests.web.desk.scene import People
from tests.web.desk.test_access import axe, check
from tests.web.desk.test_copies import opened as _opened

__all__ = ["axe"]  # a fixture
CSS_COLOURS = [{}, {"color_scheme": "dark"}, {"width": 390, "height": 780}]


def opened(people: People, feed: Feed, *channels: str, **how: Any) -> Any:
    return _opened(people, feed, *channels, key="forwards", **how)


def letter(feed: Feed) -> int:
    files = [
        {"type": "file", "media": "i1", "name": "bill.pdf"},
        {"type": "file", "media": "i2", "name": "mail.html", "page": True},
    ]
    return feed.said("c1", "customer", {"type": "text", "text": "The rear brake squeaks. Is it safe?"}, *files)


def mail(people: People, **how: Any) -> tuple[Feed, int, Any]:
    feed = Feed(people, [contact(1, channel="mail", name="Kim")])
    seq = letter(feed)
    return feed, seq, opened(people, feed, "mail", **how)


def ask(page: Any) -> Any:
    page.get_by_role("button", name="Forward this").click()
    dialog = page.get_by_role("dialog", name="Forward to somebody else")
    dialog.wait_for()
    return dialog


def test_a_message_goes_on_with_a_note_and_the_chosen_files(people: People) -> None:
    people.forgive("404")  # the files are made up
    feed, seq, page = mail(people)
    dialog = ask(page)
    people.expect(dialog.get_by_label("To")).to_be_focused()
    dialog.get_by_label("To").fill("workshop@x.example, law@x.example; workshop@x.example")
    dialog.get_by_label("Your note").fill(" Can you mend this? ")
    people.expect(dialog.get_by_label("bill.pdf")).to_be_checked()
    people.expect(dialog.get_by_label("As it was written")).not_to_be_checked()
    with page.expect_response("**/forward"):
        dialog.get_by_role("button", name="Forward", exact=True).click()
    people.expect(page.get_by_role("dialog")).to_have_count(0)
    (_, body) = next(each for each in feed.posted if each[0] == "c1/forward")
    assert re.fullmatch(r"[0-9a-f-]{36}", body.pop("id"))
    assert body == {
        "epoch": 2,
        "of": seq,
        "recipients": ["workshop@x.example", "law@x.example"],
        "note": "Can you mend this?",
        "along": ["i1"],
    }


def test_the_line_says_how_far_it_has_come(people: People) -> None:
    people.forgive("404")
    feed, seq, page = mail(people)
    sent = feed.line(
        "c1", "forwarded", "agent:anna", of=seq, recipients=["workshop@x.example"], note="Can you mend this?"
    )
    feed.push(feed.lines[-1])
    line = page.locator(".forwarded")
    people.expect(line).to_contain_text("Is being forwarded to workshop@x.example")
    people.expect(line).to_contain_text("the customer does not see this")
    people.expect(line).to_contain_text("Can you mend this?")
    people.expect(line.locator("blockquote")).to_contain_text("The rear brake squeaks.")
    for status, words in (("sent", "Forwarded to"), ("delivered", "Forwarded and delivered to")):
        feed.line("c1", "status", "system", of=sent, status=status)
        feed.push(feed.lines[-1])
        people.expect(line).to_contain_text(f"{words} workshop@x.example")
    feed.line("c1", "status", "system", of=sent, status="failed", reason="No such box.", code="550 5.1.1")
    feed.push(feed.lines[-1])
    people.expect(line).to_contain_text("Not forwarded to workshop@x.example")
    people.expect(line).to_contain_text("No such box. (code 550 5.1.1)")
    with page.expect_response("**/send-again"):
        line.get_by_role("button", name="Send again").click()
    assert feed.posted[-1] == ("c1/send-again", {"epoch": 2, "of": sent})


def test_what_the_server_refuses_is_said_where_one_asks_and_can_be_mended(people: People) -> None:
    people.forgive("404", "409")
    feed, _, page = mail(people)
    asked: list[Any] = []

    def refuse(route: Any) -> None:
        asked.append(route.request.post_data_json)
        route.fulfill(status=409, json={"detail": "A message here is forwarded to 1 at most, not to 2."})

    page.route("**/forward", refuse)
    dialog = ask(page)
    dialog.get_by_label("To").fill("a@x.example b@x.example")
    page.keyboard.press("Enter")
    people.expect(dialog.get_by_role("alert")).to_contain_text("to 1 at most")
    people.expect(dialog.get_by_label("To")).to_have_value("a@x.example b@x.example")
    with page.expect_response("**/forward"):
        page.keyboard.press("Enter")
    people.expect(dialog.get_by_role("button", name="Forward", exact=True)).to_be_enabled()
    people.expect(dialog.get_by_role("alert")).to_have_count(1)
    dialog.get_by_label("To").fill("a@x.example")
    page.unroute("**/forward")
    with page.expect_response("**/forward"):
        page.keyboard.press("Enter")
    people.expect(page.get_by_role("dialog")).to_have_count(0)
    first, again = asked
    assert first == again  # the same words are the same forward, whatever came of the first
    assert feed.posted[-1][1]["id"] != first["id"]


def test_with_the_keyboard_alone(people: People) -> None:
    people.forgive("404")
    feed, _, page = mail(people)
    page.locator("#composer").focus()
    for _step in range(40):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "Forward this":
            break
    page.keyboard.press("Enter")
    people.expect(page.get_by_role("dialog").get_by_label("To")).to_be_focused()
    page.keyboard.type("workshop@x.example")
    page.keyboard.press("Escape")
    people.expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Forward this"
    page.keyboard.press("Enter")
    people.expect(page.get_by_role("dialog").get_by_label("To")).to_be_focused()
    page.keyboard.type("workshop@x.example")
    with page.expect_response("**/forward"):
        page.keyboard.press("Enter")
    assert feed.posted[-1][0] == "c1/forward"


def test_only_where_the_channel_can_and_only_what_the_customer_said(people: People) -> None:
    feed = Feed(people, [contact(1, channel="mail"), contact(2, channel="line")])
    for id in ("c1", "c2"):
        feed.text(id, "customer", "Hello")
        feed.text(id, "agent:anna", "Good day")
    page = opened(people, feed, "mail")
    page.locator("#contacts .contact", has_text="Customer 1").click()
    page.locator(".bubble", has_text="Good day").wait_for()
    people.expect(page.get_by_role("button", name="Forward this")).to_have_count(1)
    page.locator("#contacts .contact", has_text="Customer 2").click()
    page.locator("#talk-name", has_text="Customer 2").wait_for()
    people.expect(page.get_by_role("button", name="Forward this")).to_have_count(0)


def test_a_copy_that_did_not_arrive_is_said_under_its_mail(people: People) -> None:
    feed = Feed(people, [contact(1, channel="mail")])
    sent = feed.text("c1", "agent:anna", "It is ready.")
    feed.line("c1", "status", "system", of=sent, status="delivered")
    reason = "The copy to law@x.example did not arrive: no such box"
    feed.line("c1", "status", "system", of=sent, status="sent", reason=reason)
    page = opened(people, feed, "mail")
    people.expect(page.locator(".failure")).to_have_text(reason)
    people.expect(page.locator(".told .status")).to_have_text("Delivered")


@pytest.mark.parametrize("how", CSS_COLOURS, ids=str)
def test_it_fits_and_nothing_keeps_anybody_out(people: People, axe: str, how: dict[str, Any]) -> None:
    people.forgive("404")
    feed, seq, page = mail(people, **how)
    sent = feed.line(
        "c1", "forwarded", "agent:anna", of=seq, recipients=["workshop@x.example"] * 3, note="See below. " * 9
    )
    feed.line("c1", "status", "system", of=sent, status="failed", reason="No such box.")
    feed.push(*feed.lines[-2:])
    page.locator(".forwarded .failure").wait_for()
    check(page, axe, "the line")
    ask(page)
    check(page, axe, "the question")
    assert page.evaluate("document.documentElement.scrollWidth") <= how.get("width", 1440)


def test_in_chinese(people: People) -> None:
    people.forgive("404")
    feed, seq, page = mail(people, width=390, height=780, locale="zh-CN")
    feed.line("c1", "forwarded", "agent:anna", of=seq, recipients=["workshop@x.example"])
    feed.push(feed.lines[-1])
    people.expect(page.locator(".forwarded")).to_contain_text("正在转发给 workshop@x.example")
    page.get_by_role("button", name="转发此消息").click()
    page.get_by_role("dialog", name="转发给他人").get_by_label("收件人").fill("workshop@x.example")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
