"""`ucs demo`: a contact centre on this machine, made if it is not there, and a panel that says where its doors are."""

from __future__ import annotations

import logging
import webbrowser
from contextlib import suppress
from pathlib import Path
from socket import create_server, socket

from aiohttp import web
from rich.panel import Panel
from rich.table import Table

from channels.plugins import Plugins, check_ours, named
from ucs.cli.center_store import put_center, put_channels, stored_center
from ucs.cli.folder import held
from ucs.cli.logs import log_json
from ucs.cli.serve import listen, serve, url_of
from ucs.cli.show import out
from ucs.demo import AGENTS, PLUGINS, TENANT, center_values, secrets_of
from ucs.demo.shop import add_shop
from ucs.runtime.center.installation import Installation
from ucs.web.pages import add_door

HOST = "127.0.0.1"
ANOTHER = "choose another with --port 8090 (make demo PORT=8090); 0 takes any free one"


def demo(port: int, data: Path, *, browser: bool, fakes: str = "", plugins_file: Path | None = None) -> None:
    """Serve until Ctrl-C. What was said in `data` before is still there. `fakes` are names with commas between them."""
    check_ours()
    file = plugins_file or PLUGINS
    plugins = named(file)
    with held(data), listen(HOST, port, ANOTHER) as listening:
        played = Played(file, plugins, fakes, listening) if fakes else None
        installation = Installation(
            data=data,
            host=HOST,
            port=listening.getsockname()[1],
            plugins=file,
            allow=(f"{HOST}/32",) if played else (),
            media_url=played.media_url if played else "",
        )
        secrets = secrets_of(data)
        seed(installation, plugins)
        if played:
            played.settle(installation)
        log_json(logging.WARNING)

        def ready(url: str) -> None:
            out.print(panel(url, data, secrets, played.phones.url if played else ""))
            if browser:
                with suppress(webbrowser.Error, OSError):
                    webbrowser.open(url)

        def extend(app: web.Application) -> None:
            add_shop(app)
            if played:
                add_door(app, played.phones.url, "The phones", "As a customer: on the platforms that are pretended")
                app.cleanup_ctx.append(played.phones.run)

        serve(installation, plugins, listening, ready, extend)
        out.print(f"Stopped. What was said is kept in {data}.", highlight=False)


class Played:
    """The pretended platforms of this run, and the page for their customers. Nothing of it is imported before somebody asks for it."""

    def __init__(self, file: Path, plugins: Plugins, names: str, listening: socket) -> None:
        from ucs.demo import fakes
        from ucs.demo.phones import Phones

        self._fakes = fakes
        self._plugins = plugins
        self.media_url = fakes.MEDIA_URL
        self._chosen = fakes.chosen(file, plugins, names)
        fakes.introduce(self._chosen, url_of(listening))
        self.phones = Phones(self._chosen, next_to(listening), f"{url_of(listening)}/desk")

    def settle(self, installation: Installation) -> None:
        """Their channels, at the addresses of this run."""
        put_channels(
            installation,
            self._plugins,
            self._fakes.channel_documents(self._chosen, self._plugins, installation.data),
        )


def next_to(listening: socket) -> socket:
    """The port after ours, which people find again; if it is taken, any."""
    port = listening.getsockname()[1] + 1
    try:
        return create_server((HOST, port))
    except (OSError, OverflowError):
        return create_server((HOST, 0))


def seed(installation: Installation, plugins: Plugins) -> None:
    """Make the demo's centre, unless the data folder already has a tenant: then whatever it has become is left alone."""
    if not stored_center(installation, plugins).tenants:
        put_center(installation, plugins, center_values(installation.data), "the demo's center.toml")


def panel(url: str, data: Path, secrets: dict[str, str], phones: str = "") -> Panel:
    """Where the doors are, and who may go in."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", justify="right")
    table.add_column(overflow="fold")
    table.add_row("customer", f"{url}/shop has the widget on it, {url}/talk/website is nothing but the chat")
    table.add_row("", f"{url}/talk/assistant is a chat with a robot in front")
    if phones:
        table.add_row("phones", f"{phones} is where you play the customers of pretended platforms")
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
