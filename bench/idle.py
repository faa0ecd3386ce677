"""What channels cost while nobody writes: a mailbox that tells of new mail (IDLE), a Telegram that is asked, platforms that call us.

`idle_channels_cpu_ms` is processor time in a minute: that of a server with these five, less that of one with a web chat alone which
runs beside it, in the median of some windows. Their platforms are real servers in other processes: none of their time counts.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

from bench.server import Server, serving
from channels.fake.loading import load_fakes
from channels.plugins import load, secret_names
from tests.e2e.mail.dovecot import FOUND, PASSWORD, Dovecot

SETTLES, WINDOW, WINDOWS = 80.0, 8.0, 5  # seconds, and how many: each channel's first checkup comes within a minute
OWN = "help@shop.example"
PLUGINS = Path(__file__).parent.parent / "plugins.toml"
FAKES = ("line", "wechat", "wecom", "telegram")
CHANGED: dict[str, dict[str, Any]] = {"telegram": {"mode": "polling"}}


def center(channels: Mapping[str, Mapping[str, Any]]) -> str:
    """A tenant with these channels, by adapter, and a web chat."""
    lines = ["[bench.queue.all]", "[bench.channel.web]", 'adapter = "webchat"', 'queue = "all"']
    for name, config in channels.items():
        lines += [f"[bench.channel.{name}]", f'adapter = "{name}"', 'queue = "all"', f"[bench.channel.{name}.config]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in config.items()]
    return "\n".join(lines)


def hidden(name: str, config: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The configuration with its secrets as names of variables, and these."""
    variables = {key: f"BENCH_{name}_{key}".upper() for key in secret_names(load(PLUGINS).adapters[name].Config)}
    shown = {key: f"env:{variables[key]}" if key in variables else value for key, value in config.items()}
    return shown, {variables[key]: str(config[key]) for key in variables if key in config}


def cpu_ms(server: Server) -> float:
    """Processor time of all its threads so far, finer than the clock's ticks."""
    threads = Path(f"/proc/{server.pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e6


async def measure(folder: Path) -> dict[str, Any]:
    channels: dict[str, dict[str, Any]] = {}
    environment: dict[str, str] = {}
    async with AsyncExitStack() as platforms:
        for name, fake in load_fakes(PLUGINS, FAKES).items():
            there = await platforms.enter_async_context(fake())
            channels[name], secrets = hidden(name, there.settings() | CHANGED.get(name, {}))
            environment |= secrets
        dovecot = await platforms.enter_async_context(Dovecot(OWN))
        environment |= {"BENCH_MARK": "a mark secret of the bench", "BENCH_PASSWORD": PASSWORD}
        environment["SSL_CERT_FILE"] = str(dovecot.folder / "cert.pem")
        channels["email"] = {
            "address": OWN,
            "mark_secret": "env:BENCH_MARK",
            "password": "env:BENCH_PASSWORD",
            "imap_host": "localhost",
            "imap_port": dovecot.imap,
            "imap_security": "starttls",
            "smtp_host": "localhost",
        }
        with ExitStack() as servers:
            plain = servers.enter_context(serving(folder / "plain", center({}), environment, core=None))
            full = servers.enter_context(serving(folder / "full", center(channels), environment, core=None))
            await asyncio.sleep(SETTLES)
            more = []
            for _ in range(WINDOWS):
                before = cpu_ms(full) - cpu_ms(plain)
                await asyncio.sleep(WINDOW)
                more.append(cpu_ms(full) - cpu_ms(plain) - before)
    return {"idle_channels_cpu_ms": statistics.median(more) * 60 / WINDOW}


def run() -> dict[str, Any]:
    if FOUND is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(Path(folder)))
