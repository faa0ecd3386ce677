"""The center in the store of an installation whose server does not run. Where one runs, the server itself must change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

from channels.errors import Complaint, ConfigError
from channels.plugins import Plugins
from ucs.runtime.center.center import Center, Document, Key, build
from ucs.runtime.center.center_file import center_of, center_writes
from ucs.runtime.center.channel_ids import others, stored_tenants
from ucs.runtime.center.in_use import in_use
from ucs.runtime.center.installation import Installation, key_for, own_secret
from ucs.runtime.center.passwords import Passwords, Seal, Unchanged
from ucs.runtime.runtime import stored_documents
from ucs.store.lookup import open_contacts
from ucs.store.store import Store


def stored_center(installation: Installation, plugins: Plugins) -> Center:
    """The center as it is stored. Raises `ConfigError` if it does not fit what is installed."""
    with closing(Store(installation.store_url)) as store:
        store.migrate()
        return build(store.write(stored_documents), plugins)


def put_channels(installation: Installation, plugins: Plugins, channels: Sequence[Document]) -> None:
    """Add these to the stored center, or put them in the place of those with the same ids. Raises `ConfigError` then and there."""
    with closing(Store(installation.store_url)) as store:
        store.migrate()
        before = {(each.kind, each.tenant, each.id): each for each in store.write(stored_documents)}
        after = before | {(each.kind, each.tenant, each.id): each for each in channels}
        build(after.values(), plugins)
        _require_own_ids(store, channels)
        store.write(lambda connection: store.statements.run(connection, center_writes(before, after)))


def put_center(
    installation: Installation,
    plugins: Plugins,
    values: Mapping[str, Any],
    file: str,
    passwords: Callable[[], Passwords] = Passwords,
) -> int:
    """Make the stored center what `values` say, and return how many settings changed. Raises `ConfigError` and changes nothing.

    `passwords` are asked only where some have changed since the last time."""
    with closing(Store(installation.store_url)) as store:
        store.migrate()
        documents = store.write(stored_documents)
        before = {(document.kind, document.tenant, document.id): document for document in documents}
        seal = Seal(installation.data / "passwords.seal", key_for(own_secret(installation.data), "passwords"))
        given = Unchanged()
        after = center_of(values, plugins, file=file, current=before, passwords=given)
        is_new = not seal.holds(given)
        if is_new:
            after = center_of(values, plugins, file=file, current=before, passwords=passwords())
        _require_own_ids(store, after.documents.values())
        _require_unused(store, before, after)
        writes = center_writes(before, after.documents)
        store.write(lambda connection: store.statements.run(connection, writes))
        if is_new:
            center_of(values, plugins, file=file, current=after.documents, passwords=(given := Unchanged()))
            seal.put(given)
        return sum(name in ("put_center", "drop_center") for name, _ in writes)


def _require_own_ids(store: Store, documents: Iterable[Document]) -> None:
    """Raises `ConfigError` for channels whose ids are other tenants'."""
    if complaints := [*others(documents, store.write(stored_tenants))]:
        raise ConfigError(complaints)


def _require_unused(store: Store, before: Mapping[Key, Document], after: Center) -> None:
    """A server that runs refuses the same (`Configured`)."""
    gone = before.keys() - after.documents.keys()
    used = in_use(gone, store.write(open_contacts) if gone else ())
    if used:
        until = (
            "to stay until its open contacts are over ({}): start the server with it, and end or transfer them first"
        )
        raise ConfigError(
            [Complaint(before[key].file, before[key].at(), until.format(count)) for key, count in sorted(used.items())]
        )
