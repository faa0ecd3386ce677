"""After a failure: again when, or never. What `ucs.core.failures` says in general, for one errand at one moment.

It decides and does nothing. `sending.py` and `fetching.py` act on it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from channels.errors import Throttled, UcsError
from channels.value import value
from ucs.core.failures import Action, action_for
from ucs.runtime.delivery.clockwork import Clockwork
from ucs.runtime.delivery.errand import Errand

DOUBTS = 5  # tries of a call whose outcome is not known, where trying again is safe: it holds up all that is behind it
AGAIN = frozenset({Action.RETRY, Action.RETRY_AFTER, Action.MARK_UNCERTAIN})


@value
class Verdict:
    """`again_at` is None: never. `slow_for`: the platform wants quiet on the whole channel for so many seconds."""

    action: Action
    again_at: datetime | None = None
    slow_for: float = 0.0


def verdict(error: UcsError, errand: Errand, now: datetime, clockwork: Clockwork, *, resend_safe: bool) -> Verdict:
    """`resend_safe`: what may have happened already does no harm if it happens again."""
    action = action_for(error)
    if action not in AGAIN or (action is Action.MARK_UNCERTAIN and not (resend_safe and errand.doubts < DOUBTS)):
        return Verdict(action)
    seconds, slow_for = clockwork.backoff(errand.attempt), 0.0
    if isinstance(error, Throttled):
        if error.retry_after is not None:
            seconds = max(0.0, error.retry_after.total_seconds())
        slow_for = seconds
    # Up to a day, whatever the platform says: more would not be a time.
    again_at = now + timedelta(seconds=min(seconds, 86_400.0))
    return Verdict(action, again_at if again_at < errand.deadline else None, slow_for)
