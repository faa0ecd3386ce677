"""Changing the center while it runs: one change at a time, everything checked before, rows and memory changed by one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from channels.errors import Complaint, ConfigError
from channels.plugins import Plugins
from ucs.runtime.center.center import Center, Document, Key, build
from ucs.runtime.center.center_file import REFERENCES, center_writes, files_of, literal_secrets, secrets_of
from ucs.runtime.center.channel_ids import others, stored_tenants
from ucs.runtime.engine.inputs import Configured

if TYPE_CHECKING:
    from ucs.api.api import Api

Documents = Mapping[Key, Document]
Change = Callable[[Documents, list[Complaint]], Documents]


async def configure(api: Api, change: Change, *, operator: bool) -> Center:
    """The center after `change`, which gets the documents of today and a list for its complaints.

    Raises `ConfigError` with every complaint, or `Refused` if something is removed that is in use; then nothing has changed."""
    async with api.configuring:
        before, tenants = api.center, await api.read(stored_tenants)
        make = partial(_center, before.documents, change, api.runtime.plugins, tenants, operator)
        center = await asyncio.get_running_loop().run_in_executor(None, make)
        await api.submit(Configured(center, center_writes(before.documents, center.documents)))
        return center


def _center(before: Documents, change: Change, plugins: Plugins, tenants: Mapping[str, str], operator: bool) -> Center:
    complaints: list[Complaint] = []
    after = change(before, complaints)
    complaints += others(after.values(), tenants)
    changed = [document for key, document in after.items() if before.get(key) is not document]
    if not operator:
        _require_own_references(changed, before, plugins)
    for document in changed:
        complaints += literal_secrets(document, plugins)
    try:
        center = build(after.values(), plugins)
    except ConfigError as error:
        raise ConfigError([*complaints, *error.complaints]) from None
    if complaints:
        raise ConfigError(complaints)
    return center


def _require_own_references(changed: Iterable[Document], before: Documents, plugins: Plugins) -> None:
    """Raises `ConfigError`, and before anything is built: building reads what is named, and its complaints say what was found."""
    complaints: list[Complaint] = []
    for document in changed:
        complaints += foreign_secrets(document, before, plugins)
        complaints += foreign_files(document, before, plugins)
    if complaints:
        raise ConfigError(complaints)


def foreign_files(document: Document, before: Documents, plugins: Plugins) -> Iterator[Complaint]:
    """A tenant's admin names no file of this machine: it may be another tenant's, or one that never ends."""
    old = before.get((document.kind, document.tenant, document.id))
    known = files_of(old, plugins) if old is not None else {}
    for key, value in files_of(document, plugins).items():
        if value != known.get(key):
            expected = "what stood here before, or nothing: files of the server are named by its operator"
            yield Complaint(document.file, document.at("config", key), expected)


def foreign_secrets(document: Document, before: Documents, plugins: Plugins) -> list[Complaint]:
    """A tenant's admin names only secrets that are meant for the tenant: environment variables that begin with its own name.
    Else an admin could have another tenant's secret, or a file of the machine, sent to an address of their choice."""
    old = before.get((document.kind, document.tenant, document.id))
    known = secrets_of(old, plugins) if old is not None else {}
    tenants = {tenant for kind, tenant, _ in before if kind == "tenant"}
    expected = f"env:{prefix_of(document.tenant)}…, or what stood here before"
    return [
        Complaint(document.file, document.at("config", key), expected)
        for key, value in secrets_of(document, plugins).items()
        if str(value).startswith(REFERENCES)
        and value != known.get(key)
        and not is_own(str(value), document.tenant, tenants)
    ]


def prefix_of(tenant: str) -> str:
    """What the names of a tenant's environment variables begin with."""
    return tenant.upper().replace("-", "_") + "__"


def is_own(reference: str, tenant: str, tenants: Iterable[str]) -> bool:
    """Whether this names a variable of this tenant, and of no other whose name begins alike."""
    name = reference.removeprefix("env:") if reference.startswith("env:") else ""
    fitting = [each for each in tenants if name.startswith(prefix_of(each))]
    longest = max((len(prefix_of(each)) for each in fitting), default=0)
    return [each for each in fitting if len(prefix_of(each)) == longest] == [tenant]
