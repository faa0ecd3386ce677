"""The robot in front: when it is asked, what its words do, and when a human takes its place.

At most one turn is under way for a contact. What the customer says meanwhile is written down and makes the next turn, all of it
together. A turn has a number, `Contact.turn`; words on another number or an old epoch come too late and are refused, so nothing of a
robot is ever said once a human has been called.

Whether a human is called is decided here, by the tenant's rules, and never by the robot alone. `hand_over` is the one way there.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from channels.errors import Refused
from channels.parts import Text
from channels.robot import To, Why
from ucs.core.contact.draft import AGENTS, Draft
from ucs.core.contact.keywords import is_one_of, names_one_of
from ucs.core.contact.state import Holder, State
from ucs.core.effects import Ask
from ucs.core.events import (
    CustomerAsked,
    CustomerSpoke,
    CustomerTapped,
    RobotClosed,
    RobotFailed,
    RobotHandedOver,
    RobotSpoke,
    RobotWaited,
)
from ucs.core.policy import RobotRules

Turned = RobotSpoke | RobotWaited | RobotHandedOver | RobotClosed | RobotFailed


class Because(StrEnum):
    """Why a human is called."""

    CUSTOMER = "customer"  # wants one, and said so or pressed the button
    ROBOT = "robot"  # knows no further
    MISUNDERSTOOD = "misunderstood"  # too often
    CONFIDENCE = "confidence"  # too low
    FAILED = "failed"  # the robot did not answer, or nothing that can be read
    UNDELIVERED = "undelivered"  # what was said could not be brought to the customer


BY_PEOPLE = frozenset({Because.CUSTOMER})


def rules_of(draft: Draft) -> RobotRules:
    """A robot that was taken out of the configuration while it talked leaves a contact without rules of its own."""
    return draft.policy.robot or RobotRules(draft.contact.robot)


# -- whose contact it is ---------------------------------------------------------------------------------------------------


def comes_first(draft: Draft) -> bool:
    """Whether the robot gets a new contact: always, or when no human is at work."""
    rules = draft.policy.robot
    if rules is None:
        return False
    return rules.first or (rules.outside_hours == "robot" and draft.open_queue(draft.policy.queue) is None)


def takes(draft: Draft, why: Why) -> None:
    """The robot gets the contact, and it is its turn."""
    rules = rules_of(draft)
    draft.give_to(Holder.ROBOT, rules.robot)
    draft.change(
        state=State.ROBOT,
        robot=rules.robot,
        turn=0,
        turn_for=why,
        misunderstood=0,
        failures=0,
        queue="",
        wanted="",
        held_until=None,
        declined=frozenset(),
        spared_until=None,
        offered_until=None,
        patience_until=None,
        overflowed=(),
        quiet_since=draft.now,
        heard="customer",
        silence=0,
        due_at=None,
    )
    draft.record("robot_joined", f"robot:{rules.robot}", {"name": rules.name})


def comes_back(draft: Draft) -> bool:
    """Nobody came: whether the robot takes the contact instead."""
    if draft.policy.robot is None or draft.policy.robot.nobody_came != "robot":
        return False
    takes(draft, Why.NOBODY_CAME)
    asks(draft)
    return True


def returns(draft: Draft) -> None:
    """A human is done and the customer is not."""
    takes(draft, Why.RETURNED)
    draft.say(rules_of(draft).returned_text)
    asks(draft)


def takes_from_robot(draft: Draft) -> None:
    """A human steps in. The contact belongs to the queue it would have been handed over to."""
    draft.change(turn=0, turn_for=None, misunderstood=0, failures=0, queue=_queue(draft, rules_of(draft)))


# -- asking ----------------------------------------------------------------------------------------------------------------


def asks(draft: Draft) -> None:
    """The turn begins, and is about everything that has been said until now."""
    contact = draft.contact
    why = contact.turn_for or Why.HEARD
    draft.change(turn=draft.seq, turn_for=why, failures=0, due_at=None)
    draft.do(Ask(contact.owner, draft.seq, contact.answered, why))


def listens(draft: Draft, event: CustomerSpoke | CustomerTapped) -> None:
    """What the customer has just said: a wish for a human, or something for this turn or the next."""
    draft.change(quiet_since=draft.now, heard="customer", silence=0)
    if wants_human(rules_of(draft), event):
        calls_human(draft)
    elif not draft.contact.turn:
        gathers(draft)


def gathers(draft: Draft) -> None:
    """Ask at once, or when the time for more words is over, which runs from the first of them."""
    contact, wait = draft.contact, rules_of(draft).gather_for
    if not wait:
        asks(draft)
    elif contact.turn_for is None or contact.due_at is None:
        draft.change(turn_for=contact.turn_for or Why.HEARD, due_at=draft.now + wait)


def wants_human(rules: RobotRules, event: CustomerSpoke | CustomerTapped) -> bool:
    """By the button for it, or in so many words."""
    if isinstance(event, CustomerTapped):
        words = event.typed or event.label
        if rules.payload and event.payload == rules.payload:
            return True
    else:
        words = " ".join(part.text for part in event.parts if isinstance(part, Text))
    wholes = (*rules.keywords, rules.payload) if rules.payload else rules.keywords
    return is_one_of(words, wholes) or names_one_of(words, rules.keywords_within)


def wants_one(draft: Draft, event: CustomerAsked) -> None:
    draft.record("asked_for_human", "customer", {})
    draft.change(quiet_since=draft.now, heard="customer", silence=0)
    calls_human(draft)


def calls_human(draft: Draft) -> None:
    """The customer wants one. When nobody is at work the customer is told so, or else the robot has to."""
    if hand_over(draft, Because.CUSTOMER):
        return
    draft.say(rules_of(draft).closed_text)
    if draft.contact.turn or draft.contact.turn_for is Why.HEARD:
        return  # the robot is being asked anyway
    if rules_of(draft).closed_text and draft.contact.turn_for is None:
        draft.quiet("robot")
    else:
        asks(draft)


# -- what comes of a turn --------------------------------------------------------------------------------------------------


def require_turn(draft: Draft, event: Turned) -> None:
    """Words that come too late are not heard."""
    contact = draft.contact
    if (contact.owner, contact.epoch, contact.turn) != (event.robot, event.epoch, event.turn):
        raise Refused(
            f"Robot {event.robot} answers turn {event.turn} on epoch {event.epoch} of contact {contact.id}, and that is over "
            f"(turn {contact.turn or 'none'}, epoch {contact.epoch})."
        )


def says(draft: Draft, event: RobotSpoke) -> None:
    require_turn(draft, event)
    marks: dict[str, Any] = {"marks": event.marks} if event.marks else {}
    draft.deliver(f"robot:{event.robot}", event.parts, **marks, **(_told(event) if event.last else {}))
    if event.last:
        turn_over(draft, event)


def waits(draft: Draft, event: RobotWaited) -> None:
    require_turn(draft, event)
    draft.record("robot_waited", f"robot:{event.robot}", _told(event), AGENTS)
    turn_over(draft, event)


def _told(event: RobotSpoke | RobotWaited | RobotHandedOver) -> dict[str, Any]:
    """What the robot tells of its turn, for agents."""
    told: dict[str, Any] = {} if getattr(event, "understood", True) else {"understood": False}
    for name in ("confidence", "intent", "slots", "summary"):
        if (value := getattr(event, name)) not in (None, "", {}):
            told[name] = value
    return told


def turn_over(draft: Draft, event: RobotSpoke | RobotWaited) -> None:
    rules, contact = rules_of(draft), draft.contact
    misunderstood = 0 if event.understood else contact.misunderstood + 1
    collects(draft, event.slots)
    draft.change(misunderstood=misunderstood, answered=contact.turn, summary=event.summary or contact.summary)
    too_often = rules.misunderstood is not None and misunderstood >= rules.misunderstood
    unsure = rules.confidence is not None and event.confidence is not None and event.confidence < rules.confidence
    if too_often or unsure:
        because = Because.MISUNDERSTOOD if too_often else Because.CONFIDENCE
        if hand_over(draft, because, more=_told(event)):
            return
    goes_on(draft)


def collects(draft: Draft, slots: dict[str, str]) -> None:
    if slots:
        merged = {**dict(draft.contact.slots), **slots}
        draft.change(slots=tuple(sorted((name, value) for name, value in merged.items() if value)))


def goes_on(draft: Draft) -> None:
    """The turn is over. What the customer has said meanwhile is the next one; else the silence begins."""
    contact = draft.contact
    draft.change(answered=contact.turn, turn=0, turn_for=None, failures=0)
    if contact.said > contact.turn:
        asks(draft)
    else:
        draft.quiet("robot")


def gives_up(draft: Draft, event: RobotHandedOver) -> None:
    """The robot wants a human. When nobody is at work, or nobody came just now, it goes on by itself."""
    require_turn(draft, event)
    collects(draft, event.slots)
    if not hand_over(draft, Because.ROBOT, event=event):
        draft.say(rules_of(draft).closed_text)
        goes_on(draft)


def says_bye(draft: Draft, event: RobotClosed) -> None:
    """Not over the customer's head: who has said more meanwhile is heard."""
    require_turn(draft, event)
    collects(draft, event.slots)
    body = {"reason": event.reason, **({"slots": event.slots} if event.slots else {})}
    if draft.contact.said > draft.contact.turn:
        draft.record("went_on", f"robot:{event.robot}", body, AGENTS)
        goes_on(draft)
        return
    draft.change(answered=draft.contact.turn)
    draft.record("ended", f"robot:{event.robot}", body, AGENTS)
    draft.close("robot_closed")


def fails(draft: Draft, event: RobotFailed) -> None:
    """The same turn once more, as often as the rules want, and then a human."""
    require_turn(draft, event)
    contact, failures = draft.contact, draft.contact.failures + 1
    body = {"failure": event.failure, "reason": event.reason}
    draft.record("robot_failed", f"robot:{event.robot}", body, AGENTS)
    if failures < rules_of(draft).failures:
        draft.change(failures=failures)
        draft.do(Ask(contact.owner, contact.turn, contact.answered, contact.turn_for or Why.HEARD))
    elif not hand_over(draft, Because.FAILED, reason=event.reason):
        draft.close("robot_failed")


# -- calling a human -------------------------------------------------------------------------------------------------------


def hand_over(
    draft: Draft,
    because: Because,
    *,
    reason: str = "",
    event: RobotHandedOver | None = None,
    more: dict[str, Any] | None = None,
) -> bool:
    """Owner, epoch, the line that says why, the notice and the place in the queue: in one step, or False and it stays here.

    The line has all that is known, whoever calls: the robot's own summary, or else the last one, and every slot.

    It stays when no human is at work and the robot is to go on; and nobody is called a second time by a robot that has just been
    told that nobody came, or the two would go round for ever."""
    rules, contact = rules_of(draft), draft.contact
    agent = _agent(draft, event)
    queue = _queue(draft, rules, event)
    is_open = draft.open_queue(queue) is not None
    in_vain = contact.turn_for is Why.NOBODY_CAME and contact.said <= contact.turn and because not in BY_PEOPLE
    stays = in_vain or (not is_open and rules.outside_hours == "robot" and because is not Because.FAILED)
    body: dict[str, Any] = {"why": because.value, "robot": contact.owner, "queue": queue, "agent": agent}
    by = "system" if event is None else f"robot:{event.robot}"
    body |= {"reason": reason or (event.reason if event else ""), "summary": contact.summary}
    body |= more or {} if event is None else _told(event)
    body["slots"] = dict(contact.slots) | (event.slots if event else {})
    draft.record("stayed" if stays else "handed_over", by, {k: v for k, v in body.items() if v not in ("", {})}, AGENTS)
    draft.change(misunderstood=0)
    if stays:
        return False
    if is_open:
        draft.say(rules.handed_over_text)
    _hold_for(draft, agent)
    draft.change(
        turn=0, turn_for=None, failures=0, priority=contact.priority if rules.priority is None else rules.priority
    )
    draft.enter_queue(queue, "handed_over")
    return True


def _queue(draft: Draft, rules: RobotRules, event: RobotHandedOver | None = None) -> str:
    """Where to: the robot's wish if there is such a queue, else the rules'."""
    wish = "" if event is None else event.queue
    if event is not None and event.to is To.QUEUE:
        wish = draft.policy.homes.get(event.to_agent, "")
    return wish if wish in draft.policy.queues else rules.queue or draft.policy.queue


def _agent(draft: Draft, event: RobotHandedOver | None) -> str:
    """For whom it is to be held, by the robot's wish; nobody, if there is no such agent any more."""
    if event is None or event.to is To.QUEUE:
        return ""
    wish = draft.contact.agent or draft.contact.last_agent if event.to is To.LAST else event.to_agent
    return wish if wish in draft.policy.names else ""


def _hold_for(draft: Draft, agent: str) -> None:
    """For a while only this agent is waited for, or the one of last time."""
    if agent:
        draft.change(wanted=agent, held_until=draft.now + draft.policy.transfer_for)
    elif draft.contact.wanted and draft.policy.sticky_for:
        draft.change(held_until=draft.now + draft.policy.sticky_for)
