"""A file of a customer's that is too large for one answer. WeCom hands it out in pieces, which are one stream here: each is asked for
when the one before it has been read.

https://developer.work.weixin.qq.com/document/path/96486
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Self

from channels import Answer, Stream
from channels.errors import Unreachable

PIECE = 10_000_000  # bytes; WeCom gives 20 MB at once, at most
PLACE = re.compile(r"bytes (\d{1,12})-(\d{1,12})/(\d{1,12})")

Give = Callable[[str], Awaitable[tuple[Answer, Stream]]]  # with a `Range`; it raises what WeCom refuses


class Place(NamedTuple):
    """Which bytes an answer has, and how many there are in all."""

    begin: int
    end: int
    total: int


async def in_pieces(give: Give) -> Stream:
    """All of the file. The first piece says what it is."""
    place, first = await _next(give, 0)
    return Stream(Pieces(give, first, place.total), first.mime, first.name, place.total)


class Pieces:
    """The bytes of a file of so many in `total`. Whoever wants no more says `aclose`, begun or not: a piece is a connection."""

    def __init__(self, give: Give, first: Stream, total: int) -> None:
        self._give = give
        self._piece = first
        self._total = total
        self._begin = self._at = 0  # where this piece begins, and how far it was read

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        while (chunk := await anext(self._piece.chunks, None)) is None:
            if self._at == self._total:
                raise StopAsyncIteration
            await self._go_on()
        self._at += len(chunk)
        return chunk

    async def aclose(self) -> None:
        if (aclose := getattr(self._piece.chunks, "aclose", None)) is not None:
            await aclose()

    async def _go_on(self) -> None:
        came, left = self._at - self._begin, self._total - self._begin
        if not 0 < came < left:
            raise Unreachable(f"A piece of the file has {came:,} bytes, of {left:,} that were left.")
        place, self._piece = await _next(self._give, self._at)
        self._begin = self._at
        if place.total != self._total:
            raise Unreachable(f"The file has {place.total:,} bytes now, and had {self._total:,} before.")


async def _next(give: Give, begin: int) -> tuple[Place, Stream]:
    answer, stream = await give(f"bytes={begin}-{begin + PIECE - 1}")
    found = PLACE.fullmatch(answer.headers.get("content-range", "").strip())
    place = Place(*map(int, found.groups())) if found and answer.status == 206 else None
    if place is None or place.begin != begin:
        raise Unreachable(f"WeCom was asked for the bytes after {begin:,} of a file, and answered with something else.")
    return place, stream
