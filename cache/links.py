"""Links to files: signed, for one file and one reader, and only for a while.

A token is the permission itself, so it is short-lived, and nothing in it is secret but the signature. It does not say that
the item still exists: the catalog does. Whoever serves links keeps them out of logs and sends `Referrer-Policy:
no-referrer` (`cache.serve` does).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import orjson

from channels.errors import Forbidden, NotFound
from channels.value import value

ANYONE = ""  # the audience of links for platforms: whoever holds the link
LONGEST_FOR_ONE = timedelta(minutes=10)
LONGEST_FOR_ANYONE = timedelta(days=7)
_PURPOSE = b"media link 1\n"  # the same key may sign other things elsewhere; this signature is good for nothing else
_MOST = 1000  # characters of a token


@value
class Link:
    """What a token says: this rendition of this item of this tenant, for `audience`, up to `expires_at`."""

    tenant: str
    item: str
    rendition: str
    audience: str
    expires_at: datetime


class Links:
    """Signs and checks. The first key signs; the others still hold, so that keys can be changed without breaking links."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or min(len(key) for key in keys) < 32:
            raise ValueError("Media links need at least one key, and every key at least 32 random bytes.")
        self._keys = tuple(keys)

    def sign(self, link: Link, now: datetime) -> str:
        """The token, url-safe. Raises `ValueError` for a link that would live too long, or not at all."""
        longest = LONGEST_FOR_ANYONE if link.audience == ANYONE else LONGEST_FOR_ONE
        lasts = link.expires_at - now
        if not timedelta(0) < lasts <= longest:
            raise ValueError(f"A media link for {link.audience or 'anyone'} lasts at most {longest}, not {lasts}.")
        fields = [link.tenant, link.item, link.rendition, link.audience, int(link.expires_at.timestamp())]
        said = _encoded(orjson.dumps(fields))
        return f"{said}.{_encoded(_signature(self._keys[0], said))}"

    def check(self, token: str, now: datetime, asker: str | None) -> Link:
        """What a genuine token says to this asker.

        `asker` is the id of who asks, `ANYONE` for a stranger, and None only where the server cannot know it, as on an
        origin without cookies; then the short life is all that binds the link. Raises `NotFound` for a forged token and
        for somebody else's, which cannot be told apart, and `Forbidden` for one that was good once.
        """
        said, dot, signature = token.partition(".")
        if not dot or len(token) > _MOST or not self._holds(said, signature):
            raise NotFound("There is no such file.")
        tenant, item, rendition, audience, expires = orjson.loads(_decoded(said))
        link = Link(tenant, item, rendition, audience, datetime.fromtimestamp(expires, UTC))
        if audience != ANYONE and asker is not None and not _same(audience, asker):
            raise NotFound("There is no such file.")
        if now >= link.expires_at:
            raise Forbidden(
                f"The link to this file expired at {link.expires_at:%Y-%m-%d %H:%M:%S} UTC; ask for a new one."
            )
        return link

    def _holds(self, said: str, signature: str) -> bool:
        try:
            given = _decoded(signature)
        except (binascii.Error, UnicodeEncodeError):
            return False
        if not said.isascii() or _encoded(given) != signature:  # one spelling per token
            return False
        return any(hmac.compare_digest(_signature(key, said), given) for key in self._keys)


def _signature(key: bytes, said: str) -> bytes:
    return hmac.digest(key, _PURPOSE + said.encode(), hashlib.sha256)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
