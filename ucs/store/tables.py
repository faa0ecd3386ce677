"""The schema. Times are integers: microseconds since 1970 in UTC. `body` columns are JSON text written by the core.

Three choices carry the figures (`docs/decisions/`): duplicate keys begin with a time, so that inserting stays an append; a
contact's timeline is its journal, so that a message is one row; open effects are rows that disappear when they are done.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, text

metadata = MetaData()


def _id(name: str, *, primary_key: bool = False) -> Column[str]:
    return Column(name, String, primary_key=primary_key, nullable=False)


center = Table(  # what the admin has configured: tenants, queues, agents, channels
    "center",
    metadata,
    _id("kind", primary_key=True),
    _id("tenant", primary_key=True),
    _id("id", primary_key=True),
    Column("body", Text, nullable=False),
)

channel_id = Table(  # whose a channel's id is, for good: what is kept of a channel is kept under it
    "channel_id",
    metadata,
    _id("id", primary_key=True),
    _id("tenant"),
    sqlite_with_rowid=False,
)

seen = Table(  # what has been taken in once and must not be again
    "seen",
    metadata,
    Column("dated", BigInteger, primary_key=True, nullable=False),  # by the time it has of its own; 0 if it has none
    _id("scope", primary_key=True),
    _id("id", primary_key=True),
    Column("contact", String),
    Column("seq", Integer),
    Column("digest", String),
    Column("at", BigInteger, nullable=False, server_default=text("0")),  # when we took it in, by our clock
    Index("seen_undated", "dated", "at", sqlite_where=text("dated = 0")),
    sqlite_with_rowid=False,
)

customer = Table(  # a person outside
    "customer",
    metadata,
    _id("id", primary_key=True),
    _id("tenant"),
    Column("name", String, nullable=False),
    Column("body", Text, nullable=False),
)

identity = Table(  # how a customer is known: a lane's address, or a proven name from the tenant's own server
    "identity",
    metadata,
    _id("scope", primary_key=True),
    _id("address", primary_key=True),
    _id("customer"),
    Column("proven", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("identity_customer", "customer"),
    sqlite_with_rowid=False,
)

contact = Table(
    "contact",
    metadata,
    _id("id", primary_key=True),
    _id("tenant"),
    _id("channel"),
    _id("address"),
    _id("customer"),
    Column("state", String, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("seq", Integer, nullable=False),  # how far along the timeline this row is
    Column("body", Text, nullable=False),
    Index("contact_customer", "customer", "opened_at"),
    Index("contact_lane", "channel", "address", "opened_at"),
    Index(
        "contact_open_lane",
        "channel",
        "address",
        unique=True,
        sqlite_where=text("state <> 'closed'"),
    ),
    sqlite_with_rowid=False,
)

entry = Table(  # the timeline, which is also the journal: `cause` is the input that the line stands for
    "entry",
    metadata,
    _id("contact"),
    Column("seq", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("by", String, nullable=False),
    Column("shown", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("cause", Text),
    Index("entry_contact_seq", "contact", "seq", unique=True),
)

arrival = Table(  # the quarantine: webhooks that could not be read, or held something unknown, as they arrived
    "arrival",
    metadata,
    _id("id", primary_key=True),
    _id("channel"),
    Column("at", BigInteger, nullable=False),
    Column("outcome", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("head", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(
        "arrival_quarantine",
        "channel",
        "at",
        sqlite_where=text("outcome <> 'accepted'"),
    ),
    Index("arrival_at", "at"),
    sqlite_with_rowid=False,
)

bundle = Table(  # webhooks that were understood, as they arrived: many in one row, one after the other as `head` says
    "bundle",
    metadata,
    _id("id", primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("head", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("bundle_at", "at"),
)

outbox = Table(  # durable effects not yet done
    "outbox",
    metadata,
    _id("id", primary_key=True),
    _id("channel"),
    _id("address"),
    _id("contact"),
    Column("seq", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index("outbox_channel", "channel", "id"),
    Index(  # files that wait, whichever is due first
        "outbox_fetch",
        "channel",
        "at",
        "id",
        sqlite_where=text("kind = 'fetch' AND state = 'pending'"),
    ),
)

robot_memory = (
    Table(  # what a robot wants to know again at its next turn in an open contact; only the robot can read it
        "robot_memory",
        metadata,
        _id("contact", primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("body", Text, nullable=False),
        sqlite_with_rowid=False,
    )
)

parked = Table(  # edits, receipts and reactions that overtook their message
    "parked",
    metadata,
    _id("channel", primary_key=True),
    _id("address", primary_key=True),
    _id("message", primary_key=True),
    _id("id", primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index("parked_at", "at"),
)

seat = Table(
    "seat",
    metadata,
    _id("tenant", primary_key=True),
    _id("agent", primary_key=True),
    Column("body", Text, nullable=False),
)

media = Table(  # items of the media cache
    "media",
    metadata,
    _id("id", primary_key=True),
    _id("tenant"),
    Column("state", String, nullable=False),
    Column("expires_at", BigInteger),
    Column("body", Text, nullable=False),
    Index("media_expiry", "expires_at"),
)

media_blob = Table(  # which bytes an item names: one copy of bytes may serve many items
    "media_blob",
    metadata,
    _id("sha256", primary_key=True),
    _id("media", primary_key=True),
    Index("media_blob_media", "media"),
)

cursor = Table(  # how far a polled channel has been read; committed with what was read
    "cursor",
    metadata,
    _id("channel", primary_key=True),
    Column("value", Text, nullable=False),
)

session = Table(  # sign-ins that can be refreshed: one row a family of rotating tokens
    "session",
    metadata,
    _id("id", primary_key=True),
    _id("tenant"),
    _id("kind"),
    _id("subject"),
    Column("token", String, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)

park = Table(  # channels whose credentials died: their outbox is held until an admin mends them
    "park",
    metadata,
    _id("channel", primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("reason", String, nullable=False),
)


def say_it_to_postgresql() -> None:
    """Which rows an index is of, in that dialect's words, too. Said in the tables, they would import the dialect at every start."""
    for table in metadata.tables.values():
        for index in table.indexes:
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
