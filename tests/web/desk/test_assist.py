"""What a robot suggests is the agent's to use or to leave; and sensitive words are seen by both who wrote and who reads."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.desk.feed import Feed, contact
from tests.web.desk.scene import Customer, Desk, People
from tests.web.desk.test_access import axe, check

__all__ = ["axe"]  # a fixture
ANSWER = "Harbour Street 7, right behind the old crane."
INSULT = "You idiot, my card is 4111 1111 1111 1111"
# A desk waits two seconds for words to be looked through, and then sends them. Here it waits for as long as the test takes.
PATIENT = """
  const real = setTimeout;
  window.setTimeout = (act, after, ...how) => real(act, after === 2000 ? 600_000 : after, ...how);
"""


def advice(**changed: Any) -> dict[str, Any]:
    """A frame as the server sends it."""
    known = {
        "title": "Hours",
        "text": "Nine to six, see https://kb.example",
        "url": "https://kb.example/1",
        "score": 0.5,
    }
    frame = {"type": "advice", "contact": "c1", "epoch": 2, "of": 1, "robot": "Robby", "intent": "hours"}
    return {**frame, "replies": ["At nine."], "knowledge": [known], "confidence": 0.93, **changed}


def test_a_suggestion_is_taken_over_and_sent_by_nobody_but_the_agent(people: People) -> None:
    anna, ben = people.desk("anna"), people.desk("ben")
    kim = people.customer("Kim")
    kim.say("Where is your shop?")
    anna.accept("Kim")
    panel = anna.page.get_by_role("region", name="Robby suggests")
    people.expect(panel).to_contain_text("wants: address · 100 %")
    panel.get_by_role("button", name=ANSWER).click()
    composer = anna.page.locator("#composer")
    people.expect(composer).to_have_value(ANSWER)
    people.expect(composer).to_be_focused()
    people.expect(anna.page.locator(".unsent")).to_have_count(0)
    assert ANSWER not in kim.heard()
    composer.press("Enter")
    anna.sees(ANSWER)
    people.expect(panel).to_have_count(0)
    assert ANSWER in kim.heard()
    assert "Robby" not in " ".join(kim.heard())
    people.expect(ben.page.locator(".advice")).to_have_count(0)


def test_a_suggestion_comes_with_the_contact_and_goes_with_it(people: People) -> None:
    anna = people.desk("anna")
    kim = people.customer("Kim")
    kim.say("Where is your shop?")
    anna.accept("Kim")
    panel = anna.page.locator(".advice")
    panel.wait_for()
    anna.page.reload()
    anna.page.locator("#state").wait_for()
    anna.open("Kim")
    panel.wait_for()
    anna.quiet()
    anna.page.keyboard.press("1")
    people.expect(anna.page.locator("#composer")).to_have_value(ANSWER)
    anna.page.locator("#composer").fill("")
    panel.locator("summary").first.click()
    panel.get_by_role("button", name="Put into the answer").first.click()
    people.expect(anna.page.locator("#composer")).to_have_value(ANSWER)
    panel.get_by_role("button", name="Put the suggestions away").click()
    people.expect(panel).to_have_count(0)
    people.expect(anna.page.locator("#composer")).to_be_focused()
    kim.say("And when do you open?")
    panel.wait_for()
    kim.end()
    people.expect(panel).to_have_count(0)


def test_what_is_old_or_not_ours_is_not_shown(people: People) -> None:
    feed = Feed(people, [contact(1), contact(2)])
    feed.text("c1", "customer", "When do you open?")
    page = feed.open()
    page.locator("#contacts .contact").first.click()
    panel = page.locator(".advice")
    feed.push(advice(epoch=1), advice(contact="c9"), advice(contact="c2"))
    feed.push({**feed.lines[0]})
    people.expect(panel).to_have_count(0)
    feed.push(advice(knowledge=[{"title": "Evil", "text": "x", "url": "javascript:alert(1)", "score": None}]))
    panel.locator("summary").click()
    people.expect(panel.get_by_role("link")).to_have_count(0)
    feed.push(advice())
    people.expect(panel.get_by_role("link", name="Source")).to_have_attribute("href", "https://kb.example/1")
    feed.text("c1", "customer", "On Sunday, I mean")
    feed.push(feed.lines[-1])
    people.expect(panel).to_have_count(0)


def test_sensitive_words_are_seen_before_they_are_sent_and_where_they_stand(people: People) -> None:
    anna = people.desk("anna")
    kim = people.customer("Kim")
    kim.say("😀 I want a refund to 4111 1111 1111 1111, please")
    anna.accept("Kim")
    marks = anna.page.locator(".theirs mark")
    people.expect(marks).to_have_text(["refund", "*" * 19])
    people.expect(anna.page.locator(".mark-note")).to_have_text("Masked: cardsSensitive words: complaints")
    anna.say(INSULT)
    warning = anna.page.locator(".warnings")
    people.expect(warning).to_contain_text("Cannot be sent (list insults): idiot")
    people.expect(warning).to_contain_text("Will be masked (list cards): 4111 1111 1111 1111")
    people.expect(anna.page.locator("#composer")).to_have_value(INSULT)
    people.expect(anna.page.locator(".unsent")).to_have_count(0)
    anna.say(INSULT.replace("idiot", "friend"))
    anna.sees("You friend, my card is ")
    people.expect(anna.page.locator(".mine mark")).to_have_text("*" * 19)
    assert f"You friend, my card is {'*' * 19}" in kim.heard()
    people.expect(warning).to_be_empty()


class Words:
    """A server that takes its time to look through words: all the time between `slow` and `quick`."""

    def __init__(self, page: Any) -> None:
        self.held: list[Any] | None = None
        page.route("**/desk/contacts/*/words", self._asked)

    def _asked(self, route: Any) -> None:
        route.continue_() if self.held is None else self.held.append(route)

    def slow(self) -> None:
        self.held = []

    def quick(self) -> None:
        held, self.held = self.held or [], None
        for route in held:
            route.continue_()


def talking(people: People) -> tuple[Desk, Customer, Words]:
    page = people.page()
    page.add_init_script(PATIENT)
    anna, kim = Desk(people, "anna", page), people.customer("Kim")
    anna.sign_in()
    anna.ready()
    kim.say("hello")
    anna.accept("Kim")
    return anna, kim, Words(page)


def test_what_is_written_while_words_are_looked_through_is_sent_too(people: People) -> None:
    """The server takes its time, and the agent does not wait: neither the next message nor its first letters are lost."""
    anna, kim, words = talking(people)
    words.slow()
    keyboard = anna.page.keyboard
    anna.page.locator("#composer").fill("one")
    keyboard.press("Enter")
    keyboard.type("two")
    keyboard.press("Enter")
    keyboard.type("three")
    people.expect(anna.page.locator("#composer")).to_have_value("onetwothree")
    words.quick()
    anna.sees("two")
    assert kim.heard()[-2:] == ["one", "two"]
    people.expect(anna.page.locator("#composer")).to_have_value("three")
    words.slow()
    for said in ("four", "five"):  # each written over the one before, which nobody has looked through yet
        anna.say(said)
    anna.page.locator("#composer").fill("six")
    words.quick()
    anna.sees("five")
    assert kim.heard()[-2:] == ["four", "five"]
    people.expect(anna.page.locator("#composer")).to_have_value("six")
    for number in range(10):
        anna.say(f"quick {number}")
    anna.sees("quick 9")
    assert kim.heard()[-10:] == [f"quick {number}" for number in range(10)]


def test_who_looks_elsewhere_while_words_are_looked_through_finds_them_sent(people: People) -> None:
    anna, kim, words = talking(people)
    people.customer("Lena").say("hello")
    anna.accept("Lena")
    anna.open("Kim")
    words.slow()
    anna.say("said once")
    anna.page.keyboard.type(" and begun")
    anna.open("Lena")
    anna.open("Kim")
    composer = anna.page.locator("#composer")
    people.expect(composer).to_have_value("said once and begun")
    words.quick()
    anna.sees("said once")
    people.expect(composer).to_have_value("and begun")
    anna.open("Lena")
    people.expect(anna.page.locator("#contacts .contact", has_text="Kim")).to_contain_text("Draft: and begun")
    assert kim.heard()[-1] == "said once"


def test_a_note_stays_a_note_while_words_are_looked_through(people: People) -> None:
    """Whatever Enter is pressed on goes to whom it was for at that moment, and answers what it answered then."""
    anna, kim, words = talking(people)
    anna.page.locator(".said.theirs", has_text="hello").hover()
    anna.page.get_by_role("button", name="Reply to this").click()
    words.slow()
    anna.say("an answer")
    anna.say("no answer")
    note = anna.page.get_by_role("button", name="Private note")
    note.click()
    anna.say("only for colleagues")
    composer = anna.page.locator("#composer")
    composer.fill("and this, too")
    words.quick()
    anna.sees("only for colleagues")
    people.expect(anna.page.locator(".said.note")).to_have_text([re.compile("only for colleagues")])
    people.expect(anna.page.locator(".said.mine .bubble blockquote")).to_have_count(1)
    people.expect(composer).to_have_value("and this, too")
    people.expect(note).to_have_attribute("aria-pressed", "true")
    composer.press("Enter")
    anna.sees("and this, too")
    assert kim.heard()[-2:] == ["an answer", "no answer"]
    people.expect(note).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("how", [{}, {"color_scheme": "dark", "width": 375, "locale": "zh-CN"}], ids=str)
def test_axe_finds_nothing(people: People, axe: str, how: dict[str, Any]) -> None:
    feed = Feed(people, [contact(1, channel="website")])
    mark = {"part": 0, "text": 0, "start": 0, "end": 4}
    marks = [{"list": "a", "action": "mask", **mark}, {"list": "b", "action": "warn", **mark}]
    feed.said("c1", "customer", {"type": "text", "text": "**** you"}, marks=marks)
    feed.said("c1", "customer", {"type": "text", "text": "***"}, marks=[{"list": "c", "action": "block", **mark}])
    page = feed.open(**how)
    page.locator("#contacts .contact").first.click()
    known = advice()["knowledge"] * 3
    feed.push(advice(of=2, replies=["At nine.", "Soon. " * 200], knowledge=known, intent="a very long intent " * 9))
    page.locator(".advice summary").first.click()
    check(page, axe, "advice and marks")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.unroute("**/desk/contacts/*/*")
    found = [{"list": "a", "action": action, **mark} for action in ("warn", "mask", "block")]
    page.route("**/desk/contacts/*/words", lambda route: route.fulfill(json={"marks": found}))
    page.locator("#composer").fill("fool you")
    page.locator(".warning").first.wait_for()
    check(page, axe, "warnings")
