"""Where pictures are drawn: one thread, so that what drawing may cost in memory is bounded for the whole process.

What a drawing is, and which limits hold, says `cache.picture`; this only carries the bytes there and waits.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from cache.blobs import storage_errors
from cache.picture import Drawn, draw

_IN_MEMORY = 1_000_000  # bytes of an encoded picture; the rest waits in a temporary file

P = ParamSpec("P")
T = TypeVar("T")


class Easel:
    """Draws one picture at a time."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="picture")

    async def draw(self, chunks: AsyncIterator[bytes], mime: str) -> Drawn:
        """Both renditions of these bytes; raises what `cache.picture.draw` raises, and `StorageTrouble`."""
        sheet = _Sheet()
        try:
            async for chunk in chunks:
                await self._run(sheet.write, chunk)
            return await self._run(sheet.draw, mime)
        finally:
            await asyncio.shield(self._run(sheet.close))

    async def close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown)

    async def _run(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: act(*args, **kwargs))


class _Sheet:
    """The encoded picture while it is needed. Its methods run in the one thread, so they never overlap."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 — closed by `close`, in its thread

    def write(self, chunk: bytes) -> None:
        with storage_errors("write a temporary file"):
            self._file.write(chunk)

    def draw(self, mime: str) -> Drawn:
        self._file.seek(0)
        return draw(self._file, mime)

    def close(self) -> None:
        self._file.close()
