"""`ucs check`: everything that is configured, looked at without starting anything."""

from __future__ import annotations

from collections.abc import Callable, Sized
from pathlib import Path
from typing import TypeVar

from channels.errors import Complaint, ConfigError
from channels.plugins import Plugins, check_ours, load
from ucs.cli.show import done
from ucs.runtime.center.center import Center
from ucs.runtime.center.center_file import center_of, parse_center, read_values
from ucs.runtime.center.installation import Installation, files_of, read_installation

T = TypeVar("T")


def check(config: Path, center: Path | None) -> None:
    """Raises one `ConfigError` with everything that is wrong."""
    found: list[Complaint] = []
    _try(check_ours, found)
    installation = (
        _try(lambda: read_installation(config), found) if config.exists() or center is None else Installation()
    )
    if installation is None:  # what its other files say is looked at all the same
        installation = files_of(config)
    plugins = _try(lambda: load(installation.plugins), found) if installation is not None else None
    file = center or (installation.center if installation is not None else None)
    seen = None
    if file is not None:
        seen = _try(lambda: _center(file, plugins), found)
    if found:
        raise ConfigError(found)
    done(_summary(seen, plugins))


def _center(file: Path, plugins: Plugins | None) -> Center | None:
    """Without plugins nobody can say what a channel needs; the rest is looked at all the same."""
    values = read_values(file)
    if plugins is not None:
        return center_of(values, plugins, file=str(file))
    parse_center(values, file=str(file))
    return None


def _try(work: Callable[[], T], found: list[Complaint]) -> T | None:
    try:
        return work()
    except ConfigError as error:
        found += error.complaints
        return None


def _summary(center: Center | None, plugins: Plugins | None) -> str:
    adapters = ", ".join(sorted(plugins.adapters)) if plugins is not None else ""
    if center is None:
        return f"All is well: adapters {adapters}. No center file was looked at."
    counts: dict[str, Sized] = {
        "tenant": center.tenants,
        "queue": center.queues,
        "agent": center.agents,
        "channel": center.channels,
        "robot": center.robots,
    }
    words = [f"{len(things)} {name}{'' if len(things) == 1 else 's'}" for name, things in counts.items()]
    return f"All is well: {', '.join(words)}; adapters {adapters}."
