"""Files that wait are read from the outbox a few at a time, whichever is due first."""

from alembic import op
from sqlalchemy import text

revision = "0005"
down_revision = "0004"

WAITS = text("kind = 'fetch' AND state = 'pending'")


def upgrade() -> None:
    op.create_index("outbox_fetch", "outbox", ["channel", "at", "id"], sqlite_where=WAITS, postgresql_where=WAITS)
