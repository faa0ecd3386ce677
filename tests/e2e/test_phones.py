"""`ucs demo --fake`: pretended platforms whose customers are played on a page, in a real browser and over its API, with an agent at
the desk. What a fake itself keeps to is in `test_fake_platforms.py`.
"""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.cli.served import ask, served, ucs
from tests.docs.project import ROOT
from tests.e2e.test_pages import Demo, browser, finish, playwright, say, sees
from tests.web.desk.test_access import axe, check

__all__ = ["axe", "browser"]  # fixtures

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000020000000108020000007b40e8dd0000000f"
    "49444154789c63f8cfc0c0c0f01f00070001ff7e08b1d00000000049454e44ae426082"
)
WITHIN = 15.0


def until(holds: Callable[[], Any], within: float = WITHIN) -> Any:
    """What it gives as soon as it gives something."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.2)
    raise AssertionError("it never came to that")


class Played:
    """A demo that runs, and the address of its phones."""

    def __init__(self, url: str, data: Path) -> None:
        self.url = url
        self.data = data
        output = data.parent / "output.txt"
        self.phones = until(lambda: re.search(r"phones\s+(http://[\d.]+:\d+)", output.read_text()))[1]

    def act(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        given = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.phones}{path}", given, {"Content-Type": "application/json", **headers})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def gives(self, at: str, *files: tuple[str, str, bytes]) -> tuple[int, Any]:
        """Files by name and type, chosen at once."""
        lines = [
            f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {mime}\r\n\r\n'.encode()
            + body
            + b"\r\n"
            for name, mime, body in files
        ]
        return self.act(
            f"{at}/files", b"".join(lines) + b"--b--\r\n", **{"Content-Type": "multipart/form-data; boundary=b"}
        )

    def bubbles(self, platform: str, customer: str) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.phones}/state") as answer:  # noqa: S310
            state = json.load(answer)
        (phones,) = [each["phones"] for each in state["platforms"] if each["id"] == platform]
        (found,) = [phone["bubbles"] for phone in phones if phone["customer"] == customer]
        return list(found)

    def agent(self, name: str) -> str:
        given = {"tenant": "demo", "agent": name, "password": (self.data / f"{name}.password").read_text()}
        token = str(ask(f"{self.url}/desk/sign-in", given)[1]["token"])
        assert ask(f"{self.url}/desk/state", {"state": "idle"}, token)[0] == 200
        return token


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    data = tmp_path_factory.mktemp("demo") / "demo"
    command = (
        "demo",
        "--port",
        "0",
        "--data",
        str(data),
        "--no-browser",
        "--fake",
        "line, wechat,telegram,wecom,email",
    )
    with served(*command, data=data) as url:
        yield Played(url, data)


@pytest.fixture
def demo(browser: Any, played: Played) -> Iterator[Demo]:
    demo = Demo(browser, played.url, played.data)
    yield demo
    for context in demo.contexts:
        context.close()
    assert demo.complaints == []


@pytest.mark.parametrize("platform", ["wechat", "telegram", "wecom"])
def test_a_conversation_over_the_api(played: Played, platform: str) -> None:
    token = played.agent("anna")
    customer = played.act(f"/{platform}/customers", {"name": "李雷"})[1]["customer"]
    at = f"/{platform}/customers/{quote(customer, safe='')}"
    assert played.act(f"{at}/say", {"part": {"type": "text", "text": "在吗？"}})[1]["trouble"] == ""

    def offered() -> Any:
        status, desk = ask(f"{played.url}/desk/contacts", token=token)
        assert status == 200, desk
        mine = desk["contacts"]
        return next(
            (each for each in mine if each["state"] == "offered" and each["channel"] == f"fake-{platform}"), None
        )

    contact = until(offered)
    here = f"{played.url}/desk/contacts/{contact['id']}"
    epoch = ask(f"{here}/accept", {"epoch": contact["epoch"]}, token)[1]["epoch"]

    def writing() -> bool:
        with urllib.request.urlopen(f"{played.phones}/state") as told:  # noqa: S310
            (phones,) = [each["phones"] for each in json.load(told)["platforms"] if each["id"] == platform]
        return bool(next(phone["writing"] for phone in phones if phone["customer"] == customer))

    if platform != "wecom":  # which has no sign for it
        assert ask(f"{here}/typing", {"on": True}, token)[0] == 200
        until(writing)

    def answer(number: int, part: dict[str, Any]) -> None:
        given = {"id": f"{platform}-000{number}", "epoch": epoch, "parts": [part]}
        assert ask(f"{here}/messages", given, token)[0] == 200

    def seen(words: str) -> Any:
        def look() -> Any:
            theirs = [each for each in played.bubbles(platform, customer) if each["side"] == "account"]
            return next((each for each in theirs if words in json.dumps(each, ensure_ascii=False)), None)

        return until(look)

    answer(1, {"type": "text", "text": "在的，您好"})
    seen("在的，您好")
    assert not writing()  # a message ends the sign
    options = [{"label": "红色", "payload": "red"}, {"label": "蓝色", "payload": "blue"}]
    answer(2, {"type": "choices", "text": "哪一个？", "options": options})
    number = seen("哪一个？")["number"]
    assert played.act(f"{at}/press", {"number": number, "label": "红色", "payload": "red"}) == (200, {"told": True})
    assert played.gives(at, ("bike.png", "image/png", PNG))[0] == 200

    def told() -> Any:
        kinds = [each["kind"] for each in ask(here, token=token)[1]["entries"]]
        return "tapped" in kinds and "media" in kinds

    until(told)
    assert ask(f"{here}/close", {"epoch": epoch}, token)[0] == 200
    assert ask(f"{played.url}/desk/sign-out", {}, token)[0] == 200


def test_a_customer_writes_mails(demo: Demo, played: Played, axe: str, tmp_path: Path) -> None:
    """In a thread, with a file; and a mail of ours comes back."""
    ben, page = demo.agent("ben"), demo.page()
    page.goto(played.phones)
    mail = phone(page, "Email")
    mail.get_by_role("button", name="Add the first customer").click()
    write(page, "Email", "我的自行车什么时候到？")
    ben.get_by_role("button", name="Accept").click()
    sees(ben, "我的自行车什么时候到？")
    say(ben, "Next week. 下周。")
    playwright.expect(mail.locator(".bubble", has_text="Next week. 下周。")).to_have_count(1)
    picture = tmp_path / "bike.png"
    picture.write_bytes(PNG)
    mail.locator("input[type=file]").set_input_files([picture])
    playwright.expect(ben.locator(".bubble img")).to_have_js_property("naturalWidth", 2)
    ben.locator("input[type=file]").set_input_files([picture])
    playwright.expect(mail.locator(".said:not(.mine) img")).to_have_js_property("naturalWidth", 2)
    check(page, axe, "mails")
    mail.get_by_text("Misbehave").click()
    mail.get_by_label("Let the next message to a customer fail").select_option("bounce")
    mail.get_by_role("button", name="Fail the next one").click()
    playwright.expect(page.get_by_role("status")).to_contain_text("goes wrong")
    say(ben, "Does this arrive?")
    playwright.expect(mail.locator(".fate.bad")).to_contain_text("mailbox full")
    playwright.expect(ben.locator(".failure")).to_contain_text("mailbox full")
    ben.get_by_role("button", name="Close").click()
    finish(ben)


def phone(page: Any, platform: str) -> Any:
    return page.get_by_role("region", name=platform)


def write(page: Any, platform: str, text: str) -> None:
    field = phone(page, platform).get_by_label(f"Message on {platform}")
    field.fill(text)
    field.press("Enter")


def test_a_customer_on_line_and_an_agent_at_the_desk(demo: Demo, played: Played, axe: str, tmp_path: Path) -> None:
    ben, page = demo.agent("ben"), demo.page()
    page.goto(played.phones)
    check(page, axe, "nobody is here yet")
    line = phone(page, "LINE")
    line.get_by_role("button", name="Add the first customer").click()
    write(page, "LINE", "我的自行车 <b>什么时候</b>到？")
    ben.get_by_role("button", name="Accept").click()
    sees(ben, "我的自行车 <b>什么时候</b>到？")
    say(ben, "Next week. 下周。")
    playwright.expect(line.locator(".bubble", has_text="Next week. 下周。")).to_have_count(1)

    picture = tmp_path / "bike.png"
    picture.write_bytes(PNG)
    line.locator("input[type=file]").set_input_files([picture])
    playwright.expect(ben.locator(".bubble img")).to_have_js_property("naturalWidth", 2)
    ben.locator("input[type=file]").set_input_files([picture])
    theirs = line.locator(".said:not(.mine) img")
    playwright.expect(theirs).to_have_js_property("naturalWidth", 2)  # from the link that LINE was given
    line.get_by_role("button", name="Send a place").click()
    sees(ben, "Harbour Street 7")
    line.get_by_role("button", name="Stickers").click()
    line.get_by_role("button", name="Sticker 👍").click()
    sees(ben, "👍")
    check(page, axe, "talking")

    # LINE misbehaves: everything comes twice, and the next message of ours is refused once.
    line.get_by_text("Misbehave").click()
    line.get_by_label("Each webhook comes").select_option("2")
    playwright.expect(line.locator(".tag")).to_be_visible()
    line.get_by_label("Let the next message to a customer fail").select_option("broken")
    line.get_by_role("button", name="Fail the next one").click()
    playwright.expect(page.get_by_role("status")).to_contain_text("goes wrong")
    check(page, axe, "misbehaving")
    write(page, "LINE", "twice?")
    sees(ben, "twice?")
    say(ben, "Heard once.")
    playwright.expect(line.locator(".bubble", has_text="Heard once.")).to_have_count(1)
    line.get_by_label("Each webhook comes").select_option("1")

    line.get_by_role("button", name="Block").click()
    playwright.expect(line.get_by_text("has blocked the account")).to_be_visible()
    ben.get_by_role("button", name="Wrap up").click()
    finish(ben)
    line.get_by_role("button", name="Follow again").click()
    playwright.expect(line.get_by_label("Message on LINE")).to_be_visible()
    line.get_by_role("button", name="Add a customer").click()
    playwright.expect(line.locator(".chip[aria-pressed=true]")).to_have_count(1)
    playwright.expect(line.get_by_text("Say something")).to_be_visible()


def test_the_page_on_a_small_screen_in_the_dark(demo: Demo, played: Played, axe: str) -> None:
    page = demo.page(390)
    page.emulate_media(color_scheme="dark")
    page.goto(played.phones)
    page.get_by_role("button", name="WeChat").click()
    playwright.expect(phone(page, "WeChat")).to_be_visible()
    playwright.expect(phone(page, "LINE")).not_to_be_visible()
    phone(page, "WeChat").get_by_role("button", name="Add a customer").click()
    playwright.expect(phone(page, "WeChat").get_by_text("Say something")).to_be_visible()
    write(page, "WeChat", "一个很长的词" * 40)
    playwright.expect(phone(page, "WeChat").locator(".mine .bubble")).to_have_count(1)
    check(page, axe, "one phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.context.route("**/state", lambda route: route.abort())
    playwright.expect(page.get_by_role("alert")).to_contain_text("does not answer")
    check(page, axe, "the demo is gone")
    page.close()
    demo.complaints.clear()


def test_the_page_speaks_the_language_of_the_browser(demo: Demo, played: Played, axe: str) -> None:
    page = demo.page(390, locale="zh-CN")
    page.goto(played.phones)
    playwright.expect(page.get_by_role("heading", name="手机", exact=True)).to_be_visible()
    page.get_by_role("button", name="Telegram").click()
    telegram = phone(page, "Telegram")
    telegram.get_by_role("button", name="添加客户").click()
    playwright.expect(telegram.get_by_text("说点什么，坐席会收到。")).to_be_visible()
    telegram.get_by_label("Telegram 消息").fill("你好")
    telegram.get_by_role("button", name="发送", exact=True).click()
    playwright.expect(telegram.locator(".mine .bubble")).to_have_count(1)
    telegram.get_by_text("制造异常").click()
    check(page, axe, "in Chinese")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"


def test_what_the_page_refuses_is_a_sentence(played: Played) -> None:
    customer = played.act("/wechat/customers", {"name": "Uma"})[1]["customer"]
    at = f"/wechat/customers/{customer}"
    for path, body, status, words in [
        ("/pigeon/customers", {"name": "Uma"}, 409, "no such platform"),
        ("/wechat/customers", {"name": ""}, 400, "at least 1 character"),
        ("/wechat/customers/nobody/say", {"part": {"type": "text", "text": "hi"}}, 409, "no such customer"),
        (f"{at}/say", {"part": {"type": "text", "text": "  "}}, 409, "Nothing"),
        (f"{at}/say", {"part": {"type": "sticker", "sticker": "1/1"}}, 409, "cannot send this kind"),
        (f"{at}/say", {"part": {"type": "image", "media": "x"}}, 409, "sent as a file"),
        (f"{at}/say", {"part": {"type": "dance"}}, 400, "dance"),
        (f"{at}/say", b"{", 400, "JSON"),
        (f"{at}/say", {"part": {"type": "text", "text": "hi"}, "quotes": 1}, 409, "no message is answered"),
        (f"{at}/edit", {"number": 1, "text": "x"}, 409, "no longer"),
        (f"{at}/recall", {"number": 1, "why": "x"}, 400, "not permitted"),
        (f"{at}/react", {"number": 1, "emoji": "👍"}, 409, "no longer"),
        (f"{at}/files", {}, 409, "A form with files"),
        (f"{at}/press", {"number": 99, "label": "x"}, 409, "no longer"),
        ("/wechat/manners", {"times": 99}, 400, "less than or equal to 5"),
        ("/wechat/spoil", {"fault": "flood"}, 409, "45166"),
    ]:
        found, told = played.act(path, body)
        assert (found, words in str(told)) == (status, True), (path, told)


def test_no_other_page_plays_here(played: Played) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}):
        status, told = played.act("/line/customers", {"name": "Uma"}, **headers)
        assert (status, "this machine alone" in told["detail"]) == (403, True)
    with urllib.request.urlopen(played.phones) as answer:  # noqa: S310
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_their_channels_move_along_with_the_next_start(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    command = ("demo", "--port", "0", "--data", str(data), "--no-browser")
    with served(*command, data=data) as url:  # without fakes there is nothing of theirs
        assert "phones" not in (tmp_path / "output.txt").read_text()
        assert ask(f"{url}/hooks/fake-line", {})[0] == 404
    for more in ((), ("--plugins", str(ROOT / "plugins.toml"))):
        with served(*command, "--fake", "line", *more, data=data) as url:
            played = Played(url, data)
            customer = played.act("/line/customers", {"name": "Uma"})[1]["customer"]
            said = played.act(f"/line/customers/{customer}/say", {"part": {"type": "text", "text": "hi"}})
            assert said == (200, {"number": 1, "trouble": ""})
    assert (data / "fake-line.channel_secret").stat().st_mode & 0o777 == 0o600


def offered(url: str, token: str) -> Any:
    contacts = ask(f"{url}/desk/contacts", token=token)[1]["contacts"]
    return next((each for each in contacts if each["state"] == "offered"), None)


@pytest.mark.parametrize("name", ["email", "line", "telegram", "wechat", "wecom"])
def test_a_platform_is_heard_after_the_next_start(tmp_path: Path, name: str) -> None:
    """What we keep has outlived the platform that told it, and what the new one tells is new, of a customer who is new."""
    known: set[str] = set()
    data = tmp_path / "demo"
    for words in ("first life", "second life"):
        with served("demo", "--port", "0", "--data", str(data), "--no-browser", "--fake", name, data=data) as url:
            played = Played(url, data)
            token = played.agent("anna")
            customer = played.act(f"/{name}/customers", {"name": "Uma"})[1]["customer"]
            said = {"part": {"type": "text", "text": words}}
            assert played.act(f"/{name}/customers/{quote(customer, safe='')}/say", said)[1]["trouble"] == ""
            contact = until(lambda url=url, token=token: offered(url, token))
            here = f"{url}/desk/contacts/{contact['id']}"
            assert contact["customer"] not in known
            known.add(contact["customer"])
            assert words in json.dumps(ask(here, token=token)[1]["entries"])
            epoch = ask(f"{here}/accept", {"epoch": contact["epoch"]}, token)[1]["epoch"]
            assert ask(f"{here}/close", {"epoch": epoch}, token)[0] == 200
            assert ask(f"{url}/desk/sign-out", {}, token)[0] == 200


@pytest.mark.parametrize("names", ["pigeon", "line,webchat"])
def test_a_wrong_name_is_a_sentence_that_lists_what_there_is(tmp_path: Path, names: str) -> None:
    found = ucs("demo", "--port", "0", "--data", str(tmp_path / "demo"), "--no-browser", "--fake", names)
    assert found.returncode == 2
    assert "email, line, telegram, wechat, wecom" in found.stderr
    assert "Traceback" not in found.stderr
