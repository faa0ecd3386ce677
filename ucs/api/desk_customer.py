"""The customer beside a contact: how they are known, what agents noted down, and the tenant's own page about them."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any

from ucs.api.desk_settings import tenant_setting
from ucs.core.contact import Contact
from ucs.runtime.center.installation import key_for
from ucs.runtime.center.screen_pop import filled, is_allowed, origin_of
from ucs.store import lookup
from ucs.store.lookup import Customer

if TYPE_CHECKING:
    from ucs.api.api import Api


async def customer_of(api: Api, contact: Contact) -> Customer:
    found = await api.read(lookup.customer(contact.customer))
    return found or Customer(contact.customer, contact.tenant, "", {}, ())


def customer_view(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.id,
        "name": customer.name,
        "identities": [
            {"channel": each.channel, "address": each.address, "proven": each.proven, "at": each.at}
            for each in customer.identities
        ],
        "fields": customer.body.get("fields", {}),
    }


# -- the tenant's own page -------------------------------------------------------------------------------------------------


def screen_pop_of(api: Api, contact: Contact, customer: Customer) -> dict[str, str] | None:
    """The page for this contact, or None if the tenant has none."""
    channel = api.center.channels.get(contact.channel)
    template = (channel.setting.screen_pop if channel is not None else "") or tenant_setting(
        api, contact.tenant
    ).screen_pop
    if not template:
        return None
    origin = origin_of(template)
    if not is_allowed(template, api.runtime.installation.allow):
        trouble = f"{origin} is not https, and the operator has not allowed it (allow in ucs.toml)."
        return {"url": "", "frame": "", "trouble": trouble}
    values = {
        "contact": contact.id,
        "customer": contact.customer,
        "name": customer.name,
        "address": contact.address,
        "channel": contact.channel,
        "queue": contact.queue,
        "agent": contact.agent,
        **{f"field.{name}": value for name, value in customer.body.get("fields", {}).items()},
    }
    return {"url": filled(template, values), "frame": f"/desk/pop/{frame_key(api, origin)}", "trouble": ""}


def frame_key(api: Api, origin: str) -> str:
    """Names an origin to those who were told: that a tenant is here, and whose page it shows, is nobody else's business."""
    mac = hmac.new(key_for(api.runtime.secret, "screen pop"), origin.encode(), hashlib.sha256)
    return urlsafe_b64encode(mac.digest()[:18]).decode()


def origin_for(api: Api, key: str) -> str | None:
    """The origin that this key names, among those that a tenant shows today."""
    templates = {tenant.screen_pop for tenant in api.center.tenants.values()}
    templates |= {channel.setting.screen_pop for channel in api.center.channels.values()}
    origins = {origin_of(each) for each in templates if each}
    given = key.encode("utf-8", "surrogatepass")
    return next((each for each in sorted(origins) if hmac.compare_digest(frame_key(api, each).encode(), given)), None)
