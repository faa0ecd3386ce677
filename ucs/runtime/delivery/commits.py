"""Committing what has already happened in the world: it must not be lost because the database hiccups."""

from __future__ import annotations

from typing import Any

import structlog

from channels.errors import Unavailable
from ucs.runtime.delivery.clockwork import Clockwork
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.inputs import Input

log = structlog.get_logger("ucs.commits")
LONGEST = 30.0  # seconds between two tries


async def commit(engine: Engine, input: Input, clockwork: Clockwork) -> Any:
    """What the input gives back, once it is on disk; tried again for as long as the store cannot write. Raises its `UcsError`,
    and `Unavailable` only when the engine has stopped for good."""
    attempt = 0
    while True:
        attempt += 1
        try:
            return await engine.submit(input)
        except Unavailable:
            if engine.closed:
                raise
            log.warning("not committed, trying again", input=type(input).__name__, attempt=attempt)
            await clockwork.wait(clockwork.backoff(attempt, LONGEST))
