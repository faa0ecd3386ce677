"""Agents sign in with a password for a short token, and renew it while they work. The newest sign-in of an agent wins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic import Field, SecretStr

from channels.errors import Refused, Untrusted
from ucs.api.asking import bearer
from ucs.api.body import Body
from ucs.api.call import Call
from ucs.api.tokens import ACCESS_FOR, RANK, Caller, Role
from ucs.api.views import seat_view
from ucs.core.seat import Seat, SeatState, SignedIn, SignedOut
from ucs.runtime.center.settings import AgentSetting
from ucs.runtime.engine.inputs import SeatDid

if TYPE_CHECKING:
    from ucs.api.api import Api


class SignInBody(Body):
    tenant: str = Field(max_length=64)
    agent: str = Field(max_length=64)
    password: SecretStr = Field(max_length=200)


async def sign_in(api: Api, call: Call) -> dict[str, Any]:
    body: SignInBody = call.body
    setting = await _check(api, call.request, body)
    return await _sit_down(api, body.tenant, body.agent, setting)


async def _check(api: Api, request: web.Request, body: SignInBody) -> AgentSetting:
    """The agent, if the password is right; the same answer after the same work for an agent that does not exist."""
    api.limits.sign_in(body.tenant, body.agent, api.remote(request))
    setting = api.center.agents.get((body.tenant, body.agent))
    kept = setting.password_hash if setting is not None else ""
    async with api.verifying:
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(None, api.passwords.holds, kept, body.password.get_secret_value())
    if setting is None or not right:
        raise Untrusted("Tenant, agent or password is wrong.")
    return setting


async def renew(api: Api, call: Call) -> dict[str, Any]:
    """A new token before the old one expires; only for the newest sign-in. Who was merely not heard of for a while sits down again."""
    try:
        caller = api.tokens.check(bearer(call.request))
    except Untrusted:
        api.limits.guess(api.remote(call.request))
        raise
    if caller.role not in RANK:
        raise Untrusted("This is for agents: customers use /chat/refresh.")
    setting = api.agent_setting(caller)
    seat = api.seat_of(caller.tenant, caller.subject)
    if seat.epoch != caller.epoch:
        raise Refused("You have signed in elsewhere since: this screen is old, reload it.")
    if seat.chosen is SeatState.OFFLINE and seat.reason != "lost":
        raise Untrusted("You are signed out: sign in again.")
    if seat.chosen is SeatState.OFFLINE:
        return await _sit_down(api, caller.tenant, caller.subject, setting)
    api.runtime.presence.heard(caller.tenant, caller.subject)
    return _signed_in(api, caller.tenant, setting, seat)


async def _sit_down(api: Api, tenant: str, agent: str, setting: AgentSetting) -> dict[str, Any]:
    seat: Seat = await api.submit(SeatDid(tenant, agent, SignedIn()))
    api.runtime.presence.heard(tenant, agent)
    return _signed_in(api, tenant, setting, seat)


def _signed_in(api: Api, tenant: str, setting: AgentSetting, seat: Seat) -> dict[str, Any]:
    mark = api.tokens.mark_of(setting.password_hash)
    caller = Caller(Role(setting.role), tenant, seat.agent, epoch=seat.epoch, password=mark)
    return {
        "token": api.tokens.issue(caller),
        "expires_in": int(ACCESS_FOR.total_seconds()),
        "tenant": tenant,
        "agent": seat.agent,
        "name": setting.name or seat.agent,
        "role": caller.role.value,
        "seat": seat_view(seat, setting.name),
    }


async def sign_out(api: Api, call: Call) -> dict[str, Any]:
    await api.submit(SeatDid(call.caller.tenant, call.caller.subject, SignedOut("signed_out"), call.caller.epoch))
    return {}
