"""What goes wrong between a robot and its service: at every request of every case, and always an error with a name."""

from __future__ import annotations

from functools import partial

import pytest

from channels.errors import ChannelError
from channels.kit.asked import Asked
from channels.kit.checks.faults import FAULTS, ODD_ANSWERS
from channels.kit.http import failing
from channels.kit.robot_case import RobotCase
from channels.robot import Words


class RobotFaultChecks(Asked):
    @pytest.mark.parametrize("fault", FAULTS)
    def test_names_the_next_action(self, good_case: RobotCase, fault: str) -> None:
        end, wanted = FAULTS[fault]
        for step in range(len(good_case.exchange)):
            ended = self.fails(good_case, failing(good_case.exchange, step, end))
            if self.copes and isinstance(ended, Words):
                continue
            assert isinstance(ended, wanted), (
                f"{fault} at request {step + 1} gave {ended!r}: {wanted[0].__name__} was expected."
            )

    def test_survives_odd_answers(self, good_case: RobotCase) -> None:
        """An odd answer leads to words, or to a `ChannelError`; one that is a refusal is never taken for words."""
        for odd, answer in ODD_ANSWERS.items():
            for step in range(len(good_case.exchange)):
                ended = self.fails(good_case, failing(good_case.exchange, step, partial(ODD_ANSWERS.__getitem__, odd)))
                if answer.status >= 400 and not self.copes and good_case.asked == "turn":
                    assert isinstance(ended, ChannelError), f"An answer that is {odd} was taken for words."
