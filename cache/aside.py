"""Bytes put aside: on the disk for as long as somebody looks at them, in any order, and then gone.

For what is too large to be in memory and has to be looked into before anybody knows what it is. The file has no name, so nothing is
left of it when the process dies. What is to last is copied into the media cache from here.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cache.blobs import storage_errors
from channels.wire import Source

BLOCK = 256 * 1024  # bytes that are in memory


class Aside:
    """`async with aside.hold(chunks) as source`. `folder` is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def hold(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[Source]:
        """Read to its end. Raises `StorageTrouble`, and whatever `chunks` raises."""
        source = await asyncio.to_thread(self._opened)
        try:
            async for chunk in chunks:
                await asyncio.to_thread(source.append, chunk)
            yield source
        finally:
            source.close()

    def _opened(self) -> FileSource:
        with storage_errors("put something aside"):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.TemporaryFile(dir=self._folder, buffering=0) as file:
                return FileSource(os.dup(file.fileno()))


class FileSource:
    """`channels.wire.Source` over a file, of which one block is in memory. It owns the descriptor, and is for one reader at a time."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._size = os.fstat(file).st_size
        self._at = 0
        self._block = b""

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, place: slice, /) -> bytes:
        start, end, step = place.indices(self._size)
        if step != 1:
            raise ValueError("Only whole stretches of a file can be had.")
        if end - start > BLOCK:
            return self._read(start, end)
        if not self._at <= start <= end <= self._at + len(self._block):
            self._look(start)
        return self._block[start - self._at : max(start, end) - self._at]

    def find(self, sought: bytes, start: int = 0, end: int | None = None, /) -> int:
        """Block by block, with as much of the one before as a match may need."""
        start, end, _ = slice(start, end).indices(self._size)
        while end - start >= len(sought):
            if not self._at <= start <= start + len(sought) <= self._at + len(self._block):
                self._look(start)
            found = self._block.find(sought, start - self._at, end - self._at)
            if found >= 0:
                return self._at + found
            start = max(start + 1, self._at + len(self._block) - len(sought) + 1)
        return -1

    def append(self, chunk: bytes) -> None:
        """Write at the end."""
        with storage_errors("put something aside"):
            left = memoryview(chunk)
            while left:
                written = os.pwrite(self._file, left, self._size)
                left, self._size = left[written:], self._size + written

    def close(self) -> None:
        """The bytes are gone."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __del__(self) -> None:
        self.close()  # whoever was to read it to its end never began

    def _look(self, start: int) -> None:
        self._at, self._block = start, self._read(start, min(start + BLOCK, self._size))

    def _read(self, start: int, end: int) -> bytes:
        pieces = []
        with storage_errors("read what was put aside"):
            while start < end and (piece := os.pread(self._file, end - start, start)):
                pieces.append(piece)
                start += len(piece)
        return b"".join(pieces)


async def pieces_of(source: Source) -> AsyncIterator[bytes]:
    """All of it, from its beginning."""
    for start in range(0, len(source), BLOCK):
        yield source[start : start + BLOCK]
