"""The supervisor's view, two agents and two customers at once, and who is told what when a contact is taken over."""

from __future__ import annotations

from tests.web.desk.scene import People


def test_two_customers_and_two_agents_at_once(people: People) -> None:
    anna, kim = people.desk("anna"), people.customer("Kim")
    kim.say("For Anna")
    anna.accept("Kim")
    anna.page.keyboard.press("Escape")
    anna.page.keyboard.press("s")  # at rest: the next one is Ben's
    people.expect(anna.page.locator("#state")).to_contain_text("At rest")
    ben, lena = people.desk("ben"), people.customer("Lena")
    lena.say("For Ben")
    people.expect(ben.page.locator(".offer")).to_have_count(0)  # Ben has no skill in sales
    anna.page.keyboard.press("s")
    anna.accept("Lena")
    anna.act("Transfer")
    anna.page.locator(".target", has_text="Support").click()
    anna.page.locator("dialog").get_by_role("button", name="Transfer").click()
    ben.accept("Lena")
    for desk, customer, word in ((anna, kim, "one"), (ben, lena, "two"), (anna, kim, "three"), (ben, lena, "four")):
        if desk is anna:
            anna.open("Kim")
        desk.say(f"Answer {word}")
        desk.sees(f"Answer {word}")
        customer.say(f"Thanks {word}")
        desk.sees(f"Thanks {word}")
    assert not any("two" in text or "four" in text for text in kim.heard())
    assert not any("one" in text or "three" in text for text in lena.heard())
    people.expect(anna.bubble("Answer two")).to_have_count(0)


def test_watched_whispered_to_and_taken_over(people: People) -> None:
    anna, kim = people.desk("anna"), people.customer("Kim")
    kim.say("I want my money back")
    anna.accept("Kim")
    carla = people.desk("carla", ready=False)
    places = carla.page.locator(".place span").all()
    assert len({place.bounding_box()["height"] for place in places}) == 1, (
        "the name of a place is broken into two lines"
    )
    carla.quiet()
    carla.page.keyboard.press("g")
    people.expect(carla.page.locator("tbody tr", has_text="Anna")).to_contain_text("Ready")
    carla.page.locator(".floor-contacts .contact", has_text="Kim").click()
    carla.sees("I want my money back")
    carla.page.locator("#panel-toggle").click()
    people.expect(carla.page.locator(".identities")).to_contain_text("claimed")
    carla.page.locator(".tabs").get_by_role("button", name="Close").click()
    people.expect(carla.page.locator(".identities")).to_be_hidden()
    kim.say("Now!")
    carla.sees("Now!")
    anna.sees("Now!")
    people.expect(anna.page.locator(".talk")).not_to_contain_text("Carla")

    carla.page.locator("#composer").fill("Offer <b>half</b>")
    carla.page.locator("#composer").press("Enter")
    people.expect(anna.page.locator(".said.whisper")).to_contain_text("Offer <b>half</b>")
    people.expect(anna.page.locator(".said.whisper .author")).to_contain_text("Carla · whispers to you")
    assert not any("half" in text for text in kim.heard())

    anna.page.locator("#composer").fill("half an answer")
    carla.act("Take over")
    people.expect(anna.page.locator(".read-only")).to_contain_text("Carla has this contact now")
    people.expect(anna.page.locator("#composer")).to_have_count(0)
    people.expect(anna.page.locator("#contacts .contact")).to_have_count(0)
    carla.page.locator(".mode.reply").wait_for()
    carla.say("This is Carla")
    carla.sees("This is Carla")
    assert "This is Carla" in kim.heard()
    people.expect(anna.bubble("This is Carla")).to_have_count(0)


def test_the_floor_is_live_and_sets_states(people: People) -> None:
    carla, anna = people.desk("carla", ready=False), people.desk("anna", ready=False)
    carla.quiet()
    carla.page.keyboard.press("g")
    sales = carla.page.locator(".queue", has_text="Sales")
    people.expect(sales).to_contain_text("0 Waiting")
    people.customer("Kim").say("Anybody there?")
    people.expect(sales).to_contain_text("1 Waiting")
    people.expect(carla.page.locator(".floor-contacts")).to_contain_text("Waiting in queue")
    row = carla.page.locator("tbody tr", has_text="Anna")
    row.get_by_role("button", name="Choose the state of Anna").click()
    carla.page.get_by_role("menuitem", name="Set ready").click()
    people.expect(anna.page.locator("#state")).to_contain_text("Ready")
    anna.accept("Kim")
    people.expect(sales).to_contain_text("0 Waiting")
    people.expect(carla.page.locator(".floor-contacts")).to_contain_text("Talking")
    row.get_by_role("button", name="Choose the state of Anna").click()
    carla.page.get_by_role("menuitem", name="Sign out").click()
    carla.page.locator("dialog").get_by_role("button", name="Sign out").click()
    people.expect(anna.page.locator("#sign-in-why")).to_contain_text("signed out")
    people.expect(row).to_contain_text("Offline")
    people.expect(sales).to_contain_text("1 Waiting")


def test_a_contact_in_the_queue_is_taken(people: People) -> None:
    carla = people.desk("carla", ready=False)
    people.customer("Kim").say("Anybody there?")
    carla.quiet()
    carla.page.keyboard.press("g")
    carla.page.locator(".floor-contacts .contact", has_text="Kim").click()
    carla.act("Take over")
    people.expect(carla.page.locator("#contacts .contact")).to_contain_text("Kim")
    carla.page.locator(".mode.reply").wait_for()  # until then she is one who watches
    carla.say("Here I am")
    carla.sees("Here I am")


def test_an_agent_has_no_floor(people: People) -> None:
    anna = people.desk("anna", ready=False)
    anna.quiet()
    anna.page.keyboard.press("g")
    people.expect(anna.page.locator(".list")).to_be_visible()
    people.expect(anna.page.get_by_role("button", name="Floor")).to_have_count(0)
