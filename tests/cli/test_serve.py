"""How a server goes, and what it writes about its troubles."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import aiohttp

from tests.cli.served import served
from tests.docs.project import ROOT

AT_ONCE = 9.0  # seconds; a server that waits for its clients takes ten and more


async def test_it_does_not_wait_for_those_who_listen(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    with served("demo", "--port", "0", "--data", str(data), "--no-browser", data=data) as url:
        client = aiohttp.ClientSession()
        async with client.post(f"{url}/chat/website/session", json={}) as answer:
            token = (await answer.json())["token"]
        socket = await client.ws_connect(f"{url}/chat/socket", headers={"Origin": url})
        await socket.send_json({"type": "hello", "token": token})
        assert (await socket.receive()).type is aiohttp.WSMsgType.TEXT
        waiting = asyncio.create_task(
            client.get(f"{url}/chat/entries?wait=1", headers={"Authorization": f"Bearer {token}"})
        )
        await asyncio.wait([waiting], timeout=0.3)
        assert not waiting.done()
        told = time.monotonic()
    assert time.monotonic() - told < AT_ONCE
    assert (await socket.receive()).data == 1012  # "service restart": come back to the next one
    assert (await waiting).status == 200
    await client.close()


@contextmanager
def few_files(most: int) -> Iterator[None]:
    """What is started meanwhile may open so many until it asks for more, as is usual with 1,024."""
    now, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (now, hard))


async def test_who_holds_many_connections_keeps_nobody_out(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    with ExitStack() as stack:
        with few_files(256):
            arguments = ("demo", "--port", "0", "--data", str(data), "--no-browser")
            url = stack.enter_context(served(*arguments, data=data))
        host, port = url.removeprefix("http://").split(":")
        idle = [await asyncio.open_connection(host, int(port)) for _ in range(400)]
        async with aiohttp.ClientSession() as client, asyncio.timeout(30), client.get(f"{url}/health") as answer:
            assert answer.status == 200
        for _, writer in idle:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for _, writer in idle))


def test_log_lines_are_json_and_hold_no_values_of_a_traceback() -> None:
    code = """
import logging, structlog
from ucs.cli.logs import log_json
log_json()
def sign_in(password):
    raise RuntimeError("it went wrong")
try:
    sign_in("a" * 5 + "-secret")
except RuntimeError:
    structlog.get_logger("ucs").exception("sign-in failed", agent="ann")
    logging.getLogger("library").exception("theirs")
"""
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True)  # noqa: S603
    ours, theirs = (json.loads(line) for line in found.stderr.splitlines())
    assert (ours["event"], ours["level"], ours["agent"]) == ("sign-in failed", "error", "ann")
    assert ours["exception"][0]["exc_value"] == "it went wrong"
    assert (theirs["event"], theirs["logger"]) == ("theirs", "library")
    assert theirs["exception"][0]["frames"]
    assert "aaaaa-secret" not in found.stderr


def test_a_line_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    """A disk that is full, and has room again: what is said meanwhile is lost, and whoever says it goes on."""
    code = """
import logging, resource, sys, structlog
from ucs.cli.logs import log_json
log_json()
ours, theirs = structlog.get_logger("ucs"), logging.getLogger("library")
ours.warning("room")
resource.setrlimit(resource.RLIMIT_FSIZE, (300, resource.RLIM_INFINITY))
for _ in range(1_000):
    ours.error("no room")
    theirs.error("no room")
print("went on")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
ours.warning("room again")
"""
    with (tmp_path / "errors.txt").open("w") as errors:
        command = [sys.executable, "-c", code]
        found = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=errors)  # noqa: S603
    assert (found.returncode, found.stdout) == (0, "went on\n")
    lines = (tmp_path / "errors.txt").read_text().splitlines()
    assert "room again" in lines[-1]
    assert json.loads(lines[0])["event"] == "room"
