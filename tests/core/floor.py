"""A contact centre in memory: contacts, seats and what passes between them, with every promise checked at every step.

It does what the engine does with the effects that concern contacts and seats, all or nothing, and not one thing more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import orjson

from channels.errors import Refused
from tests.core.standing import START
from ucs.core import effects as fx
from ucs.core import events as e
from ucs.core import seat as seats
from ucs.core.contact import STATES, Contact, Holder, State, step
from ucs.core.effects import Shown
from ucs.core.journal import Line, cause
from ucs.core.policy import Policy
from ucs.core.seat import Seat, Stage

FOR_AGENTS = frozenset(
    {
        "note",
        "offered",
        "declined",
        "offer_missed",
        "offered_again",
        "offered_to_all",
        "transferred",
        "taken_over",
        "renamed",
        "status",
    }
    | {"handed_over", "stayed", "given_back", "robot_waited", "robot_failed", "went_on", "gathered"}
    | {"agent_lost", "unanswered", "silent", "waited_long", "wrapped_up"}
)
STAGES = {State.OFFERED: Stage.OFFERED, State.TALKING: Stage.TALKING, State.WRAP_UP: Stage.WRAP_UP}
# The same owner, and yet a new beginning (or nobody's from first to last).
ANEW = ((State.OFFERED, State.QUEUED), (State.WRAP_UP, State.TALKING), (State.NEW, State.CLOSED))
HOLDERS = {
    State.NEW: Holder.NOBODY,
    State.ROBOT: Holder.ROBOT,
    State.QUEUED: Holder.QUEUE,
    State.OFFERED: Holder.QUEUE,
    State.TALKING: Holder.AGENT,
    State.WRAP_UP: Holder.AGENT,
    State.CLOSED: Holder.NOBODY,
}


class Floor:
    def __init__(self, policy: Policy, agents: tuple[str, ...], capacity: int) -> None:
        self.policy = policy
        self.now = START
        self.contacts: dict[str, Contact] = {}
        self.first: dict[str, Contact] = {}
        self.lines: dict[str, list[Line]] = {}
        self.seats = {agent: Seat(agent, "acme", capacity) for agent in agents}
        self.tokens: list[str] = []
        self.asked: list[tuple[str, int, int]] = []  # every turn that a robot was asked for
        self.moves: set[tuple[State, State]] = set()

    # -- what can be done -----------------------------------------------------------------------------------------

    def attempt(self, act: Callable[[], object]) -> bool:
        """Whether it was done. If it was refused, nothing has happened."""
        lines = {id: list(mine) for id, mine in self.lines.items()}
        kept = (dict(self.contacts), dict(self.first), lines, dict(self.seats), list(self.tokens), list(self.asked))
        try:
            act()
        except Refused:
            self.contacts, self.first, self.lines, self.seats, self.tokens, self.asked = kept
            return False
        self.check()
        return True

    def customer(self, address: str, event: e.Event) -> None:
        """In the address's open contact, or the one that was closed last, or a new one."""
        mine = [contact for contact in self.contacts.values() if contact.address == address]
        id = mine[-1].id if mine else self.open(address)
        self.happen(id, event)

    def open(self, address: str, predecessor: str = "") -> str:
        id = f"c{len(self.contacts) + 1}"
        new = Contact(id, "acme", "web", address, f"customer of {address}", self.now, predecessor)
        self.contacts[id] = self.first[id] = new
        self.lines[id] = []
        return id

    def happen(self, id: str, event: e.Event) -> None:
        before = self.contacts[id]
        after, effects = step(before, event, self.now, self.policy)
        self.check_step(before, event, after, effects)
        self.contacts[id] = after
        self.moves.add((before.state, after.state))
        why = cause(event)
        for effect in effects:
            if isinstance(effect, fx.Record):
                entry = effect.entry
                body = orjson.loads(orjson.dumps(entry.body))
                self.lines[id].append(Line(entry.seq, entry.at, entry.kind, entry.by, body, entry.shown, why))
                why = None
            else:
                self.perform(after, effect)

    def perform(self, contact: Contact, effect: fx.Effect) -> None:
        match effect:
            case fx.Hold(agent=agent, weight=weight):
                self.seat(agent, seats.Held(contact.id, weight))
            case fx.Take(agent=agent):
                self.seat(agent, seats.Taken(contact.id))
            case fx.Give(agent=agent, weight=weight):
                self.seat(agent, seats.Given(contact.id, weight))
            case fx.Wrap(agent=agent):
                self.seat(agent, seats.Wrapping(contact.id))
            case fx.Free(agent=agent, missed=missed):
                assert contact.id in self.seats[agent].carries, "What is freed was held."
                self.seat(agent, seats.Freed(contact.id, missed))
            case fx.Place(queue=queue, limited=limited):
                rules = self.policy.queues.get(queue)
                waiting = (State.QUEUED, State.OFFERED)
                others = [
                    c for c in self.contacts.values() if c.queue == queue and c.state in waiting and c is not contact
                ]
                full = (
                    limited and rules is not None and rules.max_length is not None and len(others) >= rules.max_length
                )
                self.happen(contact.id, e.QueueFull(queue) if full else e.Placed(queue, len(others) + 1))
            case fx.Ask(turn=turn):
                assert (contact.state, contact.turn) == (State.ROBOT, turn)
                self.asked.append((contact.id, contact.epoch, turn))
            case fx.Succeed(event=event):
                self.happen(self.open(contact.address, contact.id), event)

    def seat(self, agent: str, event: seats.SeatEvent) -> None:
        self.seats[agent], lost = seats.step(self.seats[agent], event, self.now)
        for id in lost:
            self.happen(id, e.AgentLost(agent))

    def wait(self, seconds: int) -> None:
        """Time passes, and what is due by then happens then: late, as after a restart."""
        self.now += timedelta(seconds=seconds)
        for id in list(self.contacts):
            due = self.contacts[id].due_at
            if due is not None and due <= self.now:
                assert self.attempt(lambda id=id: self.happen(id, e.DueReached())), "What is due can happen."

    # -- what is promised -----------------------------------------------------------------------------------------

    def check_step(self, before: Contact, event: e.Event, after: Contact, effects: tuple[fx.Effect, ...]) -> None:
        entries = [effect.entry for effect in effects if isinstance(effect, fx.Record)]
        assert [entry.seq for entry in entries] == list(range(before.seq + 1, after.seq + 1)), "Numbers have no gap."
        assert all((entry.contact, entry.at) == (before.id, self.now) for entry in entries)
        told = [entry.seq for entry in entries if entry.shown is Shown.ALL]
        assert after.told == (told[-1] if told else before.told)
        assert not [entry for entry in entries if entry.kind in FOR_AGENTS and entry.shown is Shown.ALL]
        assert entries or (after == before and all(isinstance(each, fx.Succeed) for each in effects)), (
            "No line, no change."
        )
        places = [number for number, effect in enumerate(effects) if isinstance(effect, fx.Place)]
        assert places in ([], [len(effects) - 1]), "The answer to Place comes after the step."
        anew = (before.state, after.state) in ANEW
        changed = (before.holder, before.owner) != (after.holder, after.owner)
        assert (after.epoch > before.epoch) == (changed or anew), "The epoch grows with the owner."
        assert after.epoch >= before.epoch
        if isinstance(event, e.DueReached):
            assert after.due_at is None or after.due_at > self.now, "What was due is done."
        if before.since is not None:
            assert after.since == before.since, "Waiting keeps its rank."
        for effect in effects:
            if isinstance(effect, fx.Deliver) and effect.reply_token is not None:
                assert effect.reply_token.until > self.now
                self.tokens.append(effect.reply_token.token)

    def check(self) -> None:
        assert len(self.tokens) == len(set(self.tokens)), "A permission to answer is used once."
        lanes = [contact.address for contact in self.contacts.values() if contact.state is not State.CLOSED]
        assert len(lanes) == len(set(lanes)), "One open contact for a customer."
        for contact in self.contacts.values():
            assert contact.state in STATES
            assert contact.holder is HOLDERS[contact.state]
            self.check_turn(contact)
            owners = {
                Holder.QUEUE: contact.queue,
                Holder.ROBOT: contact.robot,
                Holder.AGENT: contact.agent,
                Holder.NOBODY: "",
            }
            assert contact.owner == owners[contact.holder]
            assert contact.due_at == self.due(contact)
        for seat in self.seats.values():
            assert seat.load <= seat.capacity
            carried = {
                contact.id: STAGES[contact.state]
                for contact in self.contacts.values()
                if contact.state in STAGES and contact.agent == seat.agent
            }
            assert {id: each.stage for id, each in seat.carries.items()} == carried, (
                "A seat carries what is with its agent."
            )

    def check_turn(self, contact: Contact) -> None:
        if contact.state is not State.ROBOT:
            assert (contact.turn, contact.turn_for) == (0, None), "Only a robot has a turn."
            return
        assert contact.answered <= contact.seq
        if contact.turn:
            assert (contact.id, contact.epoch, contact.turn) in self.asked, "A turn that was asked for."
        elif contact.said > contact.answered and contact.turn_for is not None:
            assert contact.due_at is not None, "Words that are gathered are asked about."

    def due(self, contact: Contact) -> datetime | None:
        """When something must happen to this contact, by the rules as they are told to a tenant."""
        match contact.state:
            case State.OFFERED:
                return contact.offered_until
            case State.QUEUED:
                times = (contact.patience_until, contact.spared_until, contact.held_until)
                return min((at for at in times if at is not None), default=None)
            case State.ROBOT if contact.turn:
                return None
            case State.ROBOT if contact.turn_for is not None or contact.silence < len(self.policy.silences):
                assert contact.due_at is not None, "Words are gathered, or the silence has a next stage."
                return contact.due_at
            case State.TALKING if contact.heard == "customer":
                assert contact.quiet_since is not None
                after = self.policy.unanswered_for
                return None if after is None else contact.quiet_since + after
            case State.TALKING if contact.silence < len(self.policy.silences):
                assert contact.due_at is not None, "The next stage of silence."
                return contact.due_at
            case State.WRAP_UP:
                assert contact.due_at is not None, "Wrap-up ends."
                return contact.due_at
        return None
