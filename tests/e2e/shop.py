"""A shop that is served for real: `ucs run` in a process of its own, with LINE, a queue, and two agents who work over the desk API."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import aiohttp

from tests.e2e.fake_line import FakeLine

PASSWORD = "a password for the tests"
PUBLIC = "https://files.example"
PLUGINS = Path(__file__).parents[2] / "plugins.toml"
STARTED_WITHIN = 20.0  # seconds


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Shop:
    """`start`, `kill` (as `kill -9` does) and `start` again, always on the same data and port."""

    def __init__(self, folder: Path, line: FakeLine) -> None:
        self.folder, self.line, self.port = folder, line, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.hook = f"{self.url}/hooks/line"
        self.process: subprocess.Popen[bytes] | None = None
        agents = "".join(
            f'[shop.agent.{name}]\nname = "{name.title()}"\npassword = "{PASSWORD}"\nskills = {{ sales = 1 }}\n'
            for name in ("anna", "ben")
        )
        (folder / "center.toml").write_text(f"""
[shop]
name = "Shop"
[shop.queue.sales]
name = "Sales"
{agents}
[shop.channel.line]
adapter = "line"
queue = "sales"
[shop.channel.line.config]
channel_secret = "env:LINE_SECRET"
access_token = "env:LINE_TOKEN"
api_base = "{line.api_base}"
data_base = "{line.data_base}"
""")
        (folder / "ucs.toml").write_text(
            f'data = "{folder / "data"}"\nport = {self.port}\nplugins = "{PLUGINS}"\ncenter = "center.toml"\n'
            f'allow = ["127.0.0.1/32"]\npublic_url = "{PUBLIC}"\n'
        )

    @property
    def database(self) -> Path:
        return self.folder / "data" / "ucs.db"

    async def start(self) -> None:
        announced = self.folder / "data" / "server.json"
        announced.unlink(missing_ok=True)
        environment = {
            **os.environ,
            "LINE_SECRET": self.line.webhooks.secret,
            "LINE_TOKEN": self.line.long_lived_token(),
        }
        command = [sys.executable, "-m", "ucs", "run", "--config", str(self.folder / "ucs.toml")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603, ASYNC220  # ours
        await until(announced.exists, STARTED_WITHIN)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()


class Agent:
    """One signed-in agent: `frames` is everything the socket has said so far."""

    def __init__(self, shop: Shop, name: str) -> None:
        self.shop, self.name = shop, name
        self.frames: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession()
        signed_in = await self.post("/desk/sign-in", tenant="shop", agent=self.name, password=PASSWORD)
        self.headers = {"Authorization": f"Bearer {signed_in['token']}"}
        self.socket = await self.session.ws_connect(f"{self.shop.url}/desk/socket", headers={"Origin": PUBLIC})
        await self.socket.send_json({"type": "hello", "token": signed_in["token"]})
        self.listening = asyncio.create_task(self._listen())
        await self.post("/desk/state", state="idle")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()
        await asyncio.gather(self.listening, return_exceptions=True)
        await self.session.close()

    async def _listen(self) -> None:
        async for message in self.socket:
            self.frames += json.loads(message.data)

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        async with self.session.post(self.shop.url + path, json=body, headers=self.headers) as answer:
            values: dict[str, Any] = await answer.json(content_type=None)
            assert answer.status < 300, (path, values)
            return values

    async def get(self, path: str) -> dict[str, Any]:
        async with self.session.get(self.shop.url + path, headers=self.headers) as answer:
            values: dict[str, Any] = await answer.json(content_type=None)
            assert answer.status == 200, (path, values)
            return values

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Lines of this kind that the socket has shown, each once."""
        found = {(f["contact"], f["seq"]): f for f in self.frames if f["type"] == "entry" and f["kind"] == kind}
        return list(found.values())

    async def offered(self) -> dict[str, Any]:
        """The contact that is offered, as soon as one is."""

        def offers() -> list[dict[str, Any]]:
            return [f for f in self.frames if f["type"] == "contact" and f["state"] == "offered"]

        await until(lambda: bool(offers()))
        return offers()[-1]

    async def accept(self) -> tuple[str, int]:
        """The offered contact is ours; its id and the epoch."""
        offer = await self.offered()
        done = await self.post(f"/desk/contacts/{offer['id']}/accept", epoch=offer["epoch"])
        return offer["id"], done["epoch"]


async def until(holds: Callable[[], bool], within: float = 10.0) -> None:
    """Wait until it holds; a test that waits in vain fails here."""
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110  # what is waited for happens in another process
            await asyncio.sleep(0.02)
