"""A part of a mail as the bytes that are packed in it, to be looked into from the front to the back without being in memory. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.email.mime import CHUNK, Part


class Unpacked:
    """`channels.Source` over the content of a part, of which a piece is in memory. Looking further on is cheap; looking back begins
    anew, so whoever wants several stretches asks for them in their order."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._size: int | None = None
        self._chunks: Iterator[bytes] = iter(())
        self._at, self._held = 0, b""
        self._begin()

    def __len__(self) -> int:
        if self._size is None:
            self._size = sum(len(chunk) for chunk in self._part.chunks())
        return self._size

    def __getitem__(self, place: slice, /) -> bytes:
        start, end, step = place.indices(len(self))
        if step != 1:
            raise ValueError("Only whole stretches of a part can be had.")
        if start < self._at:
            self._begin()
        found: list[bytes] = []
        while start < end:
            while self._at + len(self._held) <= start:
                self._at += len(self._held)
                self._held = next(self._chunks)
            piece = self._held[start - self._at : end - self._at]
            found.append(piece)
            start += len(piece)
        return b"".join(found)

    def find(self, sought: bytes, start: int = 0, end: int | None = None, /) -> int:
        """Stretch by stretch, each with as much of the next as a match may need."""
        start, end, _ = slice(start, end).indices(len(self))
        while end - start >= len(sought):
            found = self[start : min(start + CHUNK + len(sought) - 1, end)].find(sought)
            if found >= 0:
                return start + found
            start += CHUNK
        return -1

    def _begin(self) -> None:
        self._chunks = iter(self._part.chunks())
        self._at, self._held = 0, b""
