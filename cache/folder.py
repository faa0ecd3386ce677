"""The files and folders of `cache.disk`, opened one by one and never through a symbolic link.

Whoever can put a link into the cache folder gains nothing by it: each step is taken from the folder above, by descriptor.
These functions block and raise `OSError` as the operating system does.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a named pipe must not hold a thread for ever


@contextmanager
def folder(name: str | Path, inside: int | None = None, *, create: bool = False) -> Iterator[int]:
    """A folder's descriptor. The root may be a link of the administrator's; nothing below it may."""
    if create:
        with suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=inside)
    flags = _FOLDER if inside is not None else _FOLDER & ~os.O_NOFOLLOW
    descriptor = os.open(name, flags, dir_fd=inside)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def found(name: str, inside: int) -> os.stat_result | None:
    """What is known of a regular file; None if there is none, or something else in its place."""
    try:
        known = os.stat(name, dir_fd=inside, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return known if stat.S_ISREG(known.st_mode) else None


def files(inside: int) -> Iterator[tuple[str, os.stat_result]]:
    """The regular files of a folder. Those that vanish meanwhile are left out."""
    with os.scandir(inside) as entries:
        for entry in entries:
            if (known := found(entry.name, inside)) is not None:
                yield entry.name, known


def new_file(name: str, inside: int) -> int:
    """A descriptor to write to; the file did not exist before."""
    return os.open(name, _NEW, 0o600, dir_fd=inside)


def old_file(name: str, inside: int) -> int:
    """A descriptor to read from."""
    return os.open(name, _OLD, dir_fd=inside)


def remove(name: str, inside: int) -> None:
    """Remove a name; that there is none is no error."""
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=inside)
