"""Who has an IPv6 address has 2^64 of them: limits by address that counted each by itself were none."""

from __future__ import annotations

import itertools

from tests.api.conftest import Build
from tests.api.house import House


async def refused_after(house: House, path: str, body: dict[str, str], most: int) -> int:
    """How often somebody may ask who comes from another address of the same network each time."""
    for number in itertools.count():
        headers = {"X-Forwarded-For": f"2001:db8:1:2::{number + 1:x}"}
        async with await house.ask("POST", path, headers, json=body) as response:
            if response.status == 429 or number > most:
                return number
    raise AssertionError


async def test_passwords_are_not_tried_from_one_address_after_the_other(build: Build) -> None:
    house = await build(trust_proxy=True)
    body = {"tenant": "acme", "agent": "ann", "password": "guess after guess"}
    assert await refused_after(house, "/desk/sign-in", body, 30) == 10
    elsewhere = {"X-Forwarded-For": "2001:db8:1:3::1"}
    await house.no(401, "POST", "/desk/sign-in", elsewhere, json=body)


async def test_nor_are_signatures(build: Build) -> None:
    house = await build(trust_proxy=True)
    assert await refused_after(house, "/hooks/line", {}, 100) == 60
