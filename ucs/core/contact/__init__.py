"""The contact machine: `contact.step(contact, event, now, policy) -> (contact, effects)`.

`state` is what a contact is and the rules it lives by; `table` which event may happen when; `customer`, `agent` and `time` what
becomes of it. Start reading with `state`.
"""

from ucs.core.contact.state import (
    LASTING,
    OPEN_STATES,
    Contact,
    Holder,
    Question,
    State,
    contact_from_json,
    contact_to_json,
)
from ucs.core.contact.table import STATES, TABLE, step

__all__ = [
    "LASTING",
    "OPEN_STATES",
    "STATES",
    "TABLE",
    "Contact",
    "Holder",
    "Question",
    "State",
    "contact_from_json",
    "contact_to_json",
    "step",
]
