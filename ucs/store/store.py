"""The connections: one writer, used by the engine's thread alone, and readers in threads of their own.

Synchronous on purpose (`docs/decisions/0002`): a batch is many statements, and a hop between threads a statement would cost more
than the statement. SQLite runs in WAL with `synchronous=FULL`: a commit is on the disk when it returns. Checkpoints run in a
thread beside, so that no commit pays for one.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

from channels.errors import Complaint, ConfigError
from ucs.store.claim import Claim, FileClaim, SessionClaim, Taken
from ucs.store.statements import statements_for
from ucs.store.tables import say_it_to_postgresql

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHECKPOINT_EVERY = 2.0  # seconds
PATIENCE, LOOK_EVERY = 10.0, 0.05  # seconds
# KiB of pages that a connection keeps for itself; what it does not, the operating system does, for all of them together. The writer
# holds what one transaction changes, and the upper pages of the indexes.
WRITER_CACHE, READER_CACHE = 16_384, 2_048


def micros(at: datetime) -> int:
    """A time as the store keeps it."""
    passed = at - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def moment(at: int) -> datetime:
    """The time that `micros` wrote."""
    return datetime.fromtimestamp(at / 1_000_000, UTC)


def is_trouble(error: Exception) -> bool:
    """Whether the database itself is in trouble (no disk, no connection), whatever it was given.

    PostgreSQL says the same of a value that is too large for an index (class 54), and there it is the value."""
    state = str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")
    return isinstance(error, Taken) or (isinstance(error, OperationalError) and not state.startswith("54"))


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


class Store:
    """Open it with `Store(url)`, then `migrate` once. Close it last."""

    def __init__(self, url: str, *, readers: int = 3) -> None:
        self.sqlite = url.startswith("sqlite")
        self.url = url
        options: dict[str, Any] = {} if self.sqlite else {"paramstyle": "format"}
        self.engine: Engine = create_engine(
            url,
            poolclass=QueuePool,
            pool_size=readers + 2,
            max_overflow=0,
            hide_parameters=True,  # an error's text goes to the log, and customers' words do not
            connect_args={"check_same_thread": False, "cached_statements": 256} if self.sqlite else {},
            **options,
        )
        if self.sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            say_it_to_postgresql()
        self.statements = statements_for(self.engine.dialect)
        self._writer: Connection | None = None
        self._claim: Claim = FileClaim(self.engine.url.database) if self.sqlite else SessionClaim()
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="store-read")
        self._closing = threading.Event()
        self._checkpoints: threading.Thread | None = None

    def migrate(self, patience: float = PATIENCE) -> None:
        """Bring the schema up to date, as the only one who writes. Alembic is imported only when there is something to do.

        Raises `ConfigError` for a database that is newer than this code, or in use: after `patience` seconds, for another server
        may be about to end."""
        from ucs.store.migrate import bring_up_to_date

        self._be_the_only_one(time.monotonic() + patience)
        bring_up_to_date(self.engine, self.url)
        if self.sqlite:
            self._checkpoints = threading.Thread(
                target=self._checkpoint_now_and_then, name="store-checkpoint", daemon=True
            )
            self._checkpoints.start()

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction and commit it. Only one thread may do this: the engine's. Raises `Taken` if another server
        has taken our place."""
        if self._writer is None:
            self._writer = self.engine.connect()
            if self.sqlite:
                raw: Any = self._writer.connection.driver_connection
                raw.execute(f"PRAGMA cache_size=-{WRITER_CACHE}")
        with self._writer.begin():
            self._claim.take(self._writer)
            return work(self._writer)

    def _be_the_only_one(self, until: float) -> None:
        while True:
            try:
                return self.write(lambda connection: None)
            except Taken:
                if time.monotonic() >= until:
                    expected = "a database of its own: another server writes to this one; stop it, or name another"
                    raise ConfigError([Complaint("ucs.toml", "store", expected)]) from None
            time.sleep(LOOK_EVERY)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a reader's connection, in a reader's thread."""

        def run() -> T:
            with self.engine.connect() as connection, connection.begin():
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)

    def _checkpoint_now_and_then(self) -> None:
        with self.engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None  # noqa: S101  # a fresh connection has a driver connection
            while not self._closing.wait(CHECKPOINT_EVERY):
                with suppress(sqlite3.Error):  # a disk that is full now may have room the next time
                    raw.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Let readers finish, stop the checkpoints, close every connection."""
        self._closing.set()
        if self._checkpoints is not None:
            self._checkpoints.join()
        self._readers.shutdown()
        if self._writer is not None:
            self._writer.close()
        self._claim.let_go()
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own habit breaks savepoints and reads
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=10000",
        f"cache_size=-{READER_CACHE}",
        "temp_store=MEMORY",
        "wal_autocheckpoint=20000",
        "journal_size_limit=67108864",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
