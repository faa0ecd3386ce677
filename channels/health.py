"""How a channel is, as its platform tells it: what `Adapter.health` is asked with, and what it finds.

Finding is the adapter's work, and so is mending what one more call mends (an address that the platform had wrong). When to ask, what
to do with dead credentials, and who is told is the runtime's: `ucs/runtime/platforms/checkups.py`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from channels.value import value


class Condition(StrEnum):
    """How well something works, best first."""

    OK = "ok"  # as it should
    DEGRADED = "degraded"  # for now, or not all of it
    BROKEN = "broken"  # messages do not come in, or do not go out


@value
class Checkup:
    """What an adapter has to know when it is asked. `at` is now; `webhook` the address at which the platform is to call us, or
    empty where nobody has said what our public address is."""

    at: datetime
    webhook: str = ""


@value
class Finding:
    """One thing that an admin should know, as a sentence that also says what to do.

    With `Condition.OK` it was amiss and has just been mended. `until` is when it changes by itself: credentials run out, a quota is
    there again.
    """

    condition: Condition
    reason: str
    until: datetime | None = None


@value
class Health:
    """All that was found; nothing where all is well."""

    findings: tuple[Finding, ...] = ()

    @property
    def condition(self) -> Condition:
        """The worst of it."""
        found = {finding.condition for finding in self.findings}
        return next((each for each in reversed(Condition) if each in found), Condition.OK)
