"""A robot that thinks for 200 ms and repeats what it heard; at the word `hang` it thinks for a minute."""

from __future__ import annotations

import asyncio

from channels.adapter import Config
from channels.parts import Text
from channels.robot import Robot, Turn, Words
from channels.wire import Http

THINKS, HANGS = 0.2, 60.0  # seconds


class Thinker(Robot[Config]):
    name = "thinker"

    async def turn(self, turn: Turn, http: Http) -> Words:
        said = " ".join(part.text for heard in turn.heard for part in heard.parts if isinstance(part, Text))
        await asyncio.sleep(HANGS if said == "hang" else THINKS)
        return Words(say=((Text(said),),), memory={"turns": turn.memory.get("turns", 0) + 1})
