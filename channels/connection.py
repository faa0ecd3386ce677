"""`Connection`: bytes both ways with one host, for platforms that do not speak HTTP. `Http.connect` opens one.

`Session` is a dialogue over one that goes on another time, as `Http.session` keeps it.

They are protocols like `Http`. The real connection (`ucs/runtime/http/connection.py`) stands behind the same guard, with a deadline on
every wait and a cap on everything that is read; `channels.kit` ships one that plays the dialogue of a case.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, Protocol

Security = Literal["tls", "starttls", "none"]

MINUTE = timedelta(minutes=1)


class Connection(Protocol):
    """Every method raises `Unreachable` if the host closes, falls silent for `within`, or says more than may be read. What that
    means for what was said before, only the adapter knows: it may have to become `Uncertain`."""

    async def line(self, *, limit: int = 65_536, within: timedelta = MINUTE) -> bytes:
        """The next line, without its end."""
        ...

    async def exactly(self, size: int, *, within: timedelta = MINUTE) -> bytes:
        """The next `size` bytes."""
        ...

    async def heard(self, within: timedelta) -> bool:
        """Whether the host says anything (or hangs up) within this time. Nothing is taken, and silence is no failure."""
        ...

    async def write(self, said: bytes, *, within: timedelta = MINUTE) -> None:
        """Say this. Returns when it is handed to the network, which is no proof that it arrived."""
        ...

    async def start_tls(self) -> None:
        """Go on encrypted. The host must not have said anything that was not read, or it could have been anybody."""
        ...

    async def aclose(self) -> None:
        """Hang up."""
        ...


class Session(Protocol):
    """What an adapter makes of a `Connection` when it has signed in, and wants to find again at its next call."""

    async def quiet(self) -> bool:
        """Whether the host has said nothing since our last exchange, and is still there. It does not wait."""
        ...

    async def aclose(self) -> None:
        """Hang up."""
        ...
