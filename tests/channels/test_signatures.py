"""Signatures: what holds, what does not, and that nothing a stranger sends is more than `Untrusted`."""

import base64
import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import Untrusted
from channels.signatures import require_fresh, require_hmac, require_sorted_sha1, require_token

SECRET, BODY = "hook-secret", "Grüezi".encode()
DIGEST = hmac.new(SECRET.encode(), BODY, "sha256")
HEX, BASE64 = DIGEST.hexdigest(), base64.b64encode(DIGEST.digest()).decode()
SORTED = sha1(b"123abctoken", usedforsecurity=False).hexdigest()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "options"),
    [
        (HEX, {}),
        (HEX.upper(), {}),
        ("sha256=" + HEX, {"prefix": "sha256="}),
        (BASE64, {"encoding": "base64"}),
        (hmac.new(SECRET.encode(), BODY, "sha1").hexdigest(), {"algorithm": "sha1"}),
    ],
)
def test_a_right_signature_holds(given: str, options: dict[str, Any]) -> None:
    require_hmac(SECRET, BODY, given, **options)
    require_hmac(SECRET.encode(), BODY, given, **options)


WRONG = [
    None,
    "",
    "0",
    HEX[:-1],
    HEX + "0",
    HEX[:-1] + "é",
    "\udcff" * 64,
    "\x00",
    "☃",
    BASE64.swapcase(),
    "sha1=" + HEX,
    "=" * 44,
]


@pytest.mark.parametrize("given", WRONG)
@pytest.mark.parametrize("encoding", ["hex", "base64"])
@pytest.mark.parametrize("prefix", ["", "sha256="])
def test_a_wrong_signature_is_untrusted_and_says_no_secret(given: str | None, encoding: Any, prefix: str) -> None:
    with pytest.raises(Untrusted) as caught:
        require_hmac(SECRET, BODY, given, encoding=encoding, prefix=prefix)
    assert SECRET not in str(caught.value)
    assert HEX not in str(caught.value)


@pytest.mark.parametrize("body", [b"", BODY + b" ", BODY[:-1]])
def test_an_altered_body_is_untrusted(body: bytes) -> None:
    with pytest.raises(Untrusted, match="does not hold"):
        require_hmac(SECRET, body, HEX)


def test_an_empty_secret_trusts_nobody() -> None:
    with pytest.raises(Untrusted, match="configure"):
        require_hmac("", BODY, hmac.new(b"", BODY, "sha256").hexdigest())
    with pytest.raises(Untrusted, match="configure"):
        require_token("", "")


def test_tokens() -> None:
    require_token("tökén", "tökén")
    for wrong in (None, "", "token", "tökén ", "\udcff"):
        with pytest.raises(Untrusted):
            require_token("tökén", wrong)


def test_sorted_sha1() -> None:
    require_sorted_sha1(["token", "123", "abc"], SORTED)
    require_sorted_sha1(["abc", "token", "123"], SORTED.upper())
    for wrong in (None, "", SORTED[:-1], "\udcff"):
        with pytest.raises(Untrusted):
            require_sorted_sha1(["token", "123", "abc"], wrong)
    with pytest.raises(Untrusted):
        require_sorted_sha1(["token", "124", "abc"], SORTED)


@pytest.mark.parametrize(("seconds", "fresh"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_freshness(seconds: int, fresh: bool) -> None:
    at = NOW + timedelta(seconds=seconds)
    if fresh:
        require_fresh(at, NOW, timedelta(minutes=5))
    else:
        with pytest.raises(Untrusted, match="more than 0:05:00"):
            require_fresh(at, NOW, timedelta(minutes=5))


@given(st.text(st.characters(codec=None), max_size=90), st.binary(max_size=20))
def test_whatever_a_stranger_sends(text: str, body: bytes) -> None:
    for check in (
        lambda: require_hmac(SECRET, body, text),
        lambda: require_token(SECRET, text),
        lambda: require_sorted_sha1([SECRET, text], text),
    ):
        with pytest.raises(Untrusted):
            check()
