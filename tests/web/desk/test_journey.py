"""An agent's contact from the offer to the wrap-up, and everything that can be done on the way."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.web.desk.scene import PNG, Desk, People, until


def test_a_contact_from_the_offer_to_the_wrap_up(people: People, tmp_path: Path) -> None:
    anna, kim = people.desk("anna"), people.customer("王小明 <b>Kim</b>")
    kim.say("我的自行车 <b>什么时候</b>到？ See https://harbour.example/42.")
    offer = anna.page.locator(".offer")
    people.expect(offer).to_contain_text("什么时候")
    people.expect(offer).to_contain_text("Sales")
    people.expect(anna.page).to_have_title("(1) Desk")
    anna.accept("王小明")
    people.expect(anna.page.get_by_role("link", name="https://harbour.example/42")).to_have_attribute(
        "href", "https://harbour.example/42"
    )

    anna.page.locator("#composer").press_sequentially("/hel")
    people.expect(anna.page.locator("#phrases [aria-selected=true]")).to_contain_text("Greeting")
    anna.page.locator("#composer").press("Enter")
    people.expect(anna.page.locator("#composer")).to_have_value(
        "Hello 王小明 <b>Kim</b>, this is Anna of Harbour Bikes. How can I help you?"
    )
    anna.page.locator("#composer").press("Enter")
    anna.sees("this is Anna of Harbour Bikes")
    assert any("this is Anna" in text for text in kim.heard())

    picture, paper = tmp_path / "bike.png", tmp_path / "order.txt"
    picture.write_bytes(PNG)
    paper.write_text("order 42")
    anna.page.locator("input[type=file]").set_input_files([picture, paper])
    people.expect(anna.page.locator(".bubble img")).to_have_js_property("naturalWidth", 2)
    people.expect(anna.page.get_by_role("link", name="order.txt")).to_be_visible()
    anna.page.get_by_role("button", name="Open the picture").click()
    people.expect(anna.page.locator("dialog.viewer img")).to_be_visible()
    anna.page.keyboard.press("Escape")

    anna.page.get_by_role("button", name="Private note").click()
    anna.say("Only colleagues see this")
    anna.sees("Only colleagues see this")
    anna.page.get_by_role("tab", name="Notes").click()
    people.expect(anna.page.locator(".notes")).to_contain_text("Only colleagues")
    assert not any("colleagues" in text for text in kim.heard())

    anna.act("Close")
    anna.page.get_by_role("radio", name="Offer sent").check()
    anna.page.get_by_label("Note (optional)").fill("Wants a cargo bike")
    anna.page.get_by_role("button", name="Finish").click()
    people.expect(anna.page.locator("#contacts .contact")).to_have_count(0)
    people.expect(anna.page.locator("#idle")).to_contain_text("Nobody is waiting")

    kim.say("One more thing")
    anna.accept("王小明")
    anna.page.get_by_role("tab", name="Customer").click()
    earlier = anna.page.locator(".earlier .contact")
    people.expect(earlier).to_contain_text("Offer sent")
    earlier.click()
    people.expect(anna.page.locator(".read-only")).to_contain_text("earlier contact")
    anna.sees("Wants a cargo bike")
    anna.act("Back")
    anna.sees("One more thing")


def test_a_contact_is_passed_on_with_a_note(people: People) -> None:
    anna, ben = people.desk("anna"), people.desk("ben", ready=False)
    lena = people.customer("Lena")
    lena.say("Do you repair e-bikes?")
    anna.accept("Lena")
    anna.act("Transfer")
    ben_target = anna.page.locator(".target", has_text="Ben")
    people.expect(ben_target).to_contain_text("At rest")
    ben.ready()
    people.expect(ben_target).to_contain_text("Ready")  # while the question is open
    ben_target.click()
    anna.page.get_by_label("Note for whoever takes over").fill("Knows <i>bikes</i>")
    anna.page.locator("dialog").get_by_role("button", name="Transfer").click()
    people.expect(anna.page.locator("#contacts .contact")).to_have_count(0)
    people.expect(anna.page.locator(".read-only")).to_be_visible()
    people.expect(anna.page.locator("#composer")).to_have_count(0)
    ben.accept("Lena")
    ben.sees("Knows <i>bikes</i>")
    ben.say("We do.")
    ben.sees("We do.")
    assert "We do." in lena.heard()


def test_what_is_begun_stays_with_its_contact(people: People) -> None:
    anna = people.desk("anna")
    for name in ("Kim", "Lena"):
        people.customer(name).say(f"I am {name}")
        anna.accept(name)
    anna.page.locator("#composer").fill("half a sentence for Lena")
    anna.open("Kim")
    people.expect(anna.page.locator("#composer")).to_have_value("")
    people.expect(anna.page.locator("#contacts .contact", has_text="Lena")).to_contain_text("Draft: half a sentence")
    anna.page.reload()
    anna.open("Lena")
    people.expect(anna.page.locator("#composer")).to_have_value("half a sentence for Lena")
    anna.page.locator("#composer").press("Enter")
    anna.sees("half a sentence for Lena")
    people.expect(anna.page.locator("#contacts")).not_to_contain_text("Draft")


def test_taken_back_replied_to_and_read(people: People) -> None:
    anna, kim = people.desk("anna"), people.customer("Kim")
    kim.say("Which size?")
    anna.accept("Kim")
    question = anna.page.locator(".said.theirs", has_text="Which size?")
    question.hover()
    question.get_by_role("button", name="Reply to this").click()
    anna.say("Fifty-six")
    people.expect(anna.bubble("Fifty-six").locator("blockquote")).to_contain_text("Which size?")
    mine = anna.page.locator(".said.mine", has_text="Fifty-six")
    mine.hover()
    mine.get_by_role("button", name="Take back").click()
    people.expect(anna.bubble("Fifty-six")).to_have_count(0)
    people.expect(anna.page.locator(".said.gone")).to_contain_text("Taken back")


def test_what_is_known_of_the_customer_is_noted_down_and_shown_on_the_tenants_page(people: People) -> None:
    anna, kim = people.desk("anna"), people.customer("Kim")
    kim.say("Hello")
    anna.accept("Kim")
    people.expect(anna.page.locator(".identities")).to_contain_text("claimed")
    order = anna.page.get_by_label("Order")
    order.fill("2026-42 & more")
    order.press("Enter")
    people.expect(anna.page.locator(".fields")).to_contain_text("Saved")
    anna.page.get_by_label("Bike").select_option("Cargo")
    people.expect(anna.page.locator(".fields .good")).to_have_count(2)
    anna.page.get_by_role("tab", name="Page").click()
    told = anna.page.frame_locator(".page iframe").frame_locator("iframe")
    people.expect(told.locator("#told")).to_contain_text("2026-42 & more")
    people.expect(told.locator("#told")).to_contain_text("Kim")
    rights = anna.page.frame_locator(".page iframe").locator("iframe").get_attribute("sandbox")
    assert rights == "allow-scripts allow-forms allow-popups"  # a page of ours gets no origin
    anna.page.reload()
    anna.open("Kim")
    people.expect(anna.page.get_by_label("Order")).to_have_value("2026-42 & more")
    people.expect(anna.page.get_by_label("Bike")).to_have_value("Cargo")


def test_an_old_answer_that_comes_late_takes_back_nothing_that_is_noted_down(people: People) -> None:
    anna, kim = people.desk("anna"), people.customer("Kim")
    kim.say("Hello")
    anna.accept("Kim")
    bike = anna.page.get_by_label("Bike")
    people.expect(bike).to_have_value("")
    late: list[Any] = []

    def hold(route: Any) -> None:
        late.append((route, route.fetch())) if not late else route.continue_()

    anna.page.route("**/desk/contacts/*after=*", hold)
    order = anna.page.get_by_label("Order")
    order.fill("42")
    order.press("Enter")
    until(lambda: (anna.page.wait_for_timeout(20), late)[1], lambda: "the desk did not look again")
    with anna.page.expect_response("**/desk/contacts/*after=*"):
        bike.select_option("Cargo")
    route, answer = late[0]
    with anna.page.expect_response("**/desk/contacts/*after=*"):
        route.fulfill(response=answer)
    anna.page.wait_for_timeout(200)
    people.expect(bike).to_have_value("Cargo")


def test_what_is_being_noted_down_is_not_lost_to_news_or_to_a_refusal(people: People) -> None:
    people.forgive("Failed to load resource")
    anna, kim = people.desk("anna"), people.customer("Kim")
    kim.say("Hello")
    anna.accept("Kim")
    order = anna.page.get_by_label("Order")
    order.press_sequentially("2026-")
    kim.say("Are you there?")
    anna.sees("Are you there?")
    order.press_sequentially("42")
    people.expect(order).to_have_value("2026-42")
    anna.page.route("**/customer", lambda route: route.abort())
    order.press("Enter")
    people.expect(anna.page.locator(".fields .bad")).to_be_visible()
    people.expect(order).to_have_value("2026-42")
    anna.page.unroute("**/customer")
    order.press("Enter")
    people.expect(anna.page.locator(".fields .good")).to_contain_text("Saved")
    people.expect(order).to_have_value("2026-42")


def test_the_keyboard_alone_is_enough(people: People) -> None:
    anna = people.desk("anna")
    press = anna.page.keyboard.press
    for name in ("Kim", "Lena"):
        people.customer(name).say(f"I am {name}")
        anna.page.locator(".offer", has_text=name).wait_for()
        anna.quiet()
        press("a")
        anna.page.locator("#talk-name", has_text=name).wait_for()
    press("Escape")
    press("j")
    people.expect(anna.page.locator("#talk-name")).to_have_text("Kim")  # who has waited longer stands above
    press("j")
    people.expect(anna.page.locator("#talk-name")).to_have_text("Lena")
    press("k")
    people.expect(anna.page.locator("#talk-name")).to_have_text("Kim")
    press("r")
    anna.page.keyboard.type("Typed at once")
    press("Enter")
    anna.sees("Typed at once")
    press("Escape")
    press("?")
    people.expect(anna.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    press("Escape")
    people.expect(anna.page.get_by_role("dialog")).to_have_count(0)
    press("n")
    anna.page.keyboard.type("A note")
    press("Enter")
    people.expect(anna.page.locator(".said.note")).to_contain_text("A note")
    press("Escape")
    press("t")
    people.expect(anna.page.get_by_role("dialog", name="Transfer to")).to_be_visible()
    press("Escape")
    people.expect(anna.page.get_by_role("dialog")).to_have_count(0)
    press("s")
    people.expect(anna.page.locator("#state")).to_contain_text("At rest")
    press("e")
    anna.page.get_by_role("dialog").wait_for()
    press("Space")
    press("Enter")
    people.expect(anna.page.locator("#contacts .contact")).to_have_count(1)


FOCUSED = """
  new MutationObserver(() => {
    if (document.querySelector("#talk-name")) window.focused ??= document.activeElement.id;
  }).observe(document, { childList: true, subtree: true });
"""
QUICK = """async () => {
  const area = document.querySelector("#composer");
  area.value = "/hel";
  area.dispatchEvent(new Event("input", { bubbles: true }));
  for (let turn = 0; turn < 1_000 && !document.querySelector("#phrases"); turn++) await null; // drawn, and nobody has seen it yet
  area.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
}"""


def test_who_is_quicker_than_the_screen_is_understood(people: People) -> None:
    """A busy machine draws later than somebody types: letters are words and no shortcuts, and Enter picks the phrase."""
    page = people.page()
    page.add_init_script(FOCUSED)
    anna = Desk(people, "anna", page)
    anna.sign_in()
    anna.ready()
    people.customer("Kim").say("Hello")
    anna.accept("Kim")
    assert page.evaluate("window.focused") == "composer"
    page.evaluate(QUICK)
    people.expect(page.locator("#composer")).to_have_value(re.compile("^Hello Kim, this is Anna"))


def test_states_have_reasons_and_an_old_tab_is_told(people: People) -> None:
    old = people.desk("anna")
    old.page.locator("#state").click()
    old.page.get_by_role("menuitemradio", name="Lunch").click()
    people.expect(old.page.locator("#state")).to_contain_text("At rest")
    new = people.desk("anna", ready=False)
    people.expect(old.page.locator("#sign-in-why")).to_contain_text("elsewhere")
    new.page.locator("#state").click()
    people.expect(new.page.get_by_role("menu")).to_contain_text("Lunch")


def test_it_speaks_chinese(people: People) -> None:
    page = people.page(locale="zh-CN")
    page.goto(f"{people.centre.url}/desk#tenant=demo&agent=anna")
    page.get_by_label("密码").fill(people.centre.password("anna"))
    page.keyboard.press("Enter")
    people.expect(page.locator("#state")).to_contain_text("休息")
    people.expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_label("Language").or_(page.get_by_label("语言")).select_option("en")
    people.expect(page.locator("#state")).to_contain_text("At rest")
    page.reload()
    people.expect(page.locator("#state")).to_contain_text("At rest")


def test_how_far_ones_words_have_come(people: People) -> None:
    """Sent as long as nobody has the page open, delivered when a page has them, read when somebody looks."""
    anna, away = people.desk("anna"), people.page(400, 720)
    away.goto(f"{people.centre.url}/talk/website")
    away.get_by_label("Your name").fill("Kim")
    away.get_by_role("button", name="Start the chat").click()
    away.locator(".composer textarea").fill("I shall be gone for a moment")
    away.keyboard.press("Enter")
    anna.accept("Kim")
    away.goto("about:blank")
    anna.say("Here when you are back")
    anna.sees("Here when you are back")
    told = anna.page.locator("li.said", has_text="Here when you are back").locator(".told")
    people.expect(told).not_to_contain_text("Delivered")
    away.add_init_script("Object.defineProperty(document, 'hidden', { configurable: true, value: true })")
    away.goto(f"{people.centre.url}/talk/website")
    people.expect(told).to_contain_text("Delivered")
    away.evaluate("delete document.hidden, document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")
    people.expect(told).to_contain_text("Read")
