"""A browser, a server, a shop and two agents: one of each for all the tests of a module, and customers who come and go."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.widget.model import Model
from tests.web.widget.stage import Desk, Server, Shop, until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
SLOW = 15_000  # milliseconds
# What a browser says by itself of a connection that is not there: wanted, where a test takes it away.
NETWORK = (
    "ERR_INTERNET_DISCONNECTED",
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
    "ERR_NETWORK_CHANGED",
    "WebSocket connection",
)


@pytest.fixture(scope="module")  # it holds the event loop: no test of another module may run meanwhile
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[test]'")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on the PATH: apt-get install chromium")
    playwright.expect.set_options(timeout=SLOW)
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with Shop().open() as shop:
        yield shop


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with Model().open() as model:
        yield model


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, shop: Shop, model: Model) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("ucs"), shop.url, model.url)
    shop.ucs = server.url
    server.start()
    yield server
    server.stop()


@pytest.fixture
def ann(server: Server) -> Desk:
    return Desk(server, "ann")


@pytest.fixture
def eve(server: Server) -> Desk:
    return Desk(server, "eve")


class Customer:
    """A browser with the widget in front of somebody. `heard` is what the console complained of."""

    def __init__(self, page: Any, heard: list[str]) -> None:
        self.page = page
        self.heard = heard

    def __getattr__(self, name: str) -> Any:
        return getattr(self.page, name)

    def open(self) -> None:
        self.page.locator(".launcher").click()
        self.page.locator(".panel").wait_for()

    def say(self, text: str) -> None:
        self.page.locator(".composer textarea").fill(text)
        self.page.keyboard.press("Enter")

    def sees(self, text: str) -> None:
        """It stands there once, and nothing is still on its way."""
        expect(self.page.locator("[role=log] .bubble", has_text=text)).to_have_count(1)
        expect(self.page.locator(".waiting li")).to_have_count(0)

    def until(self, holds: Callable[[], object]) -> None:
        """What happens to the page is heard meanwhile."""
        until(lambda: (self.page.wait_for_timeout(20), holds())[1])

    def standing(self, text: str) -> None:
        expect(self.page.locator(".standing")).to_contain_text(text)

    def words(self) -> list[str]:
        return [each.strip() for each in self.page.locator("[role=log] .bubble").all_inner_texts()]


Come = Callable[..., Customer]


def expect(locator: Any) -> Any:
    from playwright.sync_api import expect as expected

    return expected(locator)


@pytest.fixture
def come(browser: Any, server: Server) -> Iterator[Come]:
    """A customer comes to a page: a path of ours, or a whole address. Whatever a console complains of is a failure."""
    contexts: list[Any] = []
    customers: list[Customer] = []

    def comes(address: str = "/talk/site", width: int = 400, height: int = 720, **how: Any) -> Customer:
        prepare = how.pop("prepare", None)
        context = how.pop("context", None) or browser.new_context(viewport={"width": width, "height": height}, **how)
        context.set_default_timeout(SLOW)
        contexts.append(context)
        page = context.new_page()
        heard: list[str] = []
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on(
            "console",
            lambda said: said.type in ("error", "warning") and heard.append(f"{said.text} {said.location['url']}"),
        )
        customers.append(Customer(page, heard))
        if prepare:
            prepare(page)
        page.goto(address if address.startswith("http") else server.url + address)
        return customers[-1]

    yield comes
    for context in dict.fromkeys(contexts):
        context.close()
    complaints = [said for customer in customers for said in customer.heard]
    assert [said for said in complaints if not any(word in said for word in NETWORK)] == []


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "order.txt"
    path.write_text("order 42")
    return path
