"""How the command line speaks: tables and sentences, on standard error unless they are what was asked for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from channels.errors import Complaint

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def complaints(found: Iterable[Complaint]) -> None:
    """Everything that is wrong, at once."""
    rows = list(found)
    table = Table(
        title=f"{len(rows)} {'thing is' if len(rows) == 1 else 'things are'} wrong; nothing was started or changed"
    )
    for name in ("file", "key", "expected"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(escape(_near(row.file)), escape(row.key), escape(row.expected))
    err.print(table)


def _near(file: str) -> str:
    """A file below the folder that one is in is called as one would call it there; long paths leave no room for the rest."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return file


def trouble(sentence: str) -> None:
    """Why it could not be done, and what to do."""
    err.print(f"[bold red]ucs:[/] {escape(sentence)}", soft_wrap=True)


def done(sentence: str) -> None:
    out.print(escape(sentence), soft_wrap=True)
