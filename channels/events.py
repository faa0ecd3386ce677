"""What a platform tells us, in one vocabulary: the events an adapter's `parse` and `poll` yield.

Every event has three things first:

`id`        the platform's own id of this *delivery*. It is what makes a repeated webhook one event: the store keeps
            (channel, id) once. An empty id means the platform has none; the runtime then takes a fingerprint of the event.
`at`        when it happened by the platform's clock, aware. If the platform repeats a delivery with the same `at`, say so in
            `Manifest.keeps_time`: the store's duplicate key is then ordered by time and stays cheap for ever.
`customer`  the address on the platform that an answer goes to: a user id, or a group's id in a group chat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeAlias, get_args

import orjson
from pydantic import TypeAdapter

from channels.copies import Copies
from channels.parts import Parts, parts_from_json
from channels.value import value


class Status(StrEnum):
    """How far a message of ours has come. `uncertain`: sent, no answer, not resent blindly. `failed` has a reason."""

    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


@value
class Author:
    """Who wrote in a chat of several people. In a one-to-one chat the author is the customer and this is left out."""

    id: str
    name: str = ""


@value
class ReplyToken:
    """A platform's permission to answer this very message, usable once, up to `until`."""

    token: str
    until: datetime


@value
class MessageReceived:
    """The customer said something.

    `message` is the platform's id of the message (later edits, recalls, reactions and quotes name it), `reply_to` the
    platform id of the message it quotes, `read_token` what `Adapter.mark_read` needs, `name` the customer's display name
    where the platform sends it along, `album` the id and size of a set of messages that were sent as one, `quote_token` what
    an answer has to carry to quote this message, on platforms where its id does not do, `fields` what a form in front of the
    chat was answered with, `thread` what an answer has to carry to stay with this message, on platforms that put what belongs
    together in threads, `copies` who else got it, `proven` whether the platform vouches that the address is the sender's
    (None: it is never anybody else's).
    """

    id: str
    at: datetime
    customer: str
    parts: Parts
    message: str = ""
    author: Author | None = None
    reply_to: str = ""
    reply_token: ReplyToken | None = None
    read_token: str = ""
    name: str = ""
    album: str = ""
    quote_token: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    thread: str = ""
    copies: Copies | None = None
    proven: bool | None = None


@value
class MessageEdited:
    """The customer changed what `message` says; `parts` is all of it as it reads now, `quote_token` how it is quoted now."""

    id: str
    at: datetime
    customer: str
    message: str
    parts: Parts
    quote_token: str = ""


@value
class MessageRecalled:
    """The customer took `message` back: its content is to be hidden and its files deleted."""

    id: str
    at: datetime
    customer: str
    message: str


@value
class Reacted:
    """The customer put `emoji` on `message`, or took it off again."""

    id: str
    at: datetime
    customer: str
    message: str
    emoji: str
    removed: bool = False


@value
class StatusReported:
    """The platform says how far our `message` has come. `reason` and `code` go with `Status.FAILED`."""

    id: str
    at: datetime
    customer: str
    message: str
    status: Status
    reason: str = ""
    code: str = ""


@value
class Typing:
    """The customer is writing (or has stopped). Shown, never stored."""

    id: str
    at: datetime
    customer: str
    on: bool = True


@value
class Tapped:
    """The customer pressed a button: `payload` is what it carried, `label` what it said, `message` where it stood."""

    id: str
    at: datetime
    customer: str
    payload: str
    label: str = ""
    message: str = ""
    reply_token: ReplyToken | None = None
    fields: dict[str, str] = field(default_factory=dict)


@value
class CustomerJoined:
    """The customer followed, subscribed or opened the chat."""

    id: str
    at: datetime
    customer: str
    name: str = ""
    reply_token: ReplyToken | None = None


@value
class CustomerLeft:
    """The customer blocked us, unsubscribed or left: nothing can be sent any more."""

    id: str
    at: datetime
    customer: str
    reason: str = ""


@value
class CustomerRenamed:
    """The customer's display name is now `name`."""

    id: str
    at: datetime
    customer: str
    name: str


@value
class Announced:
    """The platform has something for us and does not say what: `Adapter.poll` is to look now, with `hint`. Nobody's in particular,
    so `customer` is empty. Passed on, never stored: what is there to be found is behind the cursor, whether or not this came."""

    id: str
    at: datetime
    customer: str = ""
    hint: str = ""


@value
class Unknown:
    """An event of a kind we do not know: acknowledged, kept as it came, counted by `kind`, shown to the admin."""

    id: str
    at: datetime
    customer: str
    kind: str
    raw: dict[str, Any] = field(default_factory=dict)


Received: TypeAlias = (
    MessageReceived
    | MessageEdited
    | MessageRecalled
    | Reacted
    | StatusReported
    | Typing
    | Tapped
    | CustomerJoined
    | CustomerLeft
    | CustomerRenamed
    | Announced
    | Unknown
)
NEVER_STORED = (Typing, Announced)  # what is shown or passed on at once, and worth nothing later

EVENT_TYPES: dict[str, type[Received]] = {kind.__name__: kind for kind in get_args(Received)}


@cache
def _reader(name: str) -> TypeAdapter[Received]:
    """Made when the first of its kind is read: many a server never reads one."""
    return TypeAdapter(EVENT_TYPES[name])


def event_to_json(event: Received) -> bytes:
    """An event as JSON text: its fields, and its type's name as `event`."""
    return b'{"event":"%s",' % type(event).__name__.encode() + orjson.dumps(event, option=orjson.OPT_UTC_Z)[1:]


def event_from_json(value: Mapping[str, Any]) -> Received:
    """An event out of decoded JSON; raises `ValueError` (pydantic's `ValidationError` is one) if it is none.

    Fields that we do not know are ignored: a newer node may have written it.
    """
    name = value.get("event")
    if name not in EVENT_TYPES:
        raise ValueError(f"There is no event {name!r}; the events are {', '.join(EVENT_TYPES)}.")
    fields = {key: item for key, item in value.items() if key != "event"}
    if "parts" in fields:
        fields["parts"] = parts_from_json(fields["parts"])
    return _reader(name).validate_python(fields)
