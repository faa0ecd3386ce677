"""Worlds, closed when the test is over: what still runs then is stopped first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests.runtime.world import World

# Plain lines: with rich's tracebacks a test that makes a bug would spend its time drawing locals.
structlog.configure(processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer(default=repr)])

Made = Callable[..., Awaitable[World]]


@pytest.fixture
async def world_of(tmp_path: Path) -> AsyncIterator[Made]:
    """Makes a started world; a second one takes over the first one's database."""
    worlds: list[World] = []

    async def make(*args: Any, **kwargs: Any) -> World:
        if worlds:
            await worlds.pop().close()
        world = World(tmp_path, *args, **kwargs)
        worlds.append(world)
        await world.start()
        return world

    yield make
    for world in worlds:
        await world.close()
