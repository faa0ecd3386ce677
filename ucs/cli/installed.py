"""Which installation a command is about: `ucs.toml` where there is one, else a data folder with what it was made with."""

from __future__ import annotations

from pathlib import Path

from channels.errors import Complaint, ConfigError
from ucs.demo import PLUGINS
from ucs.runtime.center.installation import Installation, read_installation

HERE = Path("plugins.toml")


def installation_of(config: Path, data: Path | None) -> Installation:
    """`data`, if given, wins. Raises `ConfigError`."""
    if data is None:
        return read_installation(config)
    if not (data / "ucs.db").exists():
        raise ConfigError([Complaint(str(data), "data", "a data folder with a database (ucs.db): is it another one?")])
    return Installation(data=data, plugins=HERE if HERE.exists() else PLUGINS)
