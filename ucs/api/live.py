"""Live: pushes what was committed to the sockets that may see it. Nothing is kept here: sockets resume by number.

Frames that come while a socket is still being written to travel together: a message is an array of frames. A socket that does not keep
up is closed, for its client can ask for everything from its last number on.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import orjson
from aiohttp import web

from ucs.api.views import contact_view, customer_frame, entry_frame, seat_view
from ucs.core.contact import Contact
from ucs.core.effects import Entry
from ucs.runtime.engine import Engine
from ucs.runtime.memory import Lane, SeatKey
from ucs.runtime.work import Committed

MOST_WAITING = 2_000  # frames
SLOW = 1013  # close code "try again later", https://www.iana.org/assignments/websocket/websocket.xhtml


class Outlet:
    """The outgoing side of one socket."""

    __slots__ = ("_frames", "_sending", "heard_at", "socket")

    def __init__(self, socket: web.WebSocketResponse, heard_at: float) -> None:
        self.socket = socket
        self.heard_at = heard_at
        self._frames: list[bytes] = []
        self._sending: asyncio.Task[None] | None = None

    def push(self, frame: bytes) -> None:
        """Send it, with whatever else is waiting, as soon as the socket takes it."""
        self._frames.append(frame)
        if self._sending is None:
            self._sending = asyncio.get_running_loop().create_task(self._send())
        elif len(self._frames) > MOST_WAITING:
            self._frames.clear()
            self._sending.cancel()
            asyncio.get_running_loop().create_task(self.socket.close(code=SLOW, message=b"too slow, resume"))

    def say(self, **frame: Any) -> None:
        self.push(orjson.dumps(frame))

    async def _send(self) -> None:
        try:
            while self._frames:
                frames, self._frames = self._frames, []
                await self.socket.send_str(f"[{b','.join(frames).decode()}]")
        except (ConnectionError, RuntimeError):  # it has closed; its client resumes
            self._frames.clear()
        finally:
            self._sending = None


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
        for (tenant, agent), seat in committed.seats.items():
            outlets = self.agents.get((tenant, agent))
            watchers = self.watchers.get(tenant)
            if outlets or watchers:
                frame = orjson.dumps({"type": "seat", **seat_view(seat)})
                for outlet in {*(outlets or ()), *(watchers or ())}:
                    outlet.push(frame)

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
        "unanswered",
    }
)
