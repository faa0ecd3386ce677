"""The customer's page in a real browser against the real server, with agents at the desk: one contact from its first word to its
wrap-up, and a lost connection. The desk's own tests are in `tests/web/desk`, the widget's in `tests/web/widget`.

Chromium is looked for on the PATH (Debian: apt-get install chromium); nothing is downloaded.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.served import served

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[test]'")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on the PATH: apt-get install chromium")

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WITHIN = 15_000  # milliseconds
PNG = bytes.fromhex(  # two pixels by one, red and blue
    "89504e470d0a1a0a0000000d49484452000000020000000108020000007b40e8dd0000000f"
    "49444154789c63f8cfc0c0c0f01f00070001ff7e08b1d00000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright.expect.set_options(timeout=WITHIN)
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


class Demo:
    """The demo, with people in front of it. What any page's console complains of is a failure."""

    def __init__(self, browser: Any, url: str, data: Path) -> None:
        self.browser, self.url, self.data = browser, url, data
        self.complaints: list[str] = []
        self.contexts: list[Any] = []

    def page(self, width: int = 1280, **how: Any) -> Any:
        context = self.browser.new_context(viewport={"width": width, "height": 800}, **how)
        context.set_default_timeout(WITHIN)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        return page

    def customer(self, name: str = "Kim") -> Any:
        page = self.page(360)
        page.goto(f"{self.url}/talk/website")
        self.introduce(page, name)
        return page

    def introduce(self, page: Any, name: str = "Kim") -> None:
        page.get_by_label("Your name").fill(name)
        page.get_by_role("button", name="Start the chat").click()

    def agent(self, name: str) -> Any:
        page = self.page()
        page.goto(f"{self.url}/desk#tenant=demo&agent={name}")
        self.sign_in(page, name)
        return page

    def sign_in(self, page: Any, name: str) -> None:
        page.get_by_label("Password").fill((self.data / f"{name}.password").read_text())
        page.get_by_role("button", name="Sign in").click()
        page.locator("#state").click()
        page.get_by_role("menuitemradio", name="Ready").click()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    data = tmp_path_factory.mktemp("demo") / "demo"
    with served("demo", "--port", "0", "--data", str(data), "--no-browser", data=data) as url:
        yield url, data


@pytest.fixture
def demo(browser: Any, running: tuple[str, Path]) -> Iterator[Demo]:
    demo = Demo(browser, *running)
    yield demo
    for context in demo.contexts:
        context.close()
    assert demo.complaints == []


def say(page: Any, text: str) -> None:
    page.locator(".composer textarea").fill(text)
    page.keyboard.press("Enter")


def sees(page: Any, text: str) -> None:
    playwright.expect(page.locator(".bubble", has_text=text)).to_have_count(1)
    playwright.expect(page.locator(".unsent")).to_have_count(0)


def finish(page: Any) -> None:
    page.get_by_role("radio", name="Follow up").check()
    page.get_by_role("button", name="Finish").click()


def test_a_contact_from_the_first_word_to_the_wrap_up(demo: Demo, tmp_path: Path) -> None:
    customer, anna, ben = demo.customer("王小明"), demo.agent("anna"), demo.agent("ben")
    say(customer, "我的自行车 <b>什么时候</b>到？")
    anna.get_by_role("button", name="Accept").click()
    sees(anna, "我的自行车 <b>什么时候</b>到？")
    playwright.expect(customer.locator(".standing")).to_have_text("You are talking with Anna")
    say(anna, "Next week.")
    sees(customer, "Next week.")

    customer.locator(".composer textarea").type("hm")
    playwright.expect(anna.locator(".typing")).to_be_visible()
    picture, paper = tmp_path / "bike.png", tmp_path / "order.txt"
    picture.write_bytes(PNG)
    paper.write_text("order 42")
    customer.locator("input[type=file]").set_input_files([picture])
    playwright.expect(anna.locator(".bubble img")).to_have_js_property("naturalWidth", 2)
    anna.locator("input[type=file]").set_input_files([paper])
    with customer.expect_download() as download:
        customer.get_by_role("link", name="order.txt").click()
    assert Path(download.value.path()).read_text() == "order 42"

    anna.get_by_role("button", name="Private note").click()
    say(anna, "for colleagues only")
    sees(anna, "for colleagues only")
    anna.get_by_role("button", name="Transfer").click()
    anna.get_by_role("radio", name="Ben").check()
    anna.get_by_label("Note for whoever takes over").fill("knows bikes")
    anna.locator("dialog").get_by_role("button", name="Transfer").click()
    ben.get_by_role("button", name="Accept").click()
    for text in ("Next week.", "for colleagues only", "knows bikes"):
        sees(ben, text)
    playwright.expect(anna.locator("#contacts li")).to_have_count(0)
    say(ben, "Ben here.")
    sees(customer, "Ben here.")
    ben.get_by_role("button", name="Close").click()
    finish(ben)
    playwright.expect(ben.locator("#contacts li")).to_have_count(0)
    playwright.expect(customer.locator(".standing")).to_contain_text("has ended")
    assert customer.locator(".bubble", has_text="for colleagues only").count() == 0

    customer.reload()
    sees(customer, "Ben here.")
    say(customer, "One more thing")
    for agent in (anna, ben):
        agent.bring_to_front()
    anna.get_by_role("button", name="Accept").click()
    playwright.expect(anna.locator(".earlier .contact")).to_contain_text("Follow up")
    for page in (customer, anna, ben):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_was_written_without_a_connection_arrives_once(demo: Demo) -> None:
    customer, anna = demo.customer(), demo.agent("anna")
    say(customer, "first")
    anna.get_by_role("button", name="Accept").click()
    sees(anna, "first")
    demo.contexts[0].set_offline(True)
    customer.locator(".composer textarea").fill("second")
    customer.keyboard.press("Enter")
    playwright.expect(customer.locator(".unsent")).to_contain_text("Sending")
    say(anna, "while you were away")
    demo.contexts[0].set_offline(False)
    sees(anna, "second")
    sees(customer, "while you were away")
    sees(customer, "second")
    anna.get_by_role("button", name="Close").click()
    finish(anna)
    away = ("ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_CHANGED")
    demo.complaints[:] = [each for each in demo.complaints if not any(word in each for word in away)]


def test_without_web_sockets_the_page_asks_and_waits(demo: Demo) -> None:
    anna, customer = demo.agent("anna"), demo.page(360)
    customer.route_web_socket("**/chat/socket", lambda socket: socket.close(code=1011))
    customer.goto(f"{demo.url}/talk/website")
    demo.introduce(customer)
    say(customer, "no socket here")
    anna.get_by_role("button", name="Accept").click()
    say(anna, "I hear you")
    sees(customer, "I hear you")
    anna.get_by_role("button", name="Close").click()
    finish(anna)
