"""Robots get ready: what takes them long to load, they load when the server has started, beside everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import structlog

from channels.robot import Robot
from ucs.runtime.delivery.clockwork import Clockwork

log = structlog.get_logger("ucs.robots")
AFTER = 1.0  # seconds: first the doors open


class Ready:
    """`get` for all there are, whenever there may be new ones. Nobody waits for it, not even a turn."""

    def __init__(self, clockwork: Clockwork) -> None:
        self._clockwork = clockwork
        self._known: set[Robot[Any]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def get(self, robots: Iterable[Robot[Any]]) -> None:
        able = {robot for robot in robots if type(robot).ready is not Robot.ready}
        new, self._known = able - self._known, able
        if new:
            task = asyncio.get_running_loop().create_task(self._load(new))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _load(self, robots: set[Robot[Any]]) -> None:
        await self._clockwork.wait(AFTER)
        for robot in robots:
            (failed,) = await asyncio.gather(robot.ready(), return_exceptions=True)
            if failed is not None:
                log.error("a robot did not get ready", robot=robot.name, error=type(failed).__name__)
