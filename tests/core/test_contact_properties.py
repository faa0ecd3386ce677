"""Random stories on a whole floor: whatever happens, in whatever order, every promise that `floor` checks is kept.

Half of what is tried is nonsense (an old epoch, another agent, a contact that is closed): that too must be refused whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.events import ReplyToken, Status
from channels.parts import Image, Location, Text
from tests.core.floor import Floor
from tests.core.standing import POLICY, SHUT, policy, queue, robot
from ucs.core import events as e
from ucs.core import seat as s
from ucs.core.contact import Contact, State, contact_from_json, contact_to_json
from ucs.core.journal import Line, Replayed, redact, replay
from ucs.core.policy import Policy
from ucs.core.seat import SeatState

AGENTS = ("ann", "bob", "eve")
ADDRESSES = ("a", "b", "c", "d")
ZERO, SOON = timedelta(0), timedelta(seconds=40)
POLICIES: dict[str, Policy] = {
    "everything": POLICY,
    "nothing": Policy("sales"),
    "impatient": policy(
        queue("sales", max_wait=SOON, overflow="support", max_length=1, declined_for=ZERO, wrap_up_for=ZERO),
        queue("support", max_wait=SOON, overflow="sales", max_length=2, on_max_wait="stay"),
        unanswered_for=SOON,
        transfer_for=SOON,
    ),
    "closed at the front": policy(
        queue("sales", hours=SHUT, overflow="support", when_closed="wait"),
        queue("support", max_wait=None, overflow="third", max_length=2),
        silences=(),
    ),
    "closed everywhere": policy(queue("sales", hours=SHUT), queue("support", hours=SHUT)),
    "closed and waiting": policy(queue("sales", hours=SHUT, when_closed="wait", max_wait=SOON, on_max_wait="stay")),
    "robot first": policy(
        queue("sales", max_wait=SOON, max_length=2),
        robot=robot(first=True, misunderstood=2, failures=2, nobody_came="robot"),
    ),
    "robot gathers": policy(robot=robot(first=True, gather_for=timedelta(seconds=5), queue="support", priority=3)),
    "robot at night": policy(
        queue("sales", hours=SHUT), queue("support", hours=SHUT), robot=robot(first=True, outside_hours="robot")
    ),
}
WITH_ROBOT = ("robot first", "robot gathers", "robot at night")
CONTENT = ((Text("Hello"),), (Text("Two"), Image("m1", "caption")), (Location(1.5, 2.5),), ())

Act = Callable[[Floor, int, int, int], None]


def a_customer(event: Callable[[Floor, int, int], e.Event]) -> Act:
    return lambda floor, who, what, more: floor.customer(ADDRESSES[who % 4], event(floor, what, more))


def an_agent(event: Callable[[str, int, int], e.Event]) -> Act:
    """Mostly who really has the contact, at its real epoch."""

    def act(floor: Floor, who: int, what: int, more: int) -> None:
        ids = list(floor.contacts)
        if not ids:
            return
        contact = floor.contacts[ids[-1 - who % len(ids)]]
        agent = contact.agent if contact.agent and what % 8 else AGENTS[what % 3]
        floor.happen(contact.id, event(agent, contact.epoch - (1 if more % 8 == 7 else 0), what))

    return act


def a_robot(event: Callable[[str, int, int, int], e.Event]) -> Act:
    """Mostly the turn that is really under way; else any that ever was, however late."""

    def act(floor: Floor, who: int, what: int, more: int) -> None:
        if not floor.asked:
            return
        id, epoch, turn = floor.asked[
            -1 - (who % len(floor.asked) if more % 4 == 0 else who % min(4, len(floor.asked)))
        ]
        before = floor.contacts[id]
        floor.happen(id, event("helper", epoch, turn, what))
        assert (before.state, before.epoch, before.turn) == (State.ROBOT, epoch, turn), "Who is late is not heard."

    return act


def a_seat(event: Callable[[int], s.SeatEvent]) -> Act:
    return lambda floor, who, what, more: floor.seat(AGENTS[who % 3], event(what))


def spoke(floor: Floor, what: int, more: int) -> e.Event:
    token = ReplyToken(f"t{what}-{more}-{len(floor.tokens)}-{floor.now}", floor.now + timedelta(seconds=what % 90))
    return e.CustomerSpoke(
        CONTENT[what % 4],
        floor.now,
        platform=f"p{more}",
        reply_to=what % 3 or None,
        reply_token=None if more % 3 else token,
        agent=AGENTS[more % 3] if what % 4 == 0 else "",
    )


ACTS: dict[str, Act] = {
    "spoke": a_customer(spoke),
    "tapped": a_customer(lambda floor, what, more: e.CustomerTapped(f"yes{what}", floor.now, of=more % 4 or None)),
    "edited": a_customer(lambda floor, what, more: e.CustomerEdited(what, CONTENT[more % 4])),
    "recalled": a_customer(lambda floor, what, more: e.CustomerRecalled(what)),
    "renamed": a_customer(lambda floor, what, more: e.CustomerRenamed(f"Zoe {what}")),
    "received": a_customer(lambda floor, what, more: e.CustomerReceived(what)),
    "customer read": a_customer(lambda floor, what, more: e.CustomerRead(what)),
    "rated": a_customer(lambda floor, what, more: e.CustomerRated(what % 7, ("", "Fine.")[more % 2])),
    "ended": a_customer(lambda floor, what, more: e.CustomerEnded()),
    "left": a_customer(lambda floor, what, more: e.CustomerLeft("blocked")),
    "asked for a human": a_customer(lambda floor, what, more: e.CustomerAsked()),
    "said the word": a_customer(lambda floor, what, more: e.CustomerSpoke((Text("Agent!"),), floor.now)),
    "robot spoke": a_robot(
        lambda robot, epoch, turn, what: e.RobotSpoke(
            robot,
            epoch,
            turn,
            CONTENT[what % 4],
            what % 5 > 0,
            what % 3 > 0,
            (None, 0.1, 0.9)[what % 3],
            "x",
            {"a": f"{what % 2 or ''}"},
        )
    ),
    "robot waited": a_robot(lambda robot, epoch, turn, what: e.RobotWaited(robot, epoch, turn, bool(what % 2))),
    "robot handed over": a_robot(
        lambda robot, epoch, turn, what: e.RobotHandedOver(
            robot,
            epoch,
            turn,
            "hard",
            ("", "support", "moon")[what % 3],
            ("", "bob")[what % 2],
            "sum",
            0.5,
            "",
            {"b": "2"},
        )
    ),
    "robot closed": a_robot(lambda robot, epoch, turn, what: e.RobotClosed(robot, epoch, turn, "done", {"c": "3"})),
    "robot failed": a_robot(lambda robot, epoch, turn, what: e.RobotFailed(robot, epoch, turn, "Unreachable", "No.")),
    "given back": an_agent(lambda agent, epoch, what: e.GivenBack(agent, epoch, ("", "Sum.")[what % 2], "code")),
    "offered": an_agent(lambda agent, epoch, what: e.Offered(AGENTS[what % 3])),
    "offered at an epoch": an_agent(lambda agent, epoch, what: e.Offered(AGENTS[what % 3], epoch)),
    "accepted": an_agent(lambda agent, epoch, what: e.Accepted(agent, epoch)),
    "declined": an_agent(lambda agent, epoch, what: e.Declined(agent, epoch, "busy")),
    "agent spoke": an_agent(lambda agent, epoch, what: e.AgentSpoke(agent, epoch, CONTENT[what % 4], f"k{what}")),
    "forwarded": an_agent(lambda agent, epoch, what: e.AgentForwarded(agent, epoch, 1 + what % 9, ("w@x.example",))),
    "noted": an_agent(lambda agent, epoch, what: e.AgentNoted(agent, f"note {what}")),
    "agent recalled": an_agent(lambda agent, epoch, what: e.AgentRecalled(agent, epoch, what)),
    "read": an_agent(lambda agent, epoch, what: e.AgentRead(agent, epoch, what)),
    "to queue": an_agent(lambda agent, epoch, what: e.Transferred(agent, epoch, ("sales", "support")[what % 2])),
    "to agent": an_agent(lambda agent, epoch, what: e.Transferred(agent, epoch, "", AGENTS[what % 3], "a note")),
    "taken over": an_agent(lambda agent, epoch, what: e.TakenOver(AGENTS[what % 3], epoch)),
    "whispered": an_agent(lambda agent, epoch, what: e.AgentNoted(AGENTS[what % 3], f"aside {what}", to=agent)),
    "agent closed": an_agent(lambda agent, epoch, what: e.AgentClosed(agent, epoch)),
    "wrapped up": an_agent(lambda agent, epoch, what: e.WrappedUp(agent, epoch, "sold", ("", "Nice.")[what % 2])),
    "admin ended": an_agent(lambda agent, epoch, what: e.Ended("root", "spam")),
    "status": an_agent(lambda agent, epoch, what: e.StatusReported(what, Status.SENT, platform=("x",))),
    "media": an_agent(lambda agent, epoch, what: e.MediaSettled("m1", bool(what % 2))),
    "signed in": a_seat(lambda what: s.SignedIn()),
    "ready": a_seat(lambda what: s.StateChosen(SeatState.IDLE)),
    "rest": a_seat(lambda what: s.StateChosen(SeatState.REST)),
    "signed out": a_seat(lambda what: s.SignedOut()),
    "unheard": a_seat(lambda what: s.Unheard()),
    "heard": a_seat(lambda what: s.HeardAgain()),
    "grace over": a_seat(lambda what: s.GraceOver()),
}


def goes_on(floor: Floor, who: int, what: int, more: int) -> None:
    """What usually comes next, so that stories get beyond the queue."""
    ids = [id for id, contact in floor.contacts.items() if contact.state is not State.CLOSED]
    if not ids:
        return floor.customer(ADDRESSES[who % 4], spoke(floor, what, more))
    contact = floor.contacts[ids[who % len(ids)]]
    ready = [agent for agent, seat in floor.seats.items() if seat.free]
    usual: dict[State, e.Event] = {
        State.ROBOT: (
            e.RobotSpoke(contact.owner, contact.epoch, contact.turn, CONTENT[what % 4])
            if contact.turn and more % 4
            else e.CustomerAsked()
        ),
        State.QUEUED: e.Offered(contact.wanted or (ready or AGENTS)[what % len(ready or AGENTS)]),
        State.OFFERED: e.Accepted(contact.agent, contact.epoch),
        State.TALKING: (e.AgentSpoke if more % 3 else e.AgentClosed)(
            contact.agent, contact.epoch, *([CONTENT[what % 4]] if more % 3 else [])
        ),
        State.WRAP_UP: spoke(floor, what, more),
    }
    return floor.happen(contact.id, usual[contact.state])


ACTS["goes on"] = goes_on
NUMBER = st.integers(0, 23)
VERBS = ("wait", "wait", "spoke", "agent closed", *("goes on",) * 12, *ACTS)
STORIES = st.lists(st.tuples(st.sampled_from(VERBS), NUMBER, NUMBER, NUMBER), min_size=12, max_size=50)
THOROUGH = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


def tell(story: list[tuple[str, int, int, int]], rules: Policy) -> Floor:
    floor = Floor(rules, AGENTS, capacity=20)
    for agent in AGENTS[:2]:
        floor.attempt(lambda agent=agent: floor.seat(agent, s.SignedIn()))
        floor.attempt(lambda agent=agent: floor.seat(agent, s.StateChosen(SeatState.IDLE)))
    for act, who, what, more in story:
        if act == "wait":
            floor.wait((who + 1) * (1 + what % 6))
        else:
            floor.attempt(lambda act=act, who=who, what=what, more=more: ACTS[act](floor, who, what, more))
    return floor


@THOROUGH
@given(story=STORIES, rules=st.sampled_from(sorted(POLICIES)))
def test_promises_are_kept(story: list[tuple[str, int, int, int]], rules: str) -> None:
    floor = tell(story, POLICIES[rules])
    for contact in floor.contacts.values():
        assert contact_from_json(contact_to_json(contact)) == contact


@THOROUGH
@given(story=STORIES, rules=st.sampled_from(sorted(POLICIES)))
def test_the_timeline_plays_again(story: list[tuple[str, int, int, int]], rules: str) -> None:
    floor = tell(story, POLICIES[rules])
    for id, contact in floor.contacts.items():
        assert list(checked(id, contact, floor)) == []


def checked(id: str, contact: Contact, floor: Floor) -> Iterator[Replayed]:
    """The differences, and at the end the contact must be the same."""
    again = yield from replay(floor.first[id], floor.lines[id], floor.policy)
    assert again == contact


@THOROUGH
@given(story=STORIES, rules=st.sampled_from(WITH_ROBOT))
def test_no_robot_speaks_once_a_human_was_called(story: list[tuple[str, int, int, int]], rules: str) -> None:
    """Line by line: what a robot says stands between its coming and the next owner's, every word of the customer's is in a turn,
    and no text that ends a contact is said twice."""
    floor = tell(story, POLICIES[rules])
    for id, lines in floor.lines.items():
        here = False
        for line in lines:
            here = (here or line.kind == "robot_joined") and line.kind not in (
                "handed_over",
                "queued",
                "joined",
                "closed",
            )
            assert here or not (line.kind == "message" and line.by.startswith("robot:"))
        turns = [turn for contact, _, turn in floor.asked if contact == id]
        assert turns == sorted(turns), "Turns are in order."
        assert sum(line.kind == "closed" for line in lines) <= 1
        contact = floor.contacts[id]
        if (
            contact.state is State.ROBOT
            and not contact.turn
            and contact.turn_for is None
            and contact.said > contact.answered
        ):
            newest = next(line for line in lines if line.seq == contact.said)
            asked_human = [line for line in lines if line.kind == "stayed" and line.seq > newest.seq]
            assert asked_human, "What the customer said is in a turn, or the customer was told that nobody is here."


@THOROUGH
@given(story=STORIES, gone=st.sets(st.integers(1, 20)))
def test_what_is_redacted_is_no_difference(story: list[tuple[str, int, int, int]], gone: set[int]) -> None:
    floor = tell(story, POLICY)
    for id, lines in floor.lines.items():
        kept: list[Line] = [redact(line) if line.seq in gone else line for line in lines]
        assert list(replay(floor.first[id], kept, POLICY)) == []


MOVES = (
    (State.NEW, State.QUEUED),
    (State.NEW, State.ROBOT),
    (State.ROBOT, State.QUEUED),
    (State.ROBOT, State.CLOSED),
    (State.QUEUED, State.ROBOT),
    (State.TALKING, State.ROBOT),
    (State.QUEUED, State.OFFERED),
    (State.OFFERED, State.QUEUED),
    (State.OFFERED, State.TALKING),
    (State.TALKING, State.QUEUED),
    (State.TALKING, State.WRAP_UP),
    (State.WRAP_UP, State.TALKING),
    (State.WRAP_UP, State.CLOSED),
)


def test_stories_get_everywhere() -> None:
    """A story that never leaves the queue would prove nothing."""
    seen: set[tuple[State, State]] = set()

    @settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(STORIES)
    def look(story: list[tuple[str, int, int, int]]) -> None:
        seen.update(tell(story, POLICY).moves | tell(story, POLICIES["robot first"]).moves)

    look()
    missing = set(MOVES) - seen
    assert not missing, sorted(missing)
