"""`ucs check --data`: what is stored, held against what must be true of it. Nothing is written, and a server may be running."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

from rich.markup import escape

from channels.errors import NotFound, Unavailable
from ucs.cli.show import done, out
from ucs.store.invariants import complaints


def check_store(data: Path) -> None:
    """Print what is wrong; exit code 1 if anything is. Raises `NotFound` where there is no store of ours, and `Unavailable` for one
    that cannot be read."""
    path = data / "ucs.db"
    if not path.is_file():
        raise NotFound(
            f"There is no store in {data}: name the data folder of an installation that keeps its store there."
        )
    try:
        found = complaints(path)
    except sqlite3.Error as error:
        raise Unavailable(f"{path} cannot be read as a store of ours ({error}): restore it from a backup.") from None
    if not found:
        done(f"All is well with what is stored in {data}.")
        return
    for sentence in found:
        out.print(escape(sentence), soft_wrap=True)
    sys.exit(1)
