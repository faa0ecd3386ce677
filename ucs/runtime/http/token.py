"""Access tokens that a channel's callers share: fetched once, renewed a little early, never by two at a time.

Nothing here knows HTTP or a platform; what renews a token is the adapter's own function. Tokens live in memory only: after a
restart the first caller fetches a new one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from channels.errors import Unreachable
from channels.value import value
from channels.wire import Token

Key = tuple[str, str]  # channel, name

_EARLY_AT_MOST = timedelta(seconds=60)
_EARLY_PART = 0.1


@value
class _Kept:
    value: str
    until: float


class Tokens:
    """All channels' tokens. `clock` is monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: dict[Key, _Kept] = {}
        self._renewing: dict[Key, asyncio.Task[str]] = {}

    async def get(self, channel: str, name: str, renew: Callable[[], Awaitable[Token]], refused: str = "") -> str:
        """The token, renewed if there is none, it is about to expire, or it is the one just `refused`.

        Whoever asks while a renewal is under way shares its outcome, failure included; a failure is not kept. The renewal
        does not die with the caller that began it, for others may wait for it.
        """
        key = (channel, name)
        renewal = self._renewing.get(key)
        if renewal is None:
            kept = self._kept.get(key)
            if kept is not None and kept.value != refused and self._clock() < kept.until:
                return kept.value
            renewal = asyncio.create_task(self._renew(key, renew), name=f"renew {name} of {channel}")
            self._renewing[key] = renewal
            renewal.add_done_callback(partial(self._over, key))
        try:
            return await asyncio.shield(renewal)
        except asyncio.CancelledError:
            if not renewal.cancelled() or _cancelling():
                raise
            stopped = Unreachable(f"The renewal of the token {name!r} was stopped, for the service is shutting down.")
        raise stopped

    def forget(self, channel: str) -> None:
        """Drop a channel's tokens: its credentials have changed."""
        for key in [key for key in self._kept if key[0] == channel]:
            del self._kept[key]

    async def close(self) -> None:
        """Stop renewals under way."""
        under_way = list(self._renewing.values())
        for renewal in under_way:
            renewal.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _renew(self, key: Key, renew: Callable[[], Awaitable[Token]]) -> str:
        self._kept.pop(key, None)
        token = await renew()
        early = min(_EARLY_AT_MOST, token.good_for * _EARLY_PART)
        self._kept[key] = _Kept(token.value, self._clock() + (token.good_for - early).total_seconds())
        return token.value

    def _over(self, key: Key, renewal: asyncio.Task[str]) -> None:
        del self._renewing[key]
        if not renewal.cancelled():
            renewal.exception()  # taken note of, or asyncio reports a failure that nobody waited for any more


def _cancelling() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
