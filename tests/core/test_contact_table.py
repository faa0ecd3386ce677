"""Every state against every event, and the cells whose outcome hangs on values: `golden/contact_table.txt` says what becomes of it.

A cell shows the fields that changed (`before → after`) and then the effects in order. Times are seconds after the start.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import NamedTuple

import pytest

from channels.errors import Refused
from tests.core.golden import check_titles, read, spell
from tests.core.robot_variants import ROBOT_VARIANTS
from tests.core.standing import NOW, POLICY, STANDING, START, one_of_each
from tests.core.variants import VARIANTS
from ucs.core.contact import STATES, Contact, step
from ucs.core.effects import Deliver, Effect, Record
from ucs.core.events import EVENTS, DueReached, Event
from ucs.core.policy import Policy

FILE = "contact_table.txt"


class Cell(NamedTuple):
    contact: Contact
    event: Event
    now: datetime = NOW
    policy: Policy = POLICY


def outcome(cell: Cell) -> str:
    try:
        after, effects = step(cell.contact, cell.event, cell.now, cell.policy)
    except Refused as refusal:
        return f"refused: {refusal}"
    changes = [
        f"{name}: {spell(old, START)} → {spell(new, START)}"
        for name, old, new in zip(Contact._fields, cell.contact, after, strict=True)
        if old != new
    ]
    return "\n".join([*changes, *(in_words(effect) for effect in effects)]) or "nothing"


def in_words(effect: Effect) -> str:
    if isinstance(effect, Record):
        entry = effect.entry
        assert entry.contact == "c1"
        where = f"{entry.seq} {spell(entry.at, START)} to {entry.shown}"
        return f"* {entry.kind} by {entry.by}, {where}: {spell(entry.body, START)}"
    if isinstance(effect, Deliver):
        token = f" with {effect.reply_token.token}" if effect.reply_token else ""
        quote = f" quoting {effect.reply_to}" if effect.reply_to is not None else ""
        who = " by itself" if effect.automatic else ""
        copies = f" copied to {spell(effect.copies, START)}" if effect.copies else ""
        return f"> deliver {effect.seq}{who}{token}{quote}{copies}: {spell(effect.parts, START)}"
    return f"> {type(effect).__name__}: {spell(effect, START)}"


def when(contact: Contact, event: Event) -> datetime:
    return max(NOW, contact.due_at) if isinstance(event, DueReached) and contact.due_at else NOW


CELLS: dict[str, Callable[[], str]] = {
    f"{state} × {type(event).__name__}": partial(outcome, Cell(STANDING[state], event, when(STANDING[state], event)))
    for event in one_of_each(0)
    for state in STATES
    for event in [next(e for e in one_of_each(STANDING[state].epoch) if type(e) is type(event))]
}
CELLS |= {title: partial(outcome, Cell(*variant)) for title, variant in (VARIANTS | ROBOT_VARIANTS).items()}


def test_every_event_is_tried_in_every_state() -> None:
    assert {type(event) for event in one_of_each(0)} == set(EVENTS.values())
    assert set(STATES) == set(STANDING)
    assert all(contact.state is state for state, contact in STANDING.items())
    assert len(CELLS) == len(STATES) * len(EVENTS) + len(VARIANTS) + len(ROBOT_VARIANTS)


def test_the_table_has_exactly_these_cells(request: pytest.FixtureRequest) -> None:
    check_titles(FILE, CELLS, request)


@pytest.mark.parametrize("title", CELLS)
def test_cell(title: str) -> None:
    assert CELLS[title]() == read(FILE)[title]
