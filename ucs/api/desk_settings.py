"""What a tenant has set for its agents' screens, and what follows from it: which reasons and codes there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from channels.errors import Refused
from ucs.api.call import Call
from ucs.runtime.center.center import Channel
from ucs.runtime.center.settings import TenantSetting

if TYPE_CHECKING:
    from ucs.api.api import Api


async def settings(api: Api, call: Call) -> dict[str, Any]:
    tenant = call.caller.tenant
    setting = tenant_setting(api, tenant)
    return {
        "tenant": setting.name or tenant,
        "rest_reasons": setting.rest_reasons,
        "wrap_up_codes": {queue: codes_of(api, tenant, queue) for owner, queue in api.center.queues if owner == tenant},
        "phrases": [
            {"id": id, "name": phrase.name, "text": phrase.text, "queues": phrase.queues}
            for (owner, id), phrase in api.center.phrases.items()
            if owner == tenant
        ],
        "fields": [
            {"id": id, "name": field.name or id, "kind": field.kind, "options": field.options}
            for id, field in setting.fields.items()
        ],
        "channels": {
            id: channel.setting.name or id for id, channel in api.center.channels.items() if channel.tenant == tenant
        },
        "copies": [
            id
            for id, channel in api.center.channels.items()
            if channel.tenant == tenant and channel.adapter.manifest.copies
        ],
        "forwards": [
            id
            for id, channel in api.center.channels.items()
            if channel.tenant == tenant and "forward" in channel.powers and channel.adapter.manifest.forwards
        ],
        "lists_for": [
            id for id, channel in api.center.channels.items() if channel.tenant == tenant and _watched(channel)
        ],
    }


def _watched(channel: Channel) -> bool:
    lexicon = channel.policy.lexicon
    return lexicon is not None and lexicon.looks_at("agent")


def tenant_setting(api: Api, tenant: str) -> TenantSetting:
    return api.center.tenants.get(tenant) or TenantSetting()


def codes_of(api: Api, tenant: str, queue: str) -> tuple[str, ...]:
    """The queue's own wrap-up codes, or else the tenant's."""
    own = api.center.queues.get((tenant, queue))
    return (own.wrap_up_codes if own is not None else ()) or tenant_setting(api, tenant).wrap_up_codes


def require_one_of(word: str, known: tuple[str, ...], what: str) -> None:
    """Where a tenant has named them, reports count on there being no others."""
    if word and known and word not in known:
        raise Refused(f"There is no {what} {word!r}: choose one of {', '.join(known)}.")
