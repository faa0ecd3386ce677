"""Every error has its own row in the one table of failures, and the rows say what `channels.errors` promises."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from channels import errors
from ucs.core.failures import FAILURES, Action, action_for, failure_of, status_for


def family(kind: type[errors.UcsError]) -> Iterator[type[errors.UcsError]]:
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from family(child)


def test_every_error_has_a_row_of_its_own() -> None:
    assert set(FAILURES) == set(family(errors.UcsError))


def test_every_row_is_counted_under_its_own_name() -> None:
    names = [row.metric for row in FAILURES.values()]
    assert len(names) == len(set(names))


def test_every_action_is_somebodys() -> None:
    assert {row.action for row in FAILURES.values()} == set(Action)


# The promise, in the words of `channels/errors.py`: what the platform's caller or our API's caller is answered, and what is done.
PROMISED = {
    "ConfigError": (Action.REPORT_CONFIG, 422),
    "Untrusted": (Action.REFUSE, 401),
    "Malformed": (Action.QUARANTINE, 400),
    "Unreachable": (Action.RETRY, 502),
    "Uncertain": (Action.MARK_UNCERTAIN, 504),
    "Throttled": (Action.RETRY_AFTER, 503),
    "Unauthorized": (Action.PARK, 502),
    "Rejected": (Action.FAIL, 502),
    "WindowClosed": (Action.OFFER_TEMPLATE, 502),
    "Unsubscribed": (Action.END_CONTACT, 502),
    "Refused": (Action.TELL_CALLER, 409),
    "NotKept": (Action.SAY_SO, 415),
    "TooLarge": (Action.TELL_CALLER, 413),
    "Forbidden": (Action.TELL_CALLER, 403),
    "NotFound": (Action.TELL_CALLER, 404),
    "Conflict": (Action.RETRY_AT_ONCE, 409),
    "TooMany": (Action.TELL_CALLER, 429),
}


@pytest.mark.parametrize("name", PROMISED)
def test_what_is_promised_is_done(name: str) -> None:
    row = FAILURES[getattr(errors, name)]
    assert (row.action, row.status) == PROMISED[name]


def test_a_class_of_a_plugin_is_treated_like_ours_that_it_refines() -> None:
    class TemplateGone(errors.Rejected):
        """Somebody else's subclass."""

    error = TemplateGone("The template was deleted.")
    assert failure_of(error) is FAILURES[errors.Rejected]
    assert (action_for(error), status_for(error)) == (Action.FAIL, 502)
