"""Connections that break: nothing that was written is lost or said twice, and nothing that was said meanwhile is missing."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.desk.scene import Desk, People, until

REFUSED = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });"""
FULL = 'Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };'
BROKEN = (
    "ERR_INTERNET_DISCONNECTED",
    "ERR_CONNECTION",
    "WebSocket connection",
    "ERR_EMPTY_RESPONSE",
    "ERR_NETWORK",
    "ERR_FAILED",
    "503",
)


def test_the_network_is_gone_for_a_while(people: People) -> None:
    people.forgive(*BROKEN)
    anna, kim = people.desk("anna"), people.customer("Kim")
    kim.say("first")
    anna.accept("Kim")
    anna.page.context.set_offline(True)
    anna.say("written in a tunnel")
    people.expect(anna.page.locator(".unsent")).to_contain_text("written in a tunnel")
    kim.say("said while you were away")
    anna.page.context.set_offline(False)
    anna.sees("written in a tunnel")
    anna.sees("said while you were away")
    assert kim.heard().count("written in a tunnel") == 1


def test_the_socket_is_cut_and_comes_back_by_number(people: People) -> None:
    page = people.page()
    sockets: list[object] = []

    def between(socket: object) -> None:
        sockets.append(socket)
        socket.connect_to_server()  # type: ignore[attr-defined]  # playwright's, which is not typed here

    page.route_web_socket("**/desk/socket", between)
    page.goto(f"{people.centre.url}/desk#tenant=demo&agent=anna")
    page.locator("input[name=password]").fill(people.centre.password("anna"))
    page.keyboard.press("Enter")
    page.locator("#idle button").click()
    kim = people.customer("Kim")
    kim.say("before")
    page.locator(".offer").get_by_role("button", name="Accept").click()
    page.locator("#talk-name", has_text="Kim").wait_for()
    for cut in (1, 2, 3):
        sockets[-1].close(code=1011)  # type: ignore[attr-defined]  # see above
        kim.say(f"cut {cut}")
        people.expect(page.locator(".bubble", has_text=f"cut {cut}")).to_have_count(1)
        until(lambda cut=cut: (page.wait_for_timeout(20), len(sockets) > cut)[1], lambda: "there was no other socket")


def test_the_server_is_killed_and_started_in_the_middle(people: People) -> None:
    people.forgive(*BROKEN)
    anna, kim = people.desk("anna"), people.customer("Kim")
    kim.say("before")
    anna.accept("Kim")
    anna.say("an answer that is on disk")
    anna.sees("an answer that is on disk")
    people.centre.kill()
    anna.say("written while nobody was there")
    people.expect(anna.page.locator(".unsent")).to_have_count(1)
    people.expect(anna.page.locator(".trouble")).to_contain_text("connection is lost")
    people.centre.start()
    anna.sees("written while nobody was there")
    people.expect(anna.page.locator(".trouble")).to_have_count(0)
    kim.say("and after")
    anna.sees("and after")
    assert kim.heard().count("written while nobody was there") == 1
    assert kim.heard().count("an answer that is on disk") == 1


def test_what_was_not_sent_survives_a_reload(people: People) -> None:
    people.forgive(*BROKEN)
    anna, kim = people.desk("anna"), people.customer("Kim")
    kim.say("hello")
    anna.accept("Kim")
    anna.page.route("**/desk/contacts/*/messages", lambda route: route.abort())
    anna.say("not yet")
    people.expect(anna.page.locator(".unsent")).to_have_count(1)
    anna.page.unroute("**/desk/contacts/*/messages")
    anna.page.reload()
    anna.open("Kim")
    anna.sees("not yet")
    assert kim.heard().count("not yet") == 1


def test_no_contact_waits_for_what_another_cannot_send(people: People) -> None:
    """Its own words do, in their order."""
    people.forgive("503")
    anna, kim, lena = people.desk("anna"), people.customer("Kim"), people.customer("Lena")
    for name, customer in (("Lena", lena), ("Kim", kim)):
        customer.say("hello")
        anna.accept(name)
    later = {"status": 503, "content_type": "application/problem+json", "body": '{"status": 503, "detail": "Later."}'}
    refuses = [True]

    def answer(route: Any) -> None:
        if refuses[0] and "to Lena" in route.request.post_data:
            route.fulfill(**later)
        else:
            route.continue_()

    anna.page.route("**/desk/contacts/*/messages", answer)
    anna.open("Lena")
    anna.say("first to Lena")
    anna.say("second to Lena")
    people.expect(anna.page.locator(".unsent")).to_have_count(2)
    anna.open("Kim")
    anna.say("to Kim")
    anna.sees("to Kim")
    assert "to Kim" in kim.heard()
    anna.open("Lena")
    people.expect(anna.page.locator(".unsent")).to_have_count(2)
    refuses[0] = False
    anna.sees("second to Lena")
    assert [words for words in lena.heard() if words.endswith("to Lena")] == ["first to Lena", "second to Lena"]


def test_what_the_server_refuses_is_said_and_can_be_discarded(people: People) -> None:
    people.forgive("409")
    anna, kim = people.desk("anna"), people.customer("Kim")
    kim.say("hello")
    anna.accept("Kim")
    problem = '{"type":"about:blank","title":"No","status":409,"detail":"Nothing like this is said here."}'
    answer = {"status": 409, "content_type": "application/problem+json", "body": problem}
    anna.page.route("**/desk/contacts/*/messages", lambda route: route.fulfill(**answer))
    anna.say("something odd")
    failed = anna.page.locator(".unsent")
    people.expect(failed).to_contain_text("Nothing like this is said here.")
    anna.page.unroute("**/desk/contacts/*/messages")
    failed.get_by_role("button", name="Try again").click()
    anna.sees("something odd")


def test_what_was_taken_over_meanwhile_is_told_on_coming_back(people: People) -> None:
    people.forgive(*BROKEN, "404", "409")
    anna, kim, lena = people.desk("anna"), people.customer("Kim"), people.customer("Lena")
    for name, customer in (("Lena", lena), ("Kim", kim)):
        customer.say("hello")
        anna.accept(name)
    anna.page.context.set_offline(True)
    anna.say("written too late")
    signed_in = {"tenant": "demo", "agent": "carla", "password": people.centre.password("carla")}
    carla = people.centre.ask("/desk/sign-in", signed_in)["token"]
    for contact in people.centre.ask("/desk/floor", token=carla)["contacts"]:
        if contact["name"] == "Kim":
            path = f"/desk/contacts/{contact['id']}/take-over"
            people.centre.ask(path, {"epoch": contact["epoch"]}, carla)
    anna.open("Lena")
    anna.page.context.set_offline(False)
    people.expect(anna.page.locator("#contacts .contact")).to_have_count(1)
    people.expect(anna.page.locator(".trouble")).to_contain_text("carla has it now")
    assert "written too late" not in kim.heard()


def test_a_request_that_nobody_answers_is_given_up_and_made_again(people: People) -> None:
    anna, kim = people.desk("anna"), people.customer("Kim")
    kim.say("first")
    anna.accept("Kim")
    anna.page.clock.install()
    sent: list[object] = []

    def dead(route: object) -> None:
        sent.append(route)
        if len(sent) > 1:
            route.continue_()  # type: ignore[attr-defined]  # playwright's, which is not typed here

    anna.page.route("**/desk/contacts/*/messages", dead)
    people.forgive(*BROKEN)
    anna.say("into a dead line")
    people.expect(anna.page.locator(".unsent")).to_contain_text("into a dead line")
    for _ in range(40):
        anna.page.clock.run_for(1_000)
    anna.sees("into a dead line")
    assert kim.heard().count("into a dead line") == 1


@pytest.mark.parametrize("storage", [REFUSED, FULL], ids=["refused", "full"])
def test_where_the_browser_keeps_nothing(people: People, storage: str) -> None:
    page = people.page()
    page.add_init_script(storage)
    anna, kim = Desk(people, "anna", page), people.customer("Kim")
    anna.sign_in()
    anna.ready()
    kim.say("first")
    anna.accept("Kim")
    anna.say("Nothing is kept here")
    anna.sees("Nothing is kept here")
    assert kim.heard().count("Nothing is kept here") == 1


def without_sockets(page: Any) -> Any:
    """As behind a proxy that lets none through."""
    page.route_web_socket("**/desk/socket", lambda socket: socket.close(code=1011))
    return page


def test_where_a_proxy_lets_no_socket_through(people: People) -> None:
    anna, kim = Desk(people, "anna", without_sockets(people.page())), people.customer("Kim")
    anna.sign_in()
    anna.ready()
    kim.say("is anybody there?")
    anna.accept("Kim")
    anna.say("Yes, without a socket")
    anna.sees("Yes, without a socket")
    kim.say("and it comes by itself")
    anna.sees("and it comes by itself")
    people.expect(anna.page.locator(".trouble")).to_have_count(0)
    kim.end()
    people.expect(anna.page.get_by_text("The customer ended the chat")).to_be_visible()
    assert kim.heard().count("Yes, without a socket") == 1


def test_an_old_tab_without_a_socket_is_told_so(people: People) -> None:
    people.forgive("409")
    old = Desk(people, "anna", without_sockets(people.page()))
    old.sign_in()
    new = people.desk("anna")
    people.expect(old.page.locator("body")).to_contain_text("elsewhere")
    people.expect(new.page.locator("#agent-name")).to_be_visible()


def test_the_floor_without_a_socket(people: People) -> None:
    carla, kim = Desk(people, "carla", without_sockets(people.page())), people.customer("Kim")
    asked: list[str] = []
    carla.page.on("request", lambda request: asked.append(request.url))
    carla.sign_in()
    waits = re.compile(r"/desk/contacts\?mark=.+&wait=1$")  # for news of the own contacts, when the floor is opened
    until(lambda: (carla.page.wait_for_timeout(20), any(map(waits.search, asked)))[1], lambda: asked)
    carla.page.get_by_role("button", name="Floor").click()
    kim.say("in the queue")
    people.expect(carla.page.locator(".floor")).to_contain_text("Kim")
