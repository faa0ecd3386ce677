"""What a flow remembers between two turns: where it waits, how often it has asked there, and what it was told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from robots.flow.answers import LONGEST
from robots.flow.check import MOST_VARIABLES

Short = Annotated[str, StringConstraints(max_length=LONGEST)]


class Memory(BaseModel):
    """`node` is the question that waits for an answer, or empty; `tries` how often it was asked."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    node: str = ""
    tries: int = Field(1, ge=1, le=100)
    language: str = Field("", pattern=r"^([a-z]{2})?$")
    variables: Annotated[dict[str, Short], Field(max_length=MOST_VARIABLES)] = {}


def remembered(memory: Mapping[str, Any]) -> Memory:
    """What is in it; nothing, if it is not of our making: then the flow begins anew."""
    try:
        return Memory.model_validate(dict(memory))
    except ValidationError:
        return Memory()
