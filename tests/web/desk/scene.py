"""A contact centre on a real port, with agents in front of a real Chromium and customers who come over the API.

Chromium is looked for on the PATH (Debian: apt-get install chromium); nothing is downloaded. Whatever a page's console complains of,
and every page error, is a failure of the test, unless the test said that it would come.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.cli.served import ask, own_port
from tests.docs.project import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WITHIN = 15_000  # milliseconds
START_WITHIN = 30.0  # seconds
PNG = bytes.fromhex(  # two pixels by one, red and blue
    "89504e470d0a1a0a0000000d49484452000000020000000108020000007b40e8dd0000000f"
    "49444154789c63f8cfc0c0c0f01f00070001ff7e08b1d00000000049454e44ae426082"
)
Json = dict[str, Any]


class Centre:
    """The demo in a process of its own, which can be killed and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "demo"
        self._bound, self.port = own_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._output = folder / "output.txt"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        (self.data / "server.json").unlink(missing_ok=True)
        command = [sys.executable, "-m", "ucs", "demo", "--port", str(self.port), "--data", str(self.data)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with self._output.open("a") as output:
            self._process = subprocess.Popen(  # noqa: S603
                [*command, "--no-browser"], cwd=ROOT, env=environment, stdout=output, stderr=output
            )
        until(lambda: (self.data / "server.json").exists(), lambda: self._output.read_text())

    def kill(self) -> None:
        """It is gone in the middle of whatever it did."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def stop(self) -> None:
        self._bound.close()
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(20) == 0, self._output.read_text()

    def password(self, agent: str) -> str:
        return (self.data / f"{agent}.password").read_text()

    def ask(self, path: str, body: Json | None = None, token: str = "") -> Json:
        status, answer = ask(self.url + path, body, token)
        assert status < 300, f"{path}: {status} {answer}"
        return answer


class Customer:
    """Somebody outside, who needs no page for this."""

    def __init__(self, centre: Centre, name: str) -> None:
        self.centre = centre
        self.token = centre.ask("/chat/website/session", {"name": name})["token"]

    def say(self, *parts: str | Json) -> Json:
        said = [{"type": "text", "text": part} if isinstance(part, str) else part for part in parts]
        return self.centre.ask("/chat/messages", {"id": str(uuid.uuid4()), "parts": said}, self.token)

    def upload(self, name: str, content: bytes) -> str:
        """The id of a file that was brought up."""
        request = urllib.request.Request(f"{self.centre.url}/chat/media", content, method="POST")  # noqa: S310  # our own address
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", "application/octet-stream")
        request.add_header("X-File-Name", quote(name))
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # our own address
            return str(json.load(answer)["id"])

    def heard(self) -> list[str]:
        """Every text that the customer can see."""
        entries = self.centre.ask("/chat/entries", token=self.token)["entries"]
        return [part.get("text", "") for entry in entries for part in entry["body"].get("parts", ())]

    def end(self) -> None:
        self.centre.ask("/chat/end", {}, self.token)


class Desk:
    """An agent in front of the desk."""

    def __init__(self, people: People, agent: str, page: Any) -> None:
        self.agent, self.page, self.people = agent, page, people

    def sign_in(self) -> None:
        self.page.goto(f"{self.people.centre.url}/desk#tenant=demo&agent={self.agent}")
        self.page.locator("input[name=password]").fill(self.people.centre.password(self.agent))
        self.page.keyboard.press("Enter")
        self.page.locator("#agent-name").wait_for()
        self.page.locator("#state").wait_for()

    def ready(self) -> None:
        self.page.locator("#state").click()
        self.page.get_by_role("menuitemradio", name="Ready").click()
        self.page.locator("#state", has_text="Ready").wait_for()

    def accept(self, name: str) -> None:
        self.page.locator(".offer", has_text=name).get_by_role("button", name="Accept").click()
        self.page.locator("#talk-name", has_text=name).wait_for()

    def open(self, name: str) -> None:
        self.page.locator("#contacts .contact", has_text=name).click()
        self.page.locator("#talk-name", has_text=name).wait_for()

    def say(self, text: str) -> None:
        self.page.locator("#composer").fill(text)
        self.page.locator("#composer").press("Enter")

    def bubble(self, text: str) -> Any:
        return self.page.locator(".bubble", has_text=text)

    def sees(self, text: str) -> None:
        """Exactly once, and with nothing left on its way."""
        self.people.expect(self.bubble(text)).to_have_count(1)
        self.people.expect(self.page.locator(".unsent")).to_have_count(0)

    def act(self, name: str) -> None:
        self.page.locator(".actions").get_by_role("button", name=name).click()

    def quiet(self) -> None:
        """Away from every field, so that single letters are shortcuts."""
        self.page.evaluate("document.activeElement.blur()")


class People:
    """Everybody who is in the test."""

    def __init__(self, browser: Any, centre: Centre, expect: Any) -> None:
        self.browser, self.centre, self.expect = browser, centre, expect
        self.complaints: list[str] = []
        self.forgiven: list[str] = []
        self.contexts: list[Any] = []

    def page(self, width: int = 1440, height: int = 900, **how: Any) -> Any:
        context = self.browser.new_context(viewport={"width": width, "height": height}, **{"locale": "en", **how})
        context.set_default_timeout(WITHIN)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._console)
        page.on("dialog", self._dialog)
        return page

    def _console(self, said: Any) -> None:
        if said.type in ("error", "warning"):
            self.complaints.append(said.text)

    def _dialog(self, dialog: Any) -> None:
        self.complaints.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def desk(self, agent: str, *, ready: bool = True, **how: Any) -> Desk:
        desk = Desk(self, agent, self.page(**how))
        desk.sign_in()
        if ready:
            desk.ready()
        return desk

    def customer(self, name: str) -> Customer:
        return Customer(self.centre, name)

    def forgive(self, *words: str) -> None:
        """Complaints with these words in them are what the test is about."""
        self.forgiven += words

    def leave(self) -> None:
        for context in self.contexts:
            context.close()
        left = [each for each in self.complaints if not any(word in each for word in self.forgiven)]
        assert left == [], left


def until(true: Callable[[], object], why: Callable[[], object]) -> None:
    deadline = time.monotonic() + START_WITHIN
    while not true():
        assert time.monotonic() < deadline, why()
        time.sleep(0.05)
