"""The server: the runtime, and the routes in front of it. `Api` is what every handler is given."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from aiohttp import web
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection

from channels.errors import Forbidden, NotFound, Refused, Untrusted
from channels.events import Typing
from channels.parts import Media
from ucs.api import chat, desk, desk_socket
from ucs.api.hooks import hook
from ucs.api.live import Live, Outlet
from ucs.api.routes import Route, mount, require_role
from ucs.api.sockets import Sockets
from ucs.api.tokens import Caller, Role, Tokens
from ucs.core.contact import Contact
from ucs.core.seat import Seat
from ucs.runtime.center import Center, Channel
from ucs.runtime.inputs import Input
from ucs.runtime.installation import key_for
from ucs.runtime.limits import Limit
from ucs.runtime.runtime import Runtime, new_id
from ucs.runtime.settings import AgentSetting
from ucs.store import lookup

T = TypeVar("T")
ROUTES: tuple[Route, ...] = (*chat.ROUTES, *desk.ROUTES)


class Api:
    """What handlers share. It keeps nothing that must outlive a restart."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.tokens = Tokens(key_for(runtime.secret, "tokens"), runtime.engine.now)
        self.live = Live(runtime.engine)
        self.sockets = Sockets(runtime.clock)
        self.refreshing: set[str] = set()
        self.per_address = Limit("address", 20, 200, runtime.clock)
        self.per_caller = Limit("sender", 10, 60, runtime.clock)
        self.sign_ins = Limit("agent", 0.2, 10, runtime.clock)
        self._hasher = PasswordHasher()
        self._no_password = self._hasher.hash(secrets.token_hex(16))
        self._waiters: dict[str, set[asyncio.Event]] = {}
        runtime.on_typing = self._platform_typing
        runtime.engine.listen(lambda committed: self._wake(committed.contacts))

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

    # -- who may ask -------------------------------------------------------------------------------------------------

    def allow(self, request: web.Request, caller: Caller) -> None:
        """Raises `TooMany`. A customer's or agent's bucket is theirs alone; strangers share one by address."""
        if caller.subject:
            self.per_caller.take((caller.tenant, caller.channel, caller.subject))
        else:
            self.per_address.take(self.remote(request))

    def remote(self, request: web.Request) -> str:
        """The caller's address: behind a proxy of ours, what the proxy says."""
        if self.runtime.installation.trust_proxy:
            return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or (request.remote or "")
        return request.remote or ""

    def caller_of_frame(self, frame: dict[str, Any] | None, role: Role) -> Caller | None:
        """Whose `hello` this is; None if the token is not good for that."""
        try:
            caller = self.tokens.check(str((frame or {}).get("token", "")))
            require_role(caller, role)
        except (Untrusted, Forbidden):
            return None
        return caller

    def same_origin(self, request: web.Request) -> bool:
        """The desk is served by ourselves: a socket from another page is refused."""
        origin = request.headers.get("Origin")
        own = {f"{request.scheme}://{request.host}", self.runtime.installation.public_url.rstrip("/")}
        return origin is None or origin in own

    async def check_password(self, request: web.Request, tenant: str, agent: str, password: str) -> AgentSetting:
        """The agent, if the password is right; the same answer and the same work for an agent that does not exist."""
        self.sign_ins.take((tenant, agent, self.remote(request)))
        setting = self.center.agents.get((tenant, agent))
        kept = setting.password_hash if setting is not None and setting.password_hash else self._no_password
        right = await asyncio.get_running_loop().run_in_executor(None, self._verify, kept, password)
        if setting is None or not right:
            raise Untrusted("Tenant, agent or password is wrong.")
        return setting

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    def hash_password(self, password: str) -> str:
        return self._hasher.hash(password)

    # -- agents --------------------------------------------------------------------------------------------------------

    def agent_setting(self, caller: Caller) -> AgentSetting:
        setting = self.center.agents.get((caller.tenant, caller.subject))
        if setting is None:
            raise Untrusted("This agent is not configured any more.")
        return setting

    def seat_of(self, tenant: str, agent: str) -> Seat:
        setting = self.center.agents[tenant, agent]
        return self.runtime.engine.memory.seats.get((tenant, agent)) or Seat(agent, tenant, setting.capacity)

    def seat(self, caller: Caller) -> Seat:
        self.agent_setting(caller)
        return self.seat_of(caller.tenant, caller.subject)

    def is_newest(self, caller: Caller) -> bool:
        """Whether no newer sign-in of this agent has come."""
        seat = self.runtime.engine.memory.seats.get((caller.tenant, caller.subject))
        return seat is not None and seat.epoch == caller.epoch

    def require_newest(self, caller: Caller) -> None:
        if not self.is_newest(caller):
            raise Refused("You have signed in elsewhere since: this screen is old, reload it.")

    # -- contacts ------------------------------------------------------------------------------------------------------

    def not_found(self, contact: str) -> NotFound:
        return NotFound(f"There is no contact {contact!r}.")

    async def contact(self, id: str) -> Contact:
        """Raises `NotFound`."""
        found = self.runtime.engine.memory.contacts.get(id) or await self.read(lookup.contact(id))
        if found is None:
            raise self.not_found(id)
        return found

    async def open_contact(self, channel: str, address: str) -> Contact | None:
        id = self.runtime.engine.memory.lanes.get((channel, address))
        return None if id is None else self.runtime.engine.memory.contacts.get(id)

    async def newest_contact(self, channel: str, address: str) -> Contact | None:
        return await self.open_contact(channel, address) or await self.read(lookup.newest_contact(channel, address))

    async def names_of(self, contacts: list[Contact]) -> list[str]:
        """The customers' names, in the same order."""
        names = []
        for contact in contacts:
            lane = (contact.channel, contact.address)
            known = self.runtime.engine.memory.customers.get(lane) or await self.read(lookup.customer_of(*lane))
            names.append(known[1] if known else "")
        return names

    async def told_more(self, contact: Contact, after: int, seconds: float) -> None:
        """Return when the customer may see a line after `after`, or after so many seconds."""
        event = asyncio.Event()
        self._waiters.setdefault(contact.id, set()).add(event)
        try:
            current = self.runtime.engine.memory.contacts.get(contact.id)
            if current is not None and current.told <= after:
                async with asyncio.timeout(seconds):
                    await event.wait()
        except TimeoutError:
            return
        finally:
            self._waiters[contact.id].discard(event)
            if not self._waiters[contact.id]:
                del self._waiters[contact.id]

    def _wake(self, contacts: dict[str, Contact]) -> None:
        if self._waiters:
            for id in contacts.keys() & self._waiters.keys():
                for event in self._waiters[id]:
                    event.set()

    # -- channels and files --------------------------------------------------------------------------------------------

    def web_channel(self, id: str) -> Channel:
        """A channel whose customers come to us themselves. Raises `NotFound` for any other."""
        channel = self.center.channels.get(id)
        if channel is None or "send" in channel.powers or "verify" in channel.powers:
            raise NotFound(f"There is no web chat {id!r}.")
        return channel

    def media_rules(self, channel: Channel) -> dict[str, Any]:
        """What a page may upload, so that it can say so before trying."""
        policy = self.center.media_policy(channel.tenant, channel.id)
        sizes = {family: int(getattr(policy, family)) for family in ("image", "audio", "video", "file")}
        return {"sizes": sizes, "allow": list(policy.allow), "deny": list(policy.deny)}

    async def require_upload(self, caller: Caller, media: Media) -> None:
        """Only a file that this caller uploaded may be said by this caller. Raises `Forbidden`, `NotFound` or `Refused`."""
        if not isinstance(media, str):
            raise Refused("A file is named by the id that its upload gave.")
        item = await self.runtime.media.claim(caller.tenant, media, owner_of(caller))
        if item.state != "ready":
            raise Refused(f"The file {media} is not ready: {item.reason or 'its upload has not ended'}.")

    # -- shown and never stored ----------------------------------------------------------------------------------------

    def show_customer_typing(self, channel: str, address: str, on: bool) -> None:
        id = self.runtime.engine.memory.lanes.get((channel, address))
        contact = self.runtime.engine.memory.contacts.get(id) if id else None
        if contact is not None and contact.agent:
            outlets = self.live.agents.get((contact.tenant, contact.agent))
            self.live.whisper(outlets, type="typing", contact=contact.id, on=on)

    def show_agent_typing(self, contact: Contact, on: bool) -> None:
        outlets = self.live.customers.get((contact.channel, contact.address))
        self.live.whisper(outlets, type="typing", contact=contact.id, on=on)

    def _platform_typing(self, channel: Channel, typing: Typing) -> None:
        self.show_customer_typing(channel.id, typing.customer, typing.on)

    def close_soon(self, outlet: Outlet, code: int, why: str) -> None:
        asyncio.get_running_loop().create_task(outlet.socket.close(code=code, message=why.encode()))


def owner_of(caller: Caller) -> str:
    """Who an upload belongs to: one customer of one channel, or one agent."""
    return f"{caller.role}:{caller.channel}:{caller.subject}" if caller.channel else f"agent:{caller.subject}"


def make_app(runtime: Runtime) -> web.Application:
    """The application; it starts and closes the runtime with itself."""
    app = web.Application(client_max_size=2**20)
    api = Api(runtime)

    async def running(app: web.Application) -> Any:
        await runtime.start()
        api.sockets.start()
        yield
        await api.sockets.close()
        await runtime.close()

    app.cleanup_ctx.append(running)
    mount(app, api, ROUTES)
    app.router.add_route("*", "/hooks/{channel}", hook(api))
    app.router.add_get("/chat/socket", lambda request: chat.socket(api, request))
    app.router.add_get("/desk/socket", lambda request: desk_socket.socket(api, request))
    app[API] = api
    return app


API = web.AppKey("api", Api)
