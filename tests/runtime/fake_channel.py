"""A platform that does as it is told: `answers` what is scripted for an address, and takes everything else."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import timedelta
from typing import TypeAlias

from channels.adapter import Adapter, Batch, Config, Forward, Outbound, Profile, Receipt
from channels.events import Received
from channels.health import Checkup, Health
from channels.manifest import FileLimit, Manifest, Pace, Sends
from channels.parts import MediaRef, Text
from channels.wire import Http, NotYet, Request, Stream

FAST = Pace(1e6, 1e6, 1_000_000)
MANIFEST = Manifest("fake", "Fake", Sends(text=20, image=FileLimit(1_000_000), batch=2), pace=FAST, forwards=2)


class Held:
    """An answer that does not come until it is let go; `then` is what it is."""

    def __init__(self, then: Exception | None = None) -> None:
        self.go = asyncio.Event()
        self.then = then


class FakeConfig(Config):
    pass


Answer: TypeAlias = Receipt | Exception | Held
Fetched: TypeAlias = bytes | NotYet | Exception
Polled: TypeAlias = Batch | Exception


class FakeChannel(Adapter[FakeConfig]):
    manifest = MANIFEST

    def __init__(self, config: FakeConfig | None = None) -> None:
        super().__init__(config or FakeConfig())
        self.answers: defaultdict[str, deque[Answer]] = defaultdict(deque)
        self.files: defaultdict[str, deque[Fetched]] = defaultdict(deque)
        self.polls: deque[Polled] = deque()
        self.names: dict[str, str | Exception] = {}
        self.languages: dict[str, str] = {}
        self.sent: list[Outbound] = []
        self.forwarded: list[Forward] = []
        self.recalled: list[tuple[str, str]] = []
        self.read: list[tuple[str, str]] = []
        self.typed: list[str] = []
        self.ended: list[str] = []
        self.asked: list[str] = []
        self.cursors: list[str] = []
        self.hints: list[tuple[str, ...]] = []  # of each poll
        self.every: float | None = (
            None  # seconds between polls that end when there is nothing more; None: a poll never ends
        )
        self.busy = self.most_busy = self.polling = 0
        self.parsed: dict[bytes, Sequence[Received] | Exception] = {}  # what a request of a poll means
        self.changed: Callable[[], None] = lambda: None
        self.more = asyncio.Event()
        self.held_files: Held | None = None
        self.quota: int | None = None
        self.pressed_quota: int | None = None
        self.healths: deque[Health | Exception] = deque()  # what checkups find; then that all is well
        self.checkups: list[Checkup] = []

    def reply_quota(self) -> int | None:
        return self.quota

    def press_quota(self) -> int | None:
        return self.pressed_quota

    async def send(self, message: Outbound, http: Http) -> Receipt:
        self.sent.append(message)
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        self.changed()
        try:
            answer = await self._answer(message.customer)
        finally:
            self.busy -= 1
        return answer or Receipt((f"m{len(self.sent)}",))

    async def _answer(self, address: str) -> Receipt | None:
        waiting = self.answers[address]
        answer = waiting.popleft() if waiting else None
        if isinstance(answer, Held):
            await answer.go.wait()
            answer = answer.then
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def forward(self, message: Forward, http: Http) -> Receipt:
        self.forwarded.append(message)
        self.changed()
        answer = await self._answer(message.recipients[0])
        return answer or Receipt((f"f{len(self.forwarded)}",))

    async def recall(self, customer: str, message: str, http: Http) -> None:
        self.recalled.append((customer, message))
        self.changed()
        await self._answer(customer)

    async def mark_read(self, customer: str, token: str, http: Http) -> None:
        self.read.append((customer, token))
        self.changed()
        await self._answer(customer)

    async def end(self, customer: str, http: Http) -> None:
        self.ended.append(customer)
        self.changed()
        await self._answer(customer)

    async def typing(self, customer: str, http: Http) -> None:
        self.typed.append(customer)
        self.changed()
        await self._answer(customer)

    async def profile(self, customer: str, http: Http) -> Profile:
        self.asked.append(customer)
        self.changed()
        name = self.names.get(customer, "")
        if isinstance(name, Exception):
            raise name
        return Profile(name, self.languages.get(customer, ""))

    async def fetch(self, media: MediaRef, http: Http) -> Stream | NotYet:
        self.asked.append(media.key)
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        self.changed()
        try:
            await (self.held_files.go.wait() if self.held_files else asyncio.sleep(0))
            waiting = self.files[media.key]
            found = waiting.popleft() if waiting else b"hello"
        finally:
            self.busy -= 1
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, NotYet) else Stream(_pieces(found), mime="text/plain", name="note.txt")

    def hold_files(self) -> Held:
        """From now on files come only when they are let go."""
        self.held_files = Held()
        return self.held_files

    def parse(self, request: Request) -> Iterable[Received]:
        meant = self.parsed[request.source[:]]
        if isinstance(meant, Exception):
            raise meant
        return meant

    def poll_every(self) -> timedelta:
        return super().poll_every() if self.every is None else timedelta(seconds=self.every)

    async def poll(self, cursor: str, http: Http, hints: tuple[str, ...] = ()) -> AsyncIterator[Batch]:
        self.cursors.append(cursor)
        self.hints.append(hints)
        self.polling += 1
        self.changed()
        try:
            while True:
                while self.polls:
                    polled = self.polls.popleft()
                    if isinstance(polled, Exception):
                        raise polled
                    yield polled
                if self.every is not None:
                    return
                self.more.clear()
                await self.more.wait()
        finally:
            self.polling -= 1

    async def health(self, asked: Checkup, http: Http) -> Health:
        self.checkups.append(asked)
        self.changed()
        found = self.healths.popleft() if self.healths else Health()
        if isinstance(found, Exception):
            raise found
        return found

    @property
    def said(self) -> list[tuple[str, str]]:
        """Every call: to whom, and its texts with a bar between the parts."""
        return [
            (m.customer, "|".join(p.text if isinstance(p, Text) else f"[{p.type}]" for p in m.parts)) for m in self.sent
        ]


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content
