"""Time for contacts: when a contact's `due_at` has come, `DueReached` happens to it.

One heap in memory, made anew at start from the open contacts. An entry is only a reminder: what is due says the contact itself, so a
reminder that is too early is put back, and moving a due time later costs nothing.

The time of day is looked at at every commit and every minute: one that was set back is told to every open contact.
"""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from ucs.core.events import ClockSetBack, DueReached
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.inputs import Did
from ucs.runtime.engine.work import Committed

log = structlog.get_logger("ucs.timers")
AGAIN = timedelta(seconds=5)
LONGEST = 60.0  # seconds between two looks at the heap at most: a clock that jumps is noticed
SET_BACK = timedelta(minutes=1)  # a clock that is corrected by less holds nobody up for long


class Timers:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._heap: list[tuple[datetime, str]] = []
        self._reminders: dict[str, datetime] = {}
        self._call: asyncio.TimerHandle | None = None
        self._ahead = timedelta()

    def start(self) -> None:
        self._ahead = self._by()
        for contact in self.engine.memory.contacts.values():
            if contact.due_at is not None:
                self._remind(contact.id, contact.due_at)
        self.engine.listen(self.hear)
        self._wake()

    def close(self) -> None:
        if self._call is not None:
            self._call.cancel()

    def hear(self, committed: Committed) -> None:
        self._watch()
        sooner = False
        for contact in committed.contacts.values():
            if contact.due_at is not None:
                sooner = self._remind(contact.id, contact.due_at) or sooner
        if sooner:
            self._wake()

    def _remind(self, contact: str, at: datetime) -> bool:
        """Whether the next thing to do may have become another."""
        reminder = self._reminders.get(contact)
        if reminder is not None and reminder <= at:
            return False
        self._reminders[contact] = at
        heapq.heappush(self._heap, (at, contact))
        return self._heap[0][1] == contact

    def _wake(self) -> None:
        """Look again when the first reminder is due."""
        if self._call is not None:
            self._call.cancel()
            self._call = None
        wait = (self._heap[0][0] - self.engine.now()).total_seconds() if self._heap else LONGEST
        self._call = asyncio.get_running_loop().call_later(min(max(wait, 0.0), LONGEST), self._look)

    def _by(self) -> timedelta:
        """How far the time of day is ahead of the loop's clock: always the same, unless it is set."""
        return self.engine.now() - datetime.fromtimestamp(0, UTC) - timedelta(seconds=asyncio.get_running_loop().time())

    def _watch(self) -> None:
        """Tell everybody if it was set back."""
        before, self._ahead = self._ahead, self._by()
        back = before - self._ahead
        if back < SET_BACK:
            return
        log.warning("the clock was set back", by=str(back))
        for id in list(self.engine.memory.contacts):
            told = self.engine.submit(Did(id, ClockSetBack(back.total_seconds())))
            told.add_done_callback(
                lambda done: done.cancelled() or done.exception()
            )  # a contact may have closed meanwhile

    def _look(self) -> None:
        self._call = None
        self._watch()
        now = self.engine.now()
        while self._heap and self._heap[0][0] <= now:
            at, id = heapq.heappop(self._heap)
            if self._reminders.get(id) != at:
                continue
            del self._reminders[id]
            contact = self.engine.memory.contacts.get(id)
            if contact is None or contact.due_at is None:
                continue
            if contact.due_at > now:
                self._remind(id, contact.due_at)
            else:
                self.engine.submit(Did(id, DueReached())).add_done_callback(partial(self._done, id))
        self._wake()

    def _done(self, id: str, done: asyncio.Future[object]) -> None:
        """What has moved on meanwhile refuses, and that is well; what is due all the same is tried again in a while."""
        if done.cancelled() or done.exception() is None:
            return
        contact = self.engine.memory.contacts.get(id)
        if contact is not None and contact.due_at is not None:
            self._remind(id, max(contact.due_at, self.engine.now() + AGAIN))
            self._wake()
