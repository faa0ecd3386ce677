"""Recorded contacts, played again: today's code writes what was written then, line by line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.runtime.hall import changed
from tests.runtime.robot_hall import PLUGINS
from ucs.core.contact import Contact
from ucs.core.effects import Shown
from ucs.core.journal import Line, Replayed, event_of, replay
from ucs.core.policy import Policy
from ucs.runtime.center.center_file import center_of
from ucs.store.store import moment

JOURNALS = sorted(Path(__file__).parent.glob("*.json"))


def read(path: Path) -> dict[str, Any]:
    journal: dict[str, Any] = orjson.loads(path.read_bytes())
    return journal


def lines_of(journal: dict[str, Any]) -> list[Line]:
    return [
        Line(seq, datetime.fromisoformat(at), kind, by, body, Shown(shown), cause and cause.encode())
        for seq, at, kind, by, body, shown, cause in journal["lines"]
    ]


def played(journal: dict[str, Any], policy: Policy) -> tuple[list[Replayed], Contact]:
    *who, opened_at, predecessor = journal["first"]
    first = Contact(*who, moment(opened_at), predecessor)
    differences: list[Replayed] = []
    run = replay(first, lines_of(journal), policy)
    while True:
        try:
            differences.append(next(run))
        except StopIteration as done:
            return differences, done.value


def policy_of(journal: dict[str, Any]) -> Policy:
    return center_of(journal["center"], PLUGINS).policy("fake1")


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_a_recorded_contact_is_written_the_same_today(path: Path) -> None:
    journal = read(path)
    differences, last = played(journal, policy_of(journal))
    assert differences == []
    assert (last.state, last.seq) == (journal["last"], len(journal["lines"]))


def test_there_are_journals_and_they_hold_a_bit_of_everything() -> None:
    assert len(JOURNALS) >= 4
    inputs = [event_of(line.kind, line.by, line.body, line.cause) for path in JOURNALS for line in lines_of(read(path))]
    kinds = {type(event).__name__ for event in inputs if event is not None}
    assert len(kinds) >= 25, sorted(kinds)


def test_a_changed_text_is_found_where_it_was_said() -> None:
    """The test can fail: another policy is a difference in exactly the lines that it made."""
    journal = read(Path(__file__).parent / "help_and_transfer.json")
    policy = center_of(changed(journal["center"], "acme.channel.fake1.joined_text", "Hi!"), PLUGINS).policy("fake1")
    differences, _ = played(journal, policy)
    assert [each.stored.body["parts"][0]["text"] for each in differences if each.stored] == [
        "ann is here.",
        "bob is here.",
    ]


def test_nothing_that_was_taken_back_is_in_a_journal() -> None:
    assert not [path.name for path in JOURNALS if b"4111" in path.read_bytes()]
