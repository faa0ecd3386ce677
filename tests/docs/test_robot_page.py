"""The page on a robot over HTTP names each thing that may be answered, where one looks for what may be answered."""

from __future__ import annotations

from robots.webhook.contract import _Answer
from tests.docs.project import ROOT


def test_each_key_of_an_answer_stands_in_its_table() -> None:
    page = (ROOT / "docs" / "robot-webhook.md").read_text("utf-8")
    got, answered = page.split("\n## What you answer\n")
    assert [key for key in _Answer.model_fields if f"`{key}`" not in answered] == []
    assert "\n| `summary` |" not in got
