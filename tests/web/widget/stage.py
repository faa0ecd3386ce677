"""What the widget's tests stand on: a server that can be killed and started again at the same address, an agent who works over the
API, and a shop on another origin with the strictest content policy that shops have."""

from __future__ import annotations

import http
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.cli.served import own_port
from tests.docs.project import ROOT

PASSWORD = "correct horse"
IDENTITY_KEY = "k" * 40
START_WITHIN = 40.0  # seconds: generous, for a busy machine
WITHIN = 15.0  # seconds for the other side to hear of something
SURVEY = '{ question = "How was it?", comment = "In your own words", thanks = "Thank you, really." }'
FORM = """[
  { name = "name", label = "Your name", required = true },
  { name = "email", label = "Your e-mail", type = "email" },
  { name = "topic", label = "What is it about?", type = "choice", options = ["An order", "Something else"] },
]"""
CENTER = f"""
[acme]
name = "Acme"

[acme.queue.support]
name = "Support"
wrap_up_for = "10m"
offer_for = "5m"

[acme.queue.experts]
name = "Experts"

[acme.queue.night]
name = "Night"
hours = {{ timezone = "UTC", week = [] , holidays = ["2999-01-04 09:00-18:00"] }}
when_closed = "wait"

[acme.queue.never]
name = "Never"
hours = {{ timezone = "UTC", week = [], holidays = ["2999-01-04 09:00-18:00"] }}

[acme.agent.ann]
name = "Ann"
password = "{PASSWORD}"
skills = {{ support = 1 }}
capacity = 1000

[acme.agent.eve]
name = "Eve"
password = "{PASSWORD}"
skills = {{ experts = 1 }}
capacity = 1000

[acme.channel.site]
adapter = "webchat"
name = "Acme"
queue = "support"
welcome_text = "Thank you for writing."
config.origins = ["ORIGIN"]
widget.survey = {SURVEY}

[acme.channel.asks]
adapter = "webchat"
name = "Acme asks"
queue = "support"
widget.form = {FORM}
widget.greetings = [{{ say = "Can we help you?", after = "1s", url = "/greeted*" }}]
config.origins = ["ORIGIN"]

[acme.channel.known]
adapter = "webchat"
name = "Acme knows"
queue = "support"
config.identity_key = "file:KEY"
config.identity_audience = "acme"
config.origins = ["ORIGIN"]

[acme.channel.experts]
adapter = "webchat"
name = "Acme's experts"
queue = "experts"

[acme.channel.night]
adapter = "webchat"
name = "Acme at night"
queue = "night"

[acme.channel.never]
adapter = "webchat"
name = "Acme never"
queue = "never"

[acme.robot.max]
robot = "openai"
name = "Max"
config = {{ base_url = "MODEL", model = "small", prompt = "Be kind." }}

[acme.channel.max]
adapter = "webchat"
name = "Acme's robot"
queue = "support"
robot.robot = "max"
robot.outside_hours = "queue"
robot.turn_within = "1m"
"""


class Server:
    """`ucs run` at one address, in a process that may be killed."""

    def __init__(self, folder: Path, origin: str, model: str = "http://127.0.0.1:9/v1") -> None:
        self.folder = folder
        self._bound, self.port = own_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "key").write_text(IDENTITY_KEY)
        center = CENTER.replace("ORIGIN", origin).replace("KEY", str(folder / "key")).replace("MODEL", model)
        (folder / "center.toml").write_text(center)
        (folder / "plugins.toml").write_text((ROOT / "plugins.toml").read_text())
        (folder / "ucs.toml").write_text(
            f'data = "data"\nport = {self.port}\ncenter = "center.toml"\nallow = ["127.0.0.0/8"]\n'
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "ucs", "run", "-c", str(self.folder / "ucs.toml")]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with (self.folder / "output.txt").open("a") as output:
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)  # noqa: S603
        until(self._answers, START_WITHIN)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "output.txt").read_text()
        try:
            return bool(self.ask("GET", "/health")["ready"])
        except (urllib.error.URLError, ConnectionError):
            return False

    def kill(self) -> None:
        """As if the machine had lost its power."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._bound.close()
        assert self._end(signal.SIGTERM) == 0, (self.folder / "output.txt").read_text()

    def _end(self, how: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(how)
        return self._process.wait(20)

    def ask(self, method: str, path: str, body: object = None, token: str = "") -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)  # noqa: S310
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        while True:
            try:
                with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code != http.HTTPStatus.TOO_MANY_REQUESTS:
                    raise
                # A program is quicker than an agent: it waits as long as it is told to.
                time.sleep(float(error.headers["Retry-After"]))


class Desk:
    """An agent who takes whatever is offered and answers."""

    ids = itertools.count(1)

    def __init__(self, server: Server, agent: str) -> None:
        self.server = server
        signed_in = server.ask("POST", "/desk/sign-in", {"tenant": "acme", "agent": agent, "password": PASSWORD})
        self.token = signed_in["token"]
        self.ask("POST", "/desk/state", {"state": "idle"})

    def ask(self, method: str, path: str, body: object = None) -> Any:
        return self.server.ask(method, path, body, self.token)

    def contacts(self) -> list[dict[str, Any]]:
        return list(self.ask("GET", "/desk/contacts")["contacts"])

    def take(self, said: str) -> Talk:
        """Accept the contact in which this was said."""
        found: list[Talk] = []

        def offered() -> bool:
            for each in self.contacts():
                talk = Talk(self, each["id"])
                if each["state"] == "offered" and said in talk.words():
                    found.append(talk)
            return bool(found)

        until(offered)
        found[0].do("accept")
        return found[0]


class Talk:
    """One contact, as the agent has it."""

    def __init__(self, desk: Desk, contact: str) -> None:
        self.desk = desk
        self.id = contact

    def seen(self) -> dict[str, Any]:
        return dict(self.desk.ask("GET", f"/desk/contacts/{self.id}"))

    def lines(self, kind: str = "message", by: str = "") -> list[dict[str, Any]]:
        return [line for line in self.seen()["entries"] if line["kind"] == kind and line["by"].startswith(by)]

    def words(self) -> list[str]:
        """What the customer has said in words."""
        parts = [part for line in self.lines(by="customer") for part in line["body"]["parts"]]
        return [part["text"] for part in parts if part["type"] == "text"]

    def hears(self, text: str) -> None:
        """Once, and not before long."""
        until(lambda: text in self.words())
        assert self.words().count(text) == 1

    def do(self, what: str, **body: Any) -> Any:
        epoch = self.seen()["contact"]["epoch"]
        return self.desk.ask("POST", f"/desk/contacts/{self.id}/{what}", {"epoch": epoch, **body})

    def say(self, *parts: str | dict[str, Any]) -> int:
        said = [{"type": "text", "text": part} if isinstance(part, str) else part for part in parts]
        return int(self.do("messages", id=f"agent-{next(Desk.ids):06}", parts=said)["seq"])


def until(true: Callable[[], object], within: float = WITHIN) -> None:
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)


STRICT = (
    "default-src 'self'; script-src 'self' {ucs}; connect-src {ucs} {socket}; img-src 'self' {ucs}; media-src {ucs}; "
    "object-src 'none'; base-uri 'none'; require-trusted-types-for 'script'"
)
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="/early.js"></script>
<script src="{ucs}/widget.js" data-channel="{channel}" async></script></head>
<body><main><h1>Shop</h1><p>Words of the shop.</p></main></body></html>"""
BARE = PAGE.replace('<script src="{ucs}/widget.js" data-channel="{channel}" async></script>', "")


class Shop:
    """Somebody else's site. A path that ends with a channel is a page with the widget; `early` is a script of the shop's own, and
    `pages` are more pages, by the last word of their path."""

    def __init__(self) -> None:
        self.ucs = ""
        self.early = ""
        self.pages: dict[str, str] = {}
        shop = self

        class Pages(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                channel = self.path.strip("/").split("/")[-1]
                script = self.path == "/early.js"
                page = shop.pages.get(channel, PAGE if channel != "bare" else BARE)
                text = shop.early if script else page.format(ucs=shop.ucs, channel=channel)
                policy = STRICT.format(ucs=shop.ucs, socket=shop.ucs.replace("http", "ws"))
                self.send_response(200 if channel != "favicon.ico" else 204)
                self.send_header("Content-Type", "text/javascript" if script else "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing to tell."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self.elsewhere = f"http://localhost:{self.port}"  # the same pages on an origin that no channel lists
        self._thread = threading.Thread(target=self._server.serve_forever)

    @contextmanager
    def open(self) -> Iterator[Shop]:
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
