"""A whole mail on its way here: a small one is in memory, a large one lies aside, where it can be looked into all the same.
https://www.rfc-editor.org/rfc/rfc3501#section-4.3"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.email.config import EmailConfig
from adapters.email.imap_words import Listed
from channels import Http, Request, Source

LARGE = 1_000_000  # bytes


@asynccontextmanager
async def whole(pieces: AsyncIterator[bytes], http: Http) -> AsyncIterator[Source | None]:
    """The mail that comes in these pieces; None if there are none."""
    first = bytearray()
    async for piece in pieces:
        first += piece
        if len(first) > LARGE:
            async with http.aside(_rejoined(bytes(first), pieces)) as source:
                yield source
            return
    yield bytes(first) or None


async def _rejoined(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in pieces:
        yield piece


def request_of(config: EmailConfig, uidvalidity: int, listed: Listed, mail: Source) -> Request:
    """A mail as what `parse` reads."""
    path, headers = f"{config.folder}/{uidvalidity}/{listed.uid}", {"content-type": "message/rfc822"}
    if isinstance(mail, bytes):
        return Request("FETCH", path, {}, headers, mail, listed.at)
    return Request("FETCH", path, {}, headers, b"", listed.at, large=mail)
