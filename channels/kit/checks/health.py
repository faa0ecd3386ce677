"""How the adapter looks after its channel: it finds what is amiss, says so in sentences, and knows dead credentials."""

from __future__ import annotations

from typing import Any

import pytest

from channels.errors import DeliveryError, Unauthorized
from channels.health import Condition, Finding, Health
from channels.kit.case import OutboundCase
from channels.kit.checks.faults import FAULTS
from channels.kit.given import Given, for_power
from channels.kit.http import FakeHttp, Script, failing, recording
from channels.kit.play import perform, run


class HealthChecks(Given):
    @for_power("health")
    def test_a_well_channel_is_well(self) -> None:
        assert [] in [case.outcome.get("result") for case in self._checkups()], (
            "Write a case in which `health` finds nothing: what does the platform say when all is well?"
        )

    @for_power("health")
    def test_something_is_found(self) -> None:
        assert any(case.outcome.get("result") for case in self._checkups()), (
            "No case has a finding: write one for each thing that may be amiss and is not a dead credential."
        )

    def test_findings_are_sentences(self, spoken_case: OutboundCase) -> None:
        if spoken_case.power != "health":
            return
        health = self._look(spoken_case, recording(spoken_case.exchange))
        assert isinstance(health, Health), f"`health` returns {type(health).__name__}: a Health was expected."
        for finding in health.findings:
            assert isinstance(finding, Finding), f"{finding!r}: a Finding was expected."
            assert isinstance(finding.condition, Condition), f"{finding.condition!r} is no Condition."
            assert finding.reason.strip(), "A finding without a sentence: an admin has to read it."
            assert finding.until is None or finding.until.tzinfo is not None, f"{finding.until}: there is no time zone."
            self.shows_no_secret(finding.reason, "a finding")

    def test_a_dead_credential_is_known(self, spoken_case: OutboundCase) -> None:
        """The first thing that is asked of HTTP is answered 401. Nothing else may come of it: else nobody parks the channel."""
        if spoken_case.power != "health" or not spoken_case.exchange or spoken_case.exchange[0].dialogue is not None:
            return
        with pytest.raises(Unauthorized):
            self._look(spoken_case, failing(spoken_case.exchange, 0, FAULTS["401"][0]))

    def test_a_refusal_is_not_health(self, spoken_case: OutboundCase) -> None:
        """A platform that refuses all that it is asked is not one where all is well."""
        if spoken_case.power != "health" or not spoken_case.exchange or spoken_case.exchange[0].dialogue is not None:
            return
        try:
            found = self._look(spoken_case, failing(spoken_case.exchange, 0, FAULTS["500"][0]))
        except DeliveryError:
            return
        assert found.condition is not Condition.OK, "A platform that answers 500 to everything was found to be well."

    def _checkups(self) -> list[OutboundCase]:
        return [case for case in self.outbound() if case.power == "health"]

    def _look(self, case: OutboundCase, script: Script) -> Any:
        return run(perform(self.build(case.config), case, FakeHttp(script, case.tokens)))
