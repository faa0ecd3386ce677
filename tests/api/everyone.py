"""Everyone who may come to the house, and every route with a good request to it: what the matrix, the hostile and the documentation
tests share. The scene: mine and ann are in the middle of a contact of acme, and a line of it names a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.api.house import CENTER, Customer, House
from ucs.api.app import ROUTES
from ucs.api.call import Route
from ucs.api.limits import Limits
from ucs.api.tokens import Caller, Role
from ucs.core.seat import SeatState, SignedIn
from ucs.runtime.engine.inputs import SeatDid, Wrote

CUSTOMERS = frozenset({"mine", "other", "globe"})
AGENTS = frozenset({"ann", "ben", "sue", "amy", "gus", "gina"})
EVERYONE = CUSTOMERS | AGENTS | {"nobody", "operator"}
SEERS = frozenset({"ann", "sue", "amy"})  # who may see the contact: its agent, and supervisors and admins of the tenant
OWN = frozenset({"amy", "operator"})  # who runs acme
RUN = frozenset({"amy", "gina", "operator"})  # who runs something
WORDS = [{"type": "text", "text": "Hello"}]


@dataclass(frozen=True)
class Asked:
    """A good request to a route: by whom it may be made, and by whom it is made when it has to work."""

    allowed: frozenset[str]
    by: str
    query: str = ""
    json: dict[str, Any] | None = None
    data: bytes | None = None
    raises: int = 0  # what it comes to in the scene, if not to something good
    path: dict[str, str] = field(default_factory=dict)


def customers(**how: Any) -> Asked:
    return Asked(CUSTOMERS, "mine", **how)


def ann(**how: Any) -> Asked:
    return Asked(frozenset({"ann"}), "ann", **how)


def own(by: str = "amy", **how: Any) -> Asked:
    return Asked(OWN, by, **how)


CHAT = {"adapter": "webchat", "queue": "support"}
EPOCH = {"epoch": 2}
# Who is written without a password keeps the old one.
UNCHANGED = {
    agent: {name: value for name, value in setting.items() if name != "password"}
    for agent, setting in CENTER["acme"]["agent"].items()
}
# In an order in which each works: what ends something comes last.
REQUESTS: dict[tuple[str, str], Asked] = {
    ("GET", "/health"): Asked(EVERYONE, "nobody"),
    ("GET", "/metrics"): Asked(frozenset({"operator"}), "operator"),
    ("POST", "/chat/{channel}/session"): Asked(EVERYONE, "nobody", json={"name": "Zoe"}, path={"channel": "site"}),
    ("GET", "/chat/{channel}/about"): Asked(EVERYONE, "nobody", path={"channel": "site"}),
    ("POST", "/chat/refresh"): Asked(EVERYONE, "nobody", json={"refresh": "{refresh}"}),
    ("POST", "/chat/messages"): customers(json={"id": "client-0001", "parts": WORDS}),
    ("POST", "/chat/taps"): customers(json={"id": "client-0002", "payload": "yes"}),
    ("POST", "/chat/typing"): customers(json={"on": True}),
    ("POST", "/chat/read"): Asked(frozenset({"mine"}), "mine", json={"contact": "{contact}", "of": 2}),
    ("GET", "/chat/entries"): Asked(frozenset({"mine"}), "mine", query="?contact={contact}&after=1"),
    ("GET", "/chat/contacts"): customers(),
    ("POST", "/chat/media"): customers(data=b"Some words"),
    ("GET", "/chat/media/{item}"): Asked(frozenset({"mine"}), "mine", query="?contact={contact}&seq={seq}"),
    ("POST", "/desk/sign-in"): Asked(
        EVERYONE, "nobody", json={"tenant": "acme", "agent": "sue", "password": "correct horse"}
    ),
    ("POST", "/desk/renew"): Asked(AGENTS, "ann"),
    ("POST", "/desk/state"): Asked(AGENTS, "ben", json={"state": "rest", "reason": "Lunch"}),
    ("GET", "/desk/contacts"): Asked(AGENTS, "ann"),
    ("GET", "/desk/contacts/{contact}"): Asked(SEERS, "ann", query="?after=1"),
    ("POST", "/desk/media"): Asked(AGENTS, "ann", data=b"Some words"),
    ("GET", "/desk/media/{item}"): Asked(SEERS, "ann", query="?contact={contact}&seq={seq}"),
    ("POST", "/desk/media/{item}/pictures"): Asked(SEERS, "ann", query="?contact={contact}&seq={seq}", raises=409),
    ("POST", "/desk/contacts/{contact}/typing"): Asked(SEERS, "ann", json={"on": True}),
    ("POST", "/desk/contacts/{contact}/notes"): Asked(SEERS, "ann", json={"id": "note-0001", "text": "Hm"}),
    ("POST", "/desk/contacts/{contact}/words"): Asked(SEERS, "ann", json={"text": "Hm"}),
    ("GET", "/desk/settings"): Asked(AGENTS, "ann"),
    ("POST", "/desk/contacts/{contact}/customer"): Asked(SEERS, "ann", json={"fields": {}}),
    ("GET", "/desk/floor"): Asked(frozenset({"sue", "amy", "gina"}), "sue"),
    ("POST", "/desk/seats/{agent}/state"): Asked(
        frozenset({"sue", "amy"}), "sue", json={"state": "rest"}, path={"agent": "ben"}
    ),
    ("POST", "/desk/contacts/{contact}/send-again"): ann(json={"of": 3, **EPOCH}, raises=409),  # it has not failed
    ("POST", "/desk/contacts/{contact}/accept"): ann(json=EPOCH, raises=409),
    ("POST", "/desk/contacts/{contact}/decline"): ann(json=EPOCH, raises=409),
    ("POST", "/desk/contacts/{contact}/messages"): ann(json={"id": "agent-0001", "parts": WORDS, **EPOCH}),
    ("POST", "/desk/contacts/{contact}/forward"): ann(
        json={"id": "forward-0001", "of": 2, "recipients": ["workshop@x.example"], **EPOCH},
        raises=409,  # web chat forwards nothing
    ),
    ("POST", "/desk/contacts/{contact}/read"): ann(json={"of": 2, **EPOCH}),
    ("POST", "/desk/contacts/{contact}/recall"): ann(json={"of": 2, **EPOCH}, raises=409),  # the customer's own words
    ("GET", "/admin/tenants"): Asked(RUN, "amy"),
    ("GET", "/admin/tenants/{tenant}"): own(),
    ("GET", "/admin/tenants/{tenant}/queues"): own(),
    ("GET", "/admin/tenants/{tenant}/agents"): own(),
    ("GET", "/admin/tenants/{tenant}/channels"): own(),
    ("GET", "/admin/tenants/{tenant}/robots"): own(),
    ("GET", "/admin/tenants/{tenant}/robots/{id}"): own(path={"id": "robby"}),
    ("GET", "/admin/tenants/{tenant}/queues/{id}"): own(path={"id": "support"}),
    ("GET", "/admin/tenants/{tenant}/agents/{id}"): own(path={"id": "ann"}),
    ("GET", "/admin/tenants/{tenant}/channels/{id}"): own(path={"id": "site"}),
    ("PUT", "/admin/tenants/{tenant}"): Asked(frozenset({"operator"}), "operator", json={"name": "Acme"}),
    ("PUT", "/admin/tenants/{tenant}/queues/{id}"): own(json={"name": "New"}, path={"id": "new"}),
    ("PUT", "/admin/tenants/{tenant}/agents/{id}"): own(json={"name": "New"}, path={"id": "new"}),
    ("PUT", "/admin/tenants/{tenant}/channels/{id}"): own(json=CHAT, path={"id": "new"}),
    ("PUT", "/admin/tenants/{tenant}/robots/{id}"): own(json={"robot": "fake"}, path={"id": "new"}),
    ("DELETE", "/admin/tenants/{tenant}/robots/{id}"): own(path={"id": "new"}),
    ("DELETE", "/admin/tenants/{tenant}/channels/{id}"): own(path={"id": "new"}),
    ("DELETE", "/admin/tenants/{tenant}/agents/{id}"): own(path={"id": "new"}),
    ("GET", "/admin/tenants/{tenant}/word_lists"): own(),
    ("PUT", "/admin/tenants/{tenant}/word_lists/{id}"): own(json={"words": ["damn"]}, path={"id": "new"}),
    ("GET", "/admin/tenants/{tenant}/word_lists/{id}"): own(path={"id": "new"}),
    ("DELETE", "/admin/tenants/{tenant}/word_lists/{id}"): own(path={"id": "new"}),
    ("GET", "/admin/tenants/{tenant}/phrases"): own(),
    ("PUT", "/admin/tenants/{tenant}/phrases/{id}"): own(json={"text": "Hello {name}"}, path={"id": "hello"}),
    ("GET", "/admin/tenants/{tenant}/phrases/{id}"): own(path={"id": "hello"}),
    ("DELETE", "/admin/tenants/{tenant}/phrases/{id}"): own(path={"id": "hello"}),
    ("DELETE", "/admin/tenants/{tenant}/queues/{id}"): own(path={"id": "new"}),
    ("GET", "/admin/quarantine"): Asked(RUN, "amy"),
    ("POST", "/admin/quarantine/{id}/read-again"): own(path={"id": "arrival"}),
    ("GET", "/admin/outbox"): Asked(RUN, "amy"),
    ("POST", "/admin/outbox/{id}/send-again"): own(path={"id": "letter"}),
    ("DELETE", "/admin/outbox/{id}"): own(path={"id": "letter-2"}),
    ("GET", "/admin/channels/{id}/health"): own(path={"id": "line"}),
    ("POST", "/admin/channels/{id}/check"): own(path={"id": "line"}),
    ("POST", "/admin/channels/{id}/unpark"): own(path={"id": "line"}),
    ("GET", "/admin/contacts"): Asked(RUN, "amy", query="?state=talking"),
    ("GET", "/admin/seats"): Asked(RUN, "amy"),
    ("POST", "/admin/seats/{agent}/state"): own(query="?tenant=acme", json={"state": "rest"}, path={"agent": "ben"}),
    ("POST", "/desk/contacts/{contact}/transfer"): ann(json={"queue": "support", **EPOCH}),
    ("POST", "/desk/contacts/{contact}/take-over"): Asked(
        frozenset({"sue", "amy"}),
        "sue",
        json={"epoch": 99},
        raises=409,  # what the screen knew is old
    ),
    ("POST", "/desk/contacts/{contact}/close"): ann(json=EPOCH, raises=409),
    ("POST", "/desk/contacts/{contact}/wrap-up"): ann(json=EPOCH, raises=409),
    ("POST", "/chat/survey"): Asked(frozenset({"mine"}), "mine", json={"contact": "{contact}", "score": 5}, raises=409),
    ("POST", "/desk/contacts/{contact}/give-back"): ann(json=EPOCH, raises=409),
    ("POST", "/chat/human"): Asked(CUSTOMERS, "mine"),
    ("POST", "/chat/end"): customers(),
    ("POST", "/chat/sign-out"): customers(),
    ("POST", "/desk/sign-out"): Asked(AGENTS, "ben"),
    ("POST", "/admin/contacts/{contact}/end"): own(json={"reason": "Spam"}, raises=409),
    ("POST", "/admin/apply"): own(json={"acme": {**CENTER["acme"], "agent": UNCHANGED, "name": "Acme & Sons"}}),
    ("DELETE", "/admin/tenants/{tenant}"): Asked(frozenset({"operator"}), "operator", raises=409),
}
BY_ROUTE = {(route.method, route.path): route for route in ROUTES}


class Scene:
    """The house with everybody in it. `named` is what stands for the names in paths and queries."""

    def __init__(self, house: House, customers: dict[str, Customer], named: dict[str, str]) -> None:
        self.house = house
        self.customers = customers
        self.named = named

    async def headers(self, who: str) -> dict[str, str]:
        """The headers of somebody, signed in if need be, with a fresh allowance."""
        self.house.api.limits = Limits(self.house.clocks.clock)
        if who == "nobody":
            return {}
        if who == "operator":
            return self.house.operator
        if who in self.customers:
            return self.customers[who].headers
        return {"Authorization": f"Bearer {await token_of(self.house, who)}"}

    def path(self, asked: Asked, route: Route) -> str:
        return f"{route.path}{asked.query}".format(**{**self.named, **asked.path})

    async def ask(self, route: Route, who: str) -> Any:
        asked = REQUESTS[route.method, route.path]
        body = asked.json
        if body is not None:  # a value such as "{contact}" stands for what has that name in the scene
            names = {f"{{{name}}}": value for name, value in self.named.items()}
            body = {key: names.get(value, value) if isinstance(value, str) else value for key, value in body.items()}
        path = self.path(asked, route)
        return await self.house.ask(route.method, path, await self.headers(who), json=body, data=asked.data)


async def token_of(house: House, agent: str) -> str:
    """A token of this agent, without the work of checking a password."""
    tenant = "acme" if ("acme", agent) in house.api.center.agents else "globex"
    seat = house.api.seat_of(tenant, agent)
    if seat.chosen is SeatState.OFFLINE:
        seat = await house.api.submit(SeatDid(tenant, agent, SignedIn()))
    house.runtime.presence.heard(tenant, agent)
    setting, tokens = house.api.center.agents[tenant, agent], house.api.tokens
    mark = tokens.mark_of(setting.password_hash)
    return tokens.issue(Caller(Role(setting.role), tenant, agent, epoch=seat.epoch, password=mark))


async def scene_in(house: House) -> Scene:
    mine, ann, contact, epoch = await house.talking()
    assert epoch == EPOCH["epoch"]
    item = await house.ok("POST", "/chat/media", mine.headers, data=b"What mine has written")
    body = {"id": "file-0001", "parts": [{"type": "file", "media": item["id"]}]}
    line = await house.ok("POST", "/chat/messages", mine.headers, json=body)
    other, globe = await house.customer(), await house.customer("globe")
    await other.say("Hello from other")
    await globe.say("Hello from globe")
    refresh = (await house.customer()).session["refresh"]
    await _troubles(house, contact)
    assert ann.signed_in["agent"] == "ann"
    named = {"contact": contact, "item": item["id"], "seq": str(line["seq"]), "tenant": "acme", "refresh": refresh}
    return Scene(house, {"mine": mine, "other": other, "globe": globe}, named)


async def _troubles(house: House, contact: str) -> None:
    """Two dead letters, and an arrival that could not be read."""
    letter = ("line", "a", contact, 2, "send", "dead", 3, 1, '{"parts":[],"since":"2026-03-02T12:00:00Z"}')
    head = '{"method":"POST","path":"/hooks/line","content_type":"application/json"}'
    arrival = ("arrival", "line", 1, "unreadable", "Nobody knows", head, b'{"destination":"x","events":[]}')
    await house.api.submit(Wrote(tuple(("add_outbox", (id, *letter)) for id in ("letter", "letter-2"))))
    await house.api.submit(Wrote((("add_arrival", arrival),)))
