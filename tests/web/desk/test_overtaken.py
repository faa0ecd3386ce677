"""Answers that come late: what the socket, or a later answer, has told meanwhile stays as it is."""

from __future__ import annotations

from typing import Any

from tests.web.desk.scene import People

DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Late:
    """The server's answer to the first request at this address, kept back until `comes`; all others pass."""

    def __init__(self, people: People, page: Any, address: str) -> None:
        self.people, self.page, self.address = people, page, address
        self.kept: list[tuple[Any, Any]] = []
        page.route(address, self._asked)

    def _asked(self, route: Any) -> None:
        if self.kept:
            route.continue_()
        else:
            self.kept.append((route, route.fetch()))

    def asked(self) -> None:
        """Wait until the server has answered."""
        while not self.kept:
            self.page.wait_for_timeout(20)

    def comes(self) -> None:
        """And has been taken in."""
        route, answer = self.kept[0]
        with self.page.expect_response(self.address):
            route.fulfill(response=answer)
        self.page.evaluate(DRAWN)


def test_an_offer_that_comes_while_the_desk_asks_how_it_stands_is_not_lost(people: People) -> None:
    people.forgive("409")
    anna = people.desk("anna")
    people.customer("Kim").say("Hello")
    refusal = {"status": 409, "content_type": "application/problem+json", "body": '{"status": 409, "detail": "No."}'}
    anna.page.route("**/accept", lambda route: route.fulfill(**refusal))
    late = Late(people, anna.page, "**/desk/contacts")
    anna.page.locator(".offer", has_text="Kim").get_by_role("button", name="Accept").click()
    late.asked()  # after what was refused it looks how it stands
    people.customer("Lena").say("Hello")
    offer = anna.page.locator(".offer", has_text="Lena")
    offer.wait_for()
    late.comes()
    people.expect(offer).to_have_count(1)
    anna.page.unroute("**/accept")
    anna.accept("Lena")
    anna.accept("Kim")


def test_an_offer_is_drawn_with_its_words_and_no_button_moves_under_the_pointer(people: People) -> None:
    anna = people.desk("anna")
    late = Late(people, anna.page, "**/desk/contacts/*?after=*")
    people.customer("Kim").say("Where is my bicycle?")
    late.asked()
    people.expect(anna.page).to_have_title("(1) Desk")
    people.expect(anna.page.locator(".offer")).to_have_count(0)
    late.comes()
    people.expect(anna.page.locator(".offer .words")).to_have_text("Where is my bicycle?")
    anna.accept("Kim")


def test_a_contact_that_was_wrapped_up_does_not_come_back(people: People) -> None:
    people.forgive("409")
    anna, kim, lena = people.desk("anna"), people.customer("Kim"), people.customer("Lena")
    kim.say("Hello")
    anna.accept("Kim")
    refusal = {"status": 409, "content_type": "application/problem+json", "body": '{"status": 409, "detail": "No."}'}
    anna.page.route("**/accept", lambda route: route.fulfill(**refusal))
    late = Late(people, anna.page, "**/desk/contacts")
    lena.say("Hello")
    anna.page.locator(".offer", has_text="Lena").get_by_role("button", name="Accept").click()
    late.asked()
    anna.act("Close")
    anna.page.get_by_role("radio", name="Offer sent").check()
    anna.page.get_by_role("button", name="Finish").click()
    mine = anna.page.locator("#contacts .contact", has_text="Kim")
    people.expect(mine).to_have_count(0)
    late.comes()
    people.expect(mine).to_have_count(0)


def test_a_late_answer_does_not_put_a_contact_back_to_what_it_was(people: People) -> None:
    """That the customer's words were read is told by the way; meanwhile the talk has ended."""
    anna, kim = people.desk("anna"), people.customer("Kim")
    late = Late(people, anna.page, "**/desk/contacts/*/read")
    kim.say("Hello")
    anna.accept("Kim")
    late.asked()
    anna.act("Close")
    anna.page.get_by_role("radio", name="Offer sent").wait_for()
    late.comes()
    anna.page.keyboard.press("Escape")
    people.expect(anna.page.locator(".actions").get_by_role("button", name="Wrap up")).to_be_visible()
    people.expect(anna.page.locator(".actions").get_by_role("button", name="Close")).to_have_count(0)
