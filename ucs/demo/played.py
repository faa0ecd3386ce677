"""What the page of phones asks of its server: the bodies of its requests, and files. What comes of it is in `phones.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiohttp import BodyPartReader, web
from pydantic import BaseModel, ConfigDict, Field

from channels.parts import Audio, File, Image, MediaRef, Part, Video

LARGEST = 50_000_000  # bytes of a file that a customer sends
BY_MIME: tuple[tuple[str, type[Image | Audio | Video]], ...] = (("image/", Image), ("audio/", Audio), ("video/", Video))


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class NewCustomer(Given):
    name: str = Field(min_length=1, max_length=40)


class Said(Given):
    """`quotes`: the number of the bubble that it answers; 0 for none."""

    part: dict[str, Any]
    quotes: int = 0


class Edited(Given):
    number: int
    text: str = Field(max_length=10_000)


class Recalled(Given):
    number: int


class Reacted(Given):
    number: int
    emoji: str


class Pressed(Given):
    number: int
    label: str
    payload: str = ""


class Following(Given):
    follows: bool


class Behaviour(Given):
    times: int = Field(1, ge=1, le=5)
    delay: float = Field(0, ge=0, le=30)
    reorder: bool = False


class Spoiled(Given):
    fault: str


async def files_in(request: web.Request, gives: frozenset[str], largest: int = LARGEST) -> list[tuple[Part, bytes]]:
    """The files of a form, each as what a customer of a platform that takes `gives` would send it as."""
    found: list[tuple[Part, bytes]] = []
    if request.content_type != "multipart/form-data":
        return found
    async for field in await request.multipart():
        if isinstance(field, BodyPartReader) and field.filename:
            mime = field.headers.get("Content-Type", "application/octet-stream").partition(";")[0].strip().lower()
            found.append((part_of(Path(field.filename).name, mime, gives), await _bytes_of(field, largest)))
    return found


def part_of(name: str, mime: str, gives: frozenset[str]) -> Part:
    media = MediaRef("", name, mime)
    kind = next((kind for start, kind in BY_MIME if mime.startswith(start)), None)
    part: Part = kind(media) if kind is not None else File(media, name)
    return File(media, name) if part.type not in gives and "file" in gives else part


async def _bytes_of(field: BodyPartReader, largest: int) -> bytes:
    body = bytearray()
    while chunk := await field.read_chunk(1 << 16):
        body += chunk
        if len(body) > largest:
            raise web.HTTPRequestEntityTooLarge(max_size=largest, actual_size=len(body))
    return bytes(body)
