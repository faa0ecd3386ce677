"""A real server for a benchmark: `ucs run` in a process of its own, with a center made for the purpose, on processor 0."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.line_requests import SECRET

AGENTS = 4
PASSWORD = "bench-password"
SERVER_CORE, LOAD_CORE = 0, 1
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A process that listens. `cpu` and `rss_mb` are the operating system's own accounts."""

    pid: int
    port: int
    data: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu(self) -> float:
        """Processor seconds used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss_mb(self) -> float:
        """Resident memory in MB."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def pinned(core: int) -> list[str]:
    """So that server and load do not take each other's processor."""
    return ["taskset", "-c", str(core)] if (os.cpu_count() or 1) > 1 else []


def keep_to(core: int) -> None:
    """The same for this very process."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {core})


def center(agents: int, capacity: int, weight: int) -> str:
    """A tenant with one queue, a LINE channel, a web chat, and so many agents."""
    people = "\n".join(
        f'[bench.agent.agent{number}]\npassword = "{PASSWORD}"\ncapacity = {capacity}\nskills = {{ sales = 1 }}\n'
        for number in range(agents)
    )
    return f"""
[bench]
name = "Bench"
[bench.queue.sales]
offer_for = "1h"
[bench.channel.line]
adapter = "line"
queue = "sales"
weight = {weight}
config = {{ channel_secret = "env:BENCH_LINE_SECRET", access_token = "env:BENCH_LINE_TOKEN", \
api_base = "http://127.0.0.1:9", data_base = "http://127.0.0.1:9" }}
[bench.channel.web]
adapter = "webchat"
queue = "sales"
{people}
"""


@contextmanager
def running(data: Path, *, agents: int = AGENTS, capacity: int = 500, weight: int = 1) -> Iterator[Server]:
    """`ucs run` with that center, on its processor."""
    secrets = {"BENCH_LINE_SECRET": SECRET, "BENCH_LINE_TOKEN": "bench-token"}
    with serving(data, center(agents, capacity, weight), secrets) as server:
        yield server


@contextmanager
def serving(
    data: Path, center: str, environment: Mapping[str, str], core: int | None = SERVER_CORE
) -> Iterator[Server]:
    """`ucs run` with this center, ready; ended when the block is left. It may call this machine."""
    port = free_port()
    data.mkdir(parents=True, exist_ok=True)
    (data / "center.toml").write_text(center)
    plugins = Path(__file__).parent.parent / "plugins.toml"
    config = f'data = "{data}"\nport = {port}\nplugins = "{plugins}"\ncenter = "center.toml"\nallow = ["127.0.0.0/8"]\n'
    (data / "ucs.toml").write_text(config)
    at = [] if core is None else pinned(core)
    command = [*at, sys.executable, "-m", "ucs", "run", "--config", str(data / "ucs.toml")]
    with (data / "log").open("wb") as log, process(command, {**os.environ, **environment}, log.fileno()) as started:
        wait_for(port, started)
        wait_until_ready(data, started)
        yield Server(started.pid, port, data)


@contextmanager
def echoing() -> Iterator[Server]:
    """The baseline, on the same processor."""
    port = free_port()
    with process(
        [*pinned(SERVER_CORE), sys.executable, "-m", "bench.echo", str(port)], None, subprocess.DEVNULL
    ) as started:
        wait_for(port, started)
        yield Server(started.pid, port, Path())


@contextmanager
def process(command: list[str], environment: dict[str, str] | None, log: int) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def wait_until_ready(data: Path, started: subprocess.Popen[bytes], within: float = 60.0) -> None:
    """The address is taken before everything is ready; the file that announces it comes after."""
    until = time.monotonic() + within
    while not (data / "server.json").exists():
        if started.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"The server did not start:\n{(data / 'log').read_text()}")
        time.sleep(0.01)


def wait_for(port: int, started: subprocess.Popen[bytes], within: float = 60.0) -> None:
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            if started.poll() is not None:
                raise RuntimeError(
                    f"The server ended with {started.returncode} before it listened: see its log."
                ) from None
            time.sleep(0.01)
        else:
            return
    raise RuntimeError(f"Nothing listened on port {port} within {within} seconds.")
