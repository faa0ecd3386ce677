"""A dialogue flow of AICC (its Online Intelligent Assistant Platform), over the dialogue interface. `docs/robot-oiap.md` is its page.

This file is the course of a dialogue: begin, answer, transfer, hang up. `wire.py` is the JSON, `api.py` makes the calls, `transfer.py`
says where a transfer leads. The service keeps the dialogue; remembered are its name there and how far it is.
"""

from __future__ import annotations

from collections.abc import Callable

from pydantic import Field, ValidationError

from channels import Http
from channels.parts import Parts
from channels.robot import Robot, Turn, Why, Words
from robots._said import heard_text, text_message
from robots._service import Foreign
from robots.oiap.api import Api
from robots.oiap.config import OiapConfig
from robots.oiap.transfer import hand_over_of
from robots.oiap.wire import (
    DONE,
    FAILED,
    HANG_UP,
    HANGUP,
    INTERACT,
    MOST_USER,
    PLAYED,
    Json,
    Out,
    init,
    interacted,
    transferred,
)

__all__ = ["Oiap", "OiapConfig"]

MOST_STEPS = 8  # of one turn: a flow that only plays and never asks would go on for ever
PLAY_ONLY = "100"  # how model_type begins when no answer is expected


class _Memory(Foreign):
    """The contact's dialogues are counted; the last one has an index, and may wait for a transfer to end."""

    dialogue: int = Field(0, ge=0, le=10_000)
    index: str = ""
    transferring: bool = False


class Oiap(Robot[OiapConfig]):
    """A dialogue flow of AICC."""

    name = "oiap"
    title = "AICC dialogue flow"

    async def turn(self, turn: Turn, http: Http) -> Words:
        if turn.assist:
            return Words()  # the flows for agents speak of calls, and are no part of this
        talk = _Talk(self.config, turn, Api(self.config, turn, http))
        return await talk.words()

    async def ended(self, turn: Turn, http: Http) -> None:
        """Hang up: after a transfer its success is told first, as the service wants it."""
        memory = _remembered(turn)
        if not memory.dialogue:
            return
        api, user, config = Api(self.config, turn, http), _user(turn, memory.dialogue), self.config
        if not memory.transferring:
            await api.step(lambda token: interacted(config, user, HANGUP, memory.index, token))
            return
        out = await api.step(lambda token: transferred(config, turn, user, DONE, "", memory.index, token))
        if out.outaction == HANG_UP:
            await api.step(lambda token: transferred(config, turn, user, DONE, HANGUP, memory.index, token))


class _Talk:
    """One turn: the steps that it takes, and what was said in them."""

    def __init__(self, config: OiapConfig, turn: Turn, api: Api) -> None:
        self._config, self._turn, self._api = config, turn, api
        self._memory = _remembered(turn)
        self._dialogue = self._memory.dialogue
        self._index = self._memory.index
        self._said: list[Parts] = []
        self._steps = 0

    async def words(self) -> Words:
        out = await self._first()
        heard = heard_text(self._turn.heard).strip()
        if (
            heard and out is not None and out.outaction == INTERACT
        ):  # the flow has begun, and the customer has spoken already
            out = None
        if out is None:
            out = await self._answer(heard or "…")
        return self._ended(out)

    async def _first(self) -> Out | None:
        """Begin a dialogue, or tell one that its transfer failed; None if there is one that waits for an answer."""
        if self._turn.why is Why.NOBODY_CAME and self._memory.transferring:
            return await self._on(self._transferred)
        if self._dialogue and not self._memory.transferring and self._turn.why is Why.HEARD:
            return None
        self._dialogue, self._index = self._dialogue + 1, ""
        user = _user(self._turn, self._dialogue)
        return await self._on(lambda token: init(self._config, self._turn, user, token))

    def _transferred(self, token: str) -> Json:
        user = _user(self._turn, self._dialogue)
        return transferred(self._config, self._turn, user, FAILED, "", self._index, token)

    async def _answer(self, said: str) -> Out:
        user = _user(self._turn, self._dialogue)
        return await self._on(lambda token: interacted(self._config, user, said, self._index, token))

    async def _on(self, body: Callable[[str], Json]) -> Out:
        """One step, and those that follow because nothing was asked: what is only played is played, and said to be."""
        out = await self._api.step(body)
        self._steps += 1
        self._index = str(out.outparams.inter_idx or self._index)
        self._said += text_message(out.outparams.prompt_text)
        if (
            out.outaction == INTERACT
            and str(out.outparams.model_type).startswith(PLAY_ONLY)
            and self._steps < MOST_STEPS
        ):
            return await self._answer(PLAYED)
        return out

    def _ended(self, out: Out) -> Words:
        waits = out.outaction == INTERACT
        over = out.outaction == HANG_UP
        memory = _Memory(dialogue=self._dialogue, index=self._index[:20], transferring=not waits and not over)
        reason = f"the flow hung up ({str(out.outparams.release_reason or 0)[:20]})"
        return Words(
            say=tuple(self._said),
            hand_over=None if waits or over else hand_over_of(out.outparams, self._config),
            close=reason if over else "",
            memory=memory.model_dump() if not over else {"dialogue": 0},
        )


def _user(turn: Turn, dialogue: int) -> str:
    """The dialogue's name there: the contact, and which of its dialogues; the same at every attempt."""
    return f"{turn.contact[: MOST_USER - 6]}-{dialogue}"


def _remembered(turn: Turn) -> _Memory:
    try:
        return _Memory.model_validate(dict(turn.memory))
    except ValidationError:
        return _Memory()
