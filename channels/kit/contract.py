"""`AdapterContract`: the class that the author's test inherits, all checks in one."""

from __future__ import annotations

import pytest

from channels.kit.checks.faults import FaultChecks
from channels.kit.checks.golden import GoldenChecks
from channels.kit.checks.health import HealthChecks
from channels.kit.checks.inbound import InboundChecks
from channels.kit.checks.manifest import ConfigChecks, ManifestChecks
from channels.kit.checks.outbound import OutboundChecks
from channels.kit.checks.source import SourceChecks
from channels.kit.checks.trust import TrustChecks


class AdapterContract(
    GoldenChecks,
    ManifestChecks,
    ConfigChecks,
    TrustChecks,
    InboundChecks,
    OutboundChecks,
    FaultChecks,
    HealthChecks,
    SourceChecks,
):
    """Everything an adapter promises. Set `adapter`, `config`, `cases`, and define `sign`."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Hand every check the cases it asks for by the name of its argument."""
        for name, found in (
            ("inbound", self.inbound),
            ("readable_case", self.readable),
            ("outbound", self.outbound),
            ("spoken_case", self.spoken),
        ):
            if name in metafunc.fixturenames:
                cases = found()
                metafunc.parametrize(name, cases, ids=[self.name_of(case) for case in cases])
        if "code" in metafunc.fixturenames:
            declared = getattr(self.adapter, "manifest", None)  # that it is there is a check of its own
            metafunc.parametrize("code", list(declared.errors) if declared else [])
