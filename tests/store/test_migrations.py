"""Migrations: what they make is what `tables.py` says, from nothing as from every revision before."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text

from channels.errors import ConfigError
from ucs.store.migrate import FOLDER, HEAD, bring_up_to_date, revision_of
from ucs.store.store import sqlite_url
from ucs.store.tables import metadata

OURS = "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite%' AND name <> 'alembic_version'"

START = """
import sys
from ucs.store.store import Store
store = Store(sys.argv[1])
store.migrate()
store.close()
print("alembic" in sys.modules)
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(sqlite_url(tmp_path / "migrated.db"))
    yield engine
    engine.dispose()


def at_revision(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def shape(engine: Engine) -> dict[str, Any]:
    """All that SQLite knows of the schema: tables and whether they have rows' ids, columns in order, keys, indexes."""
    with engine.connect() as connection:

        def rows(query: str, **values: str) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in connection.execute(text(query), values)]

        tables: dict[str, int] = dict(rows(OURS))
        columns = {name: rows("SELECT * FROM pragma_table_xinfo(:name)", name=name) for name in tables}
        indexes = dict(rows("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))
    return {"tables": tables, "columns": columns, "indexes": indexes}


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return [each.revision for each in ScriptDirectory.from_config(config).walk_revisions()][::-1]


def test_the_newest_is_the_head_and_the_way_is_straight() -> None:
    found = revisions()
    assert found[-1] == HEAD
    assert found == [f"{n + 1:04}" for n in range(len(found))]


def test_migrations_and_tables_agree(engine: Engine) -> None:
    bring_up_to_date(engine, "x.db")
    assert revision_of(engine) == HEAD
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize("revision", [None, *revisions()])
def test_wherever_it_starts_it_ends_as_if_made_today(engine: Engine, tmp_path: Path, revision: str | None) -> None:
    if revision is not None:
        at_revision(engine, revision)
    bring_up_to_date(engine, "x.db")
    today = create_engine(sqlite_url(tmp_path / "today.db"))
    metadata.create_all(today)
    assert shape(engine) == shape(today)
    today.dispose()


def test_ids_of_channels_that_were_there_are_their_tenants(engine: Engine) -> None:
    """Also of one that is gone: its customers know whose it was."""
    at_revision(engine, "0005")
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO center VALUES ('channel', 'acme', 'site', '{}'), ('queue', 'acme', 'support', '{}')",
            "INSERT INTO customer VALUES ('u1', 'acme', '', '{}'), ('u2', 'globex', '', '{}')",
            "INSERT INTO identity VALUES ('site', 'a1', 'u1', 0, 0), ('gone', 'a1', 'u2', 0, 0), ('gone', 'a2', 'u2', 0, 0)",
        ):
            connection.execute(text(statement))
    bring_up_to_date(engine, "x.db")
    with engine.connect() as connection:
        found = connection.execute(text("SELECT id, tenant FROM channel_id ORDER BY id")).all()
    assert [tuple(row) for row in found] == [("gone", "globex"), ("site", "acme")]


def test_a_database_of_tomorrow_is_refused(engine: Engine) -> None:
    bring_up_to_date(engine, "x.db")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="update UCS"):
        bring_up_to_date(engine, "x.db")


def test_alembic_is_imported_only_when_there_is_something_to_do(tmp_path: Path) -> None:
    """It takes as long as the rest of a start."""
    url = sqlite_url(tmp_path / "ucs.db")
    for expected in ("True", "False"):
        done = subprocess.run([sys.executable, "-c", START, url], capture_output=True, text=True, check=True)  # noqa: S603
        assert done.stdout.strip() == expected
