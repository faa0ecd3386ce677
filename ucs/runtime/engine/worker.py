"""One thread that does one thing after another for the event loop. An executor would do, at several times the cost a call."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

Done = Callable[[Any, Exception | None], None]


class Worker:
    """`run` some work in the thread; `done` hears of its result, or of what it raised, back on the event loop."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._work: SimpleQueue[tuple[Callable[[], Any], Done] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def run(self, work: Callable[[], Any], done: Done) -> None:
        """Must be called on the event loop, which is the one that `done` is called on."""
        if self._thread is None:
            loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._go, args=(loop,), name=self._name, daemon=True)
            self._thread.start()
        self._work.put((work, done))

    def stop(self) -> None:
        """Finish what was given, then end."""
        if self._thread is not None:
            self._work.put(None)
            self._thread.join()

    def _go(self, loop: asyncio.AbstractEventLoop) -> None:
        while (given := self._work.get()) is not None:
            work, done = given
            try:
                result, error = work(), None
            except Exception as raised:  # noqa: BLE001  # it is handed on to `done`, not swallowed
                result, error = None, raised
            loop.call_soon_threadsafe(done, result, error)
