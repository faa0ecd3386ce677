"""A password or a key is changed because somebody else knew it: who came in with the old one does not stay."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.house import PASSWORD, House, identity
from ucs.api.live import UNTRUSTED

ANN: dict[str, Any] = {"name": "Ann", "skills": {"support": 1}}
NEW = "quite another password"


async def change(house: House, **setting: Any) -> None:
    amy = await house.agent("amy")
    await house.ok("PUT", "/admin/tenants/acme/agents/ann", amy.headers, json={**ANN, **setting})


async def test_a_new_password_ends_what_the_old_one_began(house: House) -> None:
    _, ann, contact, _ = await house.talking()
    socket = await house.socket("/desk/socket", ann.signed_in["token"])
    await socket.hear("hello")
    await change(house, password=NEW)
    for path in (f"/desk/contacts/{contact}", "/desk/settings"):
        problem = await house.no(401, "GET", path, ann.headers)
        assert "has been changed" in problem["detail"]
    await house.no(401, "POST", "/desk/renew", ann.headers, json={})
    await socket.say(type="ping")
    assert await socket.closed() == UNTRUSTED
    body = {"tenant": "acme", "agent": "ann"}
    await house.no(401, "POST", "/desk/sign-in", json={**body, "password": PASSWORD})
    again = await house.ok("POST", "/desk/sign-in", json={**body, "password": NEW})
    assert list(again["seat"]["carries"]) == [contact]  # what she had she still has


async def test_a_password_that_stays_disturbs_nobody(house: House) -> None:
    _, ann, contact, _ = await house.talking()
    await change(house, name="Ann the Second")
    await change(house, password=PASSWORD)
    await house.ok("GET", f"/desk/contacts/{contact}", ann.headers)
    await house.ok("POST", "/desk/renew", ann.headers, json={})


async def test_a_token_tells_nothing_of_the_password(house: House) -> None:
    ann = await house.agent()
    kept = house.api.center.agents["acme", "ann"].password_hash
    caller = house.api.tokens.check(ann.signed_in["token"])
    assert caller.password
    assert caller.password not in kept


async def test_a_new_identity_key_ends_what_the_old_one_vouched_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    proven = await house.customer("vip", identity=identity(house.clocks.now()))
    stranger = await house.customer("vip")
    refreshed = await house.ok("POST", "/chat/refresh", json={"refresh": proven.session["refresh"]})
    monkeypatch.setenv("ACME__NEW_KEY", "n" * 40)
    amy = await house.agent("amy")
    config = {"identity_key": "env:ACME__NEW_KEY", "identity_audience": "acme-chat"}
    channel = {"adapter": "webchat", "queue": "support", "config": config}
    await house.ok("PUT", "/admin/tenants/acme/channels/vip", amy.headers, json=channel)
    problem = await house.no(401, "POST", "/chat/refresh", json={"refresh": refreshed["refresh"]})
    assert "no longer the channel's" in problem["detail"]
    await house.no(401, "POST", "/chat/refresh", json={"refresh": refreshed["refresh"]})
    await house.ok("POST", "/chat/refresh", json={"refresh": stranger.session["refresh"]})  # nobody vouched for them
