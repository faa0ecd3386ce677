"""One server writes to a store, whatever its data folder; and its place is free as soon as it is gone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from threading import Timer

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from channels.errors import ConfigError
from tests.store.databases import Postgres
from ucs.store.claim import Taken
from ucs.store.store import Store, is_trouble


def one(store: Store) -> int:
    return store.write(lambda connection: int(connection.execute(text("SELECT 1")).scalar_one()))


def test_a_second_server_is_told_so_and_changes_nothing(url: str) -> None:
    with closing(Store(url)) as first, closing(Store(url)) as second:
        first.migrate()
        with pytest.raises(ConfigError, match="another server writes to this one"):
            second.migrate(patience=0.1)
        with pytest.raises(Taken) as taken:
            one(second)
        assert is_trouble(taken.value)
        assert one(first) == 1


def test_whoever_comes_while_the_first_one_ends_waits(url: str) -> None:
    first = Store(url)
    first.migrate()
    soon = Timer(0.2, first.close)
    soon.start()
    with closing(Store(url)) as second:
        second.migrate()
        assert one(second) == 1
    soon.join()


def test_a_session_that_was_lost_is_no_place(postgres: Callable[[], Postgres]) -> None:
    """The database was restarted, say: what is under way fails, and then either goes on or finds another server there."""
    url = postgres().database()
    with closing(Store(url)) as first, closing(Store(url)) as second:
        first.migrate()
        _end_sessions(url)
        with pytest.raises(OperationalError):
            one(first)
        assert one(first) == 1
        _end_sessions(url)
        second.migrate()
        with pytest.raises(OperationalError):
            one(first)
        with pytest.raises(Taken):
            one(first)
        second.close()
        assert one(first) == 1


def _end_sessions(url: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()
