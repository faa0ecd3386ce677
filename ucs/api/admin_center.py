"""`/admin/tenants` and `/admin/apply`: the center as settings, one at a time, or all of it in the shape of `center.toml`.

An admin sees and changes the own tenant, the operator all of them; tenants come and go by the operator's hand only. Passwords go in
and never come out; secrets are shown as the references they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, RootModel

from channels.errors import Complaint, Forbidden, NotFound
from ucs.api.answers import EmptyView
from ucs.api.call import Call, Handler, Route, View
from ucs.api.configuring import Documents, configure
from ucs.api.tokens import Caller, Role
from ucs.runtime.center.center import Document
from ucs.runtime.center.center_file import REFERENCES, documents_of, secrets_of, with_hash, wrong_ids
from ucs.runtime.center.settings import (
    AgentSetting,
    ChannelSetting,
    PhraseSetting,
    QueueSetting,
    RobotSetting,
    TenantSetting,
    WordListSetting,
)

if TYPE_CHECKING:
    from ucs.api.api import Api

FILE = "request"
INSIDE: dict[str, type[BaseModel]] = {
    "queue": QueueSetting,
    "agent": AgentSetting,
    "channel": ChannelSetting,
    "phrase": PhraseSetting,
    "robot": RobotSetting,
    "word_list": WordListSetting,
}


class CenterBody(RootModel[dict[str, Any]]):
    """As in `center.toml`: tenant → its settings, with `queue`, `agent`, `channel`, `phrase`, `robot` and `word_list` by id."""


class SettingView(View):
    """One setting as it was written. `has_password` is said of agents."""

    kind: str
    tenant: str
    id: str
    setting: dict[str, Any]
    has_password: bool | None


class SettingsView(View):
    settings: tuple[SettingView, ...]


class AppliedView(View):
    """How many settings are there now, by kind."""

    tenants: int
    queues: int
    agents: int
    channels: int
    phrases: int
    robots: int
    word_lists: int


def is_operator(caller: Caller) -> bool:
    return caller.role is Role.OPERATOR


def require_tenant(api: Api, caller: Caller, tenant: str) -> str:
    """The tenant, if there is one and it is the caller's. Another's is not found, like one that does not exist."""
    if tenant not in api.center.tenants or (not is_operator(caller) and tenant != caller.tenant):
        raise NotFound(f"There is no tenant {tenant!r}.")
    return tenant


def require_operator(caller: Caller) -> None:
    if not is_operator(caller):
        raise Forbidden("Tenants are made and removed by the operator of the installation.")


# -- reading ---------------------------------------------------------------------------------------------------------------


async def tenants(api: Api, call: Call) -> dict[str, Any]:
    return {"settings": [setting_view(api, each) for each in _documents(api, "tenant", _own(call.caller))]}


def _own(caller: Caller) -> str:
    return "" if is_operator(caller) else caller.tenant


def _documents(api: Api, kind: str, tenant: str) -> Iterator[Document]:
    for key, document in sorted(api.center.documents.items()):
        if key[0] == kind and tenant in ("", key[1]):
            yield document


def setting_view(api: Api, document: Document) -> dict[str, Any]:
    setting = {key: value for key, value in document.body.items() if key not in ("password", "password_hash")}
    for key, value in secrets_of(document, api.runtime.plugins).items():
        if not str(value).startswith(REFERENCES):
            setting["config"] = {**setting["config"], key: "(hidden)"}
    has_password = bool(document.body.get("password_hash")) if document.kind == "agent" else None
    named = {"kind": document.kind, "tenant": document.tenant, "id": document.id}
    return {**named, "setting": setting, "has_password": has_password}


def _listing(kind: str) -> Handler:
    async def listing(api: Api, call: Call) -> dict[str, Any]:
        tenant = require_tenant(api, call.caller, call.path("tenant"))
        return {"settings": [setting_view(api, each) for each in _documents(api, kind, tenant)]}

    return listing


def _getting(kind: str) -> Handler:
    async def getting(api: Api, call: Call) -> dict[str, Any]:
        return setting_view(api, _one(api, call, kind))

    return getting


def _one(api: Api, call: Call, kind: str) -> Document:
    tenant = require_tenant(api, call.caller, call.path("tenant"))
    id = tenant if kind == "tenant" else call.path("id")
    document = api.center.documents.get((kind, tenant, id))
    if document is None:
        raise NotFound(f"There is no {kind} {id!r}.")
    return document


# -- changing --------------------------------------------------------------------------------------------------------------


def _putting(kind: str) -> Handler:
    async def putting(api: Api, call: Call) -> dict[str, Any]:
        tenant = call.path("tenant")
        if kind == "tenant":
            require_operator(call.caller)
        else:
            require_tenant(api, call.caller, tenant)
        given = Document(kind, tenant, tenant if kind == "tenant" else call.path("id"), dict(call.raw), FILE)

        def change(before: Documents, complaints: list[Complaint]) -> Documents:
            complaints += wrong_ids(given)
            document = with_hash(given, before, api.passwords, complaints, references=False)
            return {**before, (kind, tenant, given.id): document}

        center = await configure(api, change, operator=is_operator(call.caller))
        return setting_view(api, center.documents[kind, tenant, given.id])

    return putting


def _removing(kind: str) -> Handler:
    async def removing(api: Api, call: Call) -> dict[str, Any]:
        gone = _one(api, call, kind)
        if kind == "tenant":
            require_operator(call.caller)

        def change(before: Documents, complaints: list[Complaint]) -> Documents:
            return {key: document for key, document in before.items() if not _goes_with(document, gone)}

        await configure(api, change, operator=is_operator(call.caller))
        return {}

    return removing


def _goes_with(document: Document, gone: Document) -> bool:
    """A tenant goes with everything in it."""
    if gone.kind == "tenant":
        return document.tenant == gone.tenant
    return (document.kind, document.tenant, document.id) == (gone.kind, gone.tenant, gone.id)


async def apply(api: Api, call: Call) -> dict[str, Any]:
    """Make the center what the body says, entirely or not at all. What it does not name is removed, within the caller's reach."""
    operator = is_operator(call.caller)
    if not operator and set(call.raw) != {call.caller.tenant}:
        raise Forbidden(f"You are admin of {call.caller.tenant}: the document must have this tenant and no other.")

    def change(before: Documents, complaints: list[Complaint]) -> Documents:
        documents, found = documents_of(call.raw, FILE, before, api.passwords, references=operator)
        complaints += found
        others = {} if operator else {key: each for key, each in before.items() if each.tenant != call.caller.tenant}
        wanted = {(each.kind, each.tenant, each.id): each for each in documents}
        same = {key: before[key] for key, each in wanted.items() if key in before and before[key].body == each.body}
        return {**others, **wanted, **same}

    center = await configure(api, change, operator=operator)
    own = {key: each for key, each in center.documents.items() if operator or each.tenant == call.caller.tenant}
    kinds = [kind for kind, _, _ in own]
    return {f"{kind}s": kinds.count(kind) for kind in ("tenant", *INSIDE)}


def _routes() -> Iterator[Route]:
    admin, one = Role.ADMIN, "/admin/tenants/{tenant}"
    yield Route("GET", "/admin/tenants", tenants, admin, "The tenants you may see", SettingsView)
    yield Route("GET", one, _getting("tenant"), admin, "A tenant", SettingView)
    yield Route("PUT", one, _putting("tenant"), admin, "Make or change a tenant", SettingView, TenantSetting)
    yield Route("DELETE", one, _removing("tenant"), admin, "Remove a tenant with all it has", EmptyView)
    for kind, model in INSIDE.items():
        many, single = f"{one}/{kind}s", f"{one}/{kind}s/{{id}}"
        words = kind.replace("_", " ")
        yield Route("GET", many, _listing(kind), admin, f"The tenant's {words}s", SettingsView)
        yield Route("GET", single, _getting(kind), admin, f"One {words}", SettingView)
        yield Route("PUT", single, _putting(kind), admin, f"Make or change a {words}", SettingView, model)
        yield Route("DELETE", single, _removing(kind), admin, f"Remove a {words}", EmptyView)
    yield Route("POST", "/admin/apply", apply, admin, "Make the center what this says", AppliedView, CenterBody)


ROUTES = tuple(_routes())
