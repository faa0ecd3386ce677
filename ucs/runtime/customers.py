"""What is noted down about a customer beside the name, as inputs for the engine: by agents, and which language is spoken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import select

from channels.errors import NotFound
from channels.value import value
from ucs.runtime.engine.work import Work
from ucs.store import tables as t

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")  # as in HTML: de, pt-BR, zh-Hant-TW


@value
class Described:
    """These fields of a customer have these values now; the others are as they were. An empty value removes a field."""

    customer: str
    tenant: str
    fields: Mapping[str, str]

    def apply(self, work: Work) -> dict[str, str]:
        body = _body(work, self.customer, self.tenant)
        fields = {**body.get("fields", {}), **self.fields}
        body["fields"] = {name: value for name, value in fields.items() if value}
        work.write("describe_customer", self.customer, orjson.dumps(body).decode())
        return dict(body["fields"])


@value
class Speaks:
    """Who has this address speaks this language, as the platform or the customer's own page says. What is no language is left."""

    channel: str
    address: str
    language: str

    def apply(self, work: Work) -> None:
        lane = (self.channel, self.address)
        known = work.customers.get(lane) or work.memory.customers.get(lane) or work.find_customer(lane)
        if known is None or not LANGUAGE.fullmatch(self.language):
            return
        body = _body(work, known[0], work.center.channels[self.channel].tenant)
        if body.get("language") != self.language:
            body["language"] = self.language
            work.write("describe_customer", known[0], orjson.dumps(body).decode())


def _body(work: Work, customer: str, tenant: str) -> dict[str, Any]:
    """As it is kept, or as an input before this one in the same batch has left it."""
    where = (t.customer.c.id == customer, t.customer.c.tenant == tenant)
    text = work.connection.execute(select(t.customer.c.body).where(*where)).scalar()
    for name, row in work.writes:
        if name == "add_customer" and row[:2] == (customer, tenant):
            text = row[3]
        elif name == "describe_customer" and row[0] == customer and text is not None:
            text = row[1]
    if text is None:
        raise NotFound(f"There is no customer {customer!r}.")
    body: dict[str, Any] = orjson.loads(text)
    return body
