"""`/desk/socket`: an agent's live side. After `hello` comes a snapshot of the seat, then every line after the numbers that the screen
has and what a robot suggests about its contacts (`advice`), then what is new. A newer sign-in of the same agent closes the older
one's sockets, which are told why.

A supervisor who says `"watch": true` in `hello` hears of all seats of the tenant and of its floor, and after
`{"type": "watch", "contact": …}` every line of that contact."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from channels.errors import Refused, UcsError, Untrusted
from ucs.api import desk_views
from ucs.api.asking import caller_of
from ucs.api.live import MOVED, UNTRUSTED, Outlet
from ucs.api.origins import require_own_origin
from ucs.api.sockets import numbers
from ucs.api.tokens import RANK, Caller, Role
from ucs.api.views import advice_frame, entry_frame
from ucs.store import lookup

if TYPE_CHECKING:
    from ucs.api.api import Api


async def socket(api: Api, request: web.Request) -> web.StreamResponse:
    require_own_origin(api, request)
    outlet = await api.sockets.accept(request)
    removals: list[Callable[[], None]] = []
    try:
        frame = await api.sockets.hello(outlet)
        caller = await _caller(api, outlet, frame)
        if frame is None or caller is None:
            return outlet.socket
        outlet.epoch = caller.epoch
        removals.append(api.live.add(api.live.agents, (caller.tenant, caller.subject), outlet))
        watching = Watching(api, caller, outlet)
        removals.append(watching.stop)
        if frame.get("watch") is True and watching.may:
            removals.append(api.live.add(api.live.watchers, caller.tenant, outlet))
        await _resume(api, caller, outlet, numbers(frame.get("last")))

        def act(frame: dict[str, Any]) -> None:
            if frame["type"] == "typing":
                _typing(api, caller, frame)
            elif frame["type"] == "watch":
                watching.of(str(frame.get("contact") or ""))

        await api.sockets.listen(outlet, act, lambda: _alive(api, caller, outlet, watching))
    finally:
        api.sockets.drop(outlet)
        for remove in removals:
            remove()
    return outlet.socket


class Watching:
    """One contact at a time that a supervisor's screen watches, silently: it leaves no line, and nobody else is told."""

    def __init__(self, api: Api, caller: Caller, outlet: Outlet) -> None:
        self._api, self._caller, self._outlet = api, caller, outlet
        self._stop: Callable[[], None] | None = None

    @property
    def may(self) -> bool:
        """As the center has the caller now: a role may be taken away while the socket is open."""
        setting = self._api.center.agents.get((self._caller.tenant, self._caller.subject))
        return setting is not None and RANK[Role(setting.role)] >= RANK[Role.SUPERVISOR]

    def of(self, id: str) -> None:
        """Watch this contact instead; an empty id, or one that is not theirs to watch, is none."""
        self.stop()
        contact = self._api.runtime.engine.memory.contacts.get(id)
        if contact is not None and contact.tenant == self._caller.tenant and self.may:
            self._stop = self._api.floor.watch(id, self._outlet)

    def stop(self) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None


async def _caller(api: Api, outlet: Outlet, frame: dict[str, Any] | None) -> Caller | None:
    """Who says hello; None, and the socket is closed, if that is nobody or an old sign-in."""
    try:
        return caller_of(api, str((frame or {}).get("token", "")), Role.AGENT)
    except Refused:
        outlet.say(type="moved")
        await outlet.close(MOVED, "you have signed in elsewhere")
    except UcsError:
        await outlet.close(UNTRUSTED, "say hello with a good token first")
    return None


def _alive(api: Api, caller: Caller, outlet: Outlet, watching: Watching) -> None:
    """Any frame, a ping too, renews the lease; but not that of a seat that is no longer this sign-in's, of somebody
    removed, or of whoever signed in with a password that is changed by now."""
    try:
        api.agent_setting(caller)
    except Untrusted as error:
        outlet.close_soon(UNTRUSTED, str(error))
        return
    if not api.is_newest(caller):
        outlet.close_soon(MOVED, "you have signed in elsewhere")
    elif RANK[caller.role] >= RANK[Role.SUPERVISOR] and not watching.may:
        outlet.close_soon(UNTRUSTED, "you are no supervisor any more")
    else:
        api.runtime.presence.heard(caller.tenant, caller.subject)


def _typing(api: Api, caller: Caller, frame: dict[str, Any]) -> None:
    contact = api.runtime.engine.memory.contacts.get(str(frame.get("contact")))
    if contact is not None and contact.tenant == caller.tenant and contact.agent == caller.subject:
        api.show_agent_typing(contact, frame.get("on") is not False)


async def _resume(api: Api, caller: Caller, outlet: Outlet, last: dict[str, int]) -> None:
    """Lines that come meanwhile come again: the screen drops what it has by number."""
    state = await desk_views.snapshot(api, caller)
    outlet.say(type="hello", **state)
    for view in state["contacts"]:
        after = last.get(view["id"], 0)
        while found := await api.read(lookup.entries(view["id"], after)):
            for entry in found:
                outlet.push(entry_frame(entry))
            after = found[-1].seq
            await outlet.flushed()
        advice = api.runtime.outward.assist.latest.get(view["id"])
        if advice is not None and (advice.tenant, advice.agent) == (caller.tenant, caller.subject):
            outlet.push(advice_frame(advice))
