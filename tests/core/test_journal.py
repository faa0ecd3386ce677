"""The timeline is the journal: from its lines every event comes back, and what today's code would write differently is found."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from channels.copies import Copies
from channels.events import Author
from channels.parts import Button, Card, Carousel, Choices, Image, Location, Opaque, Sticker, Template, Text
from tests.core.floor import Floor
from tests.core.standing import ANSWERED, NEW, POLICY, STANDING, START, TOKEN, after, one_of_each, policy
from ucs.core import events as e
from ucs.core import seat
from ucs.core.contact import TABLE, Contact, State, step
from ucs.core.effects import Record, Shown
from ucs.core.journal import Line, cause, event_of, redact, replay
from ucs.core.policy import Policy

CONTENT = (
    Text("Hello"),
    Image("m1", "caption"),
    Location(52.5, 13.4, "Here"),
    Sticker("s1", media="m2"),
    Card("Title", buttons=(Button("Yes", "yes"),)),
    Carousel((Card("One"), Card("Two", media="m3"))),
    Choices("Which?", (Button("A", "a"), Button("B", url="https://b.example"))),
    Template("hello", "en", ("Ann",), "Hello Ann"),
    Opaque("poll", "A poll", {"options": [1, 2]}),
)
FULL = e.CustomerSpoke(CONTENT, START, "p1", "k1", Author("u1", "Uma"), 3, TOKEN, "r1", "a1", "ann")


def lines_of(contact: Contact, event: e.Event) -> list[Line]:
    """What the store keeps of this step."""
    _, effects = step(contact, event, max(after(60), contact.due_at or START), POLICY)
    entries = [effect.entry for effect in effects if isinstance(effect, Record)]
    first = cause(event)
    return [
        Line(x.seq, x.at, x.kind, x.by, orjson.loads(orjson.dumps(x.body)), x.shown, None if number else first)
        for number, x in enumerate(entries)
    ]


def told(lines: list[Line]) -> list[e.Event]:
    events = [event_of(line.kind, line.by, line.body, line.cause) for line in lines]
    return [event for event in events if event is not None]


@pytest.mark.parametrize("state", STANDING)
def test_every_event_comes_back_from_its_lines(state: State) -> None:
    contact, tried = STANDING[state], 0
    for event in one_of_each(contact.epoch):
        if (state, type(event)) in TABLE and (contact.due_at or not isinstance(event, e.DueReached)):
            lines = lines_of(contact, event)
            assert told(lines) == ([event] if lines else [])
            tried += 1
    assert tried


@pytest.mark.parametrize(
    ("contact", "event"),
    [
        (NEW, FULL),
        (ANSWERED, FULL),
        (ANSWERED, e.CustomerTapped("yes", START, "Yes", 4, "k1", TOKEN, {"size": "L"}, "ann")),
        (ANSWERED, e.CustomerEdited(2, CONTENT)),
        (ANSWERED, replace(FULL, copies=Copies(("c@x.example",)))),
        (ANSWERED, e.AgentSpoke("ann", ANSWERED.epoch, CONTENT, "k9", 2)),
        (ANSWERED, e.AgentForwarded("ann", ANSWERED.epoch, 2, ("w@x.example",), "See below.", ("m1",), "k9")),
        (ANSWERED, e.AgentForwarded("ann", ANSWERED.epoch, 2, ("w@x.example",), along=())),
        (
            ANSWERED,
            e.AgentSpoke("ann", ANSWERED.epoch, CONTENT, "k9", copies=Copies(("c@x.example",), ("b@x.example",))),
        ),
        (ANSWERED, e.AgentNoted("bob", "Careful.", "k9", "ann")),
        (ANSWERED, e.WrappedUp("ann", ANSWERED.epoch, "sold", "Nice.")),
        (ANSWERED, e.Transferred("ann", ANSWERED.epoch, to_agent="bob", note="VIP")),
    ],
)
def test_every_field_comes_back(contact: Contact, event: e.Event) -> None:
    assert told(lines_of(contact, event)) == [event]


def test_what_was_said_is_kept_once() -> None:
    assert cause(FULL) is None
    assert cause(e.CustomerEdited(2, CONTENT)) is None
    assert cause(e.AgentSpoke("ann", 3, CONTENT)) == b'{"event":"AgentSpoke","epoch":3}'
    assert cause(e.AgentNoted("ann", "Careful.")) == b'{"event":"AgentNoted"}'


def test_who_got_copies_is_gone_with_the_words() -> None:
    event = e.AgentSpoke("ann", ANSWERED.epoch, CONTENT, copies=Copies(("c@x.example",)))
    (line,) = [line for line in lines_of(ANSWERED, event) if line.kind == "message"]
    assert "c@x.example" in str(line)
    assert "x.example" not in str(redact(line))


def test_an_event_of_another_version_is_named() -> None:
    with pytest.raises(KeyError, match="Teleported"):
        event_of("teleported", "system", {}, b'{"event":"Teleported"}')


def story() -> Floor:
    """One contact with a bit of everything."""
    floor = Floor(POLICY, ("ann",), 20)
    for event in (seat.SignedIn(), seat.StateChosen(seat.SeatState.IDLE)):
        floor.seat("ann", event)
    floor.customer("a", FULL)
    floor.happen("c1", e.Offered("ann"))
    floor.happen("c1", e.Accepted("ann", 1))
    floor.happen("c1", e.AgentSpoke("ann", 2, (Text("Hello."),)))
    floor.wait(150)
    floor.customer("a", e.CustomerSpoke((Text("A secret"),), floor.now))
    floor.customer("a", e.CustomerTapped("secret", floor.now, "Secret"))
    floor.customer("a", e.CustomerEdited(floor.contacts["c1"].seq, (Text("No secret"),)))
    floor.happen("c1", e.AgentClosed("ann", 2))
    floor.happen("c1", e.WrappedUp("ann", 2, "sold", "A nice one."))
    return floor


def played(floor: Floor, lines: list[Line], by: Policy = POLICY) -> list[tuple[int, str, str]]:
    """Each difference as its number, and the kinds of what is stored and what would be written today."""
    return [
        (each.seq, each.stored.kind if each.stored else "", each.today.kind if each.today else "")
        for each in replay(floor.first["c1"], lines, by)
    ]


def test_the_same_code_writes_the_same_lines() -> None:
    floor = story()
    assert played(floor, floor.lines["c1"]) == []


def test_a_line_that_says_something_else_is_found() -> None:
    floor = story()
    lines = floor.lines["c1"]
    number = next(n for n, line in enumerate(lines) if line.kind == "joined")
    for changed in (
        lines[number]._replace(body={"agent": "ann", "name": "Anna"}),
        lines[number]._replace(kind="came"),
        lines[number]._replace(by="agent:bob"),
        lines[number]._replace(shown=Shown.AGENTS),
    ):
        kind = changed.kind
        assert played(floor, [*lines[:number], changed, *lines[number + 1 :]]) == [(changed.seq, kind, "joined")]


def test_another_policy_is_one_difference_where_it_matters() -> None:
    """Without a welcome, one line less is written when the contact is opened, and everything after it is as it was."""
    floor = story()
    assert played(floor, floor.lines["c1"], policy(welcome_text="")) == [(3, "message", "queued"), (4, "queued", "")]


def test_an_input_that_is_refused_today_is_a_difference_line_by_line() -> None:
    floor = story()
    lines = [line for line in floor.lines["c1"] if line.kind not in ("offered", "joined")]
    spoke = next(line for line in lines if line.by == "agent:ann" and line.kind == "message")
    assert (spoke.seq, "message", "") in played(floor, lines)


def test_lines_without_their_input_are_differences() -> None:
    floor = story()
    assert played(floor, [Line(1, START, "closed", "system", {})]) == [(1, "closed", "")]


def test_what_is_redacted_is_gone_and_no_difference() -> None:
    floor = story()
    lines = [redact(line) for line in floor.lines["c1"]]
    assert played(floor, lines) == []
    for line in lines:
        kept = orjson.dumps(line.body).decode() + (line.cause or b"").decode()
        assert not [word for word in ("secret", "Hello", "nice", "caption") if word in kept]


@pytest.mark.parametrize("kind", ["message", "edited", "tapped"])
def test_a_line_that_was_emptied_is_no_difference_either(kind: str) -> None:
    """Older lines were redacted down to this, with not even a number kept."""
    floor = story()
    emptied = [
        line._replace(body={"redacted": True}) if (line.kind, line.by) == (kind, "customer") else line
        for line in floor.lines["c1"]
    ]
    assert played(floor, emptied) == []
