"""A contact while one event happens to it: the next state being written, and the effects in order.

It lives only inside one call of `step`. Handlers say what happens in the words below; none of them builds an effect by hand.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from channels.copies import Copies
from channels.events import ReplyToken
from channels.fit import asked
from channels.parts import Parts, Text
from ucs.core.contact.state import Contact, Holder, Question, State
from ucs.core.effects import Deliver, Effect, End, Entry, Free, Place, Record, Shown
from ucs.core.policy import Policy, Queue

ALL, AGENTS = Shown.ALL, Shown.AGENTS
PLACES = {name: place for place, name in enumerate(Contact._fields)}
SEQ, TOLD = PLACES["seq"], PLACES["told"]


class Draft:
    __slots__ = ("contact", "effects", "now", "policy", "seq", "told")

    def __init__(self, contact: Contact, now: datetime, policy: Policy) -> None:
        self.contact = contact
        self.now = now
        self.policy = policy
        self.effects: list[Effect] = []
        self.seq = contact.seq
        self.told = contact.told

    def change(self, **fields: Any) -> None:
        """Set fields of the contact, and the numbers it has come to. By place, for `_replace` asks every field by name."""
        values: list[Any] = list(self.contact)
        values[SEQ], values[TOLD] = self.seq, self.told
        for name, value in fields.items():
            values[PLACES[name]] = value
        self.contact = Contact._make(values)

    def do(self, effect: Effect) -> None:
        self.effects.append(effect)

    def record(self, kind: str, by: str, body: dict[str, Any], shown: Shown = ALL) -> int:
        """Write the next line of the timeline; returns its number."""
        self.seq = seq = self.seq + 1
        if shown is ALL:
            self.told = seq
        self.effects.append(Record(Entry(self.contact.id, seq, self.now, kind, by, body, shown)))
        return seq

    def deliver(
        self, by: str, parts: Parts, reply_to: int | None = None, copies: Copies | None = None, **more: Any
    ) -> int:
        """Say something to the customer: a line of the timeline, and the way to the platform.

        The platform's permission to answer, if there is one, goes with the first thing said in time, and only with that."""
        known = {"reply_to": reply_to, "copies": copies}
        seq = self.record(
            "message", by, {"parts": parts, **{name: value for name, value in known.items() if value}, **more}
        )
        self.effects.append(Deliver(seq, parts, self._reply_token(), reply_to, copies, not by.startswith("agent:")))
        if by != "system":
            self._ask(seq, parts)
        return seq

    def _ask(self, seq: int, parts: Parts) -> None:
        """A number that the customer sends answers the newest question. Any other word of the agent's is a new one: "how many?"
        must not be answered with yesterday's menu. What the system says (a reminder) changes nothing."""
        answers = asked(parts, self.policy.sends) if self.policy.sends is not None else ()
        if answers or self.contact.question is not None:
            self.change(question=Question(seq, answers) if answers else None)

    def _reply_token(self) -> ReplyToken | None:
        token = self.contact.reply_token
        if token is not None:
            self.change(reply_token=None)
            if token.until <= self.now:
                return None
        return token

    def say(self, text: str, **words: object) -> None:
        """Say one of the policy's texts, its `{words}` filled in literally. An empty text is not said."""
        if not text:
            return
        for word, value in words.items():
            text = text.replace("{" + word + "}", str(value))
        self.deliver("system", (Text(text),))

    def give_to(self, holder: Holder, owner: str = "") -> None:
        """Change the owner, and so the epoch: whoever knew the old one may do nothing more."""
        self.change(holder=holder, owner=owner, epoch=self.contact.epoch + 1)

    def queue_rules(self, queue: str) -> Queue:
        return self.policy.queues.get(queue) or Queue(queue)

    def enter_queue(self, queue: str, why: str) -> None:
        """Wait in this queue, or in the first of its overflow chain that is open, or be told that nobody is there."""
        found = self.open_queue(queue)
        rules = self.queue_rules(found or queue)
        if found is None and rules.when_closed == "close":
            self.record("queued", "system", {"queue": queue, "why": why, "open": False}, AGENTS)
            self.say(rules.closed_text, queue=rules.name)
            self.close("outside_hours")
            return
        if found is None:
            self.say(rules.closed_text, queue=rules.name)
        self.wait_in(rules, why)

    def wait_in(self, rules: Queue, why: str) -> None:
        """Wait in this very queue, at the rank the contact already has. Always the last word of a step: `Place` may be answered
        with another event at once.

        Patience starts anew in another queue and after a talk. Of an offer that came to nothing the customer learns nothing,
        for nothing has changed for the customer; and after a talk nobody is turned away because the queue is full."""
        contact = self.contact
        was_offered, was_talking = contact.state is State.OFFERED, contact.state is State.TALKING
        patience = contact.patience_until
        if contact.queue != rules.id or was_talking:
            patience = None if rules.max_wait is None else self.now + rules.max_wait
        self.give_to(Holder.QUEUE, rules.id)
        self.change(
            state=State.QUEUED,
            queue=rules.id,
            since=contact.since or self.now,
            offered_until=None,
            patience_until=patience,
        )
        self.wait_on()
        self.record(
            "queued", "system", {"queue": rules.id, "name": rules.name, "why": why}, AGENTS if was_offered else ALL
        )
        if not was_offered:
            self.do(Place(rules.id, limited=not was_talking))

    def spare(self, agents: frozenset[str], within: timedelta) -> None:
        """Do not offer it to these agents for a while: nobody is shown again and again what they let pass."""
        if within:
            self.change(declined=agents, spared_until=self.now + within)

    def wait_on(self) -> None:
        """Due again at the next thing a waiting contact waits for: its patience, an agent's rest, the end of a hold."""
        contact = self.contact
        times = [at for at in (contact.patience_until, contact.spared_until, contact.held_until) if at is not None]
        self.change(due_at=min(times, default=None))

    def open_queue(self, queue: str) -> str | None:
        return self.policy.open_queue(queue, self.now)

    def drop_agent(self, *, missed: bool = False) -> None:
        """The seat gets its room back."""
        self.do(Free(self.contact.agent, missed))

    def talk(self, agent: str) -> None:
        """From now on this agent talks."""
        self.give_to(Holder.AGENT, agent)
        self.change(
            state=State.TALKING,
            agent=agent,
            wanted="",
            held_until=None,
            declined=frozenset(),
            spared_until=None,
            offered_until=None,
            patience_until=None,
            overflowed=(),
            reason="",
        )
        self.quiet("customer")

    def quiet(self, heard: str) -> None:
        """Someone has just spoken: the silence starts anew."""
        self.change(quiet_since=self.now, heard=heard, silence=0, due_at=self.silence_due(self.now, heard, 0))

    def silence_due(self, since: datetime, heard: str, stage: int) -> datetime | None:
        """When a silence `since` then becomes something to act on: the agent's, or the customer's at this stage."""
        policy = self.policy
        if heard == "customer":
            return None if policy.unanswered_for is None else since + policy.unanswered_for
        return since + policy.silences[stage].after if stage < len(policy.silences) else None

    def close(self, reason: str) -> None:
        """The contact is over."""
        self.give_to(Holder.NOBODY)
        self.change(state=State.CLOSED, due_at=None, closed_at=self.now, reason=reason, offered_until=None)
        self.change(turn=0, turn_for=None)
        self.do(End(self.record("closed", "system", {"reason": reason})))

    def finish(self) -> tuple[Contact, tuple[Effect, ...]]:
        if self.seq != self.contact.seq:
            self.change()
        return self.contact, tuple(self.effects)
