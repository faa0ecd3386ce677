"""A whole server with two tenants, over real sockets, with clocks that tests move by hand.

acme     queue support; agents ann, ben, sue (supervisor), amy (admin); channels site (web chat), vip (web chat with
         signed identities), front (web chat, the robot robby before the agents), line (a platform)
globex   queue help; agents gus, gina (admin); channel globe (web chat)
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from aiohttp import ClientResponse, ClientWebSocketResponse
from aiohttp.test_utils import TestClient
from argon2 import PasswordHasher
from sqlalchemy import Executable

from channels.plugins import Plugins, load
from tests.runtime.fake_robot import FakeRobot
from ucs.api.api import Api
from ucs.api.app import API
from ucs.api.tokens import operator_key
from ucs.runtime.center.center_file import center_of, center_writes
from ucs.runtime.center.installation import Installation, key_for, own_secret
from ucs.runtime.center.passwords import Passwords
from ucs.runtime.engine.work import Work
from ucs.runtime.runtime import Runtime
from ucs.store.store import Store

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = load(ROOT / "plugins.toml")
PLUGINS = Plugins(INSTALLED.adapters, {"fake": FakeRobot, "flow": INSTALLED.robots["flow"]})
PASSWORD = "correct horse"  # everybody's
WITHIN = 15.0  # seconds for the server to come to something: generous, for a busy machine
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # every test signs somebody in
IDENTITY_KEY = "k" * 40
LINE_SECRET = "line-secret"
SECRETS = {"ACME__IDENTITY_KEY": IDENTITY_KEY, "ACME__LINE_SECRET": LINE_SECRET, "ACME__LINE_TOKEN": "token"}
PAGE = "https://shop.example"  # may show acme's chat

CENTER: dict[str, Any] = {
    "acme": {
        "name": "Acme",
        "queue": {"support": {"name": "Support"}},
        "agent": {
            "ann": {"name": "Ann", "password": PASSWORD, "skills": {"support": 1}},
            "ben": {"name": "Ben", "password": PASSWORD, "skills": {"support": 1}},
            "sue": {"name": "Sue", "password": PASSWORD, "role": "supervisor"},
            "amy": {"name": "Amy", "password": PASSWORD, "role": "admin"},
        },
        "robot": {"robby": {"robot": "fake", "name": "Robby"}},
        "channel": {
            "site": {"adapter": "webchat", "queue": "support", "config": {"origins": [PAGE]}},
            "vip": {
                "adapter": "webchat",
                "queue": "support",
                "config": {"identity_key": "env:ACME__IDENTITY_KEY", "identity_audience": "acme-chat"},
            },
            "front": {
                "adapter": "webchat",
                "queue": "support",
                "robot": {"robot": "robby", "keywords": ["human"], "handed_over_text": "One moment."},
            },
            "line": {
                "adapter": "line",
                "queue": "support",
                "config": {
                    "channel_secret": "env:ACME__LINE_SECRET",
                    "access_token": "env:ACME__LINE_TOKEN",
                    "api_base": "https://127.0.0.1:9",  # which the guard keeps closed: no test looks up a name
                    "data_base": "https://127.0.0.1:9",
                },
            },
        },
    },
    "globex": {
        "queue": {"help": {}},
        "agent": {
            "gus": {"password": PASSWORD, "skills": {"help": 1}},
            "gina": {"password": PASSWORD, "role": "admin"},
        },
        "channel": {"globe": {"adapter": "webchat", "queue": "help"}},
    },
}


def found_house(data: Path) -> None:
    """An installation's data folder with this center in it. Takes a while, so it is done once and copied."""
    own_secret(data)
    installation = Installation(data=data)
    store = Store(installation.store_url)
    store.migrate()
    center = center_of(CENTER, PLUGINS, passwords=Passwords(QUICK))
    writes = center_writes({}, center.documents)
    store.write(lambda connection: store.statements.run(connection, writes))
    store.close()


class Clocks:
    """The time of day, and the monotonic clock; they move together."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 12, tzinfo=UTC)
        self.seconds = 1000.0

    def now(self) -> datetime:
        return self.at

    def clock(self) -> float:
        return self.seconds

    def later(self, **by: float) -> None:
        self.at += timedelta(**by)
        self.seconds += timedelta(**by).total_seconds()


class Customer:
    """Somebody's page: a session, and what it says."""

    def __init__(self, house: House, session: dict[str, Any]) -> None:
        self.house = house
        self.session = session
        self.headers = {"Authorization": f"Bearer {session['token']}"}
        self._ids = itertools.count(1)

    async def say(self, text: str, id: str = "") -> dict[str, Any]:
        body = {"id": id or f"customer-{next(self._ids):04}", "parts": [{"type": "text", "text": text}]}
        return await self.house.ok("POST", "/chat/messages", self.headers, json=body)


class Agent:
    """Somebody's desk."""

    def __init__(self, house: House, signed_in: dict[str, Any]) -> None:
        self.house = house
        self.signed_in = signed_in
        self.headers = {"Authorization": f"Bearer {signed_in['token']}"}

    async def act(self, contact: str, what: str, **body: Any) -> dict[str, Any]:
        return await self.house.ok("POST", f"/desk/contacts/{contact}/{what}", self.headers, json=body)

    async def ready(self) -> None:
        await self.house.ok("POST", "/desk/state", self.headers, json={"state": "idle"})

    async def desk(self) -> dict[str, Any]:
        return await self.house.ok("GET", "/desk/contacts", self.headers)


class House:
    """The server, and those who come to it."""

    def __init__(self, client: TestClient[Any, Any], runtime: Runtime, clocks: Clocks) -> None:
        self.client = client
        self.runtime = runtime
        self.clocks = clocks
        self.api: Api = client.server.app[API]
        self.operator = {"Authorization": f"Bearer {operator_key(key_for(runtime.secret, 'tokens'))}"}

    @property
    def origin(self) -> str:
        """Where our own pages come from."""
        return f"http://{self.client.host}:{self.client.port}"

    async def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, **how: Any) -> ClientResponse:
        return await self.client.request(method, path, headers=headers, **how)

    async def ok(self, method: str, path: str, headers: Mapping[str, str] | None = None, **how: Any) -> Any:
        """The JSON of an answer that must be a good one."""
        async with await self.ask(method, path, headers, **how) as response:
            text = await response.text()
            assert 200 <= response.status < 300, f"{method} {path}: {response.status} {text}"
            return json.loads(text)

    async def no(
        self, status: int, method: str, path: str, headers: Mapping[str, str] | None = None, **how: Any
    ) -> dict[str, Any]:
        """The problem of an answer that must be one."""
        async with await self.ask(method, path, headers, **how) as response:
            text = await response.text()
            assert response.status == status, f"{method} {path}: {response.status} {text}"
            assert response.content_type == "application/problem+json", text
            problem: dict[str, Any] = json.loads(text)
        assert problem["status"] == status
        assert problem["title"]
        assert problem["detail"]
        return problem

    async def customer(self, channel: str = "site", **body: Any) -> Customer:
        return Customer(self, await self.ok("POST", f"/chat/{channel}/session", json=body))

    async def agent(self, agent: str = "ann", tenant: str = "acme") -> Agent:
        body = {"tenant": tenant, "agent": agent, "password": PASSWORD}
        return Agent(self, await self.ok("POST", "/desk/sign-in", json=body))

    async def talking(self, agent: str = "ann", channel: str = "site") -> tuple[Customer, Agent, str, int]:
        """A customer and an agent in the middle of a contact: who they are, the contact, its epoch."""
        customer = await self.customer(channel)
        said = await customer.say("Hello?")
        tenant = self.api.center.channels[channel].tenant
        answering = await self.agent(agent, tenant)
        await answering.ready()
        await self.offered(said["contact"])
        epoch = self.runtime.engine.memory.contacts[said["contact"]].epoch
        done = await answering.act(said["contact"], "accept", epoch=epoch)
        return customer, answering, said["contact"], done["epoch"]

    async def offered(self, contact: str) -> None:
        """Wait for routing, which works after the commit that frees it."""
        await self.until(lambda: self.runtime.engine.memory.contacts[contact].state == "offered")

    async def until(self, true: Callable[[], object]) -> None:
        """Let the server go on until this is so."""
        for _ in range(20_000):  # milliseconds, and on a busy machine more
            if true():
                return
            await asyncio.sleep(0.001)

    async def socket(self, path: str, token: str, origin: str | None = "", **hello: Any) -> Socket:
        headers = {} if origin is None else {"Origin": origin or self.origin}
        socket = Socket(await self.client.ws_connect(path, headers=headers))
        await socket.say(type="hello", token=token, **hello)
        return socket


class Ran:
    """An input of the engine: this statement, for what has no other way to come about."""

    def __init__(self, statement: Executable) -> None:
        self.statement = statement

    def apply(self, work: Work) -> None:
        work.connection.execute(self.statement)


class Socket:
    """A WebSocket, frame by frame."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self._frames: list[dict[str, Any]] = []

    async def say(self, **frame: Any) -> None:
        await self.socket.send_json(frame)

    async def hear(self, type: str) -> dict[str, Any]:
        """The next frame of this type; those before it are dropped."""
        while True:
            while self._frames:
                frame = self._frames.pop(0)
                if frame["type"] == type:
                    return frame
            self._frames.extend(await self.socket.receive_json(timeout=5))

    async def closed(self) -> int | None:
        """The code with which the other side closed."""
        while not self.socket.closed:
            await self.socket.receive(timeout=5)
        return self.socket.close_code


def identity(at: datetime, key: str = IDENTITY_KEY, algorithm: str = "HS256", **claims: Any) -> str:
    """What acme's own server signs for its customer c-7. A claim of None is left out."""
    seconds = int(at.timestamp())
    values = {"sub": "c-7", "name": "Cleo", "aud": "acme-chat", "iat": seconds, "exp": seconds + 300, **claims}
    return jwt.encode({name: value for name, value in values.items() if value is not None}, key, algorithm)
