"""An errand: one row of the outbox while it is being done. A message on its way, a file to fetch, a receipt to give.

It is owned by its lane alone, so it is changed in place; what is to survive a crash is written with `row` before it counts.
`sending.py` does those that go out, `fetching.py` those that bring something in; `outcomes.py` writes what became of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter

from channels.copies import Copies
from channels.errors import ChannelError, DeliveryError, UcsError
from channels.events import ReplyToken
from channels.parts import MediaRef, Parts, Template
from channels.value import value
from ucs.runtime.engine.work import Effect
from ucs.store.store import micros

KEYS = uuid.UUID("5b0a4c5e-6a43-5d0e-9a4b-7f3f1f5d2c11")  # the namespace of the keys of calls
KEPT_UP_FOR = timedelta(hours=24)  # how long we go on trying


SPOKEN = frozenset({"send", "forward"})  # what leaves words with somebody: its line shows how far it has come


class ErrandState(StrEnum):
    """`sending`: a call went out and its outcome is not on disk; after a crash nobody knows it. `dead`: given up, can be revived."""

    PENDING = "pending"
    SENDING = "sending"
    DEAD = "dead"


@value
class Trouble:
    """The last thing that went wrong: the error's class, the sentence for people, the platform's code."""

    kind: str
    reason: str
    code: str = ""


def trouble_of(error: Exception) -> Trouble:
    """A bug's own words stay in the log: they are not for agents, and may hold anything."""
    if isinstance(error, DeliveryError):
        return Trouble(type(error).__name__, error.reason, error.code)
    if isinstance(error, ChannelError | UcsError):
        return Trouble(type(error).__name__, str(error))
    return Trouble("Bug", f"Our own program failed here ({type(error).__name__}); the log has the details.")


@dataclass(slots=True)
class Errand:
    """attempt        tries of the current call
    at             not before then
    since          when it was first to be done
    parts          what to send, with `copies` to whom else; `until` then the reply window is open,
                   `pressed_until` the one that a press has opened
    automatic      no human wrote it
    media, ref     what to fetch, and into which item
    of             the line to forward, to these `recipients`, below this `note`; `along`: those of its files that go with it
    calls          the parts as they are sent, call by call: kept as they were fitted once something of them has gone out
    call, part     calls that are done, and parts of the one after them
    ids            the platform's ids of what went out; of a recall: of what is taken back
    quote_tokens   what quoting one of these takes
    doubts         how often the outcome of the current call was not known
    told           the agents have been told that it takes longer
    asked_since    since when the platform has been saying that a file is not ready yet
    """

    id: str
    channel: str
    address: str
    contact: str
    seq: int
    kind: str
    state: ErrandState
    attempt: int
    at: datetime
    since: datetime
    parts: Parts = ()
    reply_token: ReplyToken | None = None
    reply_to: int | None = None
    until: datetime | None = None
    pressed_until: datetime | None = None
    copies: Copies | None = None
    automatic: bool = False
    media: str = ""
    ref: MediaRef | None = None
    of: int = 0
    recipients: tuple[str, ...] = ()
    note: str = ""
    along: tuple[str, ...] | None = None
    calls: tuple[Parts, ...] = ()
    call: int = 0
    part: int = 0
    ids: tuple[str, ...] = ()
    quote_tokens: dict[str, str] = field(default_factory=dict)
    doubts: int = 0
    told: bool = False
    asked_since: datetime | None = None
    trouble: Trouble | None = None

    @property
    def window_closed_at(self) -> datetime | None:
        """A template may go out at any time."""
        return None if any(isinstance(part, Template) for part in self.parts) else self.until

    @property
    def deadline(self) -> datetime:
        """When we stop trying."""
        longest = self.since + KEPT_UP_FOR
        return longest if self.window_closed_at is None else min(longest, self.window_closed_at)

    @property
    def begun(self) -> bool:
        """Something of it has reached the customer."""
        return bool(self.call or self.part)

    def went_out(self, ids: tuple[str, ...], parts: int, quote_tokens: Mapping[str, str] | None = None) -> None:
        """So many more parts of the current call, which the platform calls `ids`, have reached the customer."""
        self.ids += ids
        self.quote_tokens |= quote_tokens or {}
        if not parts:
            return
        self.part += parts
        if self.part >= len(self.calls[self.call]):
            self.call, self.part = self.call + 1, 0
        self.attempt, self.doubts = 0, 0  # what is left is another call

    def body(self) -> dict[str, Any]:
        """The JSON of the row."""
        body = {name: value for name, default in _BODY.items() if (value := getattr(self, name)) != default}
        if not self.begun:
            body.pop("calls", None)
        return body

    def row(self) -> tuple[Any, ...]:
        """The values of `change_outbox`."""
        return (self.id, self.state.value, self.attempt, micros(self.at), orjson.dumps(self.body()).decode())


def key_of(errand: Errand) -> str:
    """The key of its next call, the same at every attempt."""
    return str(uuid.uuid5(KEYS, f"{errand.id}/{errand.call}/{errand.part}"))


_ROW = ("id", "channel", "address", "contact", "seq", "kind", "state", "attempt", "at")
_BODY: dict[str, Any] = {
    f.name: {} if f.default_factory is not MISSING else None if f.default is MISSING else f.default
    for f in fields(Errand)
    if f.name not in _ROW
}


def errand_of(effect: Effect) -> Errand:
    """The errand that a row of the outbox stands for, new or read back."""
    known = {name: value for name, value in effect.body.items() if name in _BODY}
    return _reader().validate_python({"since": effect.at, **known, **{name: getattr(effect, name) for name in _ROW}})


@cache
def _reader() -> TypeAdapter[Errand]:
    """Built when the first one is read: that takes longer than to import this."""
    return TypeAdapter(Errand)
