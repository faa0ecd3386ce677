"""Every event against every kind of list: `golden/marking_table.txt` says what becomes of what was said."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import get_args

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import Refused
from channels.parts import Text, parts_from_json
from tests.core.golden import check_titles, read, spell
from tests.core.standing import ANSWERED, POLICY, START, TURN, after
from ucs.core import events as e
from ucs.core.contact import step
from ucs.core.contact.marking import as_read, let_through, marked
from ucs.core.effects import Record
from ucs.core.journal import Line, cause, event_of, replay
from ucs.core.lexicon import Lexicon, ListAction, WordList

FILE = "marking_table.txt"
SAID = (Text("You fool, take it."), Text("Fool!"))
ROBOT = ("helper", 9, TURN)
EVENTS: dict[str, e.Event] = {
    "CustomerSpoke": e.CustomerSpoke(SAID, START),
    "CustomerEdited": e.CustomerEdited(2, SAID),
    "CustomerTapped": e.CustomerTapped("fool", START, "fool"),
    "AgentSpoke": e.AgentSpoke("ann", 5, SAID),
    "AgentNoted": e.AgentNoted("ann", "A fool."),
    "AgentForwarded": e.AgentForwarded("ann", 5, 2, ("w@x.example",), "A fool."),
    "RobotSpoke": e.RobotSpoke(*ROBOT, SAID),
    "RobotHandedOver": e.RobotHandedOver(*ROBOT, "A fool."),
}


def lexicon(action: ListAction) -> Lexicon:
    return Lexicon([WordList("insults", ("fool",), action=action)])


def outcome(event: e.Event, action: ListAction) -> str:
    try:
        after = marked(event, lexicon(action))
    except Refused as refusal:
        return f"refused: {refusal}"
    if after is event:
        return "as it was"
    note = (Text(after.note),) if isinstance(after, e.AgentForwarded) else ()
    said = orjson.loads(orjson.dumps({"parts": getattr(after, "parts", note), "marks": getattr(after, "marks", ())}))
    return "\n".join(spell(each, START) for each in (*said["parts"], *said["marks"]))


def turned(*events: e.Event) -> str:
    return "\n".join(f"{type(each).__name__} {spell(each, START)}" for each in let_through(events, lexicon("block")))


_last = e.RobotSpoke(*ROBOT, (Text("You fool"),), slots={"order": "7"})
_first = e.RobotSpoke(*ROBOT, (Text("Hello"),), last=False)
CELLS: dict[str, Callable[[], str]] = {
    f"{name} × {action}": partial(outcome, event, action)
    for name, event in EVENTS.items()
    for action in get_args(ListAction)
} | {
    "turn: nothing is blocked": partial(turned, _first),
    "turn: the last words are blocked": partial(turned, _first, _last),
    "turn: the first words are blocked, and it closes": partial(
        turned, e.RobotSpoke(*ROBOT, (Text("Fool"),), last=False), e.RobotClosed(*ROBOT, "done")
    ),
}


def test_the_table_has_exactly_these_cells(request: pytest.FixtureRequest) -> None:
    check_titles(FILE, CELLS, request)


@pytest.mark.parametrize("title", CELLS)
def test_cell(title: str) -> None:
    assert CELLS[title]() == read(FILE)[title]


@pytest.mark.parametrize("by", ["customer", "agent:ann", "robot:helper"])
@pytest.mark.parametrize("stored", [False, True])
def test_a_customers_words_are_read_covered_and_kept_as_they_came(by: str, stored: bool) -> None:
    """Also from the store, where they are JSON."""
    event = marked(e.CustomerSpoke(SAID, START), lexicon("mask"))
    assert isinstance(event, e.CustomerSpoke)
    body = {"parts": event.parts, "marks": event.marks}
    body = orjson.loads(orjson.dumps(body)) if stored else body
    read_by_others = parts_from_json(as_read(by, body)["parts"])
    covered = (Text("You ****, take it."), Text("****!"))
    assert read_by_others == (covered if by == "customer" else SAID)
    assert parts_from_json(body["parts"]) == SAID


def test_it_is_played_again_as_it_was_under_other_lists() -> None:
    """What was found is in the line: today's lists, or none, change nothing of it."""
    for action in ("warn", "mask"):
        event = marked(e.AgentSpoke("ann", ANSWERED.epoch, SAID, "k1"), lexicon(action))
        after_it, effects = step(ANSWERED, event, after(60), POLICY)
        entries = [effect.entry for effect in effects if isinstance(effect, Record)]
        lines = [
            Line(each.seq, each.at, each.kind, each.by, orjson.loads(orjson.dumps(each.body)), each.shown, cause(event))
            for each in entries
        ]
        assert [event_of(line.kind, line.by, line.body, line.cause) for line in lines] == [event]
        played = replay(ANSWERED, lines, POLICY)
        assert not list(played)
        assert "fool" not in str(after_it) + str(entries) or action == "warn"


@given(st.text(max_size=50), st.sampled_from(["mask", "block"]))
def test_what_an_agent_must_not_say_goes_nowhere(text: str, action: ListAction) -> None:
    event = e.AgentSpoke("ann", 1, (Text(f"{text} fool {text}"),))
    try:
        said = marked(event, lexicon(action))
    except Refused:
        assert action == "block"
        return
    assert " fool " not in str(said)
