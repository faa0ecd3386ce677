"""A robot that repeats what it hears after thinking for a moment, calls a human for an order, and counts in its memory."""

from __future__ import annotations

import asyncio

from channels.adapter import Config
from channels.parts import Text
from channels.robot import HandOver, Robot, Turn, Words
from channels.wire import Http


class ClerkConfig(Config):
    thinks: float = 0.3


class Clerk(Robot[ClerkConfig]):
    name = "clerk"

    async def turn(self, turn: Turn, http: Http) -> Words:
        await asyncio.sleep(self.config.thinks)
        said = " + ".join(part.text for heard in turn.heard for part in heard.parts if isinstance(part, Text))
        count = turn.memory.get("turns", 0) + 1
        if "order" in said:
            return Words(hand_over=HandOver("An order.", summary=said), slots={"said": said}, memory={"turns": count})
        return Words(say=((Text(f"{count}: {said or turn.why}"),),), memory={"turns": count})
