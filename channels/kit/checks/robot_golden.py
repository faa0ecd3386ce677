"""Golden cases of robots: what the case files say is what the robot does."""

from __future__ import annotations

from typing import Any

import pytest

from channels.errors import ChannelError
from channels.kit.asked import Asked
from channels.kit.case import Step, update
from channels.kit.checks.golden import updating
from channels.kit.http import FakeHttp, played, recording
from channels.kit.play import run
from channels.kit.robot_case import RobotCase, words_to_case


class RobotGoldenChecks(Asked):
    def test_there_are_cases(self) -> None:
        turns = [case for case in self.good() if case.asked == "turn"]
        assert turns, f"Write a case of a turn into {getattr(self, 'cases', 'cases/')}: see channels/kit/README.md."
        assert self.asks_nobody or any(case.exchange for case in turns), "No case of a turn has an exchange."

    def test_case(self, told_case: RobotCase, pytestconfig: pytest.Config) -> None:
        assert told_case.about.strip(), f"{told_case.path.name}: `about` is a sentence."
        write = updating(pytestconfig)
        http = FakeHttp((recording if write else played)(told_case.exchange), told_case.tokens)
        robot = self.build(told_case.config)
        try:
            words = run(getattr(robot, told_case.asked)(told_case.turn, http))
            outcome = {"words": words_to_case(words)} if words is not None else {}
        except ChannelError as error:
            wanted = told_case.outcome.get("error", {})
            outcome = {"error": {"type": type(error).__name__}}
            outcome["error"] |= {"reason": str(error)} if "reason" in wanted else {}
        if write:
            _write(told_case, http, outcome)
            return
        left = len(told_case.exchange) - len(http.calls)
        assert left <= 0, f"{told_case.path.name}: the last {left} requests of the exchange were never made."
        assert outcome == told_case.outcome, told_case.path.name


def _write(case: RobotCase, http: FakeHttp, outcome: dict[str, Any]) -> None:
    steps = []
    for call in http.calls:
        old = case.exchange[call.index] if call.index < len(case.exchange) else Step({})
        step: dict[str, Any] = {"request": call.as_case(old.request.get("headers", ()))}
        steps.append(step | ({"fault": old.fault} if old.fault else {"answer": dict(old.written)}))
    update(case.path, ({"exchange": steps} if steps else {}) | outcome, drop=("words", "error"))
