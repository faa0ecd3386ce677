"""The first schema: everything in `ucs/store/tables.py` as it stood at 0.1."""

from alembic import op

from ucs.store.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())


def downgrade() -> None:
    metadata.drop_all(op.get_bind())
