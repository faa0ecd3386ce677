"""Who else gets a message, on platforms that send copies of it. The customer does always, and is not named here."""

from __future__ import annotations

from channels.value import value


@value
class Copies:
    """Addresses as the platform writes them: those that everybody sees (`cc`), and those that nobody else does (`bcc`)."""

    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
