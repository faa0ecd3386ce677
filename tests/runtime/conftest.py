"""Worlds, closed when the test is over: what still runs then is stopped first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests.runtime.hall import CENTER, Hall
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


Opened = Callable[..., Awaitable[Hall]]


@pytest.fixture
async def hall_of(tmp_path: Path) -> AsyncIterator[Opened]:
    """Opens a hall; a second one takes over the first one's database and time."""
    halls: list[Hall] = []

    async def make(values: Mapping[str, Any] = CENTER) -> Hall:
        hall = Hall(tmp_path, values)
        if halls:
            hall.time.passed = halls[-1].time.passed
            await halls.pop().close()
        halls.append(hall)
        await hall.start()
        return hall

    yield make
    for hall in halls:
        await hall.close()
