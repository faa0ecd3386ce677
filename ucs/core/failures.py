"""What happens next when something fails: one table, a row for every class of `channels.errors`.

It is data and does nothing itself. Delivery asks it whether to try again, the gateway and the API which status to answer,
metrics under which name to count. A class without a row of its own is treated like its nearest ancestor that has one;
ours all have one, which `tests/core/test_failures.py` sees to.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from channels import errors


class Action(StrEnum):
    """What is done about a failure, besides counting it."""

    RETRY = "retry"  # again later, with back-off
    RETRY_AFTER = "retry_after"  # again when the platform says, and slow the channel down
    RETRY_AT_ONCE = "retry_at_once"  # the transaction, on what is there now
    PARK = "park"  # stop the channel, hold what waits to go out, alert
    FAIL = "fail"  # this message is lost; show the agent code and reason
    OFFER_TEMPLATE = "offer_template"  # fail, and offer what may still be sent
    MARK_UNCERTAIN = "mark_uncertain"  # send again only where the channel says that is safe
    END_CONTACT = "end_contact"  # fail, and the contact is over
    REFUSE = "refuse"  # answer, count, keep nothing
    QUARANTINE = "quarantine"  # answer, and keep the bytes to be read again
    SAY_SO = "say_so"  # in the contact: the file is missing, the text is there
    TELL_CALLER = "tell_caller"  # nothing has changed, whoever asked is told why
    REPORT_CONFIG = "report_config"  # do not start; all complaints at once


class Failure(NamedTuple):
    """One row: what to do, the status if somebody waits for an answer, and the label in `ucs_failures_total`."""

    action: Action
    status: int
    metric: str


# fmt: off
FAILURES: dict[type[errors.UcsError], Failure] = {
    errors.UcsError:      Failure(Action.TELL_CALLER,    500, "error"),
    errors.ConfigError:   Failure(Action.REPORT_CONFIG,  422, "config"),
    errors.ChannelError:  Failure(Action.FAIL,           502, "channel"),
    errors.Untrusted:     Failure(Action.REFUSE,         401, "untrusted"),
    errors.Malformed:     Failure(Action.QUARANTINE,     400, "malformed"),
    errors.DeliveryError: Failure(Action.FAIL,           502, "delivery"),
    errors.Unreachable:   Failure(Action.RETRY,          502, "unreachable"),
    errors.Uncertain:     Failure(Action.MARK_UNCERTAIN, 504, "uncertain"),
    errors.Throttled:     Failure(Action.RETRY_AFTER,    503, "throttled"),
    errors.Unauthorized:  Failure(Action.PARK,           502, "unauthorized"),
    errors.Rejected:      Failure(Action.FAIL,           502, "rejected"),
    errors.WindowClosed:  Failure(Action.OFFER_TEMPLATE, 502, "window_closed"),
    errors.Unsubscribed:  Failure(Action.END_CONTACT,    502, "unsubscribed"),
    errors.Refused:       Failure(Action.TELL_CALLER,    409, "refused"),
    errors.NotKept:       Failure(Action.SAY_SO,         415, "not_kept"),
    errors.Unavailable:   Failure(Action.TELL_CALLER,    503, "unavailable"),
    errors.TooLarge:      Failure(Action.TELL_CALLER,    413, "too_large"),
    errors.Forbidden:     Failure(Action.TELL_CALLER,    403, "forbidden"),
    errors.NotFound:      Failure(Action.TELL_CALLER,    404, "not_found"),
    errors.Conflict:      Failure(Action.RETRY_AT_ONCE,  409, "conflict"),
    errors.TooMany:       Failure(Action.TELL_CALLER,    429, "too_many"),
}
# fmt: on


def failure_of(error: errors.UcsError) -> Failure:
    """The row of this error's class, or of its nearest ancestor that has one."""
    return next(FAILURES[kind] for kind in type(error).__mro__ if kind in FAILURES)


def action_for(error: errors.UcsError) -> Action:
    return failure_of(error).action


def status_for(error: errors.UcsError) -> int:
    return failure_of(error).status
