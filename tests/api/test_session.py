"""Customers' sessions: short tokens that rotate, and identities that the tenant's own server signs."""

from __future__ import annotations

import asyncio
import base64
import hmac
import math
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from channels.errors import Untrusted
from tests.api.house import IDENTITY_KEY, Clocks, House, identity
from ucs.api.live import UNTRUSTED
from ucs.api.tokens import ACCESS_FOR, Caller, Role, Tokens, check_identity


async def refreshed(house: House, token: str) -> dict[str, Any]:
    return dict(await house.ok("POST", "/chat/refresh", json={"refresh": token}))


async def test_a_refresh_token_is_good_once_and_later_ends_the_session(house: House) -> None:
    customer = await house.customer()
    contact = (await customer.say("Hello"))["contact"]
    first = customer.session["refresh"]
    second = await refreshed(house, first)
    assert second["contact"]["id"] == contact
    assert second["refresh"] != first
    house.clocks.later(seconds=31)
    await house.no(401, "POST", "/chat/refresh", json={"refresh": first})
    await house.no(401, "POST", "/chat/refresh", json={"refresh": second["refresh"]})


async def test_whose_answer_got_lost_asks_again_and_goes_on(house: House) -> None:
    first = (await house.customer()).session["refresh"]
    lost = await refreshed(house, first)
    house.clocks.later(seconds=30)
    again = await refreshed(house, first)
    assert again["refresh"] == lost["refresh"]  # one successor, so that there is one family
    headers = {"Authorization": f"Bearer {again['token']}"}
    assert (await house.ok("GET", "/chat/contacts", headers))["contacts"] == []
    third = (await refreshed(house, again["refresh"]))["refresh"]
    house.clocks.later(days=29)
    assert (await refreshed(house, third))["refresh"] not in (first, again["refresh"], third)


async def test_only_the_token_before_the_newest_is_spared(house: House) -> None:
    first = (await house.customer()).session["refresh"]
    second = (await refreshed(house, first))["refresh"]
    third = (await refreshed(house, second))["refresh"]
    await house.no(401, "POST", "/chat/refresh", json={"refresh": first})
    await house.no(401, "POST", "/chat/refresh", json={"refresh": third})


async def test_a_thief_within_the_grace_is_found_out_at_the_next_turn(house: House) -> None:
    """Both have the same successor then; who uses it second, later, ends the session for both."""
    first = (await house.customer()).session["refresh"]
    mine, stolen = await refreshed(house, first), await refreshed(house, first)
    house.clocks.later(minutes=14)
    newest = await refreshed(house, mine["refresh"])
    house.clocks.later(minutes=1)
    await house.no(401, "POST", "/chat/refresh", json={"refresh": stolen["refresh"]})
    await house.no(401, "POST", "/chat/refresh", json={"refresh": newest["refresh"]})


async def test_a_session_that_ends_takes_its_sockets_along(house: House) -> None:
    customer = await house.customer()
    socket = await house.socket("/chat/socket", customer.session["token"])
    await socket.hear("hello")
    await refreshed(house, customer.session["refresh"])
    house.clocks.later(seconds=31)
    await house.no(401, "POST", "/chat/refresh", json={"refresh": customer.session["refresh"]})
    assert await socket.closed() == 4401


async def test_two_tabs_that_refresh_at_once_both_go_on(house: House) -> None:
    customer = await house.customer()
    answers = await asyncio.gather(*(refreshed(house, customer.session["refresh"]) for _ in range(5)))
    tokens = {answer["refresh"] for answer in answers}
    assert len(tokens) == 1
    await refreshed(house, tokens.pop())
    assert len(house.api.refreshing) == 0


@pytest.mark.parametrize("token", ["", "x", ".", "a.", ".b", "session.secret", "\u0000.\u0000", "x" * 200])
async def test_refresh_tokens_that_are_none(house: House, token: str) -> None:
    await house.no(401, "POST", "/chat/refresh", json={"refresh": token})


async def test_tokens_and_sessions_run_out(house: House) -> None:
    customer = await house.customer()
    house.clocks.later(minutes=15)
    problem = await house.no(401, "GET", "/chat/contacts", customer.headers)
    assert "refresh" in problem["detail"]
    house.clocks.later(days=30)
    await house.no(401, "POST", "/chat/refresh", json={"refresh": customer.session["refresh"]})


async def test_no_token_is_in_an_address(house: House) -> None:
    customer = await house.customer()
    await house.no(401, "GET", f"/chat/contacts?token={customer.session['token']}")


async def test_a_signed_identity_is_the_same_person_everywhere(house: House) -> None:
    one = await house.customer("vip", identity=identity(house.clocks.at))
    contact = (await one.say("Hello"))["contact"]
    other = await house.customer(
        "vip", identity=identity(house.clocks.at, iat=None, nbf=int(house.clocks.at.timestamp()))
    )
    assert other.session["proven"]
    assert other.session["contact"]["id"] == contact
    assert [each["id"] for each in (await house.ok("GET", "/chat/contacts", other.headers))["contacts"]] == [contact]


async def test_a_claimed_name_opens_nothing(house: House) -> None:
    known = await house.customer("vip", identity=identity(house.clocks.at))
    await known.say("My secret")
    claiming = await house.customer("vip", name="Cleo")
    assert not claiming.session["proven"]
    assert claiming.session["contact"] is None
    assert (await house.ok("GET", "/chat/contacts", claiming.headers))["contacts"] == []
    await claiming.say("I am Cleo")
    assert len((await house.ok("GET", "/chat/contacts", claiming.headers))["contacts"]) == 1


async def test_a_channel_without_a_key_takes_no_identity(house: House) -> None:
    await house.no(403, "POST", "/chat/site/session", json={"identity": identity(house.clocks.at)})


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "globex-chat"},
        {"aud": None},
        {"exp": None},
        {"exp": -31},
        {"iat": 31},
        {"nbf": 31},
        {"sub": None},
        {"sub": ""},
        {"sub": "a\nb"},
        {"sub": "x" * 201},
        {"exp": math.nan},
        {"exp": math.inf},
        {"iat": "now"},
        {"key": "j" * 40},
    ],
    ids=str,
)
async def test_identities_that_are_none(house: House, wrong: dict[str, Any]) -> None:
    at = house.clocks.at.timestamp()
    if isinstance(wrong.get("exp"), int) or isinstance(wrong.get("iat"), int) or isinstance(wrong.get("nbf"), int):
        wrong = {name: int(at) + value for name, value in wrong.items()}
    await house.no(401, "POST", "/chat/vip/session", json={"identity": identity(house.clocks.at, **wrong)})


async def test_the_token_does_not_choose_the_algorithm(house: House) -> None:
    unsigned = identity(house.clocks.at, key="", algorithm="none")
    longer = identity(house.clocks.at, key=IDENTITY_KEY * 2, algorithm="HS512")
    for token in (unsigned, longer, "a.b.c", "ey"):
        await house.no(401, "POST", "/chat/vip/session", json={"identity": token})


def test_a_public_key_is_no_shared_secret() -> None:
    """RS256 → HS256: the public key is known to everybody, so nobody may sign with it."""
    at = Clocks().at
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    good = identity(at, key=pem, algorithm="RS256")
    assert check_identity(good, public.decode(), "RS256", "acme-chat", at).subject == "c-7"
    forged = _signed_with_public_key(at, public)
    for algorithm in ("RS256", "HS256"):
        with pytest.raises(Untrusted):
            check_identity(forged, public.decode(), algorithm, "acme-chat", at)


def _signed_with_public_key(at: Any, public: bytes) -> str:
    """By hand, since PyJWT refuses to."""
    head, claims, _ = identity(at).split(".")
    signature = hmac.digest(public, f"{head}.{claims}".encode(), "sha256")
    return f"{head}.{claims}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def test_access_tokens() -> None:
    clocks = Clocks()
    tokens, others = Tokens(b"a" * 32, clocks.now), Tokens(b"b" * 32, clocks.now)
    caller = Caller(Role.CUSTOMER, "acme", "v:1", "site", proven=True, session="s")
    token = tokens.issue(caller)
    assert tokens.check(token) == caller
    head, claims, signature = token.split(".")
    for wrong in (
        "",
        "x",
        "\udcff",
        token + "x",
        f"{head}.{claims}.",
        f"{head}.{claims[:-2]}.{signature}",
        others.issue(caller),
    ):
        with pytest.raises(Untrusted):
            tokens.check(wrong)
    clocks.later(seconds=ACCESS_FOR.total_seconds() - 1)
    tokens.check(token)
    clocks.later(seconds=1)
    with pytest.raises(Untrusted):
        tokens.check(token)
    assert timedelta(minutes=1) < ACCESS_FOR <= timedelta(hours=1)


async def test_who_signs_out_takes_the_session_along(house: House) -> None:
    customer, other = await house.customer(), await house.customer()
    socket = await house.socket("/chat/socket", customer.session["token"])
    await socket.hear("hello")
    await house.ok("POST", "/chat/sign-out", customer.headers)
    assert await socket.closed() == UNTRUSTED
    await house.no(401, "POST", "/chat/refresh", json={"refresh": customer.session["refresh"]})
    await house.ok("POST", "/chat/refresh", json={"refresh": other.session["refresh"]})
