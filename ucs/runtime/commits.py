"""Committing what has already happened in the world: it must not be lost because the database hiccups."""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from ucs.runtime.clockwork import Clockwork
from ucs.runtime.engine import Engine
from ucs.runtime.inputs import Input

log = structlog.get_logger("ucs.commits")
CLASHES = 3  # a row that is in the way stays in the way; but it may have been another input's of the same batch
LONGEST = 30.0  # seconds between two tries


async def commit(engine: Engine, input: Input, clockwork: Clockwork) -> Any:
    """What the input gives back, once it is on disk; tried again for as long as the database fails. Raises its `UcsError`."""
    attempt = 0
    while True:
        attempt += 1
        try:
            return await engine.submit(input)
        except SQLAlchemyError as error:
            if isinstance(error, IntegrityError) and attempt >= CLASHES:
                raise
            log.exception("not committed, trying again", input=type(input).__name__, attempt=attempt)
            await clockwork.wait(clockwork.backoff(attempt, LONGEST))
