"""Who asks, and may they: from the token to a `Caller`. A token says who somebody was when it was made; the center says what they
are now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiohttp import web

from channels.errors import Forbidden, Untrusted
from ucs.api.origins import require_origin
from ucs.api.tokens import RANK, Caller, Role

if TYPE_CHECKING:
    from ucs.api.api import Api

NOBODY = Caller(Role.CUSTOMER, "", "")
OPERATOR = Caller(Role.OPERATOR, "", "operator")


def permitted(api: Api, request: web.Request, role: Role) -> Caller:
    """The caller, if the token is good for this role.

    Raises `Untrusted`, `Forbidden`, `Refused` for an old sign-in, or `TooMany` for an address that keeps guessing."""
    try:
        caller = caller_of(api, bearer(request), role)
    except Untrusted:
        api.limits.guess(api.remote(request))
        raise
    if caller.role is Role.CUSTOMER:
        require_origin(api, api.web_channel(caller.channel), request)
    return caller


def bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Untrusted("Send your token as 'Authorization: Bearer …'.")
    return token


def caller_of(api: Api, token: str, role: Role) -> Caller:
    """Whose token this is, as the center has them now."""
    caller = OPERATOR if api.tokens.is_operator(token) else api.tokens.check(token)
    if caller.role is Role.CUSTOMER:
        if caller.channel not in api.center.channels:
            raise Untrusted("This channel is no longer here.")
    elif caller.role is not Role.OPERATOR:
        caller = replace(caller, role=Role(api.agent_setting(caller).role))
        api.require_newest(caller)
    require_role(caller, role)
    return caller


def require_role(caller: Caller, role: Role) -> None:
    """Raises `Forbidden`. The operator runs the installation and has no seat at anybody's desk."""
    if role is Role.CUSTOMER:
        if caller.role is not Role.CUSTOMER:
            raise Forbidden("This is for customers: agents use /desk.")
        return
    if caller.role is Role.OPERATOR and RANK[role] < RANK[Role.ADMIN]:
        raise Forbidden("This needs an agent's seat, and the operator has none.")
    if RANK.get(caller.role, 0) < RANK[role]:
        raise Forbidden(f"This needs the role {role}, and you are signed in as {caller.role}.")
