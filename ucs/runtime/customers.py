"""What agents note down about a customer, as an input for the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select

from channels.errors import NotFound
from ucs.runtime.engine.work import Work
from ucs.store import tables as t


@dataclass(frozen=True, slots=True)
class Described:
    """These fields of a customer have these values now; the others are as they were. An empty value removes a field."""

    customer: str
    tenant: str
    fields: Mapping[str, str]

    def apply(self, work: Work) -> dict[str, str]:
        body = self._body(work)
        fields = {**body.get("fields", {}), **self.fields}
        body["fields"] = {name: value for name, value in fields.items() if value}
        work.write("describe_customer", self.customer, orjson.dumps(body).decode())
        return dict(body["fields"])

    def _body(self, work: Work) -> dict[str, Any]:
        """As it is kept, or as an input before this one in the same batch has left it."""
        where = (t.customer.c.id == self.customer, t.customer.c.tenant == self.tenant)
        text = work.connection.execute(select(t.customer.c.body).where(*where)).scalar()
        for name, row in work.writes:
            if name == "add_customer" and row[:2] == (self.customer, self.tenant):
                text = row[3]
            elif name == "describe_customer" and row[0] == self.customer and text is not None:
                text = row[1]
        if text is None:
            raise NotFound(f"There is no customer {self.customer!r}.")
        body: dict[str, Any] = orjson.loads(text)
        return body
