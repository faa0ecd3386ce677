"""What the widget survives: reloads, dead lines, a server that dies, proxies without sockets. Never twice, never lost, and nothing
that was typed is gone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.web.widget.conftest import Come, Customer, expect
from tests.web.widget.stage import Desk, Server, Shop, Talk, until


def talking(come: Come, ann: Desk, text: str, **how: Any) -> tuple[Customer, Talk]:
    customer = come("/talk/site", **how)
    customer.say(text)
    talk = ann.take(text)
    customer.standing("You are talking with Ann")
    return customer, talk


def test_without_a_connection_and_back(come: Come, ann: Desk) -> None:
    customer, talk = talking(come, ann, "before")
    customer.page.context.set_offline(True)
    customer.say("meanwhile one")
    customer.say("meanwhile two")
    expect(customer.locator(".waiting li")).to_have_count(2)
    talk.say("said while you were away")
    customer.page.context.set_offline(False)
    for text in ("said while you were away", "meanwhile one", "meanwhile two"):
        customer.sees(text)
    for text in ("meanwhile one", "meanwhile two"):
        talk.hears(text)
    assert talk.words() == ["before", "meanwhile one", "meanwhile two"]
    talk.do("wrap-up")


def test_a_server_that_is_killed_and_started_again(come: Come, ann: Desk, server: Server) -> None:
    customer, talk = talking(come, ann, "before the end")
    server.kill()
    customer.say("into the dark")
    expect(customer.locator(".waiting li")).to_have_count(1)
    expect(customer.locator(".trouble")).to_be_visible()
    customer.locator(".composer textarea").fill("half a sente")
    server.start()
    customer.sees("into the dark")
    talk.hears("into the dark")
    talk.say("We are back")
    customer.sees("We are back")
    expect(customer.locator(".trouble")).to_be_hidden()
    expect(customer.locator(".composer textarea")).to_have_value("half a sente")
    numbers = [line["seq"] for line in talk.seen()["entries"]]
    assert numbers == list(range(1, len(numbers) + 1))
    talk.do("wrap-up")


def test_what_was_not_sent_outlives_the_page(come: Come, ann: Desk, server: Server) -> None:
    customer, talk = talking(come, ann, "stay with me")
    context = customer.page.context
    customer.route("**/chat/messages", lambda route: route.abort())
    customer.say("kept for later")
    expect(customer.locator(".waiting li")).to_have_count(1)
    customer.locator(".composer textarea").fill("not finished")
    customer.close()
    again = come("/talk/site", context=context)
    again.sees("kept for later")
    expect(again.locator(".composer textarea")).to_have_value("not finished")
    talk.hears("kept for later")
    customer.heard.clear()
    talk.do("wrap-up")


def test_an_answer_that_is_lost_makes_nothing_twice(come: Come, ann: Desk) -> None:
    customer = come("/talk/site")
    lost: list[str] = []

    def lose(route: Any) -> None:
        """The server takes it, and nobody hears that it did."""
        route.fetch()
        lost.append(route.request.post_data)
        route.abort() if len(lost) < 3 else route.continue_()

    customer.route("**/chat/messages", lose)
    customer.say("only once")
    customer.sees("only once")
    talk = ann.take("only once")
    assert talk.words() == ["only once"]
    talk.do("wrap-up")
    customer.heard.clear()


@pytest.mark.parametrize("put_back", [0, 7200], ids=["", "the clock is put back"])
def test_a_socket_that_dies_without_a_word_is_noticed(come: Come, ann: Desk, put_back: int) -> None:
    """Half open: neither side hears anything, and nobody is told. It is noticed within 30 s of the widget's time."""
    made: list[Any] = []
    asked: set[Any] = set()  # over HTTP, and not answered yet
    dead = 0  # sockets up to this one; a slow machine may have made two before it comes to this

    def through(socket: Any) -> None:
        behind = socket.connect_to_server()
        made.append(socket)
        number = len(made)
        socket.on_message(lambda data: None if number <= dead else behind.send(data))
        behind.on_message(lambda data: None if number <= dead else socket.send(data))

    def prepare(page: Any) -> None:
        page.clock.install()
        page.route_web_socket("**/chat/socket", through)
        page.on("request", lambda request: asked.add(request))
        for over in ("requestfinished", "requestfailed"):
            page.on(over, lambda request: asked.discard(request))

    customer, talk = talking(come, ann, "can you hear me", prepare=prepare)
    for _ in range(3):  # what it still asks for over HTTP has been answered
        customer.page.clock.run_for(1_000)
        customer.until(lambda: not asked)
    dead = len(made)
    talk.say("a word into nothing")
    customer.page.clock.run_for(2_000)
    assert customer.locator("[role=log] .bubble", has_text="a word into nothing").count() == 0
    if put_back:  # from here on the socket may be dropped at any look
        customer.page.clock.set_system_time(datetime.now(UTC) - timedelta(seconds=put_back))
    for _ in range(14):
        customer.page.clock.run_for(2_000)
        customer.wait_for_timeout(20)
    until(lambda: (customer.page.clock.run_for(500), len(made) > dead)[1])
    until(lambda: (customer.page.clock.run_for(500), "a word into nothing" in " ".join(customer.words()))[1])
    talk.do("wrap-up")


def test_without_web_sockets_it_asks_and_waits(come: Come, ann: Desk) -> None:
    def prepare(page: Any) -> None:
        page.route_web_socket("**/chat/socket", lambda socket: socket.close(code=1011))

    customer, talk = talking(come, ann, "no socket here", prepare=prepare)
    talk.say("I hear you")
    customer.sees("I hear you")
    customer.say("and I you")
    talk.hears("and I you")
    talk.do("close")
    customer.standing("has ended")
    customer.say("once more")
    customer.sees("once more")
    talk.hears("once more")
    expect(customer.locator(".trouble")).to_be_hidden()
    talk.do("wrap-up")


def test_a_token_that_no_longer_holds_is_renewed(come: Come, ann: Desk) -> None:
    customer, talk = talking(come, ann, "a long story")
    spoil = """key => {
      const kept = JSON.parse(localStorage[key]);
      localStorage[key] = JSON.stringify({ ...kept, token: kept.token + "x" });
    }"""
    customer.evaluate(spoil, "ucs:site:")
    customer.say("goes on")
    customer.sees("goes on")
    talk.hears("goes on")
    customer.evaluate(spoil, "ucs:site:")
    customer.reload()
    customer.sees("a long story")
    customer.heard.clear()  # the browser tells of each 401
    talk.do("wrap-up")


def test_a_session_that_is_over_is_followed_by_another(come: Come, ann: Desk) -> None:
    customer, talk = talking(come, ann, "in my old session")
    customer.evaluate("localStorage['ucs:site:'] = JSON.stringify({ token: 'x', refresh: 'y.z', until: 0 })")
    customer.reload()
    customer.say("in my new session")
    customer.sees("in my new session")
    assert "in my old session" not in customer.words()
    customer.heard.clear()
    talk.do("wrap-up")
    ann.take("in my new session").do("wrap-up")


def test_where_the_page_may_keep_nothing(come: Come, ann: Desk) -> None:
    def prepare(page: Any) -> None:
        page.add_init_script(
            "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
        )

    customer, talk = talking(come, ann, "I keep nothing", prepare=prepare)
    talk.say("Nor do we")
    customer.sees("Nor do we")
    talk.do("wrap-up")


def test_a_line_that_overtakes_the_missed_ones_hides_none_of_them(come: Come, ann: Desk) -> None:
    """A new line may come before those that were missed, and the socket may die before these are here: they come with the next."""
    sockets: list[Any] = []
    deaf = 0  # sockets up to this one; the next is the leaky one

    def through(socket: Any) -> None:
        behind = socket.connect_to_server()
        sockets.append(socket)
        number = len(sockets)
        held: list[Any] = []

        def bring(data: str) -> None:
            if number <= deaf:
                return None
            if not deaf or number > deaf + 1:
                return socket.send(data)
            held.extend(json.loads(data))
            newest = [frame for frame in held if "the newest" in json.dumps(frame)]
            if newest:  # it overtakes everything, and with the hello this socket ends
                socket.send(json.dumps(newest))
                socket.send(json.dumps([frame for frame in held if frame["type"] == "hello"]))
                socket.close(code=1012)

        behind.on_message(bring)

    def prepare(page: Any) -> None:
        page.route_web_socket("**/chat/socket", through)

    customer, talk = talking(come, ann, "a leaky line", prepare=prepare)
    deaf = len(sockets)
    customer.route("**/chat/entries?*", lambda route: route.abort("internetdisconnected"))  # it would bring them, too
    for text in ("missed one", "missed two", "missed three, the newest"):
        talk.say(text)
    sockets[-1].close(code=1012)
    for text in ("missed one", "missed two", "missed three, the newest"):
        customer.sees(text)
    assert len(sockets) >= deaf + 2
    customer.unroute("**/chat/entries?*")
    talk.do("wrap-up")


def test_leaving_while_a_file_goes_up_is_asked_about(come: Come, ann: Desk) -> None:
    """How much of it has come is shown; a page that is left now would lose it, and so the browser asks. Afterwards it does not."""
    customer = come("/talk/site")
    held: list[Any] = []
    customer.route("**/chat/media", lambda route: held.append(route))
    asked: list[str] = []
    customer.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    paper = {"name": "big.txt", "mimeType": "text/plain", "buffer": b"word " * 100_000}
    customer.locator("input[type=file]").set_input_files(paper)
    bar = customer.get_by_role("progressbar", name="Sending")
    expect(bar).to_be_visible()
    customer.wait_for_timeout(300)
    customer.evaluate("location.reload()")
    customer.until(lambda: asked)
    assert asked == ["beforeunload"]
    expect(bar).to_be_visible()
    held[0].continue_()
    expect(customer.get_by_role("link", name="big.txt")).to_be_visible()
    expect(bar).to_have_count(0)
    customer.reload()
    expect(customer.get_by_role("link", name="big.txt")).to_be_visible()
    assert asked == ["beforeunload"]


WATCHED = """() => {
  window.values = [];
  const root = document.querySelector("ucs-widget").shadowRoot;
  const note = () => window.values.push(root.querySelector("progress")?.value ?? -1);
  new MutationObserver(note).observe(root, { subtree: true, attributes: true, attributeFilter: ["value"] });
}"""


def test_how_much_of_a_file_has_come_is_shown(come: Come, ann: Desk) -> None:
    customer = come("/talk/site")
    wire = customer.page.context.new_cdp_session(customer.page)
    wire.send("Network.enable")
    slow = {"offline": False, "latency": 20, "downloadThroughput": 4_000_000, "uploadThroughput": 1_000_000}
    wire.send("Network.emulateNetworkConditions", slow)
    customer.locator("ucs-widget").wait_for(state="attached")
    customer.evaluate(WATCHED)
    paper = {"name": "slow.txt", "mimeType": "text/plain", "buffer": b"word " * 600_000}
    customer.locator("input[type=file]").set_input_files(paper)
    expect(customer.get_by_role("link", name="slow.txt")).to_be_visible()
    values = [value for value in customer.evaluate("window.values") if value >= 0]
    assert values == sorted(values)
    assert any(0 < value < 1 for value in values)


def test_a_file_on_a_slow_line_is_not_given_up(come: Come, ann: Desk) -> None:
    """As long as it gets on, it may take longer than one that stands still may stand: else it would begin anew, again and again."""
    shorter: list[str] = []
    tries: list[str] = []

    def hurry(route: Any) -> None:
        script = route.fetch().text()
        shorter.extend(["here"] * script.count("120000"))
        route.fulfill(body=script.replace("120000", "5000"), content_type="text/javascript")

    def prepare(page: Any) -> None:
        page.route("**/widget/*/*.js", hurry)
        page.on("request", lambda request: tries.append(request.method) if "/chat/media" in request.url else None)

    customer = come("/talk/site", prepare=prepare)
    customer.locator("ucs-widget").wait_for(state="attached")
    wire = customer.page.context.new_cdp_session(customer.page)
    wire.send("Network.enable")
    slow = {"offline": False, "latency": 20, "downloadThroughput": 4_000_000, "uploadThroughput": 300_000}
    wire.send("Network.emulateNetworkConditions", slow)
    paper = {"name": "slow.txt", "mimeType": "text/plain", "buffer": b"word " * 400_000}
    customer.locator("input[type=file]").set_input_files(paper)
    expect(customer.get_by_role("link", name="slow.txt")).to_be_visible(timeout=30_000)
    assert (shorter, tries.count("POST")) == (["here"], 1)


def test_a_server_that_hangs_is_asked_again(come: Come, shop: Shop) -> None:
    """The first question of all has a deadline too: without an answer there would be no button."""
    hung: list[Any] = []
    given_up: list[Any] = []

    def hang(route: Any) -> None:
        hung.append(route)
        if len(hung) > 1:
            route.continue_()

    def prepare(page: Any) -> None:
        page.clock.install()
        page.route("**/about", hang)
        page.on("requestfailed", lambda request: given_up.append(request))

    customer = come(f"{shop.url}/site", prepare=prepare)
    customer.until(lambda: hung)
    expect(customer.locator(".launcher")).to_have_count(0)
    customer.until(lambda: given_up)  # after ten seconds, which are not the page's to count
    customer.until(lambda: (customer.page.clock.run_for(1_000), len(hung) > 1)[1])
    expect(customer.locator(".launcher")).to_be_visible()


def test_a_form_whose_answer_is_lost_with_the_server(come: Come, ann: Desk, server: Server) -> None:
    customer = come("/talk/asks")
    customer.get_by_label("Your name").fill("Kim")
    customer.get_by_role("button", name="Start the chat").click()
    server.kill()
    customer.say("Is anybody there?")
    expect(customer.locator(".waiting")).to_contain_text("Is anybody there?")
    server.start()
    talk = Desk(server, "ann").take("Is anybody there?")
    customer.sees("Is anybody there?")
    assert talk.lines(by="customer")[0]["body"]["fields"] == {"name": "Kim"}
    talk.do("wrap-up")
