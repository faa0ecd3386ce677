"""The table `[fakes]` of a `plugins.toml`: pretended platforms by the names of their adapters, imported only when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from channels.errors import Complaint, ConfigError
from channels.fake.platform import FakePlatform
from channels.plugins import imported, tables_of


def load_fakes(path: Path, names: Sequence[str]) -> dict[str, type[FakePlatform]]:
    """The fakes of these names. Raises `ConfigError` that lists what there is."""
    there = tables_of(path)["fakes"]
    complaints: list[Complaint] = []
    found: dict[str, type[FakePlatform]] = {}
    for name in names:
        if name not in there:
            expected = (
                f"one of {', '.join(sorted(there))}: no other platform has a fake here."
                if there
                else "a table [fakes]."
            )
            complaints.append(Complaint(str(path), f"fakes.{name}", expected))
            continue
        brought = imported(str(there[name]))
        if isinstance(brought, type) and issubclass(brought, FakePlatform):
            found[name] = brought
        else:
            why = brought if isinstance(brought, str) else f"{there[name]} is not a FakePlatform."
            complaints.append(Complaint(str(path), f"fakes.{name}", why))
    if complaints:
        raise ConfigError(complaints)
    return found
