"""The web chat's configuration: what is safe when nothing is said, and what is refused.

The conformance kit is about platforms that call us and are called; there is none here, so there is nothing for it to check.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError

from adapters.webchat import Webchat, WebchatConfig
from channels import powers_of


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


SHARED = {"identity_key": "s" * 32, "identity_audience": "chat"}
RSA = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
P256 = pem(ec.generate_private_key(ec.SECP256R1()))
P384 = pem(ec.generate_private_key(ec.SECP384R1()))


def test_it_shows_everything_and_has_no_powers() -> None:
    sends = Webchat.manifest.sends
    assert [item.name for item in dataclasses.fields(sends) if not getattr(sends, item.name)] == []
    assert powers_of(Webchat) == frozenset()
    assert Webchat.Config is WebchatConfig


def test_nothing_said_is_safe() -> None:
    config = WebchatConfig()
    assert (config.origins, config.anyone, config.identity_key) == ((), False, None)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://www.example.com", "https://www.example.com"),
        ("https://EXAMPLE.com", "https://example.com"),
        ("https://example.com:8443", "https://example.com:8443"),
        ("https://example.com:443", "https://example.com"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://[::1]:8080", "https://[::1]:8080"),
    ],
)
def test_exact_origins_are_taken(written: str, kept: str) -> None:
    assert WebchatConfig.model_validate({"origins": [written]}).origins == (kept,)


@pytest.mark.parametrize(
    "values",
    [
        *({"origins": [origin]} for origin in ("*", "null", "", "example.com", "https://*.example.com", "https://example.com/")),
        *({"origins": [origin]} for origin in ("https://example.com/chat", "ftp://example.com", "https://a.b\n", "https://u@a.b")),
        {"anyone": True},
        {"anyone": True, "origins": ["*", "https://example.com"]},
        {"anyone": True, "origins": ["https://example.com"]},
        SHARED | {"identity_audience": ""},
        SHARED | {"identity_key": "short"},
        SHARED | {"identity_key": RSA},
        SHARED | {"identity_algorithm": "none"},
        SHARED | {"identity_algorithm": "RS256"},
        SHARED | {"identity_algorithm": "RS256", "identity_key": P256},
        SHARED | {"identity_algorithm": "ES256", "identity_key": P384},
        {"greeting": "Hello"},
    ],
)  # fmt: skip
def test_what_nobody_can_mean_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        WebchatConfig.model_validate(values)
    assert "s" * 32 not in str(refused.value)


@pytest.mark.parametrize(
    "values",
    [
        {"anyone": True, "origins": ["*"]},
        SHARED,
        SHARED | {"identity_algorithm": "RS256", "identity_key": RSA},
        SHARED | {"identity_algorithm": "ES256", "identity_key": P256},
    ],
)
def test_what_is_meant_is_taken(values: dict[str, Any]) -> None:
    WebchatConfig.model_validate(values)
