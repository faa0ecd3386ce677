"""Live: pushes what was committed to the sockets that may see it. Nothing is kept here: sockets resume by number.

Frames that come while a socket is still being written to travel together: a message is an array of frames. A socket that does not keep
up is closed, for its client can ask for everything from its last number on.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from ucs.api.views import contact_view, customer_frame, entry_frame, seat_view
from ucs.core.contact import Contact
from ucs.core.effects import Entry
from ucs.core.seat import Seat, SeatState
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.memory import Lane, SeatKey
from ucs.runtime.engine.work import Committed

MOST_WAITING, MOST_BYTES = 2_000, 8_000_000  # frames, and what they weigh: several pages of a history
CLOSED_WITHIN = 2.0  # seconds for the client to take what it was told before, and as long again to say good-bye
# Close codes of the private range 4000-4999; see also `sockets`.
UNTRUSTED, MOVED = 4401, 4409
SLOW = 1013  # close code "try again later", https://www.iana.org/assignments/websocket/websocket.xhtml


class Outlet:
    """The outgoing side of one socket. `epoch`: an agent's sign-in; `session`: a customer's.

    A client answers each ping with a pong, in order: one that is answered has brought all that was pushed before it."""

    __slots__ = (
        "_asked",
        "_closing",
        "_frames",
        "_pings",
        "_pongs",
        "_sending",
        "_size",
        "_transport",
        "epoch",
        "heard_at",
        "session",
        "socket",
    )

    def __init__(
        self, socket: web.WebSocketResponse, heard_at: float, transport: asyncio.WriteTransport | None = None
    ) -> None:
        self.socket = socket
        self._transport = transport
        self.heard_at = heard_at
        self.epoch = 0
        self.session = ""
        self._frames: list[bytes] = []
        self._size = 0
        self._pings = self._pongs = 0
        self._asked: dict[str, tuple[int, int]] = {}  # contact → a line, and the ping that went after it
        self._sending: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    def push(self, frame: bytes) -> None:
        """Send it, with whatever else is waiting, as soon as the socket takes it."""
        self._frames.append(frame)
        self._size += len(frame)
        if self._sending is None:
            self._sending = asyncio.get_running_loop().create_task(self._send())
        elif len(self._frames) > MOST_WAITING or self._size > MOST_BYTES:
            self._forget()
            self._sending.cancel()
            self.close_soon(SLOW, "too slow, resume")

    def ping(self) -> None:
        self._pings += 1
        self.push(b'{"type":"ping"}')

    def ask(self, contact: str, seq: int) -> None:
        """Have the client say when it has this line, which has been pushed; once, if two bring it."""
        if self._asked.get(contact, (0, 0))[0] < seq:
            self.ping()
            self._asked[contact] = (seq, self._pings)

    def ponged(self) -> list[tuple[str, int]]:
        """The client has answered one more ping: the contacts, and lines of them, that it is known to have now."""
        self._pongs = min(self._pongs + 1, self._pings)
        arrived = [(contact, seq) for contact, (seq, ping) in self._asked.items() if ping <= self._pongs]
        for contact, _ in arrived:
            del self._asked[contact]
        return arrived

    def close_soon(self, code: int, why: str) -> asyncio.Task[None]:
        """Close, once; whoever listens on it finds it closed. What comes back is done when it is."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close(code, why))
        return self._closing

    async def close(self, code: int, why: str) -> None:
        await asyncio.wait([self.close_soon(code, why)])

    async def _close(self, code: int, why: str) -> None:
        """Politely, but not for ever: the socket of somebody who takes nothing is cut, with all that was to go out on it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * CLOSED_WITHIN):
                if self._sending is not None:  # what was said before is heard before
                    await asyncio.wait([self._sending], timeout=CLOSED_WITHIN / 2)
                await self.socket.close(code=code, message=why.encode("utf-8", "replace")[:120])
        if self._transport is not None and self._transport.get_write_buffer_size():
            self._transport.abort()

    async def flushed(self) -> None:
        """Wait until the socket has taken what was pushed: whoever pushes a long history waits after each page."""
        if self._sending is not None:
            await asyncio.wait([self._sending])

    def say(self, **frame: Any) -> None:
        self.push(orjson.dumps(frame))

    async def _send(self) -> None:
        try:
            while self._frames:
                frames, self._frames, self._size = self._frames, [], 0
                await self.socket.send_frame(b"[" + b",".join(frames) + b"]", WSMsgType.TEXT)
        except (ConnectionError, RuntimeError):  # it has closed; its client resumes
            self._forget()
        finally:
            self._sending = None

    def _forget(self) -> None:
        self._frames.clear()
        self._size = 0


class Live:
    """Who listens to what: customers' sockets by lane, agents' by seat, and supervisors' by tenant."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.customers: defaultdict[Lane, set[Outlet]] = defaultdict(set)
        self.agents: defaultdict[SeatKey, set[Outlet]] = defaultdict(set)
        self.watchers: defaultdict[str, set[Outlet]] = defaultdict(set)
        engine.listen(self.hear)

    def hear(self, committed: Committed) -> None:
        told: dict[tuple[str, str], bool] = {}
        for entry in committed.entries:
            contact = committed.contacts[entry.contact]
            self._tell_agent(entry, contact, told)
            self._tell_customer(entry, contact)
        for seat in committed.seats.values():
            self._tell_seat(seat)

    def _tell_seat(self, seat: Seat) -> None:
        """The newest sign-in wins: the screens of older ones are told so, and closed. Who is signed out hears nothing more."""
        outlets, watchers = self.agents.get((seat.tenant, seat.agent)), self.watchers.get(seat.tenant)
        if not outlets and not watchers:
            return
        frame = orjson.dumps({"type": "seat", **seat_view(seat)})
        for outlet in {*(outlets or ()), *(watchers or ())}:
            outlet.push(frame)
        for outlet in outlets or ():
            if outlet.epoch < seat.epoch:
                outlet.say(type="moved")
                outlet.close_soon(MOVED, "you have signed in elsewhere")
            elif seat.chosen is SeatState.OFFLINE:
                outlet.close_soon(UNTRUSTED, "you are signed out")

    def _tell_agent(self, entry: Entry, contact: Contact, told: dict[tuple[str, str], bool]) -> None:
        outlets = self.agents.get((contact.tenant, contact.agent)) if contact.agent else None
        if not outlets:
            return
        frame = entry_frame(entry)
        about: bytes | None = None
        if entry.kind in CHANGES_CONTACT and (contact.id, contact.agent) not in told:
            told[contact.id, contact.agent] = True
            name = self.engine.memory.customers.get((contact.channel, contact.address), ("", ""))[1]
            about = orjson.dumps({"type": "contact", **contact_view(contact, name)})
        for outlet in outlets:
            if about is not None:
                outlet.push(about)
            outlet.push(frame)

    def _tell_customer(self, entry: Entry, contact: Contact) -> None:
        outlets = self.customers.get((contact.channel, contact.address))
        if not outlets:
            return
        frame = customer_frame(entry)
        if frame is not None:
            for outlet in outlets:
                outlet.push(frame)
                if is_answer(entry):
                    outlet.ask(entry.contact, entry.seq)

    def end_session(self, session: str) -> None:
        """A session that was stolen: its sockets are closed too."""
        for outlets in self.customers.values():
            for outlet in outlets:
                if outlet.session == session:
                    outlet.close_soon(UNTRUSTED, "the session is ended")

    def whisper(self, outlets: set[Outlet] | None, **frame: Any) -> None:
        """Show something that is never stored: that somebody writes, a place in the queue."""
        if outlets:
            text = orjson.dumps(frame)
            for outlet in outlets:
                outlet.push(text)

    def add(self, where: defaultdict[Any, set[Outlet]], key: Any, outlet: Outlet) -> Callable[[], None]:
        """Listen; call what comes back to stop."""
        where[key].add(outlet)

        def remove() -> None:
            where[key].discard(outlet)
            if not where[key]:
                del where[key]

        return remove


def is_answer(entry: Entry) -> bool:
    """What an agent said to the customer, and wants to know of whether it has arrived."""
    return entry.kind == "message" and entry.by.startswith("agent:")


CHANGES_CONTACT = frozenset(
    {
        "offered",
        "joined",
        "reopened",
        "wrapping_up",
        "wrapped_up",
        "closed",
        "queued",
        "declined",
        "offer_missed",
        "agent_lost",
        "transferred",
        "given_back",
        "unanswered",
    }
)
