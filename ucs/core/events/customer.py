"""What the customer does."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime

from channels.copies import Copies
from channels.events import Author, ReplyToken
from channels.parts import Parts
from channels.value import value
from ucs.core.lexicon import Mark


@value
class CustomerSpoke:
    """The customer said something. `platform` is the platform's id of it, `client` the id the customer's own page gave it,
    `sent_at` when it happened by the platform's clock, `fields` what a form before it was answered with: claims, all of them,
    `thread` what keeps an answer with it on its platform."""

    parts: Parts
    sent_at: datetime
    platform: str = ""
    client: str = ""
    author: Author | None = None
    reply_to: int | None = None
    reply_token: ReplyToken | None = None
    read_token: str = ""
    album: str = ""
    agent: str = ""  # whom the customer talked to last time, if that is recent
    quote_token: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()  # what the word lists found in it
    thread: str = ""
    copies: Copies | None = None  # who else got it


@value
class CustomerTapped:
    """The customer pressed a button. `label` is what it said.

    `typed`: there was nothing to press, and this is what was written instead, the number or the label. Then it was a message
    of the platform's, with the rest that a message has."""

    payload: str
    sent_at: datetime
    label: str = ""
    of: int | None = None
    client: str = ""
    reply_token: ReplyToken | None = None
    fields: dict[str, str] = field(default_factory=dict)
    agent: str = ""
    typed: str = ""
    platform: str = ""
    author: Author | None = None
    read_token: str = ""
    quote_token: str = ""
    thread: str = ""


@value
class CustomerEdited:
    of: int
    parts: Parts
    quote_token: str = ""
    marks: tuple[Mark, ...] = ()


@value
class CustomerRecalled:
    of: int


@value
class CustomerReacted:
    of: int
    emoji: str
    removed: bool = False


@value
class CustomerRenamed:
    name: str


@value
class CustomerReceived:
    """The customer's page has everything up to entry `of`. Platforms report that with a status for each message instead."""

    of: int


@value
class CustomerRead:
    """The customer has seen everything up to entry `of`."""

    of: int


@value
class CustomerRated:
    """The customer said how it went: `score` from 1, the worst, to 5."""

    score: int
    comment: str = ""


@value
class CustomerEnded:
    """The customer closed the chat."""


@value
class CustomerLeft:
    """The customer blocked us or left the platform: nothing can be delivered any more."""

    reason: str = ""


@value
class CustomerAsked:
    """The customer asked for a human by the button that is there for it."""
