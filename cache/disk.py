"""Blobs on a local disk: `root/ab/abcd…` by hash, and `root/incoming/` for what is still being written.

Crash safety: bytes are written beside, flushed to disk, and only then given their name by a rename, after which the folder
is flushed too. So a name always means all of its bytes. Leftovers in `incoming` are what `sweep` removes.

Everything that may block runs in threads of this store's own, so that a slow disk cannot starve name look-ups or anything
else that uses the loop's common threads: bytes are written and read with `aiofiles` on that pool. One process per folder;
more nodes mean another `Blobs`. How files are opened is in `cache.folder`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

import aiofiles
from aiofiles.threadpool.binary import AsyncBufferedIOBase

from cache.blobs import Stored, checked, is_hash, over_limit, storage_errors
from cache.folder import files, folder, found, new_file, old_file, remove
from channels.errors import NotFound

BLOCK = 512 * 1024  # bytes that travel to or from a thread at once
_INCOMING = "incoming"

P = ParamSpec("P")
T = TypeVar("T")
F = TypeVar("F", bound=AsyncBufferedIOBase)


class DiskBlobs:
    """`Blobs` in a folder. `now` dates what is put, for `delete` and `stored`."""

    def __init__(self, root: Path, now: Callable[[], datetime], threads: int = 4) -> None:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._root = root
        self._now = now
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="blobs")
        self._naming = threading.Lock()  # between `put` finding a blob and `delete` removing it

    async def put(self, chunks: AsyncIterator[bytes], limit: int) -> Stored:
        name = f"{secrets.token_hex(16)}.part"
        try:
            stored = await self._write(name, chunks, limit)
            return await self._run(_keep, self._root, name, stored, self._now(), self._naming)
        finally:
            await asyncio.shield(self._run(_discard, self._root, name))

    async def open(self, sha256: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        opener = partial(_old, self._root)
        async with _opened(
            aiofiles.open(checked(sha256), "rb", opener=opener, executor=self._pool), "read a file"
        ) as file:
            if start:
                await file.seek(start)
            while True:
                with storage_errors("read a file"):
                    block = await file.read(BLOCK if end is None else max(0, min(BLOCK, end - start)))
                if block:
                    yield block
                start += len(block)
                if len(block) < BLOCK:  # these were the last
                    return

    async def size(self, sha256: str) -> int:
        return await self._run(_size, self._root, checked(sha256))

    async def delete(self, sha256: str, unless_since: datetime) -> bool:
        return await self._run(_delete, self._root, checked(sha256), unless_since.timestamp(), self._naming)

    async def stored(self, before: datetime) -> AsyncIterator[str]:
        for number in range(256):
            for name in await self._run(_older, self._root, f"{number:02x}", before.timestamp()):
                yield name

    async def sweep(self, before: datetime) -> int:
        return await self._run(_sweep, self._root, before.timestamp())

    async def close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown)

    async def _write(self, name: str, chunks: AsyncIterator[bytes], limit: int) -> Stored:
        """The bytes, in a file of `incoming`; not yet safe from a power cut."""
        digest, size = hashlib.sha256(), 0
        opener = partial(_new, self._root)
        async with _opened(aiofiles.open(name, "xb", opener=opener, executor=self._pool), "write a file") as file:
            waiting: list[bytes] = []
            waiting_size = 0
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise over_limit(limit)
                waiting.append(chunk)
                waiting_size += len(chunk)
                if waiting_size >= BLOCK:
                    await self._append(file, waiting, digest.update)
                    waiting, waiting_size = [], 0
            await self._append(file, waiting, digest.update)
        return Stored(digest.hexdigest(), size)

    async def _append(self, file: AsyncBufferedIOBase, chunks: list[bytes], hashed: Callable[[bytes], None]) -> None:
        block = b"".join(chunks)
        with storage_errors("write a file"):
            await file.write(block)
            await file.flush()
        await self._run(hashed, block)

    async def _run(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: act(*args, **kwargs))


@asynccontextmanager
async def _opened(opening: Awaitable[F], doing: str) -> AsyncIterator[F]:
    """The file, and closed again whatever happens: also when we are cancelled while a thread is about to open it."""
    opened = asyncio.ensure_future(opening)
    try:
        with storage_errors(doing):
            file = await asyncio.shield(opened)
        yield file
    finally:
        await asyncio.shield(_close(opened))


async def _close(opened: asyncio.Future[F]) -> None:
    """A write that is still under way in its thread ends first: the file has a lock of its own."""
    with suppress(OSError, NotFound):  # said before, by opening or flushing
        await (await opened).close()


def _new(root: Path, name: str, flags: int) -> int:
    """What `open` calls to open a file of `incoming`; which flags are right is for `cache.folder` to say."""
    with folder(root) as top, folder(_INCOMING, top, create=True) as incoming:
        return new_file(name, incoming)


def _old(root: Path, sha256: str, flags: int) -> int:
    """The same for a blob. Raises `NotFound`."""
    try:
        with folder(root) as top, folder(sha256[:2], top) as shelf:
            if found(sha256, shelf) is None:
                raise _missing(sha256)
            return old_file(sha256, shelf)
    except FileNotFoundError:
        raise _missing(sha256) from None


def _keep(root: Path, name: str, stored: Stored, at: datetime, naming: threading.Lock) -> Stored:
    """Flush the file to disk and give it its name, or find that its bytes have been here."""
    hashed, times = stored.sha256, (at.timestamp(), at.timestamp())
    with (
        storage_errors("keep a file"),
        folder(root) as top,
        folder(_INCOMING, top) as incoming,
        folder(hashed[:2], top, create=True) as shelf,
    ):
        file = old_file(name, incoming)
        try:
            os.utime(file, times)
            os.fsync(file)
        finally:
            os.close(file)
        with naming:
            known = found(hashed, shelf)
            if known is not None and known.st_size == stored.size:
                os.utime(hashed, times, dir_fd=shelf, follow_symlinks=False)
            else:  # a link or a half file in this place is replaced, not followed
                os.rename(name, hashed, src_dir_fd=incoming, dst_dir_fd=shelf)
        os.fsync(shelf)
        os.fsync(top)  # the shelf may be new
    return stored


def _discard(root: Path, name: str) -> None:
    """Remove what did not get its name. Harmless after `_keep`."""
    with (
        storage_errors("remove an unfinished file"),
        suppress(FileNotFoundError),
        folder(root) as top,
        folder(_INCOMING, top) as incoming,
    ):
        remove(name, incoming)


def _missing(sha256: str) -> NotFound:
    return NotFound(f"The media cache has no bytes with the hash {sha256}.")


def _size(root: Path, sha256: str) -> int:
    with storage_errors("look up a file"):
        file = _old(root, sha256, os.O_RDONLY)
        try:
            return os.fstat(file).st_size
        finally:
            os.close(file)


def _delete(root: Path, sha256: str, unless_since: float, naming: threading.Lock) -> bool:
    with (
        storage_errors("delete a file"),
        suppress(FileNotFoundError),
        naming,
        folder(root) as top,
        folder(sha256[:2], top) as shelf,
    ):
        known = found(sha256, shelf)
        if known is not None and known.st_mtime >= unless_since:
            return False
        remove(sha256, shelf)
    return True


def _older(root: Path, shelf: str, before: float) -> list[str]:
    with (
        storage_errors("list its files"),
        suppress(FileNotFoundError),
        folder(root) as top,
        folder(shelf, top) as inside,
    ):
        return [name for name, known in files(inside) if known.st_mtime < before and is_hash(name)]
    return []


def _sweep(root: Path, before: float) -> int:
    with (
        storage_errors("tidy up"),
        suppress(FileNotFoundError),
        folder(root) as top,
        folder(_INCOMING, top) as incoming,
    ):
        old = [name for name, known in files(incoming) if known.st_mtime < before]
        for name in old:
            remove(name, incoming)
        return len(old)
    return 0
