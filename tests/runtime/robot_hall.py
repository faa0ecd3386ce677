"""A hall with a robot in front: what is in a hall, and robots that are asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from channels.plugins import Plugins
from channels.wire import Answer
from tests.runtime.fake_channel import FakeChannel
from tests.runtime.fake_robot import FakeRobot
from tests.runtime.hall import CENTER, Hall, changed
from ucs.core.contact import State
from ucs.core.effects import Entry
from ucs.runtime.center.center import Center
from ucs.runtime.center.center_file import center_of
from ucs.runtime.engine.inputs import Wrote
from ucs.runtime.robots.kept_http import RobotHttp
from ucs.runtime.robots.robots import Robots

PLUGINS = Plugins({"fake": FakeChannel}, {"fake": FakeRobot})
RULES = {
    "robot": "front",
    "keywords": ["human"],
    "handed_over_text": "One moment.",
    "closed_text": "Nobody is here.",
    "turn_within": "10s",
}
FRONT = changed(
    changed(CENTER, "acme.robot.front", {"robot": "fake", "name": "Robby"}), "acme.channel.fake1.robot", RULES
)


class AnswersAll:
    """A way out that brings back the same answer every time, and knows one secret."""

    def __init__(self) -> None:
        self.answer: Answer | Exception = Answer(200, b'{"say": 3}', {"content-type": "application/json"})

    async def request(self, method: str, url: str, **how: Any) -> Answer:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def hide(self, text: str) -> str:
        return text.replace("hush", "[hidden]")


class RobotHall(Hall):
    def __init__(self, folder: Path, values: Mapping[str, Any] = FRONT) -> None:
        super().__init__(folder, values)
        self.outcomes: Counter[str] = Counter()
        self.network = AnswersAll()
        self.robots = Robots(
            self.engine, lambda robot: cast(RobotHttp, self.network), self.time.clockwork, self._turned
        )

    def center(self, values: Mapping[str, Any]) -> Center:
        return center_of(values, PLUGINS)

    async def start(self) -> None:
        await super().start()
        await self.robots.start()
        await self.settled()

    async def close(self) -> None:
        await self.robots.close(0.1)
        await super().close()

    @property
    def robot(self) -> FakeRobot:
        return cast(FakeRobot, self.engine.center.robots["acme", "front"].robot)

    def texts(self, contact: str) -> list[str]:
        """What was said to and by the customer, with who said it."""
        lines = [each for each in self.entries if each.contact == contact and each.kind == "message"]
        return [f"{each.by.partition(':')[0]}: {'|'.join(part.text for part in each.body['parts'])}" for each in lines]

    def line(self, contact: str, kind: str) -> Entry:
        """The newest line of this kind."""
        return [each for each in self.entries if (each.contact, each.kind) == (contact, kind)][-1]

    def owner(self, contact: str) -> tuple[State, str]:
        now = self.known[contact]
        return now.state, now.owner

    async def settled(self) -> None:
        """Until nothing more comes of what has happened, and every robot has answered or is thinking."""
        await super().settled()
        if not hasattr(self, "robots"):
            return
        async with asyncio.timeout(20):
            while self.robots.waiting > self.robot.thinking or self.robots._ends:
                await self.engine.submit(Wrote(()))
                await asyncio.sleep(0)
        await super().settled()

    def _turned(self, robot: str, outcome: str, seconds: float) -> None:
        assert robot == "acme/front"
        self.outcomes[outcome] += 1
