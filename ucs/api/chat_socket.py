"""`/chat/socket`: a customer's live side. The page gets its contact's lines and typing, and shows typing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from channels.errors import Forbidden, UcsError
from ucs.api import received
from ucs.api.asking import caller_of
from ucs.api.chat_session import view_of
from ucs.api.live import UNTRUSTED, Outlet, is_answer
from ucs.api.origins import require_origin
from ucs.api.sockets import FORBIDDEN, numbers
from ucs.api.tokens import Caller, Role
from ucs.api.views import customer_frame
from ucs.store import lookup

if TYPE_CHECKING:
    from ucs.api.api import Api


async def socket(api: Api, request: web.Request) -> web.StreamResponse:
    outlet = await api.sockets.accept(request)
    remove = None
    try:
        frame = await api.sockets.hello(outlet)
        caller = await _caller(api, request, outlet, frame)
        if frame is None or caller is None:
            return outlet.socket
        outlet.session = caller.session
        remove = api.live.add(api.live.customers, (caller.channel, caller.subject), outlet)
        await _resume(api, caller, outlet, numbers(frame.get("last")))

        def act(frame: dict[str, Any]) -> None:
            if frame["type"] == "typing":
                api.show_customer_typing(caller.channel, caller.subject, frame.get("on") is not False)

        def has(contact: str, seq: int) -> None:
            received.arrived(api, caller.tenant, contact, seq)

        await api.sockets.listen(outlet, act, arrived=has)
    finally:
        api.sockets.drop(outlet)
        if remove is not None:
            remove()
    return outlet.socket


async def _caller(api: Api, request: web.Request, outlet: Outlet, frame: dict[str, Any] | None) -> Caller | None:
    """Who says hello from where they may; None, and the socket is closed, if that is nobody."""
    try:
        caller = caller_of(api, str((frame or {}).get("token", "")), Role.CUSTOMER)
        require_origin(api, api.web_channel(caller.channel), request, socket=True)
    except Forbidden as error:
        await outlet.close(FORBIDDEN, str(error))
    except UcsError:
        await outlet.close(UNTRUSTED, "say hello with a good token first")
    else:
        return caller
    return None


async def _resume(api: Api, caller: Caller, outlet: Outlet, last: dict[str, int]) -> None:
    """`hello`, then what the page has not seen: of the contact it knows, and of the newest if that is another.

    Lines that come meanwhile come again; the page drops what it has by number."""
    newest = await api.newest_contact(caller.channel, caller.subject)
    outlet.say(type="hello", contact=None if newest is None else view_of(api, newest))
    own = await api.read(lookup.contacts_in(caller.channel, caller.subject)) if last else []
    known = [contact for contact in reversed(own) if contact.id in last]
    for contact in known if newest is None or newest.id in last else [*known, newest]:
        after, said = last.get(contact.id, 0), 0
        await received.names(api, contact, after)
        while found := await api.read(lookup.entries(contact.id, after, shown_to_customer=True)):
            for entry in found:
                if (frame := customer_frame(entry)) is not None:
                    outlet.push(frame)
            after = found[-1].seq
            said = max((entry.seq for entry in found if is_answer(entry)), default=said)
            await outlet.flushed()
        if said > max(contact.received, contact.read):
            outlet.ask(contact.id, said)
    if current := api.open_contact(caller.channel, caller.subject):
        api.retell_robots_words(current, outlet)
