"""What the sweep needs to find what is old: when a duplicate key was taken in, and indexes by time where there are few rows."""

import time

from alembic import op
from sqlalchemy import BigInteger, Column, text

revision = "0002"
down_revision = "0001"

UNDATED = text("hour = 0")


def upgrade() -> None:
    op.add_column("seen", Column("at", BigInteger, nullable=False, server_default=text("0")))
    op.execute(
        text("UPDATE seen SET at = :now").bindparams(now=time.time_ns() // 1000)
    )  # nobody knows; so it begins today
    op.create_index("seen_undated", "seen", ["hour", "at"], sqlite_where=UNDATED, postgresql_where=UNDATED)
    op.create_index("arrival_at", "arrival", ["at"])
    op.create_index("parked_at", "parked", ["at"])
