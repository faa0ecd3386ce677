"""How long `ucs demo` takes from the command to the first answer, with everything installed and a data folder that is new."""

from __future__ import annotations

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


def once(folder: Path) -> float:
    port = free_port()
    command = [sys.executable, "-m", "ucs", "demo", "--no-browser", "--port", str(port), "--data", str(folder)]
    started_at = time.perf_counter()
    with process(command, None, subprocess.DEVNULL):
        while time.perf_counter() - started_at < 60:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).read()
            except OSError:
                time.sleep(0.01)
            else:
                return time.perf_counter() - started_at
    raise RuntimeError("The demo did not answer within a minute.")


def run() -> dict[str, Any]:
    times = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            times.append(once(Path(folder) / "data"))
    return {"start_s": statistics.median(times)}
