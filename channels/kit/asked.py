"""What the author of a robot gives the kit, and what every check makes of it. Its twin for adapters is `channels.kit.given`."""

from __future__ import annotations

from typing import Any, ClassVar

from channels.errors import ChannelError
from channels.kit.given import Configured
from channels.kit.http import Call, FakeHttp, Script
from channels.kit.play import run
from channels.kit.robot_case import RobotCase, load_robot_cases
from channels.kit.seal import sealed
from channels.robot import Robot, Turn, Words


class Asked(Configured):
    """Attributes that the author of a robot sets.

    copes         a service that fails leads to other words, not to an error: its failure is part of the conversation
    asks_nobody   there is no service: cases need no exchange
    """

    robot: ClassVar[type[Robot[Any]]]
    copes: ClassVar[bool] = False
    asks_nobody: ClassVar[bool] = False

    def plugin(self) -> type[Robot[Any]]:
        return self.robot

    def told(self) -> list[RobotCase]:
        return list(load_robot_cases(self.cases)) if hasattr(self, "cases") else []

    def good(self) -> list[RobotCase]:
        """Cases that succeed, so that a fault can be put into them."""
        return [case for case in self.told() if case.succeeds]

    def name_of(self, case: RobotCase) -> str:
        return case.path.relative_to(self.cases).with_suffix("").as_posix()

    def play(self, case: RobotCase, script: Script, turn: Turn | None = None) -> tuple[Words | None, list[Call]]:
        """Ask the robot, nowhere but through `script`; None where only the end was told."""
        http = FakeHttp(script, case.tokens)
        robot, asked = self.build(case.config), turn or case.turn
        with sealed():
            if case.asked == "ended":
                run(robot.ended(asked, http))
                return None, http.calls
            words: Words = run(robot.turn(asked, http))
        return words, http.calls

    def fails(self, case: RobotCase, script: Script, turn: Turn | None = None) -> Words | ChannelError | None:
        """How it ends; anything but words and a `ChannelError` fails the check."""
        try:
            return self.play(case, script, turn)[0]
        except ChannelError as error:
            failed = error
        self.shows_no_secret(str(failed), f"an error of `{case.asked}`")
        assert str(failed).strip(), f"{type(failed).__name__} without a sentence: somebody has to read it."
        return failed
