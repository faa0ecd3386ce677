"""A real server in a process of its own, which tests kill and start again; and an agent's and a customer's view of it."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

from tests.docs.project import ROOT

PASSWORD = "correct horse"
OURS = (ROOT / "plugins.toml").read_text()
INSTALLATION = """
data = "data"
port = 0
public_url = "{public_url}"
center = "center.toml"
allow = ["127.0.0.0/8"]
"""
START_WITHIN = 30.0  # seconds: generous, for a busy machine
HEARD_WITHIN = 20.0  # seconds: as generous
Json = dict[str, Any]


def secret(folder: Path, name: str, value: str) -> str:
    """A reference to a secret, as a center file has it."""
    path = folder / f"{name}.secret"
    path.write_text(value)
    return f"file:{path}"


class Served:
    """`start`, `killed` (it died as it was told), `start` again, and at the end `stop`. The folder outlives the process."""

    def __init__(
        self, folder: Path, center: str, plugins: str = OURS, *, mortal: bool = False, public_url: str = ""
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        (folder / "center.toml").write_text(center)
        (folder / "plugins.toml").write_text(plugins)
        self.public_url = public_url
        self.errors = folder / "output.txt"
        (folder / "ucs.toml").write_text(INSTALLATION.format(public_url=public_url))
        config = str(folder / "ucs.toml")
        self._command = ["-m", "tests.e2e.mortal", config] if mortal else ["-m", "ucs", "run", "-c", config]
        self._process: asyncio.subprocess.Process | None = None
        self.url = ""
        self.session = aiohttp.ClientSession()

    @property
    def peak_mb(self) -> float:
        """The most memory that the server has had."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except AssertionError:
            await self.session.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.close()
        code = await self.stop()
        assert error is not None or code == 0, self.output

    async def start(self) -> None:
        (self.data / "server.json").unlink(missing_ok=True)
        with self.errors.open("a") as output:
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, *self._command, cwd=ROOT, env=environment, stdout=output, stderr=output
            )
        await until(self._announced, START_WITHIN, lambda: self.output)

    def _announced(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, self.output
        try:
            self.url = orjson.loads((self.data / "server.json").read_bytes())["url"]
        except (OSError, ValueError):
            return False
        return True

    @property
    def output(self) -> str:
        return (self.folder / "output.txt").read_text()

    def room(self, most: int = resource.RLIM_INFINITY) -> None:
        """Let no file of the server, its log included, become larger than so many bytes: as good as a disk that is full."""
        assert self._process is not None
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    def die(self, when: str) -> None:
        """Let it die `before KIND` or `after KIND` of the next commit that writes such a line, or one `KIND BY` somebody."""
        order = self.data / "die.new"
        order.write_text(when)
        order.replace(self.data / "die")  # it is read at any moment, and then it is whole

    async def killed(self) -> None:
        """Wait until it is dead."""
        assert self._process is not None
        assert await asyncio.wait_for(self._process.wait(), 10) == -signal.SIGKILL, self.output

    async def kill(self) -> None:
        """Let it die now, whatever it is doing."""
        assert self._process is not None
        self._process.kill()
        await self.killed()

    async def stop(self) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._process.wait(), 20)

    async def ask(self, method: str, path: str, token: str = "", *, ok: bool = True, **how: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.session.request(method, self.url + path, headers=headers, **how) as answer:
            text = await answer.text()
            assert not ok or answer.status < 300, f"{method} {path}: {answer.status} {text}"
            return orjson.loads(text)

    async def desk(self, agent: str) -> Desk:
        body = {"tenant": "acme", "agent": agent, "password": PASSWORD}
        return Desk(self, agent, (await self.ask("POST", "/desk/sign-in", json=body))["token"])


class Desk:
    """An agent's screen: it acts over HTTP and hears over its socket. Lines are kept by contact and number."""

    def __init__(self, server: Served, agent: str, token: str) -> None:
        self.server = server
        self.agent = agent
        self.token = token
        self.frames: list[Json] = []
        self.lines: dict[str, dict[int, Json]] = {}
        self.contacts: dict[str, Json] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._hearing: asyncio.Task[None] | None = None

    async def listen(self) -> None:
        origin = {"Origin": self.server.public_url or self.server.url}
        self._socket = await self.server.session.ws_connect(self.server.url + "/desk/socket", headers=origin)
        last = {contact: max(lines) for contact, lines in self.lines.items()}
        await self._socket.send_json({"type": "hello", "token": self.token, "last": last})
        known = len(self.frames)
        self._hearing = asyncio.create_task(self._hear(self._socket))
        await self.until(lambda: any(frame["type"] == "hello" for frame in self.frames[known:]))

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._hearing is not None:
            await self._hearing

    async def say(self, **frame: Any) -> None:
        assert self._socket is not None
        await self._socket.send_json(frame)

    async def ready(self) -> None:
        await self.server.ask("POST", "/desk/state", self.token, json={"state": "idle"})

    async def act(self, contact: str, what: str, **body: Any) -> Json:
        """Do something with the epoch that this screen knows."""
        if what not in ("notes", "typing"):
            body.setdefault("epoch", self.contacts[contact]["epoch"])
        done: Json = await self.server.ask("POST", f"/desk/contacts/{contact}/{what}", self.token, json=body)
        if "epoch" in done:
            self.contacts[contact] = {**self.contacts[contact], "epoch": done["epoch"], "state": done["state"]}
        return done

    async def offered(self, but: tuple[str, ...] = ()) -> str:
        """The contact that is offered to this agent."""
        found: list[str] = []

        def offer() -> bool:
            found[:] = [id for id, c in self.contacts.items() if c["state"] == "offered" and id not in but]
            return bool(found)

        await self.until(offer)
        return found[0]

    async def open(self, contact: str) -> Json:
        """Look at a contact: its lines so far are heard too."""
        found: Json = await self.server.ask("GET", f"/desk/contacts/{contact}", self.token)
        for line in found["entries"]:
            self._keep(line)
        self.contacts[contact] = found["contact"]
        return found

    def heard(self, contact: str, kind: str, by: str = "") -> list[Json]:
        """The lines of this kind, in order."""
        lines = [line for _, line in sorted(self.lines.get(contact, {}).items())]
        return [line for line in lines if line["kind"] == kind and by in ("", line["by"])]

    def statuses(self, contact: str, of: int) -> list[str]:
        return [line["body"]["status"] for line in self.heard(contact, "status") if line["body"]["of"] == of]

    async def until(self, holds: Callable[[], object], within: float = HEARD_WITHIN) -> None:
        await until(holds, within, lambda: f"{self.agent} heard only {self.frames[-20:]}\n{self.server.output[-3000:]}")

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            for frame in orjson.loads(message.data):
                self.frames.append(frame)
                match frame["type"]:
                    case "hello":
                        self.contacts.update({contact["id"]: contact for contact in frame["contacts"]})
                    case "contact" if frame["epoch"] >= self.contacts.get(frame["id"], frame)["epoch"]:
                        self.contacts[frame["id"]] = frame  # the answer to what was done may have come before it
                    case "entry":
                        self._keep(frame)

    def _keep(self, line: Json) -> None:
        """A line that comes again says the same, unless it was taken back meanwhile."""
        lines = self.lines.setdefault(line["contact"], {})
        known = lines.get(line["seq"], line)
        assert known == line or line["body"].get("redacted"), (known, line)
        lines[line["seq"]] = line


async def until(holds: Callable[[], object], within: float, why: Callable[[], str]) -> None:
    """Look every few milliseconds: what happens is in another process."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while not holds():
        if loop.time() > deadline:
            raise AssertionError(f"it never came to that: {why()}")
        await asyncio.sleep(0.005)
