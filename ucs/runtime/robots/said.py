"""What comes back from a robot: whether it can be taken, and what it does, in one transaction with the turn's row.

A robot is somebody else's program. Whatever it gives is looked at here before anything happens: nothing of an answer that is wrong
in one place is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import select

from channels.errors import Malformed
from channels.parts import MediaRef, Parts, media_of, parts_from_json, parts_to_json
from channels.robot import HandOver, Knowledge, To, Words
from channels.value import value
from channels.wire import Request
from ucs.core import events as e
from ucs.core.contact import State
from ucs.core.contact.marking import let_through
from ucs.runtime.engine.raw import keep_arrival
from ucs.runtime.engine.work import Work
from ucs.runtime.robots.turns import Asked
from ucs.store import tables as t

MOST_SAID = 20  # messages in one turn
MOST_PARTS = 20  # parts in one message
MOST_BYTES = 128 * 1024  # of JSON: all that is said
MOST_MEMORY = 32 * 1024  # of JSON
MOST_SLOTS, LONGEST = 100, 2_000  # slots, and characters of a name, a value, a reason
LONGEST_SUMMARY = 20_000


def events_of(asked: Asked, words: Words) -> tuple[e.Event, ...]:
    """What happens to the contact, in order: all that is said, and then what the turn comes to."""
    turn = (asked.robot, asked.epoch, asked.turn)
    understood, confidence, intent, slots = words.understood, words.confidence, words.intent, dict(words.slots)
    said: list[e.Event] = [e.RobotSpoke(*turn, parts, last=False) for parts in words.say]
    summary = words.summary
    if words.hand_over is not None:
        wish = words.hand_over
        more = {**slots, **wish.slots}
        where = (wish.queue, wish.agent, wish.summary or summary)
        return (*said, e.RobotHandedOver(*turn, wish.reason, *where, confidence, intent, more, wish.to))
    if words.close:
        return (*said, e.RobotClosed(*turn, words.close, slots))
    if not said:
        return (e.RobotWaited(*turn, understood, confidence, intent, slots, summary),)
    return (*said[:-1], e.RobotSpoke(*turn, words.say[-1], True, understood, confidence, intent, slots, summary))


def hidden(words: Words, hide: Callable[[str], str]) -> Words:
    """Why people are called, or the talk ends, without our secrets: a robot may quote an error there."""
    if words.hand_over is not None:
        wish = replace(words.hand_over, reason=hide(words.hand_over.reason), summary=hide(words.hand_over.summary))
        words = replace(words, hand_over=wish)
    words = replace(words, summary=hide(words.summary)) if words.summary else words
    return replace(words, close=hide(words.close)) if words.close else words


# -- may it be taken -------------------------------------------------------------------------------------------------------


def checked(words: object) -> Words:
    """The same words, or `Malformed` with what is wrong with them."""
    if not isinstance(words, Words):
        raise Malformed(f"The robot gave {type(words).__name__}: Words was expected.")
    _expect(words.hand_over is None or not words.close, "to hand over or to close, not both")
    _expect(isinstance(words.say, tuple) and len(words.say) <= MOST_SAID, f"at most {MOST_SAID} messages in a turn")
    _expect(isinstance(words.close, str) and len(words.close) <= LONGEST, "a short reason to close")
    _expect(isinstance(words.understood, bool) and isinstance(words.intent, str), "understood, and an intent in words")
    _expect(isinstance(words.summary, str) and len(words.summary) <= LONGEST, "a short summary")
    _expect(_is_share(words.confidence), f"a confidence from 0 to 1, not {words.confidence!r}")
    _expect(_are_slots(words.slots), f"at most {MOST_SLOTS} slots, short words by names")
    for parts in words.say:
        _check_parts(parts)
    _expect(_size(words.say) <= MOST_BYTES, f"at most {MOST_BYTES:,} bytes of words")
    _expect(
        isinstance(words.knowledge, tuple) and len(words.knowledge) <= MOST_SAID,
        f"at most {MOST_SAID} pieces of knowledge",
    )
    for piece in words.knowledge:
        _check_knowledge(piece)
    if words.memory is not None:
        _expect(isinstance(words.memory, Mapping), "a memory that is an object")
        _expect(_size(dict(words.memory)) <= MOST_MEMORY, f"at most {MOST_MEMORY:,} bytes of memory, which are JSON")
    if words.hand_over is not None:
        _check_hand_over(words.hand_over)
    return words


def _check_parts(parts: object) -> None:
    _expect(isinstance(parts, tuple) and 0 < len(parts) <= MOST_PARTS, f"1 to {MOST_PARTS} parts in a message")
    try:
        same = parts_from_json(orjson.loads(parts_to_json(parts)))  # type: ignore[arg-type]  # that is what is found out
    except (ValueError, TypeError) as error:
        raise Malformed(f"The robot said a part that nobody knows ({type(error).__name__}).") from None
    media = [each for part in same for each in media_of(part)]
    _expect(not any(isinstance(each, MediaRef) for each in media), "files by their id in the media cache")


def _check_knowledge(piece: object) -> None:
    _expect(isinstance(piece, Knowledge), "Knowledge")
    assert isinstance(piece, Knowledge)  # noqa: S101  # just looked at
    _expect(all(isinstance(each, str) for each in (piece.title, piece.text, piece.url)), "knowledge in words")
    _expect(len(piece.title) <= LONGEST and len(piece.url) <= LONGEST, "a short title and address")
    _expect(len(piece.text) <= LONGEST_SUMMARY, f"at most {LONGEST_SUMMARY:,} characters of knowledge")
    _expect(not piece.url or piece.url.startswith(("https://", "http://")), "an address that begins with https://")
    _expect(_is_share(piece.score), f"a score from 0 to 1, not {piece.score!r}")


def _check_hand_over(wish: object) -> None:
    _expect(isinstance(wish, HandOver), "a HandOver")
    assert isinstance(wish, HandOver)  # noqa: S101  # just looked at
    texts = (wish.reason, wish.queue, wish.agent, wish.summary)
    _expect(all(isinstance(each, str) for each in texts), "reason, queue, agent and summary in words")
    _expect(len(wish.reason) <= LONGEST and len(wish.summary) <= LONGEST_SUMMARY, "a short reason and summary")
    _expect(isinstance(wish.to, To), "a To that says whom it is for")
    _expect(_are_slots(wish.slots), f"at most {MOST_SLOTS} slots, short words by names")


def _are_slots(slots: object) -> bool:
    if not isinstance(slots, Mapping) or len(slots) > MOST_SLOTS:
        return False
    return all(isinstance(each, str) and len(each) <= LONGEST for pair in slots.items() for each in pair)


def _is_share(confidence: object) -> bool:
    return confidence is None or (isinstance(confidence, int | float) and 0 <= confidence <= 1)


def _size(value: object) -> int:
    try:
        return len(orjson.dumps(value))
    except TypeError:
        return MOST_BYTES + 1


def _expect(holds: bool, expected: str) -> None:
    if not holds:
        raise Malformed(f"The robot's answer cannot be taken: expected {expected}.")


# -- what it does ----------------------------------------------------------------------------------------------------------


@value
class Answered:
    """The words happen, the memory is kept and the turn's row goes, or nothing at all: raises `Refused` for words that come too
    late, and `Malformed` for a file that is not there for this tenant."""

    asked: Asked
    events: tuple[e.Event, ...]
    memory: Mapping[str, Any] | None = None

    def apply(self, work: Work) -> State:
        contact = work.contact(self.asked.contact)
        for event in let_through(self.events, work.center.policy(contact.channel).lexicon):
            if isinstance(event, e.RobotSpoke):
                _require_media(work, contact.tenant, event.parts)
            contact = work.happen(contact, event)
        if self.memory is not None and contact.state is not State.CLOSED:
            work.write("put_robot_memory", contact.id, work.at, orjson.dumps(dict(self.memory)).decode())
        work.write("drop_outbox", self.asked.id)
        return contact.state


def _require_media(work: Work, tenant: str, parts: Parts) -> None:
    for media in (each for part in parts for each in media_of(part)):
        row = work.connection.execute(select(t.media.c.tenant, t.media.c.state).where(t.media.c.id == media)).first()
        if row is None or tuple(row) != (tenant, "ready"):
            raise Malformed(f"The robot says a file {media!r} that the media cache does not have ready.")


@value
class Failed:
    """The turn came to nothing. `answer`: what the robot's service said, kept for an admin to look at; `cut`: its beginning."""

    asked: Asked
    failure: str
    reason: str
    answer: Request | None = None
    cut: bool = False

    def apply(self, work: Work) -> State:
        asked = self.asked
        event = e.RobotFailed(asked.robot, asked.epoch, asked.turn, self.failure, self.reason)
        contact = work.happen(work.contact(asked.contact), event)
        if self.answer is not None:
            about = {"robot": asked.robot, "contact": asked.contact, **({"cut": True} if self.cut else {})}
            keep_arrival(work, asked.channel, self.answer, "robot", self.reason, None, **about)
        work.write("drop_outbox", asked.id)
        return contact.state


@value
class Dropped:
    """Nobody waits for this turn any more."""

    id: str

    def apply(self, work: Work) -> None:
        work.write("drop_outbox", self.id)
