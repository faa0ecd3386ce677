"""What the customer does, in every state of a contact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from channels.errors import Refused
from channels.fit import numbered
from channels.parts import Text
from channels.robot import Why
from ucs.core.contact.draft import AGENTS, Draft
from ucs.core.contact.robot import comes_first, listens, takes
from ucs.core.contact.state import Question, State
from ucs.core.effects import Redact, Succeed, Take, Wrap
from ucs.core.events import (
    CustomerEdited,
    CustomerEnded,
    CustomerLeft,
    CustomerRated,
    CustomerReacted,
    CustomerRead,
    CustomerRecalled,
    CustomerReceived,
    CustomerRenamed,
    CustomerSpoke,
    CustomerTapped,
)

Said = CustomerSpoke | CustomerTapped


def heard(draft: Draft, event: Said) -> Said:
    """Write down what the customer said; returns what that was."""
    question = draft.contact.question
    event = picked(event, question) if isinstance(event, CustomerSpoke) and question is not None else event
    if isinstance(event, CustomerSpoke):
        said = draft.record("message", "customer", spoken_body(event))
    else:
        said = draft.record("tapped", "customer", tapped_body(event))
        if question is not None and event.of == question.of:
            draft.change(question=None)
    how = "pressed_at" if isinstance(event, CustomerTapped) and not event.typed else "wrote_at"
    token = event.reply_token or draft.contact.reply_token
    draft.change(spoke_at=draft.now, said=said, reply_token=token, **{how: draft.now})
    return event


def picked(event: CustomerSpoke, question: Question) -> Said:
    """The answer that these words pick, as if it had been pressed; else the words as they are."""
    if len(event.parts) != 1 or not isinstance(event.parts[0], Text):
        return event
    words = event.parts[0].text
    button = numbered(words, question.answers)
    if button is None:
        return event
    return CustomerTapped(
        payload=button.payload or button.label,
        sent_at=event.sent_at,
        label=button.label,
        of=question.of,
        client=event.client,
        reply_token=event.reply_token,
        agent=event.agent,
        typed=words,
        platform=event.platform,
        author=event.author,
        read_token=event.read_token,
        quote_token=event.quote_token,
        thread=event.thread,
    )


def opens(draft: Draft, event: Said) -> None:
    """The first word of a contact: it goes to the channel's robot, or to its queue, with the agent of last time in mind."""
    body: dict[str, Any] = {"channel": draft.contact.channel}
    if draft.contact.predecessor:
        body["predecessor"] = draft.contact.predecessor
    draft.record("opened", "system", body)
    said = heard(draft, event)
    draft.say(draft.policy.welcome_text)
    draft.change(priority=draft.policy.priority, last_agent=event.agent)
    wanted = event.agent if draft.policy.sticky_for else ""
    if comes_first(draft):
        takes(draft, Why.OPENED)
        draft.change(wanted=wanted)
        listens(draft, said)
        return
    if wanted:
        draft.change(wanted=wanted, held_until=draft.now + draft.policy.sticky_for)
    draft.enter_queue(draft.policy.queue, "opened")


def tells(draft: Draft, event: Said) -> None:
    """The robot has it in hand."""
    listens(draft, heard(draft, event))


def adds(draft: Draft, event: Said) -> None:
    """More words while nobody talks yet: they wait with the contact."""
    heard(draft, event)


def talks(draft: Draft, event: Said) -> None:
    """The agent's time to answer runs from the first word that is not answered, not from the last."""
    heard(draft, event)
    contact = draft.contact
    if contact.heard != "customer" or (contact.due_at is None and draft.policy.unanswered_for is not None):
        draft.quiet("customer")


def talks_again(draft: Draft, event: Said) -> None:
    """The agent was done, the customer was not: the same agent goes on."""
    heard(draft, event)
    draft.do(Take(draft.contact.agent))
    draft.talk(draft.contact.agent)
    draft.record("reopened", "system", {"agent": draft.contact.agent})


def succeeds(draft: Draft, event: Said) -> None:
    """The successor counts its own entries: a number of ours means nothing, or something else, there."""
    if isinstance(event, CustomerSpoke):
        draft.do(Succeed(replace(event, reply_to=None) if event.reply_to else event))
    else:
        draft.do(Succeed(replace(event, of=None) if event.of else event))


def edits(draft: Draft, event: CustomerEdited) -> None:
    body: dict[str, Any] = {"of": event.of, "parts": event.parts}
    for name in ("quote_token", "marks"):
        if value := getattr(event, name):
            body[name] = value
    draft.record("edited", "customer", body)


def recalls(draft: Draft, event: CustomerRecalled) -> None:
    draft.record("recalled", "customer", {"of": event.of})
    draft.do(Redact(event.of))


def reacts(draft: Draft, event: CustomerReacted) -> None:
    draft.record("reacted", "customer", {"of": event.of, "emoji": event.emoji, "removed": event.removed})


def renames(draft: Draft, event: CustomerRenamed) -> None:
    draft.record("renamed", "customer", {"name": event.name}, AGENTS)


def receives(draft: Draft, event: CustomerReceived) -> None:
    """Only forward, and only what has not been read: that says more."""
    of = min(event.of, draft.contact.told)
    if of > max(draft.contact.received, draft.contact.read):
        draft.change(received=of)
        draft.record("delivered", "customer", {"of": of}, AGENTS)


def reads_along(draft: Draft, event: CustomerRead) -> None:
    """Only forward, and for the agents: the customer knows what the customer has read."""
    of = min(event.of, draft.contact.told)
    if of > draft.contact.read:
        draft.change(read=of)
        draft.record("read", "customer", {"of": of}, AGENTS)


def rates(draft: Draft, event: CustomerRated) -> None:
    """Once: what was said in the heat of the moment and what was said a week later are not the same question's answers."""
    if draft.contact.score:
        raise Refused(f"Contact {draft.contact.id} has been rated: it was given a {draft.contact.score}.")
    if not 1 <= event.score <= 5:
        raise Refused(f"A score is a number from 1 to 5, not {event.score}.")
    draft.change(score=event.score)
    draft.record("rated", "customer", {"score": event.score, **({"comment": event.comment} if event.comment else {})})


def ends_waiting(draft: Draft, event: CustomerEnded) -> None:
    """The customer gives up before an agent came."""
    if draft.contact.state is State.OFFERED:
        draft.drop_agent()
    draft.record("ended", "customer", {})
    draft.close("abandoned")


def ends_robot(draft: Draft, event: CustomerEnded) -> None:
    draft.record("ended", "customer", {})
    draft.close("customer_ended")


def ends_talking(draft: Draft, event: CustomerEnded) -> None:
    draft.record("ended", "customer", {})
    wrap_up(draft, "customer_ended")


def leaves(draft: Draft, event: CustomerLeft) -> None:
    """The customer cannot be reached any more. An agent who talks may still wrap up; else the contact is over."""
    draft.record("left", "customer", {"reason": event.reason})
    state = draft.contact.state
    if state is State.TALKING:
        wrap_up(draft, "customer_left")
        return
    if state is State.WRAP_UP:
        return
    if state is State.OFFERED:
        draft.drop_agent()
    if state is not State.CLOSED:
        draft.close("customer_left")


def wrap_up(draft: Draft, reason: str) -> None:
    """From talking to after-contact work, or straight to closed where the queue grants none."""
    within = draft.queue_rules(draft.contact.queue).wrap_up_for
    draft.change(reason=reason)
    if not within:
        draft.drop_agent()
        draft.close(reason)
        return
    draft.change(state=State.WRAP_UP, due_at=draft.now + within, quiet_since=None)
    draft.record("wrapping_up", "system", {"reason": reason, "agent": draft.contact.agent})
    draft.do(Wrap(draft.contact.agent))


def spoken_body(event: CustomerSpoke) -> dict[str, Any]:
    """The line that keeps everything of the event: the journal needs no second copy of it (see `ucs/core/journal.py`)."""
    body: dict[str, Any] = {"parts": event.parts, "sent_at": event.sent_at}
    for name in (
        "platform",
        "client",
        "author",
        "reply_to",
        "reply_token",
        "read_token",
        "album",
        "agent",
        "quote_token",
        "fields",
        "marks",
        "thread",
        "copies",
    ):
        value = getattr(event, name)
        if value:
            body[name] = value
    return body


def tapped_body(event: CustomerTapped) -> dict[str, Any]:
    body: dict[str, Any] = {"payload": event.payload, "label": event.label, "sent_at": event.sent_at}
    names = (
        "of",
        "client",
        "reply_token",
        "fields",
        "agent",
        "typed",
        "platform",
        "author",
        "read_token",
        "quote_token",
        "thread",
    )
    for name in names:
        value = getattr(event, name)
        if value:
            body[name] = value
    return body
