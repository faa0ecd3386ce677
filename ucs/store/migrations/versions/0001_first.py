"""The first schema, as `ucs/store/tables.py` stood at 0.1. What has changed since then is in the revisions after this one."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Text, text

revision = "0001"
down_revision = None

OPEN = text("state <> 'closed'")
UNREAD = text("outcome <> 'accepted'")


def key(*names: str) -> list[Column[str]]:
    return [Column(name, String, primary_key=True, nullable=False) for name in names]


def words(*names: str) -> list[Column[str]]:
    return [Column(name, String, nullable=False) for name in names]


def number(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def json(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable)


def raw(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


def upgrade() -> None:
    configured()
    people()
    contacts()
    platforms()
    files()
    sessions()


def configured() -> None:
    op.create_table("center", *key("kind", "tenant", "id"), json("body"))
    op.create_table("seat", *key("tenant", "agent"), json("body"))


def people() -> None:
    op.create_table("customer", *key("id"), *words("tenant", "name"), json("body"))
    op.create_table(
        "identity",
        *key("scope", "address"),
        *words("customer"),
        number("proven"),
        moment("at"),
        sqlite_with_rowid=False,
    )
    op.create_index("identity_customer", "identity", ["customer"])


def contacts() -> None:
    op.create_table(
        "contact",
        *key("id"),
        *words("tenant", "channel", "address", "customer", "state"),
        moment("opened_at"),
        moment("closed_at", nullable=True),
        number("seq"),
        json("body"),
        sqlite_with_rowid=False,
    )
    op.create_index("contact_customer", "contact", ["customer", "opened_at"])
    op.create_index("contact_lane", "contact", ["channel", "address", "opened_at"])
    lane = ["channel", "address"]
    op.create_index("contact_open_lane", "contact", lane, unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "entry",
        *words("contact"),
        number("seq"),
        moment("at"),
        *words("kind", "by", "shown"),
        json("body"),
        json("cause", nullable=True),
    )
    op.create_index("entry_contact_seq", "entry", ["contact", "seq"], unique=True)


def platforms() -> None:
    op.create_table(
        "seen",
        Column("hour", Integer, primary_key=True, nullable=False),
        *key("scope", "id"),
        Column("contact", String),
        number("seq", nullable=True),
        Column("digest", String),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "arrival",
        *key("id"),
        *words("channel"),
        moment("at"),
        *words("outcome", "reason"),
        json("head"),
        raw("body"),
        sqlite_with_rowid=False,
    )
    when = ["channel", "at"]
    op.create_index("arrival_quarantine", "arrival", when, sqlite_where=UNREAD, postgresql_where=UNREAD)
    op.create_table("bundle", *key("id"), moment("at"), json("head"), raw("body"))
    op.create_index("bundle_at", "bundle", ["at"])
    op.create_table(
        "outbox",
        *key("id"),
        *words("channel", "address", "contact"),
        number("seq"),
        *words("kind", "state"),
        number("attempt"),
        moment("at"),
        json("body"),
    )
    op.create_index("outbox_channel", "outbox", ["channel", "id"])
    op.create_table("parked", *key("channel", "address", "message", "id"), moment("at"), json("body"))
    op.create_table("cursor", *key("channel"), json("value"))
    op.create_table("park", *key("channel"), moment("at"), *words("reason"))


def files() -> None:
    op.create_table("media", *key("id"), *words("tenant", "state"), moment("expires_at", nullable=True), json("body"))
    op.create_index("media_expiry", "media", ["expires_at"])
    op.create_table("media_blob", *key("sha256", "media"))
    op.create_index("media_blob_media", "media_blob", ["media"])


def sessions() -> None:
    names = ("tenant", "kind", "subject", "token")
    op.create_table("session", *key("id"), *words(*names), moment("expires_at"), json("body"))
