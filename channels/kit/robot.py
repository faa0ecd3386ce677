"""`RobotContract`: the class that the test of a robot inherits, all checks in one. `contract.py` has its twin for adapters."""

from __future__ import annotations

import pytest

from channels.kit.checks.manifest import ConfigChecks
from channels.kit.checks.robot_faults import RobotFaultChecks
from channels.kit.checks.robot_golden import RobotGoldenChecks
from channels.kit.checks.robot_turns import RobotTurnChecks
from channels.kit.checks.source import SourceChecks


class RobotContract(RobotGoldenChecks, RobotTurnChecks, RobotFaultChecks, ConfigChecks, SourceChecks):
    """Everything a robot promises. Set `robot`, `config` and `cases`."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Hand every check the cases it asks for by the name of its argument."""
        for name, found in (("told_case", self.told), ("good_case", self.good)):
            if name in metafunc.fixturenames:
                cases = found()
                metafunc.parametrize(name, cases, ids=[self.name_of(case) for case in cases])
