"""`AdapterContract`: the class that the author's test inherits, all checks in one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from channels.kit.case import InboundCase, OutboundCase
from channels.kit.checks.faults import FaultChecks
from channels.kit.checks.golden import GoldenChecks
from channels.kit.checks.health import HealthChecks
from channels.kit.checks.inbound import InboundChecks
from channels.kit.checks.manifest import ConfigChecks, ManifestChecks
from channels.kit.checks.outbound import OutboundChecks
from channels.kit.checks.refusals import RefusalChecks
from channels.kit.checks.source import SourceChecks
from channels.kit.checks.trust import TrustChecks
from channels.kit.given import APPLIES


class AdapterContract(
    GoldenChecks,
    ManifestChecks,
    ConfigChecks,
    TrustChecks,
    InboundChecks,
    OutboundChecks,
    FaultChecks,
    RefusalChecks,
    HealthChecks,
    SourceChecks,
):
    """Everything an adapter promises. Set `adapter`, `config`, `cases`, and define `sign`."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Hand every check what it asks for by the name of its argument."""
        for name, given in self._looked_at().items():
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, list(given().values()), ids=list(given()))

    def has_nothing_for(self, check: Callable[..., object]) -> bool:
        """Whether a check does not apply to this adapter, or would look at cases of which there are none."""
        applies = getattr(check, APPLIES, None)
        if applies is not None and not applies(self):
            return True
        looked_at = self._looked_at()
        return any(name in looked_at and not looked_at[name]() for name in inspect.signature(check).parameters)

    def _looked_at(self) -> Mapping[str, Callable[[], Mapping[str, Any]]]:
        """What there is to look at, each thing with the name it has in a report, by the name of an argument."""
        declared = getattr(self.adapter, "manifest", None)  # that it is there is a check of its own
        return {
            "inbound": lambda: self._named(self.inbound()),
            "readable_case": lambda: self._named(self.readable()),
            "json_case": lambda: self._named([case for case in self.readable() if case.payload is not None]),
            "outbound": lambda: self._named(self.outbound()),
            "spoken_case": lambda: self._named(self.spoken()),
            "refusable_case": lambda: self._named(self.refusable()),
            "code": lambda: {code: code for code in (declared.errors if declared else ())},
            "power": lambda: {power: power for power in sorted(self.powers())},
            "shown_power": lambda: {power: power for power in sorted(self.powers() - {"verify", "answer"})},
        }

    def _named(self, cases: Sequence[InboundCase | OutboundCase]) -> dict[str, InboundCase | OutboundCase]:
        return {self.name_of(case): case for case in cases}
