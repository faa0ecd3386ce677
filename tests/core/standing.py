"""Contacts to begin from, one for every state and brought there as contacts are, and the policy they live by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from channels.events import ReplyToken, Status
from channels.parts import Text
from ucs.core import events as e
from ucs.core.contact import Contact, State, step
from ucs.core.policy import Policy, Queue, RobotRules, Silence

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class Shut:
    """Working hours that never come."""

    def is_open(self, at: datetime) -> bool:
        return False


SHUT = Shut()


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def queue(id: str, **changed: object) -> Queue:
    values: dict[str, object] = {
        "name": id.title(),
        "closed_text": "{queue} is closed.",
        "max_wait": timedelta(seconds=300),
        "max_wait_text": "Nobody in {queue} is free.",
        "full_text": "{queue} is full.",
        "queued_text": "You are number {position} in {queue}, about {minutes} minutes.",
    }
    return Queue(id, **(values | changed))  # type: ignore[arg-type]


def robot(**changed: object) -> RobotRules:
    """A robot that talks only when it is given a contact, unless something else is said."""
    values: dict[str, object] = {
        "name": "Helper",
        "first": False,
        "keywords": ("agent", "人工"),
        "keywords_within": ("speak to a human",),
        "confidence": 0.4,
        "outside_hours": "queue",
        "handed_over_text": "I call a colleague.",
        "closed_text": "Nobody is here now.",
        "returned_text": "Helper is back.",
    }
    return RobotRules("helper", **(values | changed))  # type: ignore[arg-type]


def policy(*queues: Queue, **changed: object) -> Policy:
    values: dict[str, object] = {
        "queue": "sales",
        "queues": {each.id: each for each in (queue("sales"), queue("support"), *queues)},
        "priority": 1,
        "welcome_text": "Welcome.",
        "joined_text": "{agent} is here.",
        "lost_text": "One moment, please.",
        "closing_text": "Goodbye.",
        "silences": (
            Silence(timedelta(seconds=120), "Still there?"),
            Silence(timedelta(seconds=300), "Bye.", close=True),
        ),
        "unanswered_for": timedelta(seconds=600),
        "sticky_for": timedelta(seconds=20),
        "names": {"ann": "Ann", "bob": "Bob"},
        "robot": robot(),
    }
    return Policy(**(values | changed))  # type: ignore[arg-type]


POLICY = policy()
SPOKE = e.CustomerSpoke((Text("Hello"),), START, platform="p1")
NEW = Contact("c1", "acme", "web", "visitor-7", "customer-7", START)


def play(contact: Contact, *story: tuple[float, e.Event], by: Policy = POLICY) -> Contact:
    """The contact after these events, each at its second."""
    for seconds, event in story:
        contact, _ = step(contact, event, after(seconds), by)
    return contact


QUEUED = play(NEW, (0, SPOKE))
OFFERED = play(QUEUED, (10, e.Offered("ann")))
TALKING = play(OFFERED, (20, e.Accepted("ann", OFFERED.epoch)))
ANSWERED = play(TALKING, (30, e.AgentSpoke("ann", TALKING.epoch, (Text("Hello, Ann here."),))))
WRAP_UP = play(ANSWERED, (40, e.AgentClosed("ann", ANSWERED.epoch)))
CLOSED = play(WRAP_UP, (50, e.WrappedUp("ann", WRAP_UP.epoch, "sold")))
ROBOT = play(ANSWERED, (40, e.GivenBack("ann", ANSWERED.epoch, "Wants a refund.", "billing")))
TURN = ROBOT.turn

STANDING: dict[State, Contact] = {
    State.NEW: NEW,
    State.ROBOT: ROBOT,
    State.QUEUED: QUEUED,
    State.OFFERED: OFFERED,
    State.TALKING: ANSWERED,
    State.WRAP_UP: WRAP_UP,
    State.CLOSED: CLOSED,
}
NOW = after(60)
TOKEN = ReplyToken("t0k", after(100))


def one_of_each(epoch: int) -> tuple[e.Event, ...]:
    """Every event once, as the agent `ann` with the contact's present epoch would bring it about."""
    parts = (Text("New words"),)
    return (
        replace(SPOKE, parts=parts, sent_at=NOW, platform="p2", reply_token=TOKEN),
        e.CustomerTapped("yes", NOW, "Yes", of=4),
        e.CustomerEdited(2, parts),
        e.CustomerRecalled(2),
        e.CustomerReacted(2, "👍"),
        e.CustomerRenamed("Zoe"),
        e.CustomerReceived(3),
        e.CustomerRead(3),
        e.CustomerRated(4, "Quick."),
        e.CustomerEnded(),
        e.CustomerLeft("blocked"),
        e.CustomerAsked(),
        e.RobotSpoke("helper", epoch, TURN, parts, True, True, 0.9, "refund", {"order": "7"}),
        e.RobotWaited("helper", epoch, TURN),
        e.RobotHandedOver(
            "helper", epoch, TURN, "Too hard.", "support", "bob", "A refund.", 0.5, "refund", {"order": "7"}
        ),
        e.RobotClosed("helper", epoch, TURN, "done"),
        e.RobotFailed("helper", epoch, TURN, "Unreachable", "It does not answer."),
        e.GivenBack("ann", epoch, "Wants a refund.", "billing"),
        e.AgentSpoke("ann", epoch, parts),
        e.AgentNoted("bob", "Careful."),
        e.AgentForwarded("ann", epoch, 2, ("workshop@x.example",), "Can you mend this?"),
        e.AgentRecalled("ann", epoch, 8),
        e.AgentRead("ann", epoch, 2),
        e.Accepted("ann", epoch),
        e.Declined("ann", epoch, "lunch"),
        e.Transferred("ann", epoch, to_queue="support"),
        e.TakenOver("eve", epoch),
        e.AgentClosed("ann", epoch),
        e.WrappedUp("ann", epoch, "sold"),
        e.Offered("ann"),
        e.AgentLost("ann"),
        e.Placed("sales", 3, 2),
        e.QueueFull("sales"),
        e.DueReached(),
        e.ClockSetBack(50.0),
        e.StatusReported(8, Status.DELIVERED, platform=("p9",)),
        e.GivenUp(8, "send", "eve"),
        e.MediaSettled("m1", True, mime="image/png", size=9),
        e.Ended("eve", "spam"),
    )
