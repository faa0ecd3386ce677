"""One server at a time writes to a store: what it holds in memory would be wrong from another's first word on.

The data folder has a lock of its own (`ucs/cli/folder.py`), but two folders may name one store. The lock is the system's or the
database's: it falls when its process or its session ends, however that ends.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any, Protocol

from sqlalchemy import Connection, text

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows: nobody watches over the file
    fcntl = None  # type: ignore[assignment]

# Whose machine is gone, with its connection open, is taken for gone after this many seconds and tries, and not after two hours.
# https://www.postgresql.org/docs/current/runtime-config-connection.html
GONE_AFTER = ("tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3")
OURS = 0x554353  # "UCS": the first half of the lock's number, the second says which schema


class Taken(Exception):
    """Another server writes to this store."""

    def __init__(self) -> None:
        super().__init__("Another server writes to this store.")


class Claim(Protocol):
    """What makes a writer the only one."""

    def take(self, writer: Connection) -> None:
        """Asked in each transaction of the writer's, and cheap if nothing has changed since the last. Raises `Taken`."""
        ...

    def let_go(self) -> None:
        """When the writer has been closed."""
        ...


class FileClaim:
    """Of a SQLite database: a file beside it. One in memory is nobody else's anyway."""

    def __init__(self, database: str | None) -> None:
        self._path = Path(f"{database}.lock") if database and database != ":memory:" else None
        self._file: IO[bytes] | None = None

    def take(self, writer: Connection) -> None:
        if self._file is not None or self._path is None or fcntl is None:
            return
        file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise Taken from None
        self._file = file

    def let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class SessionClaim:
    """Of a PostgreSQL database: a lock of the session that writes. A session that takes the place of a lost one takes the lock again.
    https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS"""

    def __init__(self) -> None:
        self._session: Any = None

    def take(self, writer: Connection) -> None:
        session = writer.connection.dbapi_connection
        if session is self._session:
            return
        for setting in GONE_AFTER:
            writer.exec_driver_sql(f"SET {setting}")
        lock = text("SELECT pg_try_advisory_lock(:ours, hashtext(current_schema()))")
        if not writer.execute(lock, {"ours": OURS}).scalar():
            raise Taken
        self._session = session

    def let_go(self) -> None:
        self._session = None
