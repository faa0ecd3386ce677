"""What time and the queue do to a contact: patience that ends, offers that run out, silence, and its place in the line; and what a
clock that is set back does."""

from __future__ import annotations

from datetime import datetime, timedelta

from channels.errors import Refused
from channels.events import Status
from ucs.core.contact.agent import offer_failed
from ucs.core.contact.customer import wrap_up
from ucs.core.contact.draft import AGENTS, Draft
from ucs.core.contact.robot import Because, asks, comes_back, hand_over
from ucs.core.contact.state import State
from ucs.core.events import ClockSetBack, DueReached, GivenUp, MediaSettled, Placed, QueueFull, StatusReported
from ucs.core.policy import Queue, Silence

# What lies before a contact, and what lies behind it. When it was opened is not among them: that is its place in its lane, and stays.
AHEAD = ("held_until", "spared_until", "offered_until", "patience_until", "due_at")
BEHIND = ("since", "spoke_at", "wrote_at", "pressed_at", "quiet_since")
LATE_BY = timedelta(minutes=1)  # what the old clock made due may have waited for so long already


def placed(draft: Draft, event: Placed) -> None:
    """The customer is told the place, where the tenant has a text for it. Nothing else changes."""
    rules = draft.queue_rules(event.queue)
    if event.queue == draft.contact.queue and rules.queued_text:
        minutes = "?" if event.minutes is None else event.minutes
        draft.say(rules.queued_text, position=event.position, minutes=minutes, queue=rules.name)


def queue_full(draft: Draft, event: QueueFull) -> None:
    if event.queue != draft.contact.queue:
        raise Refused(f"Contact {draft.contact.id} waits in {draft.contact.queue}, not in {event.queue}.")
    rules = draft.queue_rules(event.queue)
    if not overflows(draft, rules, "full"):
        draft.say(rules.full_text, queue=rules.name)
        if not comes_back(draft):
            draft.close("queue_full")


def overflows(draft: Draft, rules: Queue, why: str) -> bool:
    """On to the overflow queue, if there is one, it is open and has not itself passed the contact on: queues that overflow
    into each other must not play ball with a customer."""
    passed = (*draft.contact.overflowed, rules.id)
    if not rules.overflow or rules.overflow in passed:
        return False
    target = draft.queue_rules(rules.overflow)
    if not target.hours.is_open(draft.now):
        return False
    draft.change(overflowed=passed)
    draft.wait_in(target, why)
    return True


def waited(draft: Draft, event: DueReached) -> None:
    """Something a waiting contact waited for has come: an agent's rest is over, a hold has ended, patience has."""
    contact, rules = draft.contact, draft.queue_rules(draft.contact.queue)
    if contact.spared_until is not None and contact.spared_until <= draft.now:
        draft.change(declined=frozenset(), spared_until=None)
        draft.record("offered_again", "system", {}, AGENTS)
    if contact.held_until is not None and contact.held_until <= draft.now:
        draft.record("offered_to_all", "system", {"not": contact.wanted}, AGENTS)
        draft.change(wanted="", held_until=None)
    if contact.patience_until is not None and contact.patience_until <= draft.now:
        if overflows(draft, rules, "max_wait"):
            return
        draft.record("waited_long", "system", {"queue": rules.id}, AGENTS)
        draft.say(rules.max_wait_text, queue=rules.name)
        if comes_back(draft):
            return
        if rules.on_max_wait == "close":
            draft.close("max_wait")
            return
        draft.change(patience_until=None)
    draft.wait_on()


def offer_ran_out(draft: Draft, event: DueReached) -> None:
    draft.record("offer_missed", "system", {"agent": draft.contact.agent}, AGENTS)
    draft.drop_agent(missed=True)
    offer_failed(draft, "offer_missed")
    if draft.contact.due_at is not None and draft.contact.due_at <= draft.now:
        waited(draft, event)  # its patience ended while the offer stood


def silent(draft: Draft, event: DueReached) -> None:
    """Nobody has spoken for long: remind the customer and in the end close, or take the contact from a silent agent."""
    contact = draft.contact
    if contact.heard == "customer":
        draft.record("unanswered", "system", {"agent": contact.agent}, AGENTS)
        draft.drop_agent()
        rules = draft.queue_rules(contact.queue)
        draft.spare(frozenset({contact.agent}), rules.declined_for)
        draft.wait_in(rules, "unanswered")
        return
    reminds(draft)


def robot_due(draft: Draft, event: DueReached) -> None:
    """The time for more words is over, or the customer has not answered the robot."""
    if draft.contact.turn_for is not None:
        draft.record("gathered", "system", {}, AGENTS)
        asks(draft)
        return
    reminds(draft)


def reminds(draft: Draft) -> None:
    """The next stage of the customer's silence."""
    contact, silences = draft.contact, draft.policy.silences
    if contact.silence >= len(silences):  # the policy has become shorter meanwhile
        draft.record("silent", "system", {"stage": contact.silence}, AGENTS)
        draft.change(due_at=None)
        return
    silence = silences[contact.silence]
    draft.record("silent", "system", {"stage": contact.silence}, AGENTS)
    draft.change(silence=contact.silence + 1)
    draft.say(silence.say)
    if silence.close and contact.state is State.ROBOT:
        draft.close("silence")
    elif silence.close:
        wrap_up(draft, "silence")
    else:
        draft.change(due_at=_next_silence(draft, silence))


def _next_silence(draft: Draft, last: Silence) -> datetime | None:
    """The next stage, as long after this one as the policy wants it, even if this one came late: nobody is reminded and
    closed in the same moment because the service was down."""
    contact, silences = draft.contact, draft.policy.silences
    if contact.silence >= len(silences):
        return None
    after = silences[contact.silence].after
    return max((contact.quiet_since or draft.now) + after, draft.now + after - last.after)


def wrap_up_over(draft: Draft, event: DueReached) -> None:
    draft.record("wrapped_up", "system", {"code": ""}, AGENTS)
    draft.drop_agent()
    draft.close(draft.contact.reason or "wrapped_up")


def set_back(draft: Draft, event: ClockSetBack) -> None:
    """As far away as it was meant to be: an offer that nobody takes must not stand until the clock has come to where it was. What has
    been put down by the new clock stays."""
    by = timedelta(seconds=event.by)
    shifted = {
        name: at - by for name in AHEAD if (at := getattr(draft.contact, name)) and at - by >= draft.now - LATE_BY
    }
    shifted |= {name: at - by for name in BEHIND if (at := getattr(draft.contact, name)) and at > draft.now}
    if shifted:
        draft.change(**shifted)
        draft.record("clock_set_back", "system", {"by": event.by}, AGENTS)


def reported(draft: Draft, event: StatusReported) -> None:
    """How far a message of ours has come: for the agents, who can do something about it."""
    body: dict[str, object] = {"of": event.of, "status": event.status}
    for name in ("reason", "code", "platform", "quote_tokens"):
        if value := getattr(event, name):
            body[name] = value
    draft.record("status", "system", body, AGENTS)


def hears_back(draft: Draft, event: StatusReported) -> None:
    """A robot does not see what could not be delivered, and its customer would wait for ever."""
    reported(draft, event)
    if event.status is Status.FAILED:
        hand_over(draft, Because.UNDELIVERED, reason=event.reason)


def given_up(draft: Draft, event: GivenUp) -> None:
    draft.record("given_up", f"agent:{event.by}", {"of": event.of, "kind": event.kind}, AGENTS)


def settled(draft: Draft, event: MediaSettled) -> None:
    body = {"media": event.media, "ready": event.ready}
    for name in ("reason", "name", "mime", "size"):
        if value := getattr(event, name):
            body[name] = value
    draft.record("media", "system", body)
