"""A desk whose socket is played by the test: any line there can be, and as many as one likes, in the real page."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.web.desk.scene import People

Json = dict[str, Any]
BEGAN = datetime.now(UTC) - timedelta(days=2)


def contact(number: int, **changed: Any) -> Json:
    """A contact as the server shows it."""
    return {
        "id": f"c{number}",
        "channel": "line",
        "customer": f"customer{number}",
        "name": f"Customer {number}",
        "address": f"U{number}",
        "state": "talking",
        "epoch": 2,
        "seq": 0,
        "queue": "sales",
        "agent": "anna",
        "opened_at": BEGAN.isoformat(),
        "since": BEGAN.isoformat(),
        "offered_until": None,
        "spoke_at": None,
        "seen": 0,
        "priority": 0,
        "predecessor": "",
        "wrap_up_code": "",
        "closed_at": None,
        "reason": "",
        "robot": "",
        "slots": {},
        **changed,
    }


class Feed:
    """`line` adds a line to a contact; `open` shows it all to an agent, `push` tells more while the page is open."""

    def __init__(self, people: People, contacts: Iterable[Json]) -> None:
        self.people = people
        self.contacts = list(contacts)
        self.lines: list[Json] = []
        self.posted: list[tuple[str, Json]] = []
        self._numbers: dict[str, itertools.count[int]] = {each["id"]: itertools.count(1) for each in self.contacts}
        self._socket: Any = None

    def line(self, contact: str, kind: str, by: str, /, **body: Any) -> int:
        seq = next(self._numbers[contact])
        at = (BEGAN + timedelta(seconds=10 * seq)).isoformat()
        entry = {"type": "entry", "contact": contact, "seq": seq, "at": at, "kind": kind, "by": by, "body": body}
        self.lines.append(entry)
        return seq

    def said(self, contact: str, by: str, *parts: Json, **body: Any) -> int:
        return self.line(contact, "message", by, parts=list(parts), **body)

    def text(self, contact: str, by: str, text: str) -> int:
        return self.said(contact, by, {"type": "text", "text": text})

    def open(self, agent: str = "anna", page: Any = None, **how: Any) -> Any:
        page = page or self.people.page(**how)
        page.route_web_socket("**/desk/socket", self._hello)
        page.route("**/desk/contacts/*", self._one)
        page.route("**/desk/contacts/*/*", self._act)
        page.goto(f"{self.people.centre.url}/desk#tenant=demo&agent={agent}")
        page.locator("input[name=password]").fill(self.people.centre.password(agent))
        page.keyboard.press("Enter")
        page.locator("#state").wait_for()
        return page

    def push(self, *frames: Json) -> None:
        self._socket.send(json.dumps(frames))

    def _hello(self, socket: Any) -> None:
        self._socket = socket
        newest = {line["contact"]: line["seq"] for line in self.lines}
        contacts = [{**each, "seq": newest.get(each["id"], 0)} for each in self.contacts]
        seat = {
            **{"agent": "anna", "name": "Anna", "state": "idle", "reason": "", "since": BEGAN.isoformat()},
            **{"capacity": 10_000, "load": 20 * len(contacts), "contacts": len(contacts), "lost": False, "epoch": 1},
            "carries": [each["id"] for each in contacts],
        }

        def say_hello(_: str) -> None:
            queue = {"id": "sales", "name": "Sales", "waiting": 0, "ready": 1, "staffed": 1}
            hello = {"type": "hello", "seat": seat, "contacts": contacts, "queues": [queue], "agents": [seat]}
            socket.send(json.dumps([hello]))
            for at in range(0, len(self.lines), 500):
                socket.send(json.dumps(self.lines[at : at + 500]))
            socket.on_message(lambda _: None)

        socket.on_message(say_hello)

    def _one(self, route: Any) -> None:
        id = route.request.url.rpartition("/")[2].partition("?")[0]
        view = next(each for each in self.contacts if each["id"] == id)
        known = {"channel": view["channel"], "address": view["address"], "proven": True, "at": view["opened_at"]}
        customer = {"id": view["customer"], "name": view["name"], "identities": [known], "fields": {}}
        earlier = [contact(99, state="closed", wrap_up_code=view["name"])]
        answer = {"contact": view, "entries": [], "newest": 0, "earlier": earlier, "customer": customer}
        route.fulfill(json={**answer, "screen_pop": None})

    def _act(self, route: Any) -> None:
        path = route.request.url.partition("/desk/contacts/")[2]
        self.posted.append((path, route.request.post_data_json))
        id = path.partition("/")[0]
        done = {"contact": id, "seq": 1, "again": False, "state": "talking", "epoch": 2, "newest": 1}
        route.fulfill(json=done)
