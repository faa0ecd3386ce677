"""Whether anything can be written, and how long that takes: asked by writing something."""

from __future__ import annotations

import asyncio

from sqlalchemy.exc import SQLAlchemyError

from channels.errors import UcsError
from ucs.runtime.engine.inputs import Wrote
from ucs.runtime.runtime import Runtime

ASKED_EVERY = 1.0  # seconds: who asks more often gets the last answer, for each asking is a commit
LAG_LIMIT = 2.0  # seconds that a commit may take to come through
PROBE = "~health"  # the cursor that is written to see whether anything can be: no channel has such an id


class Pulse:
    """Writes a row now and then, and knows how long that took."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lag: float | None = None
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()

    async def lag(self) -> float | None:
        """Seconds from submitting to committed; None if that failed or took too long."""
        async with self._asking:
            now = self._runtime.clock()
            if self._asked_at is None or now - self._asked_at >= ASKED_EVERY:
                self._lag = await self._beat()
                self._asked_at = now
            return self._lag

    async def _beat(self) -> float | None:
        engine, began = self._runtime.engine, self._runtime.clock()
        try:
            async with asyncio.timeout(LAG_LIMIT):
                await engine.submit(Wrote((("put_cursor", (PROBE, engine.now().isoformat())),)))
        except (TimeoutError, SQLAlchemyError, UcsError):
            return None
        return self._runtime.clock() - began
