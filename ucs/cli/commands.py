"""The commands and their options. Nothing is done here: each function hands its options to a module of the same name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup


class Commands(TyperGroup):
    """What to do with errors is loaded only when a command runs: `--help` shall be quick."""

    def invoke(self, ctx: Any) -> Any:
        from ucs.cli.reported import reported

        with reported():
            return super().invoke(ctx)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The Unified Channel Service: every messaging channel, one queue, one desk.",
)

Config = Annotated[Path, typer.Option("--config", "-c", help="The installation: where data lies, where to listen.")]
Center = Annotated[
    Path | None, typer.Option(help="The center file to look at; else the one that the installation names.")
]
Folder = Annotated[Path | None, typer.Option("--data", help="The data folder, instead of an installation's file.")]
Stored = Annotated[
    Path | None, typer.Option("--data", help="A data folder, whose store is looked at instead of the configuration.")
]
UCS_TOML = Path("ucs.toml")

flow = typer.Typer(no_args_is_help=True, help="Look at a flow of our own robot, or draw it.")
app.add_typer(flow, name="flow")
FlowFile = Annotated[Path, typer.Argument(help="The flow, a TOML file.")]


@flow.command("check")
def flow_check(file: FlowFile) -> None:
    """Say all that is wrong with a flow, each with its line."""
    from ucs.cli.flow import check as look

    look(file)


@flow.command("draw")
def flow_draw(
    file: FlowFile,
    to: Annotated[Path | None, typer.Option(help="The SVG file; else it is called like the flow.")] = None,
) -> None:
    """Draw a flow as SVG."""
    from ucs.cli.flow import draw

    draw(file, to)


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; 0 takes any free port.")] = 8080,
    data: Annotated[Path, typer.Option(help="Where what is said is kept.")] = Path("ucs-demo"),
    browser: Annotated[bool, typer.Option(help="Open the first page.")] = True,
    fake: Annotated[
        str, typer.Option(help="Pretended platforms to play with, such as line,wechat,wecom,telegram.")
    ] = "",
    plugins: Annotated[
        Path | None,
        typer.Option(help="A plugins.toml of yours, in the place of the demo's, for adapters and fakes of your own."),
    ] = None,
) -> None:
    """A whole contact centre on this machine: a web chat, a LINE channel, two queues, two agents. With --fake, platforms as well."""
    from ucs.cli.demo import demo as run

    run(port, data, browser=browser, fakes=fake, plugins_file=plugins)


@app.command()
def run(config: Config = UCS_TOML) -> None:
    """The server, until it is told to stop (SIGTERM or Ctrl-C)."""
    from ucs.cli.without_rich import without_rich

    with without_rich():
        from ucs.cli.run import run as serve

    serve(config)


@app.command()
def check(config: Config = UCS_TOML, center: Center = None, data: Stored = None) -> None:
    """Look at everything that is configured, start nothing, and say all that is wrong. Or look at what is stored (--data)."""
    if data is not None:
        from ucs.cli.check_store import check_store

        check_store(data)
        return
    from ucs.cli.check import check as look

    look(config, center)


@app.command()
def apply(
    center: Annotated[Path, typer.Argument(help="The center file.")],
    to: Annotated[str, typer.Option(help="A server elsewhere, such as https://chat.example.com.")] = "",
    key: Annotated[str, typer.Option(help="The key for that server, as env:NAME or file:/path.")] = "",
    config: Config = UCS_TOML,
    data: Folder = None,
) -> None:
    """Make the center what this file says: of the running server, or in its store if it is not running."""
    from ucs.cli.apply import apply as put

    put(center, to, key, config, data)


@app.command()
def adapters(
    plugins: Annotated[Path, typer.Option(help="The plugins, with quality.toml beside them.")] = Path("plugins.toml"),
) -> None:
    """How good each adapter is: its grade, what is there, and what is missing for the next."""
    from ucs.cli.adapters import adapters as show

    show(plugins)


@app.command("new-adapter")
def new_adapter(
    name: Annotated[str, typer.Argument(help="The platform: small letters, digits and '_'.")],
    into: Annotated[Path, typer.Option(help="The folder that gets the adapter's folder.")] = Path("adapters"),
) -> None:
    """A new adapter's folder, which passes the conformance kit as it is."""
    from ucs.cli.new_adapter import new_adapter as write

    write(name, into)


@app.command()
def replay(
    contact: Annotated[str, typer.Argument(help="The contact's id.")],
    config: Config = UCS_TOML,
    data: Folder = None,
) -> None:
    """Let everything that happened to a contact happen again, and show what would be different today."""
    from ucs.cli.replay import replay as play

    play(contact, config, data)


@app.command()
def bench() -> None:
    """How fast it is on this machine."""
    from ucs.cli.bench import bench as measure

    measure()
