"""`ucs run`: the server of an installation."""

from __future__ import annotations

from pathlib import Path

import structlog

from channels.plugins import check_ours, named
from ucs.cli.center_store import put_center
from ucs.cli.folder import held
from ucs.cli.logs import log_json
from ucs.cli.serve import listen, serve
from ucs.runtime.center.center_file import read_values
from ucs.runtime.center.installation import read_installation


def run(config: Path) -> None:
    """Serve until told to stop. Raises `ConfigError` before anything is started."""
    check_ours()
    installation = read_installation(config)
    plugins = named(installation.plugins)
    with (
        held(installation.data),
        listen(installation.host, installation.port, f"set another port in {config}") as listening,
    ):
        if installation.center is not None:
            put_center(installation, plugins, read_values(installation.center), str(installation.center))
        log_json()
        log = structlog.get_logger("ucs")
        serve(installation, plugins, listening, lambda url: log.info("ready", url=url, data=str(installation.data)))
        log.info("stopped")
