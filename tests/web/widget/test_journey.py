"""From the first word to the survey: what customers and agents do with each other through the widget."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.web.widget.conftest import Come, expect
from tests.web.widget.stage import IDENTITY_KEY, Desk, Server, until

PNG = bytes.fromhex(  # two pixels by one, red and blue
    "89504e470d0a1a0a0000000d49484452000000020000000108020000007b40e8dd0000000f"
    "49444154789c63f8cfc0c0c0f01f00070001ff7e08b1d00000000049454e44ae426082"
)
CARDS = {
    "type": "carousel",
    "cards": [
        {
            "type": "card",
            "title": "Quay 3",
            "text": "Three gears",
            "buttons": [{"label": "Take it", "payload": "quay"}],
        },
        {"type": "card", "title": "Pilot", "buttons": [{"label": "Look", "url": "https://example.com/pilot"}]},
    ],
}
CHOICES = {"type": "choices", "text": "Which colour?", "options": [{"label": "Red"}, {"label": "Blue", "payload": "b"}]}


def test_from_the_first_word_to_the_survey(come: Come, ann: Desk, eve: Desk, tmp_path: Path) -> None:
    customer = come("/talk/site")
    customer.standing("We are here for you")
    customer.say("我的自行车 when? https://example.com/order?id=1.")
    customer.sees("我的自行车 when?")
    expect(customer.locator(".status")).to_have_text("Sent")
    assert customer.locator(".bubble a").get_attribute("href") == "https://example.com/order?id=1"
    talk = ann.take("我的自行车 when? https://example.com/order?id=1.")
    customer.standing("You are talking with Ann")
    expect(customer.locator(".notice", has_text="Ann has joined")).to_have_count(1)
    expect(customer.locator(".status")).to_have_text("Delivered")
    talk.do("read", of=2)
    expect(customer.locator(".status")).to_have_text("Read")

    # Typing both ways, and how far each has read.
    ann.ask("POST", f"/desk/contacts/{talk.id}/typing", {"on": True})
    expect(customer.locator(".typing")).to_be_visible()
    said = talk.say("Next week. 😀")
    customer.sees("Next week. 😀")
    expect(customer.locator(".typing")).to_be_hidden()
    until(lambda: talk.seen()["contact"]["read"] >= said)

    # Pictures and files, both ways.
    customer.locator("input[type=file]").set_input_files({"name": "bike.png", "mimeType": "image/png", "buffer": PNG})
    expect(customer.locator(".mine img")).to_have_js_property("naturalWidth", 2)
    until(lambda: talk.lines(by="customer")[-1]["body"]["parts"][0]["type"] == "image")
    customer.locator("input[type=file]").set_input_files({"name": "empty.txt", "mimeType": "text/plain", "buffer": b""})
    expect(customer.locator(".trouble")).to_have_text("empty.txt is empty")

    # Cards and choices are answered with a press.
    talk.say(CARDS, CHOICES)
    expect(customer.get_by_role("link", name="Look")).to_have_attribute("href", "https://example.com/pilot")
    customer.get_by_role("button", name="Take it").click()
    until(lambda: [line["body"]["payload"] for line in talk.lines("tapped")] == ["quay"])
    customer.get_by_role("button", name="Blue").click()
    until(lambda: [line["body"]["payload"] for line in talk.lines("tapped")] == ["quay", "b"])
    expect(customer.locator(".mine .bubble", has_text="Blue")).to_have_count(1)

    # Over to an expert: the customer learns of it, and no agent's id.
    talk.do("transfer", queue="experts", note="knows bikes")
    expect(customer.locator(".notice", has_text="handed over to Experts")).to_have_count(1)
    talk = eve.take("我的自行车 when? https://example.com/order?id=1.")
    customer.standing("You are talking with Eve")
    talk.say("Eve here.")
    customer.sees("Eve here.")
    assert "knows bikes" not in customer.content()

    # The end, the survey, and a copy to keep.
    talk.do("close")
    expect(customer.locator(".notice", has_text="has ended")).to_have_count(1)
    customer.get_by_label("4 of 5 stars").check(force=True)
    customer.get_by_label("In your own words").fill("Quick <b>and</b> kind")
    customer.locator(".survey").get_by_role("button", name="Send").click()
    expect(customer.locator(".survey")).to_contain_text("Thank you, really.")
    until(lambda: talk.seen()["contact"]["score"] == 4)
    customer.locator("summary[aria-label=More]").click()
    with customer.expect_download() as download:
        customer.get_by_role("button", name="Download conversation").click()
    text = Path(download.value.path()).read_text()
    assert "You: 我的自行车 when?" in text
    assert "Eve: Eve here." in text
    talk.do("wrap-up")

    # A word after the end begins anew, and the old conversation is still there.
    customer.reload()
    customer.sees("Eve here.")
    assert customer.locator(".survey").count() == 0
    customer.say("One more thing")
    customer.sees("One more thing")
    ann.take("One more thing").do("wrap-up")


def test_the_customer_ends_it_and_may_look_back(come: Come, ann: Desk) -> None:
    customer = come("/talk/site")
    customer.say("First matter")
    talk = ann.take("First matter")
    customer.locator("summary[aria-label=More]").click()
    customer.get_by_role("button", name="End conversation").click()
    customer.get_by_role("button", name="Keep talking").click()
    expect(customer.locator("[role=alertdialog]")).to_be_hidden()
    customer.locator("summary[aria-label=More]").click()
    customer.get_by_role("button", name="End conversation").click()
    customer.locator(".sure .primary").click()
    customer.standing("has ended")
    talk.do("wrap-up")
    customer.get_by_role("button", name="Not now").click()
    customer.say("Second matter")
    ann.take("Second matter")
    customer.reload()
    customer.sees("Second matter")
    assert customer.words().count("First matter") == 0
    customer.get_by_role("button", name="Show earlier conversations").click()
    customer.sees("First matter")
    assert customer.words().index("First matter") < customer.words().index("Second matter")


GROWS = """(inner) => {
    inner.append(Object.assign(document.createElement("div"), { style: "height: 400px" }));
    inner.parentNode.dispatchEvent(new Event("scroll")); // of the line's coming, and told only now
}"""
BELOW = "(inner) => inner.parentNode.scrollHeight - inner.parentNode.scrollTop - inner.parentNode.clientHeight"


def test_what_grows_takes_nobody_away_from_the_end(come: Come, ann: Desk) -> None:
    """As a picture does that is there a moment after its line. Only who scrolls up is not followed."""
    customer = come("/talk/site")
    customer.say("Where is it?")
    talk = ann.take("Where is it?")
    inner = customer.locator(".inner")
    for _ in range(2):
        inner.evaluate(GROWS)
        customer.until(lambda: inner.evaluate(BELOW) < 2)
    inner.evaluate("(inner) => { inner.parentNode.scrollTop -= 300 }")
    customer.until(lambda: 200 < inner.evaluate(BELOW) < 400)
    inner.evaluate(GROWS)
    talk.say("Round the corner.")
    expect(customer.get_by_role("button", name="New messages")).to_be_visible()
    assert inner.evaluate(BELOW) > 600


def test_a_form_before_the_first_word(come: Come, ann: Desk) -> None:
    customer = come("/talk/asks")
    expect(customer.locator(".composer")).to_be_hidden()
    customer.get_by_label("Your name").fill("王小明")
    customer.get_by_label("Your e-mail").fill("not an address")
    customer.get_by_label("What is it about?").select_option("An order")
    customer.get_by_role("button", name="Start the chat").click()
    expect(customer.locator(".composer")).to_be_hidden()
    customer.get_by_label("Your e-mail").fill("wang@example.com")
    customer.get_by_role("button", name="Start the chat").click()
    customer.say("Is it here?")
    talk = ann.take("Is it here?")
    assert talk.seen()["contact"]["name"] == "王小明"
    assert talk.lines()[0]["body"]["fields"] == {"name": "王小明", "email": "wang@example.com", "topic": "An order"}
    customer.say("And a second word")
    talk.hears("And a second word")
    assert "fields" not in talk.lines(by="customer")[-1]["body"]
    talk.do("wrap-up")


def test_what_is_wrong_with_the_form_is_told_at_the_field_and_in_the_widgets_language(come: Come) -> None:
    customer = come("/talk/asks", locale="de")
    customer.get_by_role("button", name="Chat beginnen").click()
    name, email = customer.get_by_label("Your name"), customer.get_by_label("Your e-mail")
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(customer.locator("label", has_text="Your name").get_by_role("alert")).to_have_text(
        "Bitte ausfüllen und prüfen."
    )
    customer.keyboard.type("Kim")
    expect(name).to_have_attribute("aria-invalid", "false")
    email.fill("not an address")
    customer.keyboard.press("Enter")
    expect(email).to_be_focused()
    expect(customer.locator("label", has_text="Your e-mail").get_by_role("alert")).to_have_text(
        "Bitte ausfüllen und prüfen."
    )
    expect(customer.locator(".composer")).to_be_hidden()


def test_what_the_server_says_of_the_form_is_told_at_the_field(come: Come, ann: Desk) -> None:
    """As after the form has changed: the page's own check let it pass. What was written waits, and goes with the new answers."""
    customer = come("/talk/asks")
    customer.get_by_label("Your name").fill("Kim")
    customer.get_by_label("What is it about?").evaluate("box => box.append(new Option('A bicycle'))")
    customer.get_by_label("What is it about?").select_option("A bicycle")
    customer.get_by_role("button", name="Start the chat").click()
    customer.say("Do you have one?")
    topic = customer.get_by_label("What is it about?")
    expect(topic).to_be_focused()
    expect(customer.locator("label", has_text="What is it about?").get_by_role("alert")).to_contain_text(
        "Pick one of: An order"
    )
    expect(customer.locator(".composer")).to_be_hidden()
    expect(customer.get_by_label("Your name")).to_have_value("Kim")
    expect(customer.locator(".waiting")).not_to_contain_text("fields")
    topic.select_option("Something else")
    customer.get_by_role("button", name="Start the chat").click()
    customer.sees("Do you have one?")
    talk = ann.take("Do you have one?")
    assert talk.lines(by="customer")[0]["body"]["fields"] == {"name": "Kim", "topic": "Something else"}
    expect(customer.locator(".composer")).to_be_visible()
    customer.heard.clear()  # the browser's own word for 422
    talk.do("wrap-up")


def test_words_of_the_page_that_come_before_the_form_wait_for_it(come: Come, ann: Desk) -> None:
    customer = come("/talk/asks")
    customer.locator(".panel").wait_for()
    customer.evaluate("window.ucs.send('The page speaks first')")
    expect(customer.locator("label", has_text="Your name").get_by_role("alert")).to_contain_text("has to be answered")
    customer.get_by_label("Your name").fill("Kim")
    customer.keyboard.press("Enter")
    customer.sees("The page speaks first")
    customer.heard.clear()
    ann.take("The page speaks first").do("wrap-up")


def test_that_nobody_is_there_any_more_is_noticed_while_it_is_open(come: Come, server: Server) -> None:
    eve = Desk(server, "eve")
    customer = come("/talk/experts", prepare=lambda page: page.clock.install())
    customer.standing("We are here for you")
    eve.ask("POST", "/desk/state", {"state": "rest"})
    customer.page.clock.run_for(61_000)
    customer.standing("We answer as soon as we can")
    eve.ask("POST", "/desk/state", {"state": "idle"})
    customer.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")
    customer.standing("We are here for you")


def test_a_voice_note_and_a_place(come: Come, ann: Desk) -> None:
    customer = come(
        "/talk/site", permissions=["geolocation", "microphone"], geolocation={"latitude": 52.5, "longitude": 13.4}
    )
    customer.say("Where are you?")
    talk = ann.take("Where are you?")
    customer.locator("summary[aria-label=Attach]").click()
    customer.get_by_role("button", name="My location").click()
    until(lambda: talk.lines(by="customer")[-1]["body"]["parts"][0]["type"] == "location")
    expect(customer.get_by_role("link", name="52.50000, 13.40000")).to_be_visible()
    customer.get_by_role("button", name="Voice message").click()
    expect(customer.locator(".clock")).to_have_text(re.compile(r"0:0[1-9]"))
    customer.get_by_role("button", name="Send").click()
    until(lambda: talk.lines(by="customer")[-1]["body"]["parts"][0]["type"] == "audio")
    expect(customer.locator(".mine audio")).to_have_count(1)
    customer.get_by_role("button", name="Voice message").click()
    customer.get_by_role("button", name="Discard").click()
    expect(customer.locator(".composer textarea")).to_be_focused()
    talk.do("wrap-up")


def test_files_may_be_pasted_and_dropped(come: Come, ann: Desk) -> None:
    customer = come("/talk/site")
    customer.say("Here it comes")
    talk = ann.take("Here it comes")
    bring = """([kind, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text], `${kind}.txt`, { type: "text/plain" }));
      const how = { bubbles: true, cancelable: true, composed: true };
      const [made, name] = kind === "paste" ? [ClipboardEvent, "clipboardData"] : [DragEvent, "dataTransfer"];
      const event = new made(kind, { ...how, [name]: data });
      document.querySelector("ucs-widget").shadowRoot.querySelector(".composer textarea").dispatchEvent(event);
    }"""
    for kind in ("paste", "drop"):
        customer.evaluate(bring, [kind, f"from {kind}"])
        with customer.expect_download() as download:
            customer.get_by_role("link", name=f"{kind}.txt").click()
        assert Path(download.value.path()).read_text() == f"from {kind}"
    names = [line["body"]["parts"][0].get("name") for line in talk.lines(by="customer")]
    assert names[1:] == ["paste.txt", "drop.txt"]
    talk.do("wrap-up")


def test_a_file_that_is_refused_may_be_tried_again_or_let_go(come: Come, ann: Desk) -> None:
    customer = come("/talk/site")
    refused = {"status": 503, "body": "{}", "headers": {"Retry-After": "1"}}
    tries: list[int] = []

    def answer(route: Any) -> None:
        tries.append(1)
        if len(tries) == 1:
            route.fulfill(**refused)
        elif len(tries) == 2:
            route.fulfill(status=415, content_type="application/problem+json", body='{"detail": "Not of this kind."}')
        else:
            route.continue_()

    customer.route("**/chat/media", answer)
    customer.locator("input[type=file]").set_input_files(
        {"name": "a.txt", "mimeType": "text/plain", "buffer": b"words"}
    )
    expect(customer.locator("[role=alert]", has_text="Not of this kind.")).to_be_visible()
    customer.get_by_role("button", name="Try again").click()
    expect(customer.get_by_role("link", name="a.txt")).to_be_visible()
    assert len(tries) == 3
    customer.heard.clear()


def test_when_nobody_is_there(come: Come) -> None:
    customer = come("/talk/night")
    customer.standing("closed")
    expect(customer.locator(".intro")).to_contain_text("Leave a message")
    customer.say("Please call me")
    customer.sees("Please call me")
    turned = come("/talk/never")
    expect(turned.locator(".turned")).to_be_visible()
    expect(turned.locator(".composer")).to_be_hidden()


def test_two_customers_at_once(come: Come, ann: Desk) -> None:
    one, other = come("/talk/site"), come("/talk/site")
    one.say("I am one")
    other.say("I am another")
    first, second = ann.take("I am one"), ann.take("I am another")
    assert first.id != second.id
    first.say("Hello one")
    second.say("Hello another")
    one.sees("Hello one")
    other.sees("Hello another")
    assert "another" not in " ".join(one.words())
    assert "one" not in " ".join(other.words()).replace("another", "").replace("Ann", "")
    for talk in (first, second):
        talk.do("wrap-up")


def test_two_tabs_of_one_customer_say_the_same(come: Come, ann: Desk) -> None:
    one = come("/talk/site")
    one.say("From the first tab")
    talk = ann.take("From the first tab")
    other = come("/talk/site", context=one.page.context)
    other.sees("From the first tab")
    other.say("From the second")
    one.sees("From the second")
    talk.hears("From the second")
    talk.do("wrap-up")


def test_a_tab_that_was_there_before_goes_along(come: Come, ann: Desk) -> None:
    """What another tab begins, or whom it is told the customer is, holds for this one too."""
    one = come("/talk/known")
    other = come("/talk/known", context=one.page.context)
    one.say("Before anybody knows me")
    other.sees("Before anybody knows me")
    other.say("From the other")
    one.sees("From the other")
    who = jwt.encode({"sub": "c-tabs", "name": "Tess", "aud": "acme", "exp": 4_000_000_000}, IDENTITY_KEY)
    one.evaluate("jwt => window.ucs.identify(jwt)", who)
    expect(other.locator("[role=log] .bubble")).to_have_count(0)
    one.say("Now you know me")
    other.sees("Now you know me")
    other.say("And me")
    one.sees("And me")
    first, second = ann.take("Before anybody knows me"), ann.take("Now you know me")
    assert first.words() == ["Before anybody knows me", "From the other"]
    assert second.words() == ["Now you know me", "And me"]
    for talk in (first, second):
        talk.do("wrap-up")


def test_what_comes_late_from_a_session_that_is_over_is_not_shown(come: Come, ann: Desk) -> None:
    """An answer is still on its way when the customer is told who they are."""
    customer = come("/talk/known")
    customer.say("Nobody knows me")
    customer.sees("Nobody knows me")
    late: list[Any] = []
    customer.route("**/chat/entries?*", lambda route: late.append(route))
    talk = ann.take("Nobody knows me")  # the page asks how it stands
    customer.until(lambda: late)
    who = jwt.encode({"sub": "c-late", "name": "Lee", "aud": "acme", "exp": 4_000_000_000}, IDENTITY_KEY)
    customer.evaluate("jwt => window.ucs.identify(jwt)", who)
    expect(customer.locator("[role=log] .bubble")).to_have_count(0)
    with customer.page.expect_response("**/chat/entries?*"):
        customer.page.unroute("**/chat/entries?*")  # they go on
    customer.page.wait_for_timeout(200)
    expect(customer.locator("[role=log] .notice", has_text="Ann")).to_have_count(0)
    expect(customer.locator(".standing")).not_to_contain_text("Ann")
    customer.say("Now I am Lee")
    customer.sees("Now I am Lee")
    assert customer.words() == ["Now I am Lee"]
    talk.do("wrap-up")
    ann.take("Now I am Lee").do("wrap-up")


def test_an_answer_that_was_overtaken_does_not_open_a_conversation_again(come: Come, ann: Desk) -> None:
    customer = come("/talk/site")
    customer.say("A short matter")
    customer.sees("A short matter")
    late: list[tuple[Any, Any]] = []
    customer.route(
        "**/chat/entries?*", lambda route: route.continue_() if late else late.append((route, route.fetch()))
    )
    talk = ann.take("A short matter")  # the page asks how it stands
    while not late:
        customer.page.wait_for_timeout(20)
    talk.do("close")
    customer.standing("has ended")
    route, answer = late[0]
    assert answer.json()["contact"]["state"] == "talking"
    with customer.page.expect_response("**/chat/entries?*"):
        route.fulfill(response=answer)
    customer.page.evaluate("() => new Promise(requestAnimationFrame)")
    customer.standing("has ended")
    expect(customer.locator(".survey")).to_be_visible()
    talk.do("wrap-up")


def test_a_press_that_is_repeated_is_one_press(come: Come, ann: Desk) -> None:
    """The answer to the first press is lost, so the customer presses again, and then twice in a hurry."""
    customer = come("/talk/site")
    customer.say("Let me choose")
    talk = ann.take("Let me choose")
    options = [{"label": "Red", "payload": "r"}, {"label": "Blue", "payload": "b"}]
    talk.say({"type": "choices", "text": "Which one?", "options": options})
    presses: list[str] = []

    def lose(route: Any) -> None:
        presses.append(route.request.post_data_json["label"])
        if len(presses) > 1:
            route.continue_()
        else:
            route.fetch()
            route.abort()

    customer.route("**/chat/taps", lose)
    customer.locator(".options button", has_text="Red").click()
    expect(customer.locator(".trouble")).to_be_visible()
    customer.heard.clear()
    customer.locator(".options button", has_text="Red").click()
    customer.locator(".options button", has_text="Blue").dblclick()
    customer.until(lambda: presses == ["Red", "Red", "Blue", "Blue"])
    expect(customer.locator("[role=log] .mine", has_text="Blue")).to_have_count(1)
    assert [line["body"]["label"] for line in talk.lines("tapped")] == ["Red", "Blue"]
    talk.do("wrap-up")


def test_what_is_written_after_a_press_does_not_overtake_it(come: Come, ann: Desk) -> None:
    customer = come("/talk/site")
    customer.say("Which bikes are there?")
    talk = ann.take("Which bikes are there?")
    talk.say({"type": "choices", "text": "Which colour?", "options": [{"label": "Red"}, {"label": "Blue"}]})
    held: list[Any] = []
    customer.route("**/chat/taps", lambda route: held.append(route))
    customer.locator(".options button", has_text="Red").click()
    customer.say("with a bell")
    customer.until(lambda: held)
    expect(customer.locator(".waiting li")).to_have_count(1)
    customer.wait_for_timeout(300)  # in which it would have arrived
    assert talk.words() == ["Which bikes are there?"]
    held[0].continue_()
    customer.sees("with a bell")
    said = [line["body"] for line in talk.seen()["entries"] if line["by"] == "customer" and line["kind"] != "received"]
    assert [body.get("label") or body["parts"][0]["text"] for body in said if "label" in body or "parts" in body] == [
        "Which bikes are there?",
        "Red",
        "with a bell",
    ]
    talk.do("wrap-up")


@pytest.mark.parametrize("call", ["identify(jwt)", "push(['identify', jwt])"])
def test_a_proven_customer_has_a_history_everywhere(come: Come, ann: Desk, call: str) -> None:
    who = jwt.encode({"sub": f"c-{len(call)}", "name": "Cleo", "aud": "acme", "exp": 4_000_000_000}, IDENTITY_KEY)
    first = come("/talk/known")
    first.evaluate("jwt => window.ucs.identify(jwt)", who)
    first.say("It is me")
    talk = ann.take("It is me")
    assert talk.seen()["contact"]["name"] == "Cleo"
    second = come("/talk/known")
    second.evaluate(f"jwt => window.ucs.{call}", who)
    second.sees("It is me")
    stranger = come("/talk/known")
    stranger.say("I am somebody else")
    stranger.sees("I am somebody else")
    assert "It is me" not in stranger.words()
    talk.do("wrap-up")


def test_who_signs_out_leaves_no_history_to_the_next(come: Come, ann: Desk) -> None:
    """On a computer that others use, too. Other tabs go along."""
    one = come("/talk/known")
    who = jwt.encode({"sub": "c-gone", "name": "Gil", "aud": "acme", "exp": 4_000_000_000}, IDENTITY_KEY)
    one.evaluate("jwt => window.ucs.identify(jwt)", who)
    one.say("Only for me")
    one.sees("Only for me")
    other = come("/talk/known", context=one.page.context)
    other.sees("Only for me")
    one.page.route("**/chat/messages", lambda route: route.abort())
    one.say("Never sent")
    one.locator(".composer textarea").fill("Half a wo")
    expect(one.locator("text=Never sent")).to_be_visible()
    one.evaluate("window.ucs.identify('')")
    for tab in (one, other):
        expect(tab.locator("[role=log] .bubble")).to_have_count(0)
    expect(one.locator(".composer textarea")).to_have_value("")
    expect(one.locator("text=Never sent")).to_have_count(0)
    one.page.unroute("**/chat/messages")
    one.say("I am somebody else")
    one.sees("I am somebody else")
    assert one.words() == ["I am somebody else"]
    first, second = ann.take("Only for me"), ann.take("I am somebody else")
    for talk in (first, second):
        talk.do("wrap-up")
    for tab in (one, other):  # what was aborted, and what was being asked for the one before, which the server refuses
        tab.heard[:] = [each for each in tab.heard if "ERR_FAILED" not in each and "404" not in each]
