"""Signed links: who may follow which, and for how long."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.links import ANYONE, Link, Links
from channels.errors import Forbidden, NotFound

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LINKS = Links([b"k" * 32])


def link(audience: str = "agent-1", lasts: timedelta = 10 * MINUTE, **other: str) -> Link:
    fields = {"tenant": "acme", "item": "i" * 22, "rendition": "web"} | other
    return Link(**fields, audience=audience, expires_at=NOON + lasts)


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_what_was_signed_is_what_is_checked(tenant, item, rendition, audience):
    said = link(audience, tenant=tenant, item=item, rendition=rendition)
    token = LINKS.sign(said, NOON)
    assert LINKS.check(token, NOON, audience) == said
    assert token.replace("-", "").replace("_", "").replace(".", "").isalnum()


@pytest.mark.parametrize(
    ("audience", "asker", "allowed"),
    [
        ("agent-1", "agent-1", True),
        ("agent-1", None, True),
        ("agent-1", "agent-2", False),
        ("agent-1", ANYONE, False),
        (ANYONE, ANYONE, True),
        (ANYONE, "agent-1", True),
        (ANYONE, None, True),
    ],
)
def test_who_may_follow(audience, asker, allowed):
    token = LINKS.sign(link(audience), NOON)
    if allowed:
        assert LINKS.check(token, NOON, asker).audience == audience
    else:
        with pytest.raises(NotFound):
            LINKS.check(token, NOON, asker)


def test_it_expires_to_the_second():
    token = LINKS.sign(link(), NOON)
    LINKS.check(token, NOON + 10 * MINUTE - timedelta(microseconds=1), "agent-1")
    with pytest.raises(Forbidden, match=r"expired at 2026-01-01 12:10:00 UTC; ask for a new one"):
        LINKS.check(token, NOON + 10 * MINUTE, "agent-1")
    with pytest.raises(NotFound):
        LINKS.check(token, NOON + 10 * MINUTE, "agent-2")


@pytest.mark.parametrize(
    ("audience", "lasts", "signed"),
    [
        ("agent-1", 10 * MINUTE, True),
        ("agent-1", 10 * MINUTE + timedelta(seconds=1), False),
        (ANYONE, timedelta(days=7), True),
        (ANYONE, timedelta(days=7, seconds=1), False),
        (ANYONE, timedelta(0), False),
        ("agent-1", -MINUTE, False),
    ],
)
def test_how_long_a_link_may_live(audience, lasts, signed):
    if signed:
        LINKS.sign(link(audience, lasts), NOON)
    else:
        with pytest.raises(ValueError, match="lasts at most"):
            LINKS.sign(link(audience, lasts), NOON)


@pytest.mark.parametrize(
    "token", ["", ".", "a", "a.b", "ä.ö", "W10.", "W10.W10", "a" * 5000, "%2e%2e/%00", "a.b.c", "\0", "😀"]
)
def test_garbage_is_not_found(token):
    with pytest.raises(NotFound):
        LINKS.check(token, NOON, None)


@given(st.integers(0, 10_000), st.characters())
def test_one_changed_letter_and_it_is_forged(place, letter):
    token = LINKS.sign(link(), NOON)
    place %= len(token)
    forged = token[:place] + letter + token[place + 1 :]
    if forged != token:
        with pytest.raises(NotFound):
            LINKS.check(forged, NOON, None)


@pytest.mark.parametrize("tail", ["=", " ", "\n", ".", "A"])
def test_one_spelling_per_token(tail):
    with pytest.raises(NotFound):
        LINKS.check(LINKS.sign(link(), NOON) + tail, NOON, None)


def test_keys_can_be_changed():
    old = LINKS.sign(link(), NOON)
    both = Links([b"n" * 32, b"k" * 32])
    assert both.check(old, NOON, None) == LINKS.check(old, NOON, None)
    new = both.sign(link(), NOON)
    Links([b"n" * 32]).check(new, NOON, None)
    with pytest.raises(NotFound):
        LINKS.check(new, NOON, None)


@pytest.mark.parametrize("keys", [[], [b"short"], [b"k" * 32, b""]])
def test_weak_keys_are_refused(keys):
    with pytest.raises(ValueError, match="32 random bytes"):
        Links(keys)
