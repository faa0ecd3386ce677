"""`/desk/socket`: an agent's live side. After `hello` comes a snapshot of the seat, then every line after the numbers that the screen
has, then what is new. A newer sign-in of the same agent closes the older one's sockets, which are told why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from ucs.api import desk
from ucs.api.live import Outlet
from ucs.api.sockets import MOVED, UNTRUSTED, numbers
from ucs.api.tokens import Caller, Role
from ucs.api.views import entry_frame
from ucs.store import lookup

if TYPE_CHECKING:
    from ucs.api.app import Api


async def socket(api: Api, request: web.Request) -> web.StreamResponse:
    outlet = await api.sockets.accept(request)
    remove = None
    try:
        frame = await api.sockets.hello(outlet)
        caller = api.caller_of_frame(frame, Role.AGENT)
        if frame is None or caller is None or not api.same_origin(request):
            await outlet.socket.close(code=UNTRUSTED, message=b"say hello with a good token first")
            return outlet.socket
        if not api.is_newest(caller):
            await outlet.socket.close(code=MOVED, message=b"you have signed in elsewhere")
            return outlet.socket
        remove = api.live.add(api.live.agents, (caller.tenant, caller.subject), outlet)
        await _resume(api, caller, outlet, numbers(frame.get("last")))

        def act(frame: dict[str, Any]) -> None:
            if frame["type"] == "typing":
                _typing(api, caller, frame)

        await api.sockets.listen(outlet, act, lambda: _alive(api, caller, outlet))
    finally:
        api.sockets.drop(outlet)
        if remove is not None:
            remove()
    return outlet.socket


def _alive(api: Api, caller: Caller, outlet: Outlet) -> None:
    """Any frame, a ping too, renews the lease; but not that of a seat which has been taken over by a newer sign-in."""
    if api.is_newest(caller):
        api.runtime.presence.heard(caller.tenant, caller.subject)
    else:
        api.close_soon(outlet, MOVED, "you have signed in elsewhere")


def _typing(api: Api, caller: Caller, frame: dict[str, Any]) -> None:
    contact = api.runtime.engine.memory.contacts.get(str(frame.get("contact")))
    if contact is not None and contact.tenant == caller.tenant and contact.agent == caller.subject:
        api.show_agent_typing(contact, frame.get("on") is not False)


async def _resume(api: Api, caller: Caller, outlet: Outlet, last: dict[str, int]) -> None:
    """Lines that come meanwhile come again: the screen drops what it has by number."""
    state = await desk.snapshot(api, caller)
    outlet.say(type="hello", **state)
    for view in state["contacts"]:
        after = last.get(view["id"], 0)
        while found := await api.read(lookup.entries(view["id"], after)):
            for entry in found:
                outlet.push(entry_frame(entry))
            after = found[-1].seq
