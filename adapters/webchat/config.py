"""Which pages may show the chat, and how a tenant vouches for a signed-in customer.

The values are judged when the configuration is read, so that nobody finds out at the first customer that a public key was
pasted where a secret belongs.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, StringConstraints, model_validator

from channels import Config

# What a browser sends as `Origin`: scheme, host and, unless it is the usual one, port. No path, no slash, no pattern.
ORIGIN = r"^(\*|https?://([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])(:[1-9][0-9]{0,4})?)$"


def _as_browsers_say_it(origin: object) -> object:
    """Lower case, and without the port that goes without saying: a browser would never send those."""
    if not isinstance(origin, str):
        return origin
    origin = origin.lower()
    usual = {"https": ":443", "http": ":80"}.get(origin.partition(":")[0], "")
    return origin.removesuffix(usual) if usual else origin


Origin = Annotated[str, BeforeValidator(_as_browsers_say_it), StringConstraints(pattern=ORIGIN)]

Algorithm = Literal["HS256", "RS256", "ES256"]
LEAST_SECRET = 32  # bytes: as long as the digest it feeds (RFC 7518, 3.2)


class WebchatConfig(Config):
    """One web chat of a tenant. Left as it is, the chat shows on our own pages only and customers are whoever they say."""

    origins: tuple[Origin, ...] = Field(
        (), description="Sites that may show the chat, exactly as https://www.example.com. Empty: only our own."
    )
    anyone: bool = Field(False, description="Set it to let every site show the chat; origins must then be just *.")
    identity_key: SecretStr | None = Field(
        None,
        description="Key to check the identity tokens of signed-in customers: an HS256 secret or a PEM public key.",
    )
    identity_algorithm: Algorithm = Field(
        "HS256", description="The one algorithm that identity tokens are signed with."
    )
    identity_audience: str = Field("", description="The `aud` that identity tokens must carry.")

    @model_validator(mode="after")
    def _origins_are_meant(self) -> Self:
        if self.anyone != ("*" in self.origins):
            raise ValueError('expected `anyone = true` together with `origins = ["*"]`, or neither of them')
        if self.anyone and len(self.origins) > 1:
            raise ValueError('expected `origins = ["*"]` alone, for the other origins change nothing')
        return self

    @model_validator(mode="after")
    def _key_fits_algorithm(self) -> Self:
        """One key for one algorithm. A public key used as a shared secret is a forger's best friend."""
        if self.identity_key is None:
            return self
        if not self.identity_audience:
            raise ValueError("expected identity_audience, so that a token made for another service is of no use here")
        key = self.identity_key.get_secret_value().encode()
        if self.identity_algorithm == "HS256":
            if b"-----BEGIN" in key:
                raise ValueError("expected a shared secret as identity_key for HS256, and this is a PEM key")
            if len(key) < LEAST_SECRET:
                raise ValueError(f"expected an identity_key of at least {LEAST_SECRET} bytes for HS256, not {len(key)}")
        elif not _is_public_key(key, self.identity_algorithm):
            raise ValueError(f"expected a PEM public key as identity_key for {self.identity_algorithm}")
        return self


def _is_public_key(pem: bytes, algorithm: Algorithm) -> bool:
    """Most chats have no such key, so cryptography is imported where one is."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return False
    if algorithm == "RS256":
        return isinstance(key, RSAPublicKey) and key.key_size >= 2048
    return isinstance(key, EllipticCurvePublicKey) and key.curve.name == "secp256r1"
