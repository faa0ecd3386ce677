"""The store: tables, statements and migrations over SQLAlchemy Core, one set for SQLite and PostgreSQL.

`tables` is the schema, `statements` the hot statements compiled once, `store` the connections: one writer in one thread,
readers beside it. Nothing here knows what a contact may do.
"""
