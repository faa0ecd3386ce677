"""A file of 200 MB goes through a server that has no room for it, and a reader gets it back. The server is a process of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.api.house import ROOT

SIZE = 200_000_000
PIECE = b"\0\1\2\3" * 65_536
ROOM = 20_000_000  # bytes that the server may grow by

SERVER = """
import asyncio, sys
from pathlib import Path
from aiohttp import web
from channels.plugins import Plugins, load
from tests.runtime.fake_robot import FakeRobot
from ucs.api.app import make_app
from ucs.runtime.center.installation import Installation
from ucs.runtime.runtime import Runtime

async def serve():
    runtime = Runtime(Installation(data=Path(sys.argv[1])), Plugins(load(Path("plugins.toml")).adapters, {"fake": FakeRobot}))
    runner = web.AppRunner(make_app(runtime), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()

asyncio.run(serve())
"""


def peak_of(pid: int) -> int:
    """The most memory that the process ever had, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


async def pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // len(PIECE)):
        yield PIECE
    yield PIECE[: size % len(PIECE)]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
async def test_it_is_never_whole_in_memory(founded: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(founded, data)  # its own: what is founded is copied for every test
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, str(data), cwd=ROOT, env={**os.environ},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        port = int(await server.stdout.readline())
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
            async with client.post("/chat/site/session") as response:
                headers = {"Authorization": f"Bearer {(await response.json())['token']}"}
            async with client.post("/chat/media", headers=headers, data=pieces(1_000_000)) as response:
                assert response.status == 201
            before = peak_of(server.pid)
            async with client.post("/chat/media", headers=headers, data=pieces(SIZE)) as response:
                assert response.status == 201, await response.text()
                item = await response.json()
            assert item["size"] == SIZE
            size = 0
            async with client.get(item["links"]["original"]) as response:
                async for piece in response.content.iter_any():
                    size += len(piece)
            assert size == SIZE
            assert peak_of(server.pid) - before < ROOM
    finally:
        assert server.stdin is not None
        server.stdin.close()
        assert await server.wait() == 0
        shutil.rmtree(data)  # pytest would keep 200 MB of it for three runs
