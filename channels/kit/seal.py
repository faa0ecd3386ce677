"""No way out: a context in which an attempt to reach the network or start a program fails the check.

Python's audit hooks see every such attempt, whichever library makes it. A hook cannot be removed, so there is one, set when
first needed, that does nothing outside of `sealed`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

FORBIDDEN = {
    "socket.connect",
    "socket.sendto",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
}

_sealed: ContextVar[bool] = ContextVar("sealed", default=False)
_hooked: list[bool] = []


class WentOut(AssertionError):
    """An adapter reached for the world by itself."""


@contextmanager
def sealed() -> Iterator[None]:
    if not _hooked:
        sys.addaudithook(_watch)
        _hooked.append(True)
    token = _sealed.set(True)
    try:
        yield
    finally:
        _sealed.reset(token)


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in FORBIDDEN and _sealed.get():
        raise WentOut(f"The adapter tried {event}{arguments!r}: the only way out is the `http` that it is handed.")
