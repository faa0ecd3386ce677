"""A real `ucs` in a process of its own, asked over real sockets."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.docs.project import ROOT

START_WITHIN = 30.0  # seconds; generous, for a busy machine
UCS = (sys.executable, "-m", "ucs")


def own_port() -> tuple[socket.socket, int]:
    """A port for a server that has to be told one. Nobody else gets it until the socket is closed, also while no server is there.

    Linux lets a server listen where somebody is bound who does not listen. Elsewhere the port is only free just now."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", 0))
    port = int(bound.getsockname()[1])
    if sys.platform != "linux":
        bound.close()
    return bound, port


def ucs(*arguments: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """One command, to its end."""
    environment = {**os.environ, "COLUMNS": "200", "PYTHONPATH": str(ROOT), **(env or {})}
    return subprocess.run([*UCS, *arguments], cwd=cwd, env=environment, text=True, capture_output=True, timeout=60)  # noqa: S603


@contextmanager
def served(*arguments: str, data: Path, cwd: Path = ROOT) -> Iterator[str]:
    """A server that runs for the length of the block; its address. It must go when it is told to, with code 0."""
    environment = {**os.environ, "COLUMNS": "200", "PYTHONPATH": str(ROOT)}
    with (data.parent / "output.txt").open("w+") as output:
        server = subprocess.Popen([*UCS, *arguments], cwd=cwd, env=environment, stdout=output, stderr=output)  # noqa: S603
        try:
            yield _url(server, data / "server.json", output.name)
        finally:
            server.send_signal(signal.SIGTERM)
            code = server.wait(20)
    assert code == 0, Path(output.name).read_text()


def _url(server: subprocess.Popen[bytes], address: Path, output: str) -> str:
    until = time.monotonic() + START_WITHIN
    while time.monotonic() < until and server.poll() is None:
        try:
            return str(json.loads(address.read_text())["url"])
        except (OSError, ValueError):
            time.sleep(0.05)
    raise AssertionError(f"The server did not start:\n{Path(output).read_text()}")


def ask(url: str, body: dict[str, Any] | None = None, token: str = "") -> tuple[int, dict[str, Any]]:
    """Status and JSON of one request: POST with a body, GET without."""
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode())  # noqa: S310
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
