"""`ucs adapters`: every adapter with its grade, what is there, and what the next grade takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from channels.errors import ConfigError, Unavailable
from channels.plugins import load
from ucs.cli.show import out

if TYPE_CHECKING:
    from channels.kit.grades import Graded

QUALITY = "quality.toml"


def adapters(plugins: Path) -> None:
    """The claims are in `quality.toml` beside `plugins.toml`. Raises `ConfigError` for one that is not met, after the table."""
    try:
        from channels.kit.grades import complaints, graded, read_quality
    except ImportError:
        raise Unavailable(
            "Adapters are judged with the conformance kit, which needs pytest: pip install pytest."
        ) from None
    file = plugins.parent / QUALITY
    claims = read_quality(file) if file.exists() else {}
    found = graded(load(plugins), claims, plugins.resolve().parent)
    out.print(_table(found))
    if wrong := list(complaints(file, claims, found)):
        raise ConfigError(wrong)


def _table(found: list[Graded]) -> Table:
    table = Table()
    for name in ("adapter", "grade", "there", "the platform has not", "missing for the next grade"):
        table.add_column(name, overflow="fold")
    for each in found:
        table.add_row(*map(escape, _row(each)))
    return table


def _row(each: Graded) -> tuple[str, ...]:
    if each.claim.ungraded:
        return each.name, "none", "", "", each.claim.ungraded
    missing = "\n".join(f"{name}: {what}" for name, what in each.next_missing.items())
    return each.name, each.earned or "none", ", ".join(each.there), ", ".join(each.excused), missing
