"""How long a start takes, with everything installed. `start_s`: `ucs demo` from the command to the first answer, with a data folder
that is new. `run_start_s`: `ucs run` with a web chat and nothing else, until it listens, on data that was set up before."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from bench.server import free_port, process

ROUNDS = 5
WITHIN = 60.0
CENTER = """
[shop.queue.sales]
[shop.agent.anna]
password = "bench-password"
skills = { sales = 1 }
[shop.channel.site]
adapter = "webchat"
queue = "sales"
"""


def demo_answers(folder: Path) -> float:
    port = free_port()
    started_at = time.perf_counter()
    command = [sys.executable, "-m", "ucs", "demo", "--no-browser", "--port", str(port), "--data", str(folder)]
    with process(command, None, subprocess.DEVNULL):
        while time.perf_counter() - started_at < WITHIN:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).read()
            except OSError:
                time.sleep(0.01)
            else:
                return time.perf_counter() - started_at
    raise RuntimeError("The demo did not answer within a minute.")


def installed(folder: Path) -> dict[str, str]:
    """An installation in this folder, with all plugins; the environment to run it in. Python keeps what it has compiled there, for
    this tree may have been told not to keep any, and nobody's server compiles itself at each start."""
    (folder / "plugins.toml").write_text((Path(__file__).parent.parent / "plugins.toml").read_text())
    (folder / "center.toml").write_text(CENTER)
    (folder / "ucs.toml").write_text(f'data = "data"\nport = {free_port()}\ncenter = "center.toml"\n')
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def run_listens(folder: Path, environment: dict[str, str]) -> float:
    """The file that announces the server is written when the first request can come."""
    announced = folder / "data" / "server.json"
    started_at = time.perf_counter()
    command = [sys.executable, "-m", "ucs", "run", "--config", str(folder / "ucs.toml")]
    with process(command, environment, subprocess.DEVNULL):
        while time.perf_counter() - started_at < WITHIN:
            if announced.exists():
                return time.perf_counter() - started_at
            time.sleep(0.002)
    raise RuntimeError("The server did not listen within a minute.")


def run() -> dict[str, Any]:
    demos = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            demos.append(demo_answers(Path(folder) / "data"))
    with tempfile.TemporaryDirectory() as folder:
        environment = installed(Path(folder))
        run_listens(Path(folder), environment)  # which sets it up
        runs = [run_listens(Path(folder), environment) for _ in range(ROUNDS)]
    return {"start_s": statistics.median(demos), "run_start_s": statistics.median(runs)}
