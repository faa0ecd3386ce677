"""What webhooks have said when they said only that there is something to be asked for: kept until a poll with it has ended well.

In memory alone. After a restart the channel is asked without, and its cursor says what is new. So the oldest may be let go, too, where
a platform calls faster than it can be asked.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Mapping

MOST = 100  # of one channel


class Hints:
    """`put` by the gateway; `of`, `settle`, `forget` and `come` are a poller's."""

    def __init__(self) -> None:
        self._kept: defaultdict[str, dict[str, int]] = defaultdict(
            dict
        )  # by channel: hint → when it came last, as a number
        self._here: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._numbers = itertools.count()

    def put(self, channel: str, hint: str) -> None:
        kept = self._kept[channel]
        kept.pop(hint, None)  # the newest is last
        kept[hint] = next(self._numbers)
        if len(kept) > MOST:
            del kept[next(iter(kept))]
        self._here[channel].set()

    def of(self, channel: str) -> Mapping[str, int]:
        """Those that are not settled, oldest first."""
        return dict(self._kept[channel])

    def settle(self, channel: str, hints: Mapping[str, int]) -> None:
        """They were of use. One that has come again since then says that there is something new again."""
        kept = self._kept[channel]
        for hint, number in hints.items():
            if kept.get(hint) == number:
                del kept[hint]
        if not kept:
            self._here[channel].clear()

    def forget(self, channel: str) -> None:
        """What was said of an account is not said of the next one."""
        self._kept.pop(channel, None)
        self._here[channel].clear()

    async def come(self, channel: str) -> None:
        """Return when there is one."""
        await self._here[channel].wait()
