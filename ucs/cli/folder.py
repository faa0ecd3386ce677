"""A data folder and who uses it. One server at a time holds its lock, and writes there where it can be reached.

The lock is the system's own: it falls when its process ends, however it ends.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import orjson

from channels.errors import Complaint, ConfigError

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows: nobody watches over the folder
    fcntl = None  # type: ignore[assignment]

PATIENCE = (
    10.0  # seconds for whoever holds the folder and is no server that runs: one that starts or stops, or `ucs apply`
)
LOOK_EVERY = 0.05
LOCK = "server.lock"
ADDRESS = "server.json"


class InUse(ConfigError):
    """Another process holds the folder. `url` is where it says that it listens; empty if it does not say."""

    def __init__(self, data: Path, url: str) -> None:
        self.url = url
        who = f"another server at {url}" if url else "another server, or `ucs apply`,"
        expected = f"a data folder of its own: {who} uses this one; stop it, or name another folder (`data`, or --data)"
        super().__init__([Complaint(str(data), "data", expected)])


@contextmanager
def held(data: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the folder, which is made if it is missing, for its owner alone. Raises `InUse` if a server that runs holds it, or
    somebody else for long."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (data / LOCK).open("a")
    except OSError as error:
        raise ConfigError(
            [Complaint(str(data), "data", f"a folder that can be written to ({error.strerror})")]
        ) from None
    with lock:
        _take(lock, data, time.monotonic() + patience)
        (data / ADDRESS).unlink(missing_ok=True)  # of a server that was killed: nobody is there, or somebody else
        yield


def _take(lock: IO[str], data: Path, until: float) -> None:
    while fcntl is not None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if (url := _url(data)) or time.monotonic() >= until:
                raise InUse(data, url) from None
            time.sleep(LOOK_EVERY)
        else:
            return


@contextmanager
def announced(data: Path, url: str) -> Iterator[None]:
    """Say in the folder where the server is, for as long as it runs. On a disk that has become read-only it stays said: whoever asks
    finds nobody there, and the next start unsays it."""
    path = data / ADDRESS
    path.write_bytes(orjson.dumps({"url": url}))
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()


def _url(data: Path) -> str:
    try:
        return str(orjson.loads((data / ADDRESS).read_bytes())["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
