"""An empty database of today's, made once in a run and copied for each test. How it comes to be is for `tests/store` to test."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from ucs.store.store import Store, sqlite_url


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ucs.db"
        store = Store(sqlite_url(path))
        store.migrate()
        store.close()
        return path.read_bytes()


def found(path: Path) -> None:
    """Put one there, unless there is a database already."""
    if not path.exists():
        path.write_bytes(_empty())
