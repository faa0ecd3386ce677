"""The desk without a mouse, without colours, without sight: axe finds nothing on any view, light and dark, wide and narrow.

axe-core (MPL-2.0) comes with the package axe-playwright-python and is only run here, never shipped.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.web.desk.scene import PNG, People

# What fades in has colours of its own on the way.
STILL = """() => Promise.allSettled(
  document.getAnimations().filter((one) => one.effect.getComputedTiming().iterations !== Infinity).map((one) => one.finished)
)"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def axe() -> str:
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe is not installed: pip install '.[test]'")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def check(page: Any, axe: str, view: str) -> None:
    """No violation on what is on the screen now."""
    page.evaluate(STILL)
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(axe)
    found = page.evaluate("(rules) => axe.run(document, { runOnly: rules })", RULES)
    told = [
        (each["id"], [node["html"][:160] + " " + str(node["any"][:1])[:300] for node in each["nodes"]])
        for each in found["violations"]
    ]
    assert told == [], f"{view}: {told}"


@pytest.mark.parametrize("how", [{}, {"color_scheme": "dark", "width": 800}, {"width": 400}], ids=str)
def test_the_agents_views(people: People, axe: str, how: dict[str, Any]) -> None:
    page = people.page(**how)
    page.goto(f"{people.centre.url}/desk#tenant=demo&agent=anna")
    page.locator(".sign-in .panel").wait_for()
    check(page, axe, "signing in")
    page.context.close()
    people.contexts.pop()

    anna = people.desk("anna", ready=False, **how)
    check(anna.page, axe, "at rest")
    anna.page.locator("#state").click()
    check(anna.page, axe, "the menu of states")
    anna.page.get_by_role("menuitemradio", name="Ready").click()
    kim = people.customer("Kim")
    kim.say("Hello https://harbour.example")
    anna.page.locator(".offer").wait_for()
    check(anna.page, axe, "an offer")
    anna.accept("Kim")
    kim.say(
        {"type": "image", "media": kim.upload("bike.png", PNG)}, {"type": "location", "latitude": 1, "longitude": 2}
    )
    anna.page.locator(".picture").wait_for()
    anna.say("Good day")
    anna.page.get_by_role("button", name="Private note").click()
    anna.say("A note")
    anna.sees("A note")
    check(anna.page, axe, "talking")
    anna.page.locator("#composer").fill("/")
    check(anna.page, axe, "phrases")
    anna.page.locator("#composer").fill("")
    anna.page.get_by_role("button", name="Emoji").click()
    check(anna.page, axe, "emoji")
    anna.page.keyboard.press("Escape")
    if how.get("width", 1440) < 1240:
        anna.page.locator("#panel-toggle").click()
    for tab in ("Customer", "Notes", "Page"):
        anna.page.get_by_role("tab", name=tab).click()
        check(anna.page, axe, f"the panel's {tab}")
    if how.get("width", 1440) < 1240:
        anna.page.locator(".tabs .only-medium").click()
    for question in ("Transfer", "Close"):
        anna.act(question)
        anna.page.get_by_role("dialog").wait_for()
        check(anna.page, axe, question)
        anna.page.keyboard.press("Escape")
        people.expect(anna.page.get_by_role("dialog")).to_have_count(0)
    anna.quiet()
    anna.page.keyboard.press("?")
    anna.page.get_by_role("dialog").wait_for()
    check(anna.page, axe, "the keys")


@pytest.mark.parametrize("how", [{}, {"color_scheme": "dark", "width": 800}], ids=str)
def test_the_supervisors_views(people: People, axe: str, how: dict[str, Any]) -> None:
    anna = people.desk("anna")
    people.customer("Kim").say("Hello")
    anna.accept("Kim")
    carla = people.desk("carla", ready=False, **how)
    carla.page.get_by_role("button", name="Floor").click()
    carla.page.locator(".floor-contacts .contact").wait_for()
    check(carla.page, axe, "the floor")
    carla.page.get_by_role("button", name="Choose the state of Anna").click()
    check(carla.page, axe, "the menu of a seat")
    carla.page.keyboard.press("Escape")
    carla.page.locator(".floor-contacts .contact").click()
    carla.sees("Hello")
    check(carla.page, axe, "watching")


def test_a_mistyped_password_leaves_the_names_in_the_form(people: People) -> None:
    """Also a changed language: only who begins anew has to say everything."""
    people.forgive("401 (Unauthorized)")
    page = people.page()
    page.goto(f"{people.centre.url}/desk")
    for name, value in (("tenant", "demo"), ("agent", "anna"), ("password", "mistyped")):
        page.locator(f"input[name={name}]").fill(value)
    page.keyboard.press("Enter")
    people.expect(page.locator("#sign-in-why")).to_contain_text("wrong")
    page.locator(".language select").select_option("zh-CN")
    people.expect(page.get_by_role("button", name="登录")).to_be_visible()
    assert [page.locator(f"input[name={name}]").input_value() for name in ("tenant", "agent")] == ["demo", "anna"]
    page.locator("input[name=password]").fill(people.centre.password("anna"))
    page.keyboard.press("Enter")
    people.expect(page.locator("#agent-name")).to_have_text("Anna")
