"""What the stories of WeChat and WeCom set up alike: our server, an agent and somebody who writes to us; files and words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from adapters._tencent.fake.state import Json
from tests.e2e.served import OURS, PASSWORD, Desk, Served, secret

CENTER = """
[acme.queue.support]
[acme.agent.ann]
name = "Ann"
password = "{password}"
skills = {{ support = 9 }}
{channel}
token = "{token}"
encoding_aes_key = "{key}"
api_base = "{api}"
{more}
"""
CLERK = OURS.replace("[robots]\n", '[robots]\nclerk = "tests.e2e.clerk:Clerk"\n')
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(500)
AMR = b"#!AMR\n" + (b"\x3c" + b"\x00" * 31) * 50  # a second of silence


def center_for(folder: Path, channel: str, account: Any, api: str, more: str) -> str:
    """An agent, and a channel of a fake's account, whose secrets lie in files. `channel` is all of it up to the settings that the two
    platforms have in common, `more` what stands behind them."""
    token, key = secret(folder, "token", account.token), secret(folder, "key", account.aes_key)
    known = {"channel": channel, "token": token, "key": key, "api": api, "more": more}
    return CENTER.format(password=PASSWORD, **known)


def robot_at(channel: str) -> str:
    return f'[acme.robot.front]\nrobot = "clerk"\n[acme.channel.{channel}.robot]\nrobot = "front"\n'


class TownOf(ABC):
    """Our server, and a person who writes to us."""

    server: Served

    @abstractmethod
    async def writes(self, words: str) -> object:
        """Lei says something, and the platform tells us."""

    async def desk(self) -> Desk:
        desk = await self.server.desk("ann")
        await desk.listen()
        await desk.ready()
        return desk

    async def talk(self) -> tuple[Desk, str]:
        """Ann has accepted what Lei said."""
        desk = await self.desk()
        await self.writes("你好")
        contact = await desk.offered()
        await desk.open(contact)
        await desk.act(contact, "accept")
        return desk, contact


def text(words: str) -> Json:
    return {"type": "text", "text": words}


def png() -> bytes:
    content = BytesIO()
    Image.new("RGB", (320, 200), "gold").save(content, "PNG")
    return content.getvalue()
