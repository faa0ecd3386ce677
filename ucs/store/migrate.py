"""Migrations, run at start. The database says which revision it has; Alembic is only asked when that is not today's."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from channels.errors import Complaint, ConfigError

HEAD = "0006"
FOLDER = Path(__file__).parent / "migrations"


def revision_of(engine: Engine) -> str | None:
    """The revision the database is at; None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def bring_up_to_date(engine: Engine, url: str) -> None:
    """Upgrade to `HEAD`. Raises `ConfigError` if the database is newer than this code."""
    found = revision_of(engine)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise ConfigError(
            [Complaint(url.rsplit("/", 1)[-1], "schema", f"revision {HEAD} or older, but it is {found}: update UCS")]
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
