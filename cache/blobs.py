"""Where bytes lie: a store that names them by their hash and holds each of them once.

`Blobs` is the contract (tests/ports/test_blobs.py is its suite), `DiskBlobs` in `cache.disk` the one that needs nothing
installed. It knows neither tenants nor items: who may read a blob, and when nobody needs it any more, says
`cache.media_cache`.
"""

from __future__ import annotations

import errno
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from channels.errors import NotKept, Unavailable
from channels.value import value


class StorageTrouble(Unavailable):
    """Bytes could not be written or read. Nobody's file is to blame: the item stays pending, try again later."""


class StorageFull(StorageTrouble):
    """There is no room for more bytes: refuse uploads for now, and alert. Text goes on."""


@value
class Stored:
    """Bytes that are on disk, durably: their SHA-256 (hexadecimal) and how many they are."""

    sha256: str
    size: int


class Blobs(Protocol):
    """Every method raises `StorageTrouble` if the storage fails, and `ValueError` for a hash that is none."""

    async def put(self, chunks: AsyncIterator[bytes], limit: int) -> Stored:
        """Keep the bytes; return once they would survive a power cut. Either all of them are kept or none.

        Raises `NotKept` as soon as there are more than `limit`. What `chunks` raises passes through.
        """
        ...

    def open(self, sha256: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end`. Raises `NotFound` at the first step if there are none."""
        ...

    async def size(self, sha256: str) -> int:
        """How many bytes this blob has. Raises `NotFound`."""
        ...

    async def delete(self, sha256: str, unless_since: datetime) -> bool:
        """Forget the bytes, unless they were put (again) since then: whoever put them may be about to name them.

        Returns whether they are gone. To forget what is not there is no error.
        """
        ...

    def stored(self, before: datetime) -> AsyncIterator[str]:
        """The hashes of all blobs that were last put before then, in no order."""
        ...

    async def sweep(self, before: datetime) -> int:
        """Remove what interrupted `put`s from before then left behind; returns how many."""
        ...

    async def close(self) -> None:
        """Let go of threads and connections; what was put stays."""
        ...


_SHA256 = re.compile(r"[0-9a-f]{64}")


def is_hash(text: str) -> bool:
    """Whether this is written like a hash."""
    return _SHA256.fullmatch(text) is not None


def checked(sha256: str) -> str:
    """The hash itself, if it is one: what becomes part of a path is never anything else."""
    if not is_hash(sha256):
        raise ValueError(f"{sha256[:80]!r} is not a SHA-256 in 64 lower-case hexadecimal digits.")
    return sha256


def over_limit(limit: int) -> NotKept:
    """What `put` raises for too many bytes."""
    return NotKept(f"The file is larger than the {megabytes(limit)} allowed here.")


def megabytes(size: int) -> str:
    """A size as people read it: `20 MB`, `1.5 MB`, `300 kB`."""
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{size} bytes"


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def storage_errors(doing: str) -> Iterator[None]:
    """Turn what the operating system says into our words."""
    try:
        yield
    except OSError as error:
        trouble = StorageFull if error.errno in _FULL else StorageTrouble
        raise trouble(f"The media cache could not {doing}: {error.strerror or error}.") from error
