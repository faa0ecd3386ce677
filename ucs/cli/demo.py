"""`ucs demo`: a contact centre on this machine, made if it is not there, and a panel that says where its doors are."""

from __future__ import annotations

import logging
import webbrowser
from contextlib import suppress
from pathlib import Path
from shutil import which

from rich.panel import Panel
from rich.table import Table

from channels.plugins import Plugins, check_ours, load
from ucs.cli.center_store import put_center, stored_center
from ucs.cli.folder import held
from ucs.cli.logs import log_json
from ucs.cli.serve import listen, serve
from ucs.cli.show import out
from ucs.demo import AGENTS, PLUGINS, TENANT, center_values, secrets_of
from ucs.demo.shop import add_shop
from ucs.runtime.center.installation import Installation

HOST = "127.0.0.1"


def demo(port: int, data: Path, *, browser: bool) -> None:
    """Serve until Ctrl-C. What was said in `data` before is still there."""
    check_ours()
    plugins = load(PLUGINS)
    with held(data), listen(HOST, port, "choose another with --port (0 takes any free one)") as listening:
        port, ffmpeg = listening.getsockname()[1], which("ffmpeg")
        installation = Installation(data=data, host=HOST, port=port, plugins=PLUGINS, ffmpeg=ffmpeg and Path(ffmpeg))
        secrets = secrets_of(data)
        seed(installation, plugins)
        log_json(logging.WARNING)

        def ready(url: str) -> None:
            out.print(panel(url, data, secrets))
            if browser:
                with suppress(webbrowser.Error, OSError):
                    webbrowser.open(url)

        serve(installation, plugins, listening, ready, add_shop)
        out.print(f"Stopped. What was said is kept in {data}.", highlight=False)


def seed(installation: Installation, plugins: Plugins) -> None:
    """Make the demo's centre, unless the data folder already has a tenant: then whatever it has become is left alone."""
    if not stored_center(installation, plugins).tenants:
        put_center(installation, plugins, center_values(installation.data), "the demo's center.toml")


def panel(url: str, data: Path, secrets: dict[str, str]) -> Panel:
    """Where the doors are, and who may go in."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", justify="right")
    table.add_column(overflow="fold")
    table.add_row("customer", f"{url}/shop has the widget on it, {url}/talk/website is nothing but the chat")
    table.add_row("", f"{url}/talk/assistant is a chat with a robot in front")
    table.add_row("desk", f"{url}/desk")
    for agent in AGENTS:
        table.add_row(
            "", f"tenant [b]{TENANT}[/b], agent [b]{agent}[/b], password [b]{secrets[f'{agent}.password']}[/b]"
        )
    table.add_row("LINE", f"{url}/hooks/line takes webhooks signed with the secret in {data / 'line.secret'};")
    table.add_row("", "answers need the access token of a real account in its place")
    table.add_row("data", f"{data}, kept until you delete it")
    table.add_row("", "Ctrl-C stops the demo")
    return Panel(table, title="[b]UCS demo[/b]", title_align="left", expand=False)
