"""Words while they come: a few times a second, only as long as they may, and gone at the end."""

from __future__ import annotations

import asyncio

from tests.runtime.fake_time import FakeTime
from ucs.runtime.robots.aloud import MOST_SHOWN, Aloud


class Page:
    def __init__(self) -> None:
        self.time = FakeTime()
        self.told: list[str] = []
        self.on = True
        self.aloud = Aloud(self.time.clockwork, lambda: self.on, self.told.append)

    async def sees(self, seconds: float = 0) -> list[str]:
        """What is told until then; and forget it."""
        for _ in range(3):
            await asyncio.sleep(0)
        self.time.skip(seconds)
        for _ in range(3):
            await asyncio.sleep(0)
        told, self.told[:] = list(self.told), []
        return told


async def test_at_most_five_times_a_second_and_never_the_same_twice() -> None:
    page = Page()
    page.aloud.show("a")
    assert await page.sees() == ["a"]
    for text in ("ab", "abc", "abcd"):
        page.aloud.show(text)
        assert await page.sees() == []
    assert await page.sees(0.2) == ["abcd"]
    page.aloud.show("abcd")
    assert await page.sees(0.2) == []
    page.aloud.show("")
    assert await page.sees(0.2) == [""]
    page.aloud.show("x" * 30_000)
    assert [len(text) for text in await page.sees(0.2)] == [MOST_SHOWN]


async def test_nothing_once_it_may_not() -> None:
    page = Page()
    page.aloud.show("a")
    await page.sees()
    page.aloud.show("ab")
    page.on = False
    assert await page.sees(1) == []
    page.aloud.close()
    assert await page.sees(1) == [""]


async def test_nothing_after_the_end_and_nothing_to_take_off_if_nothing_was_shown() -> None:
    page = Page()
    page.aloud.show("a")
    page.aloud.close()
    page.aloud.show("ab")
    assert await page.sees(1) == []
