"""What a customer's page is known to have: its agent is told "delivered", once.

The page says so by what it does anyway. It answers the ping that goes behind an agent's words (`live.Outlet`), and whoever comes back,
over a socket or a poll, names the number of the newest line it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ucs.api.live import is_answer
from ucs.core.contact import Contact
from ucs.core.events import CustomerReceived
from ucs.runtime.engine.inputs import Did
from ucs.store import lookup

if TYPE_CHECKING:
    from ucs.api.api import Api


def arrived(api: Api, tenant: str, contact: str, seq: int) -> None:
    """The page has this line, in which an agent spoke."""
    known = api.runtime.engine.memory.contacts.get(contact)
    if known is None or seq > max(known.received, known.read):
        api.submit(Did(contact, CustomerReceived(seq), tenant)).add_done_callback(
            lambda done: done.cancelled() or done.exception()
        )


async def names(api: Api, contact: Contact, seq: int) -> None:
    """The page says that it has all lines up to this one. It had them from us, so whether an agent spoke in them is looked up."""
    known = max(contact.received, contact.read)
    if seq <= known or not contact.agent:
        return
    found = await api.read(lookup.entries(contact.id, known, shown_to_customer=True))
    newest = max((entry.seq for entry in found if entry.seq <= seq and is_answer(entry)), default=0)
    if newest:
        arrived(api, contact.tenant, contact.id, newest)
