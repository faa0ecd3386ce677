"""`AdapterContract`: the class that the author's test inherits, all checks in one."""

from __future__ import annotations

import pytest

from channels.kit.checks.golden import GoldenChecks


class AdapterContract(
    GoldenChecks,
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
