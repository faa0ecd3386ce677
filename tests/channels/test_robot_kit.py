# ruff: noqa: E501  the table of mistakes is read across, one mistake a line
"""The kit finds what is wrong with robots: every wrong one here is the right one with one mistake, and fails the check named with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.kit import CaseError, load_robot_case, robot
from tests.channels.test_kit import ONLY, Mistake

pytest_plugins = ["pytester"]

HERE = Path(__file__).parent / "starling"
SOURCE = (HERE / "__init__.py").read_text("utf-8")

TURN = '        said = " ".join(plain_text(part) for heard in turn.heard for part in heard.parts)\n'
SAY = "say=((Text(text),),) if text else (),"
MEMORY = 'memory={"songs": songs},'
HAND_OVER = 'hand_over=HandOver("asked for") if found.get("person") is True else None,'
DOWN = 'raise Unreachable("Starling is out of order.")'

MISTAKES = {
    "loud name": Mistake("test_names_itself", 'name = "starling"', 'name = "Starling!"'),
    "no title": Mistake("test_names_itself", 'title = "Starling"', 'title = " "'),
    "no docstring": Mistake("test_names_itself", '    """A robot at Starling, which does not exist."""\n', ""),
    "does not wait": Mistake("test_names_itself", "    async def turn(", "    def turn(self, turn: Turn, http: Http) -> Words: ...\n\n    async def turn_on("),
    "other request": Mistake("test_case", '"voice": self.config.voice', '"voice": "loud"'),
    "other words": Mistake("test_case", SAY, "say=((Text(text + '!'),),) if text else (),"),
    "no cases": Mistake("test_there_are_cases", test="cases = Right.cases / 'nowhere'"),
    "too many messages": Mistake("test_words_can_be_taken", SAY, "say=((Text('la'),),) * 30,"),
    "empty message": Mistake("test_words_can_be_taken", SAY, "say=((),),"),
    "file of nowhere": Mistake("test_words_can_be_taken", SAY, "say=((__import__('channels.parts', fromlist=['x']).Image(__import__('channels.parts', fromlist=['x']).MediaRef('k')),),),"),
    "both ends": Mistake("test_words_can_be_taken", HAND_OVER, "hand_over=HandOver('x'), close='y',"),
    "no reason": Mistake("test_words_can_be_taken", HAND_OVER, "hand_over=HandOver(' '),"),
    "surer than sure": Mistake("test_words_can_be_taken", SAY, "confidence=7, " + SAY),
    "talks too much": Mistake("test_words_can_be_taken", SAY, "say=((Text('la' * 70_000),),),"),
    "reason like a book": Mistake("test_words_can_be_taken", HAND_OVER, "hand_over=HandOver('x' * 3000),"),
    "slot like a book": Mistake("test_words_can_be_taken", MEMORY, "slots={'a': 'x' * 3000}, " + MEMORY),
    "too many slots": Mistake("test_words_can_be_taken", MEMORY, "slots={str(n): 'x' for n in range(200)}, " + MEMORY),
    "remembers too much": Mistake("test_words_can_be_taken", MEMORY, "memory={'a': 'x' * 40_000},"),
    "remembers a secret": Mistake("test_words_can_be_taken", MEMORY, "memory={'a': self.config.api_key.get_secret_value()},"),
    "remembers by itself": Mistake("test_asked_again_it_says_the_same", TURN, TURN + "        CALLS.append(1)\n        turn = __import__('dataclasses').replace(turn, memory={'songs': len(CALLS)})\n"),
    "shares a state": Mistake("test_asked_twice_at_once_it_says_the_same", TURN, TURN + "        CALLS.append(1)\n        turn = __import__('dataclasses').replace(turn, memory={'songs': len(CALLS)})\n"),
    "fails when nothing was said": Mistake("test_every_kind_of_turn_is_answered", TURN, TURN + "        turn.heard[0]\n"),
    "fails on numbers": Mistake("test_whatever_is_heard_is_answered", TURN, TURN + "        assert said != '1'\n"),
    "fails on people": Mistake("test_whoever_it_is_is_answered", TURN, TURN + "        turn.person.name.format()\n"),
    "believes its memory": Mistake("test_whatever_it_remembers_it_answers", TURN, TURN + "        assert turn.memory.get('node') != 3\n"),
    "fails silently": Mistake("test_asked_silently_it_answers", TURN, TURN + "        assert not turn.assist\n"),
    "knows nothing by name": Mistake("test_words_can_be_taken", MEMORY, "knowledge=(__import__('channels.robot').robot.Knowledge(' ', 'x'),), " + MEMORY),
    "knows it beyond all doubt": Mistake("test_words_can_be_taken", MEMORY, "knowledge=(__import__('channels.robot').robot.Knowledge('x', 'x', score=2),), " + MEMORY),
    "knows it somewhere else": Mistake("test_words_can_be_taken", MEMORY, "knowledge=(__import__('channels.robot').robot.Knowledge('x', 'x', 'javascript:x'),), " + MEMORY),
    "prints": Mistake("test_says_nothing_aloud", TURN, TURN + "        __import__('sys').stdout.write(said)\n"),
    "secret in a URL": Mistake("test_sends_no_secret_in_a_url", 'f"{API}/sing"', 'f"{API}/sing?key={self.config.api_key.get_secret_value()}"'),
    "fault without a name": Mistake("test_names_the_next_action", DOWN, 'raise Rejected("Starling refuses.")'),
    "nameless error": Mistake("test_names_the_next_action", DOWN, 'raise Unreachable(" ")'),
    "secret in an error": Mistake("test_names_the_next_action", DOWN, 'raise Unreachable(str(self._headers()))'),
    "any error": Mistake("test_names_the_next_action", DOWN, 'raise RuntimeError("down")'),
    "refusal taken for words": Mistake("test_survives_odd_answers", "if answer.status >= 300:", "if answer.status >= 500:"),
    "believes the answer": Mistake("test_survives_odd_answers", "return found if isinstance(found, dict) else {}", "return found"),
    "takes unknown keys": Mistake("test_config_refuses_unknown_keys", '    voice: str = "soft"\n', '    voice: str = "soft"\n    model_config = {"extra": "allow"}\n'),
    "another way out": Mistake("test_imports_no_other_way_out", "from typing import Any\n", "from typing import Any\nimport urllib.request\n"),
    "plays with a fake": Mistake("test_imports_no_fake", "from typing import Any\n", "from typing import Any, TYPE_CHECKING\nif TYPE_CHECKING:\n    from channels.fake import FakePlatform\n"),
    "borrows from another": Mistake("test_imports_no_other_adapter", "from typing import Any\n", "from typing import Any, TYPE_CHECKING\nif TYPE_CHECKING:\n    from robots.webhook import Webhook\n"),
    "asks a clock": Mistake("test_asks_no_clock_and_draws_no_dice", TURN, TURN + "        from datetime import UTC, datetime\n        datetime.now(UTC)\n"),
}  # fmt: skip


def test_every_check_has_a_mistake_that_it_finds(pytester: pytest.Pytester) -> None:
    lines = ["import importlib", "from tests.channels.starling.test_starling import TestStarling as Right", ONLY]
    for place, (name, mistake) in enumerate(MISTAKES.items()):
        assert not mistake.old or mistake.old in SOURCE, f"{name}: the right robot has no longer {mistake.old!r}"
        wrong = SOURCE.replace(mistake.old, mistake.new, 1) + "\n\nCALLS: list[int] = []\n"
        (pytester.mkdir(f"wrong_robot_{place}") / "__init__.py").write_text(wrong, "utf-8")
        lines += [
            f"class Test{place}(only({mistake.check!r})):",
            f"    robot = importlib.import_module('wrong_robot_{place}').Starling",
            f"    {mistake.test}",
        ]
    file = pytester.makepyfile(test_wrong_robots="\n".join(lines))
    pytester.syspathinsert()
    wanted = [f"{file}::Test{place}::{mistake.check}" for place, mistake in enumerate(MISTAKES.values())]
    run = pytester.inline_run("-q", "-p", "no:cacheprovider", "--tb=no", "--no-summary", "-W", "ignore", *wanted)
    reports = [each for each in run.getreports("pytest_runtest_logreport") if each.failed]
    found = {report.nodeid.partition("[")[0].split("::")[1] for report in reports}
    assert run.ret == pytest.ExitCode.TESTS_FAILED, run.ret  # a mistake that breaks the collection is none
    survivors = [name for place, name in enumerate(MISTAKES) if f"Test{place}" not in found]
    assert not survivors, f"no check found: {survivors}"


def test_no_check_of_its_own_is_without_a_mistake() -> None:
    """What robots share with adapters has its mistakes in `test_kit.py`."""
    own = {
        name
        for part in robot.RobotContract.__mro__
        if ".robot_" in part.__module__
        for name in vars(part)
        if name.startswith("test_")
    }
    assert own - {mistake.check for mistake in MISTAKES.values()} == set()


@pytest.mark.parametrize(
    "case",
    [
        "{",
        "[]",
        "{}",
        '{"turn": {}, "ended": {}}',
        '{"turn": {"hard": []}}',
        '{"turn": {"why": "bored"}}',
        '{"turn": {}, "wrods": {}}',
    ],
)
def test_a_case_that_nobody_can_read_is_named(tmp_path: Path, case: str) -> None:
    path = tmp_path / "case.json"
    path.write_text(case)
    with pytest.raises(CaseError, match=r"case\.json"):
        load_robot_case(path)
