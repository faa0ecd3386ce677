"""One task for each channel that has a certain power, begun anew when the channel is configured anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from ucs.runtime.center.settings import ChannelSetting
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.work import Committed


class ChannelTasks:
    """`run` gets the channel's id, and looks up for itself how the channel is configured now. `forget` is told the id when what is
    known of the channel is no longer about it: it was removed or configured anew, and may be another tenant's next."""

    def __init__(
        self,
        engine: Engine,
        power: str,
        run: Callable[[str], Coroutine[Any, Any, None]],
        forget: Callable[[str], None],
    ) -> None:
        self._engine = engine
        self._power = power
        self._begin = run
        self._forget = forget
        self._tasks: dict[str, tuple[str, ChannelSetting, asyncio.Task[None]]] = {}  # tenant, how it was configured
        self._stopped: set[asyncio.Task[None]] = set()
        self._closed = False

    def start(self) -> None:
        self._engine.listen(self._hear)
        self._match()

    async def close(self) -> None:
        self._closed = True
        for channel in list(self._tasks):
            self._stop(channel)
        await asyncio.gather(*self._stopped, return_exceptions=True)

    def _hear(self, committed: Committed) -> None:
        if committed.center is not None and not self._closed:
            self._match()

    def _match(self) -> None:
        channels = {id: each for id, each in self._engine.center.channels.items() if self._power in each.powers}
        for id, (tenant, setting, _) in list(self._tasks.items()):
            if id not in channels or (channels[id].tenant, channels[id].setting) != (tenant, setting):
                self._stop(id)
                self._forget(id)
        for id, channel in channels.items():
            if id not in self._tasks:
                task = asyncio.create_task(self._begin(id), name=f"{self._power} {id}")
                self._tasks[id] = (channel.tenant, channel.setting, task)

    def _stop(self, channel: str) -> None:
        *_, task = self._tasks.pop(channel)
        task.cancel()
        self._stopped.add(task)
        task.add_done_callback(self._stopped.discard)
