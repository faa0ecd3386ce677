"""Agents' passwords, short tokens, and the newest sign-in that wins."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from multidict import CIMultiDict

from tests.api.house import PASSWORD, House
from ucs.runtime.center.passwords import Passwords, nobodys


@pytest.mark.parametrize(
    ("tenant", "agent", "password"),
    [
        ("acme", "ann", "wrong horse"),
        ("acme", "nobody", PASSWORD),
        ("globex", "ann", PASSWORD),
        ("nobody", "ann", PASSWORD),
        ("acme", "ann", ""),
        ("acme", "ann", "\u0000"),
    ],
)
async def test_whatever_is_wrong_the_answer_is_the_same(house: House, tenant: str, agent: str, password: str) -> None:
    body = {"tenant": tenant, "agent": agent, "password": password}
    problem = await house.no(401, "POST", "/desk/sign-in", json=body)
    assert problem["detail"] == "Tenant, agent or password is wrong."


def test_nobodys_password_is_right_for_nobody() -> None:
    passwords = Passwords()
    kept = passwords.hash(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert passwords.holds(kept, PASSWORD)
    assert not passwords.holds(kept, PASSWORD + " ")
    assert not passwords.holds("", PASSWORD)
    assert not passwords.holds("", "")
    assert not passwords.holds("not a hash", PASSWORD)


def test_nobodys_password_costs_what_any_other_does() -> None:
    """Else the time of the answer would tell which agents there are."""
    hasher = PasswordHasher()
    written, hashed = nobodys(hasher), hasher.hash(PASSWORD)
    assert extract_parameters(written) == extract_parameters(hashed)
    assert nobodys(hasher) != written
    with pytest.raises(VerifyMismatchError):  # it was hashed and compared, and not refused for how it looks
        hasher.verify(written, PASSWORD)


async def test_trying_passwords_is_limited_by_agent_and_address(house: House) -> None:
    body = {"tenant": "acme", "agent": "ann", "password": "wrong horse"}
    for _ in range(10):
        await house.no(401, "POST", "/desk/sign-in", json=body)
    async with await house.ask("POST", "/desk/sign-in", json={**body, "password": PASSWORD}) as response:
        assert response.status == 429
        assert response.headers["Retry-After"]
    await house.agent("ben")  # is not locked out
    house.clocks.later(seconds=10)
    await house.agent("ann")


async def test_trying_agents_is_limited_by_address(house: House) -> None:
    house.api.limits.sign_ins_here.burst = 8  # as if most had been used up
    statuses = []
    for number in range(10):
        body = {"tenant": "acme", "agent": f"agent{number}", "password": "wrong horse"}
        async with await house.ask("POST", "/desk/sign-in", json=body) as response:
            statuses.append(response.status)
    assert statuses == [401] * 8 + [429] * 2


async def test_behind_a_proxy_the_address_is_the_callers(build: object) -> None:
    house: House = await build(trust_proxy=True)  # type: ignore[operator]  # a fixture's function
    house.api.limits.sessions.burst = 10  # as if most had been used up
    for _ in range(10):
        await house.ok("POST", "/chat/site/session", {"X-Forwarded-For": "203.0.113.7, 198.51.100.1"})
    await house.no(429, "POST", "/chat/site/session", {"X-Forwarded-For": "8.8.8.8, 198.51.100.1"})
    await house.ok("POST", "/chat/site/session", {"X-Forwarded-For": "198.51.100.2"})
    twice = CIMultiDict([("X-Forwarded-For", "198.51.100.3"), ("X-Forwarded-For", "198.51.100.1")])
    await house.no(429, "POST", "/chat/site/session", twice)


async def test_the_newest_sign_in_wins_and_the_old_screen_is_told(house: House) -> None:
    old = await house.agent()
    socket = await house.socket("/desk/socket", old.signed_in["token"])
    await socket.hear("hello")
    new = await house.agent()
    await socket.hear("moved")
    assert await socket.closed() == 4409
    problem = await house.no(409, "POST", "/desk/state", old.headers, json={"state": "idle"})
    assert "elsewhere" in problem["detail"]
    await house.no(409, "GET", "/desk/contacts", old.headers)
    await house.no(409, "POST", "/desk/renew", old.headers)
    await new.ready()
    again = await house.socket("/desk/socket", old.signed_in["token"])
    assert await again.closed() == 4409


async def test_a_token_is_renewed_and_runs_out(house: House) -> None:
    agent = await house.agent()
    house.clocks.later(minutes=14)
    renewed = await house.ok("POST", "/desk/renew", agent.headers)
    house.clocks.later(minutes=2)
    await house.no(401, "GET", "/desk/contacts", agent.headers)
    await house.ok("GET", "/desk/contacts", {"Authorization": f"Bearer {renewed['token']}"})


async def test_who_has_signed_out_is_out(house: House) -> None:
    agent = await house.agent()
    await house.ok("POST", "/desk/sign-out", agent.headers)
    await house.no(401, "GET", "/desk/contacts", agent.headers)
    await house.no(401, "POST", "/desk/renew", agent.headers)


async def test_who_was_merely_lost_sits_down_again(house: House) -> None:
    agent = await house.agent()
    house.clocks.later(seconds=60)
    house.runtime.presence.look()
    await house.until(lambda: house.api.seat_of("acme", "ann").lost_at)
    house.clocks.later(seconds=60)
    house.runtime.presence.look()
    await house.until(lambda: house.api.seat_of("acme", "ann").chosen == "offline")
    await house.no(401, "GET", "/desk/contacts", agent.headers)
    renewed = await house.ok("POST", "/desk/renew", agent.headers)
    assert renewed["seat"]["epoch"] == agent.signed_in["seat"]["epoch"] + 1
    await house.ok("GET", "/desk/contacts", {"Authorization": f"Bearer {renewed['token']}"})


async def test_a_customers_token_opens_no_desk_and_the_other_way_round(house: House) -> None:
    customer, agent = await house.customer(), await house.agent()
    await house.no(403, "GET", "/desk/contacts", customer.headers)
    await house.no(401, "POST", "/desk/renew", customer.headers)
    await house.no(403, "GET", "/chat/contacts", agent.headers)
    await house.no(403, "GET", "/desk/contacts", house.operator)
