"""What robots remember of the contacts they have."""

from alembic import op
from sqlalchemy import BigInteger, Column, String, Text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "robot_memory",
        Column("contact", String, primary_key=True, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("body", Text, nullable=False),
        sqlite_with_rowid=False,
    )
