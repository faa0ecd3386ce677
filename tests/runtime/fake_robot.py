"""A robot that does as it is told: `answers` what is scripted, one after the other, and repeats what it heard after that."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from channels.adapter import Config
from channels.parts import Text
from channels.robot import HandOver, Robot, Turn, Words
from channels.wire import Http


class FakeRobotConfig(Config):
    """`url`: ask there first, so that there is an answer to be kept."""

    url: str = ""


class Thinking:
    """An answer that does not come until it is let go; `then` is what it is. `stubborn`: it cannot be called off."""

    def __init__(self, then: Words | Exception | None = None, *, stubborn: bool = False) -> None:
        self.go = asyncio.Event()
        self.then = then
        self.stubborn = stubborn
        self.called_off = False

    async def wait(self) -> None:
        while True:
            try:
                await self.go.wait()
            except asyncio.CancelledError:
                self.called_off = True
                if not self.stubborn:
                    raise
            else:
                return


Answer: TypeAlias = Words | Exception | Thinking | Callable[[Turn], Words]


class FakeRobot(Robot[FakeRobotConfig]):
    name = "fake"
    title = "Fake"

    def __init__(self, config: FakeRobotConfig | None = None) -> None:
        super().__init__(config or FakeRobotConfig())
        self.answers: deque[Answer] = deque()
        self.turns: list[Turn] = []
        self.ends: list[Turn] = []
        self.thinking = 0
        self.breaks_at_end = False
        self.readied = 0
        self.show: Callable[[str], None] = lambda text: None

    async def ready(self) -> None:
        self.readied += 1
        await asyncio.sleep(0)
        raise ZeroDivisionError

    async def turn(self, turn: Turn, http: Http) -> Words:
        self.turns.append(turn)
        if self.config.url:
            await http.request("POST", self.config.url, json={"key": turn.key})
        answer = self.answers.popleft() if self.answers else None
        if isinstance(answer, Thinking):
            self.thinking += 1
            try:
                await answer.wait()
            finally:
                self.thinking -= 1
            answer = answer.then
        if isinstance(answer, Exception):
            raise answer
        return answer(turn) if callable(answer) else answer or echo(turn)

    async def aloud(self, turn: Turn, http: Http, show: Callable[[str], None]) -> Words:
        self.show = show
        return await self.turn(turn, http)

    async def ended(self, turn: Turn, http: Http) -> None:
        self.ends.append(turn)
        if self.breaks_at_end:
            raise ZeroDivisionError


def echo(turn: Turn) -> Words:
    """Everything that was heard, in one message, and how often the robot was asked as its memory."""
    return Words(
        say=((Text(" + ".join(heard_in(turn)) or f"[{turn.why}]"),),), memory={"turns": turn.memory.get("turns", 0) + 1}
    )


def heard_in(turn: Turn) -> list[str]:
    return [part.text for heard in turn.heard for part in heard.parts if isinstance(part, Text)]


def says(text: str, **more: object) -> Words:
    return Words(say=((Text(text),),), **more)  # type: ignore[arg-type]


def hands_over(reason: str = "too hard", *said: str, **wish: object) -> Words:
    return Words(say=tuple((Text(text),) for text in said), hand_over=HandOver(reason, **wish))  # type: ignore[arg-type]
