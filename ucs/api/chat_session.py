"""Sessions of customers: start, refresh, and what of a contact its customer sees.

A visitor is an address that we draw at random; with a signed identity the address is the tenant's own name for the customer, and
only then are contacts of other browsers shown. A typed name is a claim: it is shown to agents, and opens nothing.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import Field, SecretStr
from sqlalchemy import Row

from channels import events as ev
from channels.errors import Forbidden, Untrusted
from ucs.api.body import Body, Words
from ucs.api.call import Call
from ucs.api.origins import require_origin
from ucs.api.tokens import (
    ACCESS_FOR,
    GRACE_FOR,
    REFRESH_FOR,
    Caller,
    Role,
    check_identity,
    new_refresh_token,
    next_refresh_token,
    same_secret,
    split_refresh_token,
)
from ucs.api.views import customer_view
from ucs.core.contact import Contact, State
from ucs.runtime.center.center import Channel
from ucs.runtime.center.installation import key_for
from ucs.runtime.customers import Speaks
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.inputs import Together, Wrote
from ucs.store import lookup
from ucs.store import tables as t
from ucs.store.store import micros
from ucs.web.pages import language

if TYPE_CHECKING:
    from ucs.api.api import Api

MICROSECOND = timedelta(microseconds=1)


class SessionBody(Body):
    """Start a session. `identity` is a JWT signed by the tenant's own server; `name` is only a claim."""

    name: Words = Field(default="", max_length=200)
    identity: str = Field(default="", max_length=4000)
    language: str = Field(default="", max_length=35, description="What the customer's page speaks; else the browser's.")


class RefreshBody(Body):
    refresh: str = Field(max_length=200)


async def start(api: Api, call: Call) -> dict[str, Any]:
    body: SessionBody = call.body
    channel = api.web_channel(call.path("channel"))
    require_origin(api, channel, call.request)
    api.limits.start_session(api.remote(call.request))
    address, name, proven = _who(api, channel, body)
    session = api.new_id()
    refresh, kept = new_refresh_token(session)
    vouched = _mark_of_key(api, channel) if proven else ""
    kept_body = orjson.dumps({"channel": channel.id, "proven": proven, "vouched": vouched}).decode()
    row = (session, channel.tenant, "customer", address, kept, micros(api.now() + REFRESH_FOR), kept_body)
    joined = ev.CustomerJoined(f"{address}:{session}", api.now(), address, name)
    opened = Wrote((("put_session", row),))
    speaks = Speaks(channel.id, address, body.language or language(call.request, channel))
    await api.submit(Together((opened, Arrived(channel.id, (joined,), strict=True, proven=proven), speaks)))
    caller = Caller(Role.CUSTOMER, channel.tenant, address, channel.id, proven=proven, session=session)
    return _session_view(api, channel, caller, refresh)


def _who(api: Api, channel: Channel, body: SessionBody) -> tuple[str, str, bool]:
    """Address, name, and whether the tenant's own server vouches for them."""
    if not body.identity:
        return f"v:{api.new_secret()}", body.name, False
    config = channel.adapter.config
    key: SecretStr | None = getattr(config, "identity_key", None)
    if key is None:
        raise Forbidden("This channel takes no signed identities: configure identity_key first.")
    identity = check_identity(
        body.identity, key.get_secret_value(), config.identity_algorithm, config.identity_audience, api.now()
    )
    return f"id:{identity.subject}", identity.name or body.name, True


async def refresh(api: Api, call: Call) -> dict[str, Any]:
    """A new token for an old session. The refresh token is good once, with a short grace; an old one ends the whole session."""
    session, given = split_refresh_token(call.body.refresh)
    async with api.refreshing.setdefault(session, asyncio.Lock()):
        rows = await api.read(lookup.rows(t.session.select().where(t.session.c.id == session)))
        if not rows or rows[0].expires_at <= micros(api.now()) or rows[0].kind != "customer":
            api.limits.guess(api.remote(call.request))
            raise Untrusted("The session is over: start a new one.")
        row, body = rows[0], orjson.loads(rows[0].body)
        is_newest = same_secret(row.token, given)
        if not is_newest and not _is_spared(body, given, api.now()):
            raise await _end_session(api, session)
        channel = api.web_channel(body["channel"])
        require_origin(api, channel, call.request)
        if body["proven"] and not same_secret(body.get("vouched", ""), _mark_of_key(api, channel)):
            await _drop_session(api, session)
            raise Untrusted("The key that vouched for this session is no longer the channel's: start a new one.")
        token, kept = next_refresh_token(key_for(api.runtime.secret, "refresh"), session, given)
        if is_newest:
            await _rotate(api, row, body, kept)
    caller = Caller(Role.CUSTOMER, row.tenant, row.subject, channel.id, proven=body["proven"], session=session)
    return _session_view(api, channel, caller, token)


async def sign_out(api: Api, call: Call) -> dict[str, Any]:
    """The customer goes, and whoever comes next in that browser is somebody else."""
    await _drop_session(api, call.caller.session)
    return {}


def _is_spared(body: dict[str, Any], given: str, now: datetime) -> bool:
    """Whether this is the token before the newest, and was the newest a moment ago."""
    before, at = body.get("before", ""), body.get("rotated_at", 0)
    return same_secret(before, given) and 0 <= micros(now) - at <= GRACE_FOR // MICROSECOND


async def _rotate(api: Api, row: Row[Any], body: dict[str, Any], kept: str) -> None:
    """The row is changed, not put: a session that was ended meanwhile stays ended."""
    now = api.now()
    rotated = orjson.dumps({**body, "before": row.token, "rotated_at": micros(now)}).decode()
    await api.submit(Wrote((("change_session", (row.id, kept, micros(now + REFRESH_FOR), rotated)),)))


async def _end_session(api: Api, session: str) -> Untrusted:
    """Two have had the same refresh token, and one of them is a thief: nobody goes on with it."""
    await _drop_session(api, session)
    return Untrusted("This refresh token has been used before: the session is ended, start a new one.")


async def _drop_session(api: Api, session: str) -> None:
    await api.submit(Wrote((("drop_session", (session,)),)))
    api.live.end_session(session)


def _mark_of_key(api: Api, channel: Channel) -> str:
    """Of the key with which the tenant's server vouches for customers. It is changed because somebody else had it, and whoever was
    proven with the old one is so no longer."""
    key: SecretStr | None = getattr(channel.adapter.config, "identity_key", None)
    return "" if key is None else api.tokens.mark_of(key.get_secret_value())


def _session_view(api: Api, channel: Channel, caller: Caller, token: str) -> dict[str, Any]:
    contact = api.open_contact(channel.id, caller.subject)
    policy = api.center.media_policy(channel.tenant, channel.id)
    sizes = {family: int(getattr(policy, family)) for family in ("image", "audio", "video", "file")}
    return {
        "token": api.tokens.issue(caller),
        "refresh": token,
        "expires_in": int(ACCESS_FOR.total_seconds()),
        "open": channel.policy.queues[channel.policy.queue].hours.is_open(api.now()),
        "proven": caller.proven,
        "contact": None if contact is None else view_of(api, contact),
        "media": {"sizes": sizes, "allow": policy.allow, "deny": policy.deny},
    }


def view_of(api: Api, contact: Contact) -> dict[str, Any]:
    """A contact as its customer sees it."""
    policy = api.center.policy(contact.channel)
    agent = policy.names.get(contact.agent, "") if contact.state in (State.TALKING, State.WRAP_UP) else ""
    if contact.state is State.ROBOT:
        agent = policy.robot.name if policy.robot is not None else contact.robot
    estimate = api.runtime.dispatch.estimate(contact)
    minutes = None if estimate is None else max(1, round(estimate.likely.total_seconds() / 60))
    return customer_view(contact, agent, api.runtime.dispatch.position(contact), minutes)
