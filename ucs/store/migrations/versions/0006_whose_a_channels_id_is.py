"""A channel's id stays with its tenant. Whose the ids are that exist is said by the channels, and of those that are gone by their
customers."""

from alembic import op
from sqlalchemy import Column, String

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "channel_id",
        Column("id", String, primary_key=True, nullable=False),
        Column("tenant", String, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO channel_id (id, tenant) SELECT id, tenant FROM center WHERE kind = 'channel'")
    op.execute(
        "INSERT INTO channel_id (id, tenant) SELECT i.scope, min(c.tenant) FROM identity i JOIN customer c ON c.id = i.customer "
        "WHERE i.scope NOT IN (SELECT id FROM channel_id) GROUP BY i.scope"
    )
