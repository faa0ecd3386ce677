"""`Api`: what every handler is given. It keeps nothing that must outlive a restart; the routes are put together in `app`."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from aiohttp import web
from sqlalchemy import Connection

from channels.errors import NotFound, Refused, Untrusted
from channels.events import Typing
from ucs.api.floor import Floor
from ucs.api.limits import Limits
from ucs.api.live import Live, Outlet
from ucs.api.metrics import Metrics
from ucs.api.pulse import Pulse
from ucs.api.sockets import Sockets
from ucs.api.tokens import Caller, Tokens, same_secret
from ucs.api.views import advice_frame
from ucs.api.waiters import Waiters, lanes, seats
from ucs.core.contact import Contact
from ucs.core.seat import Seat, SeatState
from ucs.runtime.center.center import Center, Channel
from ucs.runtime.center.installation import key_for
from ucs.runtime.center.passwords import Passwords
from ucs.runtime.center.settings import AgentSetting
from ucs.runtime.engine.inputs import Input
from ucs.runtime.robots.assist import Advice
from ucs.runtime.runtime import Runtime, new_id
from ucs.store import lookup

T = TypeVar("T")


class Api:
    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.tokens = Tokens(key_for(runtime.secret, "tokens"), runtime.engine.now)
        self.live = Live(runtime.engine)
        self.floor = Floor(runtime, self.live)
        self.sockets = Sockets(runtime.clock)
        self.limits = Limits(runtime.clock)
        self.metrics = Metrics()
        self.waiters = Waiters(lanes)
        self.at_seats = Waiters(seats)
        self.pulse = Pulse(runtime)
        self.passwords = Passwords()
        self.configuring = asyncio.Lock()  # one change of the center at a time
        self.verifying = asyncio.Semaphore(2)  # each check of a password takes 64 MB for its while
        self.refreshing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # by session
        runtime.on_typing = self._platform_typing
        runtime.on_words = self._show_robots_words
        runtime.count = self.metrics.happened
        runtime.on_call = self.metrics.called
        runtime.on_turn = self.metrics.turned
        runtime.on_advice = self._advised
        self._shown: set[asyncio.Task[None]] = set()
        runtime.engine.listen(self.waiters.hear)
        runtime.engine.listen(self.at_seats.hear)

    # -- short names for what every handler needs --------------------------------------------------------------------

    @property
    def center(self) -> Center:
        return self.runtime.engine.center

    def now(self) -> datetime:
        return self.runtime.engine.now()

    def new_id(self) -> str:
        return new_id()

    def new_secret(self) -> str:
        """128 random bits, url-safe."""
        return secrets.token_urlsafe(16)

    def submit(self, input: Input) -> asyncio.Future[Any]:
        return self.runtime.engine.submit(input)

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self.runtime.store.read(work)

    def remote(self, request: web.Request) -> str:
        """The caller's address: behind a proxy of ours, what the proxy says."""
        if self.runtime.installation.trust_proxy:
            forwarded = request.headers.getall("X-Forwarded-For", [""])[-1]  # what came before may be the caller's own
            return forwarded.rpartition(",")[2].strip() or (request.remote or "")
        return request.remote or ""

    # -- agents --------------------------------------------------------------------------------------------------------

    def agent_setting(self, caller: Caller) -> AgentSetting:
        """As the center has it now. Raises `Untrusted` for who is gone, and for who has another password since: a new one would be no
        help against whoever signed in with the old one, were they to stay."""
        setting = self.center.agents.get((caller.tenant, caller.subject))
        if setting is None:
            raise Untrusted("This agent is not configured any more.")
        if not same_secret(self.tokens.mark_of(setting.password_hash), caller.password):
            raise Untrusted("Your password has been changed: sign in again.")
        return setting

    def seat_of(self, tenant: str, agent: str) -> Seat:
        """Raises `NotFound`."""
        setting = self.center.agents.get((tenant, agent))
        if setting is None:
            raise NotFound(f"There is no agent {agent!r}.")
        return self.runtime.engine.memory.seats.get((tenant, agent)) or Seat(agent, tenant, setting.capacity)

    def is_newest(self, caller: Caller) -> bool:
        """Whether no newer sign-in of this agent has come."""
        seat = self.runtime.engine.memory.seats.get((caller.tenant, caller.subject))
        return seat is not None and seat.epoch == caller.epoch

    def require_newest(self, caller: Caller) -> None:
        """Raises `Refused` for an old screen, and `Untrusted` for a sign-in that is over."""
        if not self.is_newest(caller):
            raise Refused("You have signed in elsewhere since: this screen is old, reload it.")
        if self.seat_of(caller.tenant, caller.subject).chosen is SeatState.OFFLINE:
            raise Untrusted("You are signed out: sign in again.")

    # -- contacts ------------------------------------------------------------------------------------------------------

    def not_found(self, contact: str) -> NotFound:
        return NotFound(f"There is no contact {contact!r}.")

    async def contact(self, id: str) -> Contact:
        """Raises `NotFound`."""
        found = self.runtime.engine.memory.contacts.get(id) or await self.read(lookup.contact(id))
        if found is None:
            raise self.not_found(id)
        return found

    def open_contact(self, channel: str, address: str) -> Contact | None:
        id = self.runtime.engine.memory.lanes.get((channel, address))
        return None if id is None else self.runtime.engine.memory.contacts.get(id)

    async def newest_contact(self, channel: str, address: str) -> Contact | None:
        return self.open_contact(channel, address) or await self.read(lookup.newest_contact(channel, address))

    async def names_of(self, contacts: Iterable[Contact]) -> list[str]:
        """The customers' names, in the same order."""
        names = []
        for contact in contacts:
            lane = (contact.channel, contact.address)
            known = self.runtime.engine.memory.customers.get(lane) or await self.read(lookup.customer_of(*lane))
            names.append(known[1] if known else "")
        return names

    # -- channels ------------------------------------------------------------------------------------------------------

    def web_channel(self, id: str) -> Channel:
        """A channel whose customers come to us themselves. Raises `NotFound` for any other."""
        channel = self.center.channels.get(id)
        if channel is None or "send" in channel.powers or "verify" in channel.powers:
            raise NotFound(f"There is no web chat {id[:80]!r}.")
        return channel

    # -- shown and never stored ----------------------------------------------------------------------------------------

    def show_customer_typing(self, channel: str, address: str, on: bool) -> None:
        contact = self.open_contact(channel, address)
        if contact is not None and contact.agent:
            outlets = self.live.agents.get((contact.tenant, contact.agent))
            self.live.whisper(outlets, type="typing", contact=contact.id, on=on)
            self.live.whisper(self.floor.readers.get(contact.id), type="typing", contact=contact.id, on=on)

    def show_agent_typing(self, contact: Contact, on: bool) -> None:
        outlets = self.live.customers.get((contact.channel, contact.address))
        self.live.whisper(outlets, type="typing", contact=contact.id, on=on)
        channel = self.center.channels.get(contact.channel)
        if on and channel is not None and "typing" in channel.powers:
            task = asyncio.create_task(self.runtime.outward.delivery.typing(contact))
            self._shown.add(task)
            task.add_done_callback(self._shown.discard)

    def _advised(self, advice: Advice) -> None:
        """To the screens of the agent who has the contact, and to no others."""
        for outlet in self.live.agents.get((advice.tenant, advice.agent), ()):
            outlet.push(advice_frame(advice))

    def _show_robots_words(self, contact: Contact, text: str) -> None:
        """What a robot has got to so far; an empty text takes it off the page. Never stored: the words that count come as a line."""
        outlets = self.live.customers.get((contact.channel, contact.address))
        self.live.whisper(outlets, **_robots_words(contact, text))

    def retell_robots_words(self, contact: Contact, outlet: Outlet) -> None:
        """To a page that has come while the robot is in the middle of something."""
        if text := self.runtime.outward.robots.saying(contact.id):
            outlet.say(**_robots_words(contact, text))

    def _platform_typing(self, channel: Channel, typing: Typing) -> None:
        self.show_customer_typing(channel.id, typing.customer, typing.on)


def _robots_words(contact: Contact, text: str) -> dict[str, Any]:
    return {"type": "typing", "contact": contact.id, "on": bool(text), "epoch": contact.epoch, "text": text}


def owner_of(caller: Caller) -> str:
    """Who an upload belongs to, and whom a link is for: one customer of one channel, or one agent."""
    return f"customer:{caller.channel}:{caller.subject}" if caller.channel else f"agent:{caller.subject}"
