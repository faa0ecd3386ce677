"""The tutorial is true: what it shows makes a whole plugin, which passes the kit, is loaded, and carries a talk both ways.

`test_code_blocks.py` has seen to it that each block stands in the file that it names. Here the blocks are put together, in the order
of the page, and the page's steps are followed: the tests, `ucs check`, `ucs run`, and the pretended Weibo.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import ClientSession

from channels.errors import ConfigError
from channels.plugins import load
from tests.cli.served import own_port
from tests.docs.project import ROOT
from tests.docs.test_code_blocks import blocks_of
from ucs.runtime.center.center_file import center_of, read_values

EXAMPLE = ROOT / "examples" / "weibo"
PAGE = (ROOT / "docs" / "write-a-channel.md").read_text("utf-8")
PATIENCE = 30.0  # seconds for a server to start, a message to arrive
ALLOW = "127.0.0.1:9000"  # the pretended Weibo, in the example's configuration


def shown() -> dict[str, str]:
    """The files that the page shows, put together from its blocks, by their names in the plugin's folder."""
    files: dict[str, list[str]] = {}
    for block in blocks_of(PAGE):
        for mark in block.marks:
            if mark.startswith("in=examples/weibo/"):
                files.setdefault(mark.removeprefix("in=examples/weibo/"), []).append(block.code.strip("\n"))
    return {name: "\n\n\n".join(pieces) + "\n" for name, pieces in files.items()}


def exported() -> dict[str, str]:
    """The environment variables that the page sets."""
    line = next(line for line in PAGE.splitlines() if line.startswith("export "))
    return dict(pair.split("=", 1) for pair in line.removeprefix("export ").split())


def environment(plugin: Path) -> dict[str, str]:
    return {**os.environ, **exported(), "PYTHONPATH": os.pathsep.join([str(plugin), str(ROOT)])}


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """The folder as somebody has it who typed what the page shows."""
    for name, text in shown().items():
        path = tmp_path / "weibo" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path / "weibo"


def ours(plugin: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A program of ours, run to its end in the plugin's folder."""
    return subprocess.run(  # noqa: S603  our own Python, on files that we wrote
        [sys.executable, *command],
        cwd=plugin,
        env=environment(plugin),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def run_kit(plugin: Path) -> subprocess.CompletedProcess[str]:
    return ours(plugin, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(plugin))


@pytest.mark.parametrize("name", shown())
def test_a_file_is_shown_whole(name: str) -> None:
    wanted = [line for line in (EXAMPLE / name).read_text("utf-8").splitlines() if line.strip()]
    assert [line for line in shown()[name].splitlines() if line.strip()] == wanted


def test_what_is_shown_is_a_plugin(plugin: Path) -> None:
    finished = run_kit(plugin)
    assert finished.returncode == 0, finished.stdout[-4000:]
    assert " passed" in finished.stdout


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ('require_sorted_sha1((secret, timestamp, nonce), request.query.get("signature"))', "pass"),
        ("raise Uncertain(", "raise ValueError("),
        ("happening.subtype:\n", "happening.subtype if 0 else 'click':\n"),
    ],
)
def test_a_mistake_in_it_is_found(plugin: Path, line: str, instead: str) -> None:
    path = plugin / "ucs_weibo" / "__init__.py"
    text = path.read_text("utf-8")
    assert line in text
    path.write_text(text.replace(line, instead), "utf-8")
    finished = run_kit(plugin)
    assert finished.returncode == 1, finished.stdout[-4000:]
    assert " failed" in finished.stdout


def test_the_loader_brings_it_and_a_center_has_a_channel_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLE)
    for name, value in exported().items():
        monkeypatch.setenv(name, value)
    plugins = load(EXAMPLE / "plugins.toml")
    center = center_of(read_values(EXAMPLE / "center.toml"), plugins)
    channel = center.channel("weibo")
    assert type(channel.adapter) is plugins.adapters["weibo"]
    assert channel.powers == {"verify", "answer", "parse", "send", "fetch", "profile"}
    assert set(channel.secrets) == {exported()["WEIBO_APP_SECRET"], exported()["WEIBO_ACCESS_TOKEN"]}


def test_a_center_without_its_secrets_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLE)
    for name in exported():
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError) as refused:
        center_of(read_values(EXAMPLE / "center.toml"), load(EXAMPLE / "plugins.toml"))
    keys = {complaint.key for complaint in refused.value.complaints}
    assert {"shop.channel.weibo.config.app_secret", "shop.channel.weibo.config.access_token"} <= keys


def test_check_finds_all_well(plugin: Path) -> None:
    finished = ours(plugin, "-m", "ucs", "check")
    assert finished.returncode == 0, finished.stderr + finished.stdout
    assert "weibo" in finished.stdout


# -- talking through it ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def started(plugin: Path, *command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program of ours in the plugin's folder, stopped at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=plugin, env=environment(plugin), stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.communicate(), PATIENCE)


async def until(find: Callable[[], Awaitable[Any]]) -> Any:
    """What `find` finds, as soon as it finds something."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await find()):  # noqa: ASYNC110  it is another process that we wait for
            await asyncio.sleep(0.05)
        return found


class Desk:
    """The agent of the example at her desk."""

    def __init__(self, http: ClientSession, url: str) -> None:
        self._http, self._url, self._headers = http, url, dict[str, str]()

    async def sign_in(self) -> None:
        body = {"tenant": "shop", "agent": "mei", "password": exported()["MEI_PASSWORD"]}
        self._headers = {"authorization": f"Bearer {(await self._ask('POST', '/desk/sign-in', body))['token']}"}
        await self._ask("POST", "/desk/state", {"state": "idle"})

    async def contacts(self) -> list[dict[str, Any]]:
        return list((await self._ask("GET", "/desk/contacts"))["contacts"])

    async def answer(self, text: str) -> None:
        offered = (await until(self.contacts))[0]
        place = f"/desk/contacts/{offered['id']}"
        taken = await self._ask("POST", f"{place}/accept", {"epoch": offered["epoch"]})
        parts = [{"type": "text", "text": text}]
        await self._ask("POST", f"{place}/messages", {"epoch": taken["epoch"], "id": "answer-0001", "parts": parts})

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        async with self._http.request(method, self._url + path, json=body, headers=self._headers) as answer:
            assert answer.status < 300, f"{method} {path}: {answer.status} {await answer.text()}"
            return await answer.json()


async def test_a_customer_asks_and_an_agent_answers(plugin: Path) -> None:
    bound, port = own_port()
    for name in ("center.toml", "ucs.toml"):
        text = (plugin / name).read_text("utf-8")
        assert ALLOW in text
        (plugin / name).write_text(
            ("port = 0\n" if name == "ucs.toml" else "") + text.replace(ALLOW, f"127.0.0.1:{port}")
        )
    announced = plugin / "ucs-data" / "server.json"

    async def address() -> str:
        return str(orjson.loads(announced.read_bytes() or b"{}").get("url", "")) if announced.exists() else ""

    async with started(plugin, "-m", "ucs", "run"), ClientSession() as http:
        url = await until(address)
        said = ("请问发货了吗", "--hook", f"{url}/hooks/weibo", "--port", str(port))
        async with started(plugin, str(EXAMPLE / "pretend.py"), *said) as weibo:
            assert weibo.stdout is not None
            heard = await asyncio.wait_for(weibo.stdout.readline(), PATIENCE)
            assert heard.decode().strip() in PAGE, "The page shows something else."
            desk = Desk(http, url)
            await desk.sign_in()
            await desk.answer("Yes, this morning.")
            shown_to_customer = await asyncio.wait_for(weibo.stdout.readline(), PATIENCE)
            assert shown_to_customer.decode().strip() in PAGE, "The page shows something else."
            assert [contact["name"] for contact in await desk.contacts()] == ["小明"]
    bound.close()
