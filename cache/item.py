"""What the media cache knows of one file: a value, written as a row by whoever keeps the catalog.

An item is what a message names. It is not the bytes: those lie in `cache.blobs` under their hash, and two items may name
the same ones. How an item comes to be ready is in `cache.media_cache`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import MappingProxyType

import orjson
from pydantic import TypeAdapter

from channels.value import value

ORIGINAL = "original"  # the bytes as they came
WEB = "web"  # a picture drawn anew: upright, no location, no foreign bytes; or a sound that every browser plays
PREVIEW = "preview"  # a small JPEG of a picture
PAGE = "page"  # an HTML document as it may be shown in a frame: the original's bytes, under other headers
PICTURES = "pictures"  # the same with the pictures in it that lay elsewhere (see `cache.page`)


class State(StrEnum):
    """`pending`: announced, its bytes are not here yet. `failed` has a reason, and may be fetched again."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


@value
class Rendition:
    """The file in another shape, made by us from the original; a blob of its own."""

    sha256: str
    size: int
    mime: str
    width: int | None = None
    height: int | None = None


_NO_RENDITIONS: Mapping[str, Rendition] = MappingProxyType({})


@value
class Item:
    """One file of one tenant.

    id           128 random bits, url-safe: knowing it is not permission, and nobody can guess the next one
    channel      where it came from or goes to: with the tenant it picks the policy; empty for none in particular
    owner        who uploaded it (a customer, session or agent id); empty for a platform's. Nobody else may attach it
    name, mime   what was claimed while pending; what we made of it once ready
    size         bytes of the original; 0 until ready
    sha256       of the original, hexadecimal; empty until ready
    seconds      length of sound and film: what the file says, else what was claimed
    width, height  of a picture, as it is seen (upright)
    reason       why it failed: a sentence for the agent
    renditions   `web` and `preview` of a picture that we can draw; `web` of a sound that we had to make playable
    """

    id: str
    tenant: str
    created_at: datetime
    expires_at: datetime
    state: State = State.PENDING
    channel: str = ""
    owner: str = ""
    name: str = ""
    mime: str = ""
    size: int = 0
    sha256: str = ""
    seconds: float | None = None
    width: int | None = None
    height: int | None = None
    reason: str = ""
    renditions: Mapping[str, Rendition] = field(default_factory=lambda: _NO_RENDITIONS)

    @property
    def hashes(self) -> frozenset[str]:
        """All blobs this item names; the catalog answers `references` from them."""
        names = {rendition.sha256 for rendition in self.renditions.values()}
        return frozenset(names | {self.sha256} if self.sha256 else names)

    @property
    def shown(self) -> str:
        """The rendition to show or send: what we made of it where there is something, else the file as it came."""
        return WEB if WEB in self.renditions else ORIGINAL


_ID = re.compile(r"[A-Za-z0-9_-]{22}")


def random_id() -> str:
    """128 bits from the system's generator, as 22 url-safe characters: the `new_id` of a real installation."""
    return secrets.token_urlsafe(16)


def is_id(text: str) -> bool:
    """Whether this could be an item's id at all: checked before a stranger's text reaches the catalog."""
    return _ID.fullmatch(text) is not None


def renditions_to_json(renditions: Mapping[str, Rendition]) -> bytes:
    """The renditions as JSON text, for a column of the catalog."""
    return orjson.dumps(dict(renditions))


def renditions_from_json(text: bytes | str) -> dict[str, Rendition]:
    """The way back; raises pydantic's `ValidationError`."""
    return _reader().validate_json(text)


@cache
def _reader() -> TypeAdapter[dict[str, Rendition]]:
    """Built when the first one is read: that takes longer than to import this."""
    return TypeAdapter(dict[str, Rendition])
