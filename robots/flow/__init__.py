"""Our own robot: a flow that a tenant writes as TOML, with no service behind it. `docs/robot-flow.md` is its page.

This file is the robot, and makes the flow's HTTP calls. `model.py` is what a flow is made of, `read.py` and `check.py` say what is
wrong with one, `walk.py` is one turn, `drawing` a picture.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from channels import Config, Http
from channels.errors import ChannelError, ConfigError
from channels.robot import Robot, Turn, Words
from robots._said import heard_text
from robots._service import json_of, time_for
from robots.flow.model import Call
from robots.flow.read import read
from robots.flow.text import load, needs_loading
from robots.flow.walk import Walk, Wanted, suggestions

__all__ = ["Flow", "FlowConfig"]


class FlowConfig(Config):
    """The flow, as a file or as its text, and the service that its calls go to."""

    file: Path | None = Field(None, description="The flow's file, as the server sees it. Either this or text.")
    text: str = Field("", description="The flow itself. Either this or file.")
    api_base: str = Field(
        "", description="What the paths of calls are added to.", pattern=r"^(https?://[^\s?#]+[^\s?#/])?$"
    )
    api_token: SecretStr | None = Field(None, description="Sent to that service as a bearer token.")

    @model_validator(mode="after")
    def _is_a_flow(self) -> Self:
        if (self.file is None) == (self.text == ""):
            raise ValueError("expected either file or text")
        try:
            flow = read(self.source(), self.title())
        except ConfigError as error:
            raise ValueError(f"expected a flow without mistakes; ucs flow check shows these:\n{error}") from None
        if not self.api_base and any(isinstance(node, Call) for node in flow.nodes.values()):
            raise ValueError("expected api_base, for the flow has calls")
        return self

    def source(self) -> str:
        """The flow as TOML; raises `ValueError` if the file cannot be read."""
        if self.file is None:
            return self.text
        try:
            return self.file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"the flow's file {self.file} cannot be read: {type(error).__name__}") from None

    def title(self) -> str:
        return self.file.name if self.file else "flow"


class Flow(Robot[FlowConfig]):
    """A flow: says, asks, branches, calls, answers from a list of questions, hands over, closes."""

    name = "flow"
    title = "Flow"

    def __init__(self, config: FlowConfig) -> None:
        super().__init__(config)
        self._texts = config.source()
        self._flow = read(self._texts, config.title())

    async def ready(self) -> None:
        if needs_loading(self._texts):
            await asyncio.to_thread(load)

    async def turn(self, turn: Turn, http: Http) -> Words:
        if needs_loading(self._texts) or needs_loading(heard_text(turn.heard)):
            await asyncio.to_thread(load)
        if turn.assist:
            return suggestions(self._flow, turn)
        walk = Walk(self._flow, turn)
        while wanted := walk.on():
            await self._call(walk, wanted, turn, http)
        return walk.words()

    async def _call(self, walk: Walk, wanted: Wanted, turn: Turn, http: Http) -> None:
        """A service that fails is one of the ways of the flow, not an error of the robot."""
        token = self.config.api_token
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
        if wanted.method != "GET":
            headers["Idempotency-Key"] = f"{turn.key}-{wanted.number}"
        url = self.config.api_base + wanted.path
        try:
            answer = await http.request(
                wanted.method, url, headers=headers, json=wanted.json, within=time_for(turn) / 2
            )
            read = wanted.reads and 200 <= answer.status < 300
            walk.answered(answer.status, json_of(answer) if read else None)
        except ChannelError:
            walk.answered(None)
