"""Blobs on a local disk: `root/ab/abcd…` by hash, and `root/incoming/` for what is still being written.

Crash safety: bytes are written beside, flushed to disk, and only then given their name by a rename, after which the folder
is flushed too. So a name always means all of its bytes. Leftovers in `incoming` are what `sweep` removes.

Everything that may block runs in threads of this store's own, so that a slow disk cannot starve name look-ups or anything
else that uses the loop's common threads. One process per folder; more nodes mean another `Blobs`. How files are opened
is in `cache.folder`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

from cache.blobs import StorageTrouble, Stored, checked, is_hash, over_limit, storage_errors
from cache.folder import files, folder, found, new_file, old_file, remove
from channels.errors import NotFound

BLOCK = 512 * 1024  # bytes that travel to or from a thread at once
_INCOMING = "incoming"

P = ParamSpec("P")
T = TypeVar("T")


class DiskBlobs:
    """`Blobs` in a folder. `now` dates what is put, for `delete` and `stored`."""

    def __init__(self, root: Path, now: Callable[[], datetime], threads: int = 4) -> None:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._root = root
        self._now = now
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="blobs")
        self._naming = threading.Lock()  # between `put` finding a blob and `delete` removing it

    async def put(self, chunks: AsyncIterator[bytes], limit: int) -> Stored:
        incoming = _Incoming(self._root)
        try:
            waiting: list[bytes] = []
            waiting_size = size = 0
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise over_limit(limit)
                waiting.append(chunk)
                waiting_size += len(chunk)
                if waiting_size >= BLOCK:
                    await self._run(incoming.write, waiting)
                    waiting, waiting_size = [], 0
            return await self._run(incoming.finish, waiting, self._now(), self._naming)
        finally:
            # Shielded, and behind the lock of `incoming`: a write that is still under way in its thread ends first.
            await asyncio.shield(self._run(incoming.discard))

    async def open(self, sha256: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        outgoing = _Outgoing(self._root, checked(sha256), start, end)
        try:
            while block := await self._run(outgoing.read):
                yield block
        finally:
            if not outgoing.closed:
                await asyncio.shield(self._run(outgoing.close))

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

    async def _run(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: act(*args, **kwargs))


class _Incoming:
    """One file on its way in. Its methods run in threads, one after the other because of the lock."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._name = f"{secrets.token_hex(16)}.part"
        self._lock = threading.Lock()
        self._hash = hashlib.sha256()
        self._size = 0
        self._file: int | None = None
        self._over = False

    def write(self, chunks: list[bytes]) -> None:
        with self._lock, storage_errors("write a file"):
            self._append(chunks)

    def finish(self, chunks: list[bytes], at: datetime, naming: threading.Lock) -> Stored:
        with self._lock, storage_errors("keep a file"):
            file = self._append(chunks)
            os.utime(file, (at.timestamp(), at.timestamp()))
            os.fsync(file)
            stored = Stored(self._hash.hexdigest(), self._size)
            self._take_name(stored, at, naming)
            return stored

    def discard(self) -> None:
        """Close, and remove what did not get its name. Harmless after `finish`."""
        with self._lock, storage_errors("remove an unfinished file"):
            self._over = True
            if self._file is None:
                return
            os.close(self._file)
            self._file = None
            with folder(self._root) as root, folder(_INCOMING, root) as incoming:
                remove(self._name, incoming)

    def _append(self, chunks: list[bytes]) -> int:
        if self._over:
            raise StorageTrouble("The media cache had already given up this file.")
        if self._file is None:
            with folder(self._root) as root, folder(_INCOMING, root, create=True) as incoming:
                self._file = new_file(self._name, incoming)
        for chunk in chunks:
            self._hash.update(chunk)
            self._size += len(chunk)
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(self._file, rest) :]
        return self._file

    def _take_name(self, stored: Stored, at: datetime, naming: threading.Lock) -> None:
        name = stored.sha256
        with (
            folder(self._root) as root,
            folder(_INCOMING, root) as incoming,
            folder(name[:2], root, create=True) as shelf,
        ):
            with naming:
                known = found(name, shelf)
                if known is not None and known.st_size == stored.size:
                    os.utime(name, (at.timestamp(), at.timestamp()), dir_fd=shelf, follow_symlinks=False)
                else:  # a link or a half file in this place is replaced, not followed
                    os.rename(self._name, name, src_dir_fd=incoming, dst_dir_fd=shelf)
            os.fsync(shelf)
            os.fsync(root)  # the shelf may be new


class _Outgoing:
    """One file on its way out. Opened at the first read, closed with the last: a small file takes one trip to a thread."""

    def __init__(self, root: Path, sha256: str, start: int, end: int | None) -> None:
        self._root = root
        self._sha256 = sha256
        self._at = start
        self._end = end
        self._lock = threading.Lock()
        self._file: int | None = None
        self.closed = False

    def read(self) -> bytes:
        with self._lock, storage_errors("read a file"):
            if self.closed:
                return b""
            if self._file is None:
                self._file, size = _open(self._root, self._sha256)
                self._end = size if self._end is None else min(self._end, size)
            block = os.pread(self._file, max(0, min(BLOCK, (self._end or 0) - self._at)), self._at)
            self._at += len(block)
            if not block or self._at >= (self._end or 0):
                self._close()
            return block

    def close(self) -> None:
        with self._lock:
            self._close()

    def _close(self) -> None:
        self.closed = True
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _missing(sha256: str) -> NotFound:
    return NotFound(f"The media cache has no bytes with the hash {sha256}.")


def _open(root: Path, sha256: str) -> tuple[int, int]:
    try:
        with folder(root) as top, folder(sha256[:2], top) as shelf:
            if found(sha256, shelf) is None:
                raise _missing(sha256)
            file = old_file(sha256, shelf)
    except FileNotFoundError:
        raise _missing(sha256) from None
    return file, os.fstat(file).st_size


def _size(root: Path, sha256: str) -> int:
    with storage_errors("look up a file"):
        file, size = _open(root, sha256)
        os.close(file)
        return size


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
