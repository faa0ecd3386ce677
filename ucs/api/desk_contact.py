"""One contact as an agent opens it, with the customer beside it; and noting down what agents know about the customer."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from pydantic import Field

from channels.errors import Refused
from ucs.api.body import Body, Words
from ucs.api.call import Call
from ucs.api.desk_customer import customer_of, customer_view, screen_pop_of
from ucs.api.desk_settings import tenant_setting
from ucs.api.desk_views import visible
from ucs.api.views import contact_view, entry_frame
from ucs.runtime.center.settings import ID, FieldSetting
from ucs.runtime.customers import Described
from ucs.store import lookup

if TYPE_CHECKING:
    from ucs.api.api import Api

NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:[.,][0-9]{1,30})?")


class FieldsBody(Body):
    """Field → value; fields that are not named stay as they are, an empty value removes one."""

    fields: dict[Annotated[str, Field(pattern=ID)], Annotated[Words, Field(max_length=500)]] = Field(max_length=50)


async def one(api: Api, call: Call) -> dict[str, Any]:
    """A contact with its lines after `after`, the customer, and the customer's other contacts."""
    contact = await visible(api, call.caller, call.path("contact"))
    found = await api.read(lookup.entries(contact.id, call.number("after")))
    others = await api.read(lookup.contacts_of(contact.customer))
    customer = await customer_of(api, contact)
    name = (await api.names_of([contact]))[0]
    return {
        "contact": contact_view(contact, name),
        "entries": [orjson.Fragment(entry_frame(entry)) for entry in found],
        "newest": contact.seq,
        "earlier": [contact_view(other, name) for other in others if other.id != contact.id],
        "customer": customer_view(customer),
        "screen_pop": screen_pop_of(api, contact, customer),
    }


async def describe(api: Api, call: Call) -> dict[str, Any]:
    """Note something down about the customer. Whoever may see the contact may."""
    contact = await visible(api, call.caller, call.path("contact"))
    fields: dict[str, str] = {name: value.strip() for name, value in call.body.fields.items()}
    known = tenant_setting(api, contact.tenant).fields
    for name, value in fields.items():
        if name not in known:
            raise Refused(f"There is no field {name!r}: the tenant has {', '.join(known) or 'none'}.")
        require_fitting(known[name], known[name].name or name, value)
    await api.submit(Described(contact.customer, contact.tenant, fields))
    return customer_view(await customer_of(api, contact))


def require_fitting(field: FieldSetting, name: str, value: str) -> None:
    """Raises `Refused` with what was expected."""
    if value and (expected := _expected(field, value)):
        raise Refused(f"{name} is {expected}, not {value[:80]!r}.")


def _expected(field: FieldSetting, value: str) -> str:
    match field.kind:
        case "number":
            return "" if NUMBER.fullmatch(value) else "a number such as 42 or 3.5"
        case "date":
            return "" if _is_date(value) else "a date such as 2026-12-31"
        case "choice":
            return "" if value in field.options else f"one of {', '.join(field.options)}"
        case "yes_no":
            return "" if value in ("yes", "no") else "yes or no"
    return ""


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
