"""An offer is heard, seen in the title, and shown by the browser when the desk is not in front: with leave, and never against it.

What the page asks of the browser is written down by the browser's own classes, with a line put before each.
"""

from __future__ import annotations

from typing import Any

from tests.web.desk.feed import Feed, contact
from tests.web.desk.scene import Desk, People

WRITTEN_DOWN = """
  window.tones = 0;
  window.shown = [];
  window.away = false;
  const Tone = OscillatorNode;
  window.OscillatorNode = class extends Tone { constructor(...how) { super(...how); window.tones += 1; } };
  const Notice = Notification;
  window.Notification = class extends Notice {
    constructor(title, how) { super(title, how); window.shown.push([title, how.body]); window.last = this; }
  };
  Object.defineProperty(document, "hidden", { get: () => window.away });
"""


def at_the_desk(people: People, *, allowed: bool) -> Desk:
    page: Any = people.page()
    page.add_init_script(WRITTEN_DOWN)
    if allowed:
        page.context.grant_permissions(["notifications"], origin=people.centre.url)
    desk = Desk(people, "anna", page)
    desk.sign_in()
    desk.ready()
    return desk


def test_an_offer_is_noticed(people: People) -> None:
    anna = at_the_desk(people, allowed=True)
    anna.page.evaluate("window.away = true")
    people.customer("Kim <b>").say("Hello")
    anna.page.locator(".offer").wait_for()
    people.expect(anna.page).to_have_title("(1) Desk")
    assert anna.page.evaluate("window.shown") == [["New contact: Kim <b>", "Sales"]]
    assert anna.page.evaluate("window.tones") >= 2
    anna.page.evaluate("window.last.onclick()")
    people.expect(anna.page.locator("#talk-name")).to_have_text("Kim <b>")
    anna.accept("Kim")
    tones = anna.page.evaluate("window.tones")
    anna.page.wait_for_timeout(3_300)  # longer than from one ring to the next
    assert anna.page.evaluate("window.tones") == tones
    people.expect(anna.page).to_have_title("(1) Desk")  # not read: nobody looks


def test_what_is_taken_rings_no_more(people: People) -> None:
    """The server has said so, and the socket has not yet."""
    page: Any = people.page()
    page.add_init_script(WRITTEN_DOWN)
    page.clock.install()
    feed = Feed(people, [contact(1, state="offered")])
    feed.text("c1", "customer", "Hello")
    feed.open(page=page)
    page.clock.run_for(7_000)
    rung = page.evaluate("window.tones")
    assert rung >= 4  # two tones, and again every three seconds
    with page.expect_response("**/accept"):
        page.locator(".offer").get_by_role("button", name="Accept").click()
    people.expect(page.locator(".offer")).to_have_count(0)
    rung = page.evaluate("window.tones")
    page.clock.run_for(7_000)
    assert page.evaluate("window.tones") == rung


def test_a_word_elsewhere_is_noticed_and_one_that_is_seen_is_not(people: People) -> None:
    anna = at_the_desk(people, allowed=True)
    kim, lena = people.customer("Kim"), people.customer("Lena")
    for name, customer in (("Kim", kim), ("Lena", lena)):
        customer.say("Hello")
        anna.accept(name)
    before = anna.page.evaluate("window.tones")
    lena.say("You see this")
    anna.sees("You see this")
    assert anna.page.evaluate("window.tones") == before
    kim.say("And this you do not")
    people.expect(anna.page.locator("#contacts .contact", has_text="Kim").locator(".count")).to_have_text("1")
    assert anna.page.evaluate("window.tones") == before + 1
    assert anna.page.evaluate("window.shown") == []  # the desk is in front


def test_who_wants_quiet_has_it(people: People) -> None:
    anna = at_the_desk(people, allowed=True)
    anna.page.get_by_role("button", name="Sound and notifications are on").click()
    anna.page.evaluate("window.away = true")
    people.customer("Kim").say("Hello")
    anna.page.locator(".offer").wait_for()
    assert (anna.page.evaluate("window.tones"), anna.page.evaluate("window.shown")) == (0, [])
    anna.page.reload()
    people.expect(anna.page.get_by_role("button", name="Sound and notifications are off")).to_be_visible()


def test_without_leave_nothing_is_shown_outside_the_page(people: People) -> None:
    anna = at_the_desk(people, allowed=False)
    anna.page.evaluate("window.away = true")
    people.customer("Kim").say("Hello")
    anna.page.locator(".offer").wait_for()
    assert anna.page.evaluate("window.shown") == []
