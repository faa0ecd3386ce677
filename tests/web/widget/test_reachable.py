"""For everybody: axe finds nothing on any view, everything works from the keyboard, in every language, and on a screen of 320 pixels.

axe-core (MPL-2.0) comes with the package axe-playwright-python and is only run here, never shipped.
"""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.docs.project import ROOT
from tests.web.widget.conftest import Come, Customer, expect
from tests.web.widget.stage import Desk, Shop
from tests.web.widget.test_journey import CARDS, CHOICES, PNG

LOCALES = ROOT / "ucs" / "web" / "widget" / "locales"
# What is still coming up has colours of its own on the way.
STILL = """() => Promise.allSettled(
  document.querySelector("ucs-widget").shadowRoot.getAnimations()
    .filter((one) => one.effect.getComputedTiming().iterations !== Infinity).map((one) => one.finished)
)"""
LANGUAGES = sorted(path.stem for path in LOCALES.glob("*.js"))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# What is still coming up has colours and places of its own on the way.
STILL = """() => Promise.allSettled(
  [document, ...[...document.querySelectorAll("ucs-widget")].map(({ shadowRoot }) => shadowRoot)]
    .flatMap((root) => root.getAnimations())
    .filter((one) => one.effect.getComputedTiming().iterations !== Infinity)
    .map((one) => one.finished)
)"""


@pytest.fixture(scope="session")
def axe() -> str:
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe is not installed: pip install '.[test]'")
    return (Path(found.origin).parent / "axe.min.js").read_text()


def reachable(customer: Customer, axe: str, view: str) -> None:
    """axe has nothing to complain of in what is shown now. The debugger brings it: no page of ours lets anybody else's script run."""
    customer.evaluate(STILL)
    session = customer.page.context.new_cdp_session(customer.page)
    session.send("Runtime.evaluate", {"expression": axe})
    how = json.dumps({"runOnly": RULES, "resultTypes": ["violations"]})
    asked = {"expression": f"axe.run(document, {how})", "awaitPromise": True, "returnByValue": True}
    found: dict[str, Any] = session.send("Runtime.evaluate", asked)["result"]["value"]
    told = [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
    assert not told, f"{view}:\n" + "\n".join(told)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_view(come: Come, ann: Desk, axe: str, scheme: str) -> None:
    customer = come("/talk/site", color_scheme=scheme)
    customer.locator(".panel").wait_for()
    reachable(customer, axe, "before the first word")
    start = f"My bike, in {scheme}"
    customer.say(start)
    customer.sees(start)
    reachable(customer, axe, "waiting")
    talk = ann.take(start)
    talk.say("Look at https://example.com/bikes", CARDS, CHOICES)
    talk.say({"type": "location", "latitude": 1, "longitude": 2, "title": "Here"}, "😀")
    customer.locator("input[type=file]").set_input_files({"name": "bike.png", "mimeType": "image/png", "buffer": PNG})
    customer.locator("input[type=file]").set_input_files(
        {"name": "a.txt", "mimeType": "text/plain", "buffer": b"words"}
    )
    expect(customer.locator(".mine img")).to_be_visible()
    expect(customer.get_by_role("link", name="a.txt")).to_be_visible()
    ann.ask("POST", f"/desk/contacts/{talk.id}/typing", {"on": True})
    expect(customer.locator(".typing")).to_be_visible()
    reachable(customer, axe, "talking")
    customer.locator("summary[aria-label=Attach]").click()
    customer.locator("summary[aria-label=More]").click()
    reachable(customer, axe, "menus")
    customer.get_by_role("button", name="End conversation").click()
    reachable(customer, axe, "the end is asked about")
    customer.route("**/chat/messages", lambda route: route.fulfill(status=422, body='{"detail": "Not like this."}'))
    customer.say("refused")
    expect(customer.locator("[role=alert]", has_text="Not like this.")).to_be_visible()
    reachable(customer, axe, "refused")
    customer.get_by_role("button", name="Discard").click()
    customer.unroute("**/chat/messages")
    talk.do("close")
    customer.locator("input[type=radio]").nth(3).check(force=True)
    reachable(customer, axe, "the survey")
    customer.locator(".survey").get_by_role("button", name="Send").click()
    expect(customer.locator(".survey")).to_contain_text("Thank you")
    reachable(customer, axe, "thanks")
    talk.do("wrap-up")
    customer.heard.clear()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_around_it(come: Come, shop: Shop, axe: str, scheme: str) -> None:
    customer = come(f"{shop.url}/greeted/asks", width=900, color_scheme=scheme)
    expect(customer.locator(".launcher")).to_be_visible()
    expect(customer.locator(".greeting")).to_be_visible()
    reachable(customer, axe, "greeted")
    customer.locator(".greeting .words").click()
    reachable(customer, axe, "the form")
    night = come("/talk/night", color_scheme=scheme)
    expect(night.locator(".intro")).to_contain_text("Leave a message")
    reachable(night, axe, "closed")
    never = come("/talk/never", color_scheme=scheme)
    expect(never.locator(".turned")).to_be_visible()
    reachable(never, axe, "turned away")


def test_everything_from_the_keyboard(come: Come, shop: Shop, ann: Desk) -> None:
    customer = come(f"{shop.url}/site", width=900)
    customer.locator(".launcher").wait_for()
    press = customer.keyboard.press
    focused = "document.querySelector('ucs-widget').shadowRoot.activeElement?.ariaLabel"
    press("Tab")
    assert "Acme" in customer.evaluate(focused)
    press("Enter")
    expect(customer.locator(".composer textarea")).to_be_focused()
    customer.keyboard.type("Only with keys")
    press("Enter")
    customer.sees("Only with keys")
    talk = ann.take("Only with keys")
    talk.say(CHOICES)
    customer.get_by_role("button", name="Red").wait_for()
    for _ in range(9):
        press("Shift+Tab")
        if customer.evaluate("document.querySelector('ucs-widget').shadowRoot.activeElement?.textContent") == "Red":
            break
    press("Enter")
    expect(customer.locator(".mine .bubble", has_text="Red")).to_have_count(1)
    customer.locator("summary[aria-label=More]").focus()
    press("Enter")
    press("Tab")
    press("Escape")
    expect(customer.locator("summary[aria-label=More]")).to_be_focused()
    expect(customer.locator(".panel")).to_be_visible()
    press("Escape")
    expect(customer.locator(".panel")).to_be_hidden()
    expect(customer.locator(".launcher")).to_be_focused()
    talk.do("wrap-up")


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_every_language_and_at_320_pixels(come: Come, ann: Desk, language: str) -> None:
    customer = come("/talk/site", width=320, height=568, locale=language)
    host = customer.locator("ucs-widget")
    expect(host).to_have_attribute("lang", language)
    assert host.get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    start = f"Word in {language} {'long' * 30}"
    customer.say(start)
    customer.sees(start)
    talk = ann.take(start)
    talk.say("An answer", CARDS, CHOICES)
    customer.sees("An answer")
    wide = """() => {
      const root = document.querySelector("ucs-widget").shadowRoot;
      const inside = root.querySelector(".scroll");
      return [document.documentElement.scrollWidth, inside.scrollWidth - inside.clientWidth];
    }"""
    assert customer.evaluate(wide) == [320, 0]
    small = """() => [...document.querySelector("ucs-widget").shadowRoot.querySelectorAll("button, summary")]
      .filter(({ offsetWidth, offsetHeight }) => offsetWidth && Math.min(offsetWidth, offsetHeight) < 24)
      .map((each) => each.textContent)"""
    assert customer.evaluate(small) == []
    talk.do("wrap-up")


def test_every_language_says_everything() -> None:
    def words(language: str) -> dict[str, str]:
        text = (LOCALES / f"{language}.js").read_text()
        found: list[tuple[str, str]] = re.findall(r'^  (\w+): "(.*)",$', text, re.MULTILINE)
        return {key: text for key, text in found if key != "dir"}

    english = words("en")
    used = "".join(path.read_text() for path in LOCALES.parent.glob("*.js"))
    for key in english:
        assert f'"{key}"' in used, f"{key} is in every language and is never said"
    for language in LANGUAGES:
        said = words(language)
        assert list(said) == list(english), language
        for key, text in said.items():
            assert text.strip(), f"{language}: {key}"
            assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[key])), f"{language}: {key}"


def test_nothing_moves_for_who_does_not_want_it(come: Come) -> None:
    customer = come("/talk/site", reduced_motion="reduce")
    customer.locator(".panel").wait_for()
    running = "document.querySelector('ucs-widget').shadowRoot.getAnimations().length"
    assert customer.evaluate(running) == 0
