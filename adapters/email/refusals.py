"""What a mail server's codes mean for us. https://www.rfc-editor.org/rfc/rfc5321#section-4.2 and, for the codes with dots,
https://www.rfc-editor.org/rfc/rfc3463"""

from __future__ import annotations

import re
from datetime import timedelta

from channels.errors import DeliveryError, Rejected, Throttled, Unauthorized, Unreachable

CODES: dict[str, type[DeliveryError]] = {
    "421": Unreachable,  # closing, or too many connections
    "450": Unreachable,  # mailbox busy, greylisting
    "451": Unreachable,  # local error, greylisting
    "452": Unreachable,  # no room
    "454": Unreachable,  # TLS or checking of credentials not available now
    "421 4.7.0": Throttled,  # providers: too many connections, too fast
    "450 4.2.1": Throttled,  # the receiver gets too much at a time
    "451 4.7.1": Unreachable,  # greylisting
    "452 4.5.3": Throttled,  # too many recipients or messages
    "500": Rejected,
    "501": Rejected,
    "503": Rejected,
    "504": Rejected,
    "530": Unauthorized,  # sign in first
    "535": Unauthorized,
    "550": Rejected,  # no such mailbox, or policy
    "550 5.1.1": Rejected,  # no such mailbox
    "550 5.4.5": Throttled,  # a provider's daily limit is reached
    "551": Rejected,
    "552": Rejected,  # too large, or the mailbox is full
    "553": Rejected,  # not an address
    "554": Rejected,
    "555": Rejected,
}
GREYLISTED = timedelta(minutes=5)

_DOTTED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")


def refusal_of(code: int, text: str) -> DeliveryError:
    """The error that an answer means. Its code is the server's, with the enhanced one where that is known to say more."""
    found = _DOTTED.match(text)
    whole = f"{code} {found[1]}" if found else str(code)
    shown = whole if whole in CODES else str(code)
    kind = CODES.get(shown) or (Unreachable if 400 <= code < 500 else Rejected)
    reason = f"The mail server answered {code}: {text}"[:500]
    if kind is Throttled:
        return Throttled(reason, retry_after=GREYLISTED, code=shown)
    return kind(reason, code=shown)
