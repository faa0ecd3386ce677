"""A duplicate key begins with its time, no longer with the hour of it. What was taken in before and has a time of its own is not known
again after this."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, String, text

revision = "0004"
down_revision = "0003"

HOUR = 3_600_000_000
UNDATED = text("dated = 0")


def upgrade() -> None:
    op.drop_index("seen_undated", "seen")
    op.rename_table("seen", "seen_by_hour")
    op.create_table(
        "seen",
        Column("dated", BigInteger, primary_key=True, nullable=False),
        Column("scope", String, primary_key=True, nullable=False),
        Column("id", String, primary_key=True, nullable=False),
        Column("contact", String),
        Column("seq", Integer),
        Column("digest", String),
        Column("at", BigInteger, nullable=False, server_default=text("0")),
        sqlite_with_rowid=False,
    )
    columns = "scope, id, contact, seq, digest, at"
    op.execute(
        f"INSERT INTO seen (dated, {columns}) "  # noqa: S608  # names of our own
        f"SELECT CAST(hour AS BIGINT) * {HOUR}, {columns} FROM seen_by_hour"
    )
    op.drop_table("seen_by_hour")
    op.create_index("seen_undated", "seen", ["dated", "at"], sqlite_where=UNDATED, postgresql_where=UNDATED)
