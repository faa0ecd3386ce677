"""What agents do to a contact, and what happens to it because of them."""

from __future__ import annotations

from typing import Any

from channels.errors import Refused
from ucs.core.contact.customer import wrap_up
from ucs.core.contact.draft import AGENTS, Draft
from ucs.core.contact.robot import returns, takes_from_robot
from ucs.core.contact.state import State
from ucs.core.effects import Forward, Give, Hold, MarkRead, Redact, Retract, Take
from ucs.core.events import (
    Accepted,
    AgentClosed,
    AgentForwarded,
    AgentLost,
    AgentNoted,
    AgentRead,
    AgentRecalled,
    AgentSpoke,
    Declined,
    Ended,
    GivenBack,
    Offered,
    TakenOver,
    Transferred,
    WrappedUp,
)


def require_owner(draft: Draft, agent: str, epoch: int) -> None:
    """Only who has the contact now may act on it: another agent, or an old screen of the same one, is told so."""
    contact = draft.contact
    if contact.agent != agent:
        raise Refused(f"Contact {contact.id} is not yours: {contact.agent or 'nobody'} has it now.")
    require_epoch(draft, epoch)


def require_epoch(draft: Draft, epoch: int) -> None:
    contact = draft.contact
    if contact.epoch != epoch:
        raise Refused(
            f"Contact {contact.id} has changed hands since this screen knew it (epoch {epoch}, now {contact.epoch}): reload it."
        )


def offered(draft: Draft, event: Offered) -> None:
    """Routing's advice may be older than the contact: whoever must not have it now does not get it."""
    contact, rules = draft.contact, draft.queue_rules(draft.contact.queue)
    if event.epoch is not None and event.epoch != contact.epoch:
        raise Refused(
            f"Contact {contact.id} has moved on since routing saw it (epoch {event.epoch}, now {contact.epoch})."
        )
    held = contact.held_until is not None and draft.now < contact.held_until and not event.for_all
    if contact.wanted not in ("", event.agent) and held:
        raise Refused(f"Contact {contact.id} waits for {contact.wanted} alone until {contact.held_until}.")
    if event.agent in contact.declined and contact.spared_until is not None and draft.now < contact.spared_until:
        raise Refused(
            f"Agent {event.agent} has let contact {contact.id} pass and is spared it until {contact.spared_until}."
        )
    until = draft.now + rules.offer_for
    draft.do(Hold(event.agent, draft.policy.weight))
    draft.change(state=State.OFFERED, agent=event.agent, offered_until=until, due_at=until)
    draft.record("offered", "system", {"agent": event.agent, "until": until}, AGENTS)


def accepts(draft: Draft, event: Accepted) -> None:
    require_owner(draft, event.agent, event.epoch)
    draft.do(Take(event.agent))
    joins(draft, event.agent)


def joins(draft: Draft, agent: str) -> None:
    """From now on this agent talks, and the customer is told."""
    draft.talk(agent)
    name = draft.policy.names.get(agent, "")
    draft.record("joined", f"agent:{agent}", {"agent": agent, "name": name})
    draft.say(draft.policy.joined_text, agent=name)


def declines(draft: Draft, event: Declined) -> None:
    require_owner(draft, event.agent, event.epoch)
    draft.record("declined", f"agent:{event.agent}", {"agent": event.agent, "reason": event.reason}, AGENTS)
    draft.drop_agent()
    offer_failed(draft, "declined")


def offer_failed(draft: Draft, why: str) -> None:
    """Back to its old rank; who let it pass is spared for a while, so that it goes on to the next."""
    rules = draft.queue_rules(draft.contact.queue)
    draft.spare(draft.contact.declined | {draft.contact.agent}, rules.declined_for)
    want_no_more(draft)
    draft.wait_in(rules, why)


def want_no_more(draft: Draft) -> None:
    """The agent this contact was held for does not come: everybody may have it."""
    if draft.contact.wanted == draft.contact.agent:
        draft.change(wanted="", held_until=None)


def speaks(draft: Draft, event: AgentSpoke) -> None:
    require_owner(draft, event.agent, event.epoch)
    more = {name: value for name in ("client", "marks") if (value := getattr(event, name))}
    draft.deliver(f"agent:{event.agent}", event.parts, event.reply_to, event.copies, **more)
    draft.quiet("agent")


def notes(draft: Draft, event: AgentNoted) -> None:
    more = {name: value for name in ("client", "to") if (value := getattr(event, name))}
    draft.record("note", f"agent:{event.agent}", {"text": event.text, **more}, AGENTS)


def forwards(draft: Draft, event: AgentForwarded) -> None:
    """It is no word to the customer: whoever waits for an answer goes on waiting."""
    require_owner(draft, event.agent, event.epoch)
    if not 0 < event.of <= draft.contact.seq:
        raise Refused(f"Contact {draft.contact.id} has no line {event.of}.")
    if not event.recipients:
        raise Refused("A message is forwarded to somebody: name an address.")
    body: dict[str, Any] = {"of": event.of, "recipients": event.recipients}
    for name in ("note", "client", "marks"):
        if value := getattr(event, name):
            body[name] = value
    if event.along is not None:
        body["along"] = event.along
    seq = draft.record("forwarded", f"agent:{event.agent}", body, AGENTS)
    draft.do(Forward(seq, event.of, event.recipients, event.note, event.along))


def takes_back(draft: Draft, event: AgentRecalled) -> None:
    require_owner(draft, event.agent, event.epoch)
    draft.record("recalled", f"agent:{event.agent}", {"of": event.of})
    draft.do(Redact(event.of))
    draft.do(Retract(event.of))
    question = draft.contact.question
    if question is not None and question.of == event.of:
        draft.change(question=None)


def reads(draft: Draft, event: AgentRead) -> None:
    """Only forward: a second window that lags behind changes nothing."""
    require_owner(draft, event.agent, event.epoch)
    of = min(event.of, draft.contact.seq)
    if of > draft.contact.seen:
        draft.change(seen=of)
        draft.record("read", f"agent:{event.agent}", {"of": of})
        draft.do(MarkRead(of))


def transfers(draft: Draft, event: Transferred) -> None:
    require_owner(draft, event.agent, event.epoch)
    if bool(event.to_queue) == bool(event.to_agent):
        raise Refused("A transfer names either a queue or an agent, not both and not neither.")
    if event.to_agent == event.agent:
        raise Refused("A contact cannot be transferred to the agent who has it.")
    if event.to_queue and event.to_queue not in draft.policy.queues:
        raise Refused(f"There is no queue {event.to_queue!r}: choose one of {', '.join(sorted(draft.policy.queues))}.")
    rules = draft.queue_rules(event.to_queue or draft.contact.queue)
    if event.to_queue and not rules.hours.is_open(draft.now):
        raise Refused(f"Queue {rules.name or rules.id} is outside its working hours: choose another.")
    target = {"queue": event.to_queue, "agent": event.to_agent}
    if event.note:
        draft.record("note", f"agent:{event.agent}", {"text": event.note}, AGENTS)
    draft.record(
        "transferred", f"agent:{event.agent}", {name: value for name, value in target.items() if value}, AGENTS
    )
    draft.drop_agent()
    draft.spare(frozenset({event.agent}), rules.declined_for)
    held_until = draft.now + draft.policy.transfer_for if event.to_agent else None
    draft.change(wanted=event.to_agent, held_until=held_until, overflowed=())
    draft.wait_in(rules, "transferred")


def takes_over(draft: Draft, event: TakenOver) -> None:
    """Whoever had it loses it in the same step, and is told by whom: the old screen's epoch is good for nothing any more."""
    require_epoch(draft, event.epoch)
    contact = draft.contact
    had = contact.agent if contact.state in (State.OFFERED, State.TALKING) else ""
    if contact.state is State.TALKING and had == event.agent:
        raise Refused(f"You have contact {contact.id} already.")
    if had:
        draft.drop_agent()
    if contact.state is State.ROBOT:
        takes_from_robot(draft)
    draft.do(Give(event.agent, draft.policy.weight))
    draft.record("taken_over", f"agent:{event.agent}", {"agent": event.agent, **({"from": had} if had else {})}, AGENTS)
    joins(draft, event.agent)


def gives_back(draft: Draft, event: GivenBack) -> None:
    """To the channel's robot, which is told what the human part was. The words that nobody has answered yet go with it."""
    require_owner(draft, event.agent, event.epoch)
    if draft.policy.robot is None:
        raise Refused(f"There is no robot in front of channel {draft.contact.channel}: transfer or close the contact.")
    body = {name: value for name, value in (("summary", event.summary), ("code", event.code)) if value}
    draft.record("given_back", f"agent:{event.agent}", body, AGENTS)
    draft.drop_agent()
    returns(draft)


def closes(draft: Draft, event: AgentClosed) -> None:
    require_owner(draft, event.agent, event.epoch)
    draft.say(draft.policy.closing_text)
    wrap_up(draft, "agent_closed")


def wraps_up(draft: Draft, event: WrappedUp) -> None:
    require_owner(draft, event.agent, event.epoch)
    draft.change(wrap_up_code=event.code)
    if event.note:
        draft.record("note", f"agent:{event.agent}", {"text": event.note}, AGENTS)
    draft.record("wrapped_up", f"agent:{event.agent}", {"code": event.code}, AGENTS)
    draft.drop_agent()
    draft.close(draft.contact.reason or "wrapped_up")


def closes_at_once(draft: Draft, event: WrappedUp) -> None:
    """Closing and wrapping up in one go, while still talking."""
    require_owner(draft, event.agent, event.epoch)
    draft.say(draft.policy.closing_text)
    draft.change(reason="agent_closed")
    wraps_up(draft, event)


def lost(draft: Draft, event: AgentLost) -> None:
    """The agent is gone: whoever has room next takes over, at the rank the contact always had."""
    contact = draft.contact
    if contact.agent != event.agent:
        raise Refused(f"Contact {contact.id} is with {contact.agent}, not with {event.agent}.")
    draft.record("agent_lost", "system", {"agent": event.agent}, AGENTS)
    draft.drop_agent()
    if contact.state is State.WRAP_UP:
        draft.close(contact.reason)
        return
    want_no_more(draft)
    if contact.state is State.TALKING:
        draft.say(draft.policy.lost_text)
    draft.wait_in(draft.queue_rules(contact.queue), "agent_lost")


def ended(draft: Draft, event: Ended) -> None:
    """The admin's reason is for colleagues; the customer reads only that it was ended."""
    if draft.contact.state in (State.OFFERED, State.TALKING, State.WRAP_UP):
        draft.drop_agent()
    draft.record("ended", f"agent:{event.by}", {"reason": event.reason}, AGENTS)
    draft.close("ended")
