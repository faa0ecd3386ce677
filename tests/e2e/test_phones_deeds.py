"""What a customer does with one message on the page of phones: changes it, takes it back, answers it, reacts to it, sends several
pictures as one. In a real browser; what comes of it is asked of the desk's API. The page itself is in `test_phones.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.served import ask
from tests.e2e.test_pages import Demo, browser, playwright
from tests.e2e.test_phones import PNG, Played, demo, offered, phone, played, until, write
from tests.web.desk.test_access import axe, check

__all__ = ["axe", "browser", "demo", "played"]  # fixtures


class Talk:
    """A customer's phone in a browser, and an agent who has accepted what the customer wrote, at the API."""

    def __init__(self, page: Any, played: Played, platform: str, title: str) -> None:
        self.page, self.title, self.platform = page, title, platform
        self.played, self.token = played, played.agent("anna")
        page.goto(played.phones)
        playwright.expect(page.locator("section.platform")).to_have_count(5)
        if page.get_by_role("navigation").is_visible():
            page.get_by_role("button", name=title).click()
        self.phone = phone(page, title)
        self.phone.get_by_role("button", name="Add a customer").click()
        playwright.expect(self.phone.get_by_text("Say something")).to_be_visible()
        self.write("the blue one, please")
        contact = until(lambda: offered(played.url, self.token))
        self.here = f"{played.url}/desk/contacts/{contact['id']}"
        self.epoch = ask(f"{self.here}/accept", {"epoch": contact["epoch"]}, self.token)[1]["epoch"]
        self.customer = next(each for each in self.entries("message"))

    def write(self, words: str) -> None:
        write(self.page, self.title, words)

    def line(self, words: str) -> Any:
        return self.phone.locator(".said", has_text=words).last

    def does(self, words: str, deed: str) -> None:
        """With the message of these words."""
        self.line(words).hover()
        self.line(words).get_by_role("button", name="With the message").click()
        self.phone.get_by_role("button", name=deed, exact=True).click()

    def able(self, words: str) -> list[str]:
        """What is offered with the message of these words."""
        self.line(words).hover()
        if not self.line(words).get_by_role("button", name="With the message").count():
            return []
        self.line(words).get_by_role("button", name="With the message").click()
        found = self.phone.locator(".deeds .chip").all_inner_texts()
        self.page.keyboard.press("Escape")
        playwright.expect(self.phone.locator(".deeds")).to_have_count(0)
        return list(found)

    def entries(self, kind: str) -> list[Any]:
        return [each for each in ask(self.here, token=self.token)[1]["entries"] if each["kind"] == kind]

    def entry(self, kind: str, fits: Callable[[Any], bool] = bool) -> Any:
        """The newest of a kind, as soon as there is one that fits."""
        return until(lambda: next((each for each in reversed(self.entries(kind)) if fits(each["body"])), None))

    def message(self, words: str) -> int:
        return int(self.entry("message", lambda body: body["parts"][0].get("text") == words)["seq"])

    def answer(self, words: str, **more: Any) -> int:
        """Said by the agent, and on the phone."""
        said = {
            "id": f"say-{len(self.entries('message')):08}",
            "epoch": self.epoch,
            "parts": [{"type": "text", "text": words}],
        }
        status, told = ask(f"{self.here}/messages", said | more, self.token)
        assert status == 200, told
        playwright.expect(self.line(words)).to_be_visible()
        return self.message(words)

    def recall(self, of: int) -> None:
        status, told = ask(f"{self.here}/recall", {"of": of, "epoch": self.epoch}, self.token)
        assert status == 200, told

    def close(self) -> None:
        assert ask(f"{self.here}/close", {"epoch": self.epoch}, self.token)[0] == 200
        assert ask(f"{self.played.url}/desk/sign-out", {}, self.token)[0] == 200


@pytest.fixture
def talk(demo: Demo, played: Played) -> Iterator[Callable[..., Talk]]:
    talks: list[Talk] = []

    def begin(platform: str, title: str, width: int = 1280, **how: Any) -> Talk:
        talks.append(Talk(demo.page(width, **how), played, platform, title))
        return talks[-1]

    yield begin
    for each in talks:
        each.close()


def pictures(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).write_bytes(PNG if name.endswith("png") else b"%PDF-1.4\n%%EOF\n")
    return [folder / name for name in names]


def test_on_telegram_a_message_is_changed(talk: Callable[..., Talk], axe: str) -> None:
    telegram = talk("telegram", "Telegram")
    said = telegram.message("the blue one, please")
    assert telegram.able("the blue one") == ["Answer", "Edit"]
    telegram.does("the blue one", "Edit")
    field = telegram.phone.get_by_label("Message on Telegram")
    playwright.expect(field).to_be_focused()
    playwright.expect(field).to_have_value("the blue one, please")
    check(telegram.page, axe, "editing")
    telegram.page.keyboard.press("Escape")
    playwright.expect(field).to_have_value("")
    telegram.does("the blue one", "Edit")
    field.fill("the red one, please")
    field.press("Enter")
    playwright.expect(telegram.line("the red one")).to_contain_text("edited")
    playwright.expect(telegram.phone.locator(".said", has_text="the blue one")).to_have_count(0)
    edited = telegram.entry("edited")["body"]
    assert (edited["of"], edited["parts"][0]["text"]) == (said, "the red one, please")


def test_on_telegram_a_message_gets_a_reaction(talk: Callable[..., Talk], axe: str) -> None:
    telegram = talk("telegram", "Telegram")
    answer = telegram.answer("Ready on Friday.")
    telegram.line("Ready on").hover()
    telegram.line("Ready on").get_by_role("button", name="With the message").click()
    check(telegram.page, axe, "what can be done with a message")
    for emoji, left in (("👍", 1), ("🔥", 1), ("🔥", 0)):
        if not telegram.phone.locator(".faces").count():
            telegram.line("Ready on").get_by_role("button", name="With the message").click()
        telegram.phone.get_by_role("button", name=f"React with {emoji}").click()
        playwright.expect(telegram.line("Ready on").locator(".reaction", has_text=emoji)).to_have_count(left)
        found = telegram.entry(
            "reacted", lambda body, emoji=emoji, left=left: (body["emoji"], body["removed"]) == (emoji, not left)
        )
        assert found["body"]["of"] == answer


@pytest.mark.parametrize(("platform", "title"), [("telegram", "Telegram"), ("line", "LINE")])
def test_messages_answer_one_another(talk: Callable[..., Talk], platform: str, title: str) -> None:
    both = talk(platform, title)
    said = both.message("the blue one, please")
    answer = both.answer("Ready on Friday.", reply_to=said)
    playwright.expect(both.line("Ready on").locator(".quoted")).to_contain_text("the blue one, please")
    both.does("Ready on", "Answer")
    playwright.expect(both.phone.locator(".about")).to_contain_text("Ready on Friday.")
    both.write("that is too late")
    playwright.expect(both.line("too late").locator(".quoted")).to_contain_text("Ready on Friday.")
    playwright.expect(both.phone.locator(".about")).to_have_count(0)
    assert (
        both.entry("message", lambda body: body["parts"][0].get("text") == "that is too late")["body"]["reply_to"]
        == answer
    )
    both.does("the blue one", "Answer")
    both.phone.get_by_role("button", name="Never mind").click()
    both.write("never mind")
    assert not both.entry("message", lambda body: body["parts"][0].get("text") == "never mind")["body"].get("reply_to")


@pytest.mark.parametrize(
    ("platform", "title", "able"),
    [("line", "LINE", ["Answer", "Take back"]), ("wecom", "WeCom", ["Take back"])],
)
def test_a_message_is_taken_back(talk: Callable[..., Talk], platform: str, title: str, able: list[str]) -> None:
    both = talk(platform, title)
    said = both.message("the blue one, please")
    assert both.able("the blue one") == able
    both.does("the blue one", "Take back")
    playwright.expect(both.phone.locator(".mine .bubble.removed")).to_have_text("You:This message was taken back.")
    assert both.entry("recalled")["body"]["of"] == said
    assert "the blue one" not in str(both.entries("message"))


@pytest.mark.parametrize(("platform", "title"), [("telegram", "Telegram"), ("wecom", "WeCom")])
def test_what_the_agent_takes_back_is_gone_from_the_phone(talk: Callable[..., Talk], platform: str, title: str) -> None:
    both = talk(platform, title)
    both.recall(both.answer("Ready on Friday."))
    playwright.expect(both.phone.locator(".said:not(.mine) .bubble.removed")).to_contain_text("was taken back")


def test_on_wechat_nothing_can_be_done_with_a_message(talk: Callable[..., Talk]) -> None:
    """Its users do take messages back and answer them, and no account hears of it."""
    assert talk("wechat", "WeChat").able("the blue one") == []


@pytest.mark.parametrize(
    ("platform", "title", "albums"),
    [("telegram", "Telegram", [1, 1, 0]), ("line", "LINE", [1, 1, 0]), ("wecom", "WeCom", [0, 0, 0])],
)
def test_pictures_chosen_at_once(
    talk: Callable[..., Talk], tmp_path: Path, platform: str, title: str, albums: list[int]
) -> None:
    one = talk(platform, title)
    one.phone.locator("input[type=file]").set_input_files(pictures(tmp_path, "a.png", "b.png", "c.pdf"))
    playwright.expect(one.phone.locator(".said.mine .bubble")).to_have_count(4)
    playwright.expect(one.phone.get_by_role("list", name="2 sent together")).to_have_count(int(any(albums)))
    files = until(lambda: len(found := [each["body"] for each in one.entries("message")][1:]) == 3 and found)
    found = [(body["parts"][0]["type"], body.get("album", "").partition("/")[0]) for body in files]
    assert sorted(kind for kind, _ in found) == ["file", "image", "image"]
    assert sorted(bool(album) for _, album in found) == sorted(map(bool, albums))
    assert len({album for _, album in found if album}) == int(any(albums))


def test_on_a_small_screen_in_the_dark(talk: Callable[..., Talk], axe: str, tmp_path: Path) -> None:
    telegram = talk("telegram", "Telegram", 390, color_scheme="dark", has_touch=True)
    telegram.phone.locator("input[type=file]").set_input_files(pictures(tmp_path, "a.png", "b.png", "c.png"))
    album = telegram.phone.get_by_role("list", name="3 sent together")
    playwright.expect(album.locator("img")).to_have_count(3)
    album.get_by_role("button", name="With the message").last.click()
    playwright.expect(telegram.phone.locator(".picked")).to_be_in_viewport()
    check(telegram.page, axe, "an album")
    telegram.phone.get_by_role("button", name="Edit", exact=True).click()
    telegram.write("this colour")
    playwright.expect(album.locator(".said").last).to_contain_text("this colour")
    assert telegram.entry("edited")["body"]["parts"][0]["caption"] == "this colour"
    assert telegram.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
