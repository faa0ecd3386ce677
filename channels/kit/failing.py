"""Playing a case in which something goes wrong, and what has to be true of any error that comes of it."""

from __future__ import annotations

from collections.abc import Callable

from channels.errors import DeliveryError
from channels.kit.case import OutboundCase
from channels.kit.given import Given
from channels.kit.http import FakeHttp, Script, failing
from channels.kit.note import telling
from channels.kit.play import perform, run
from channels.kit.seal import sealed
from channels.wire import Answer


class Failing(Given):
    def fails(self, case: OutboundCase, step: int, end: Callable[[], Answer], what: str) -> DeliveryError | None:
        """The error that comes out if `end` happens from a step on, or None; anything but a DeliveryError fails."""
        return self.played(case, failing(case.exchange, step, end), f"{what} at request {step + 1}")

    def played(self, case: OutboundCase, script: Script, what: str) -> DeliveryError | None:
        return self.heard(case, FakeHttp(script, case.tokens, files=case.files), what)

    def heard(self, case: OutboundCase, http: FakeHttp, what: str) -> DeliveryError | None:
        found: DeliveryError | None = None
        with telling(f"This came of {what}. Only DeliveryErrors may come out."):
            try:
                with sealed():
                    run(perform(self.build(case.config), case, http))
            except DeliveryError as error:
                found = error
        if found is not None:
            self.shows_no_secret(f"{found} {found.reason} {found.code} {found.delivered}", "a delivery error")
            assert type(found) is not DeliveryError, "DeliveryError itself says nothing: choose what happens next."
            assert found.reason.strip(), f"{type(found).__name__} without a reason: the agent reads it."
        return found
