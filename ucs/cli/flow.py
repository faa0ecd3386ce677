"""`ucs flow check` and `ucs flow draw`: a flow of our own robot, looked at and drawn without a server.

Nothing of ours imports a robot, so its reader is fetched by name when it is needed, as `plugins.toml` does it.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from channels.errors import Complaint, ConfigError
from ucs.cli.show import done

READER, DRAWER = "robots.flow.read", "robots.flow.drawing"


def check(file: Path) -> None:
    """Raises `ConfigError` with everything that is wrong."""
    flow = _flow(file)
    questions = sum(map(len, flow.faq.values()))
    done(f"All is well: {len(flow.nodes)} nodes, {questions} questions with an answer. It begins at {flow.start}.")


def draw(file: Path, to: Path | None) -> None:
    """Write the picture; raises `ConfigError` for a flow that is wrong, and where it cannot be written."""
    flow = _flow(file)
    target = to or file.with_suffix(".svg")
    try:
        target.write_text(_module(DRAWER).drawn(flow), "utf-8")
    except OSError as error:
        raise ConfigError([Complaint(str(target), "to", f"it cannot be written ({error.strerror}).")]) from None
    done(f"{target} shows it; a browser opens it.")


def _flow(file: Path) -> Any:
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise ConfigError([Complaint(str(file), "file", f"it cannot be read ({error.strerror}).")]) from None
    except UnicodeDecodeError:
        raise ConfigError([Complaint(str(file), "file", "it is not UTF-8.")]) from None
    return _module(READER).read(text, str(file))


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ConfigError([Complaint(name, "robots", f"the robot is not installed ({error}).")]) from None
