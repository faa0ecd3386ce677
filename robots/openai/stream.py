"""The answer while it comes: events of which each has a piece of the message. What is read is bounded, and put together here.

https://platform.openai.com/docs/api-reference/chat/streaming; the form of the events is that of
https://html.spec.whatwg.org/multipage/server-sent-events.html. A service that does not stream answers whole, and that is taken too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
from pydantic import Field, ValidationError

from channels import Answer
from channels.errors import Malformed, Unreachable
from channels.wire import Stream
from robots._service import Foreign, complaint, json_of
from robots.openai.completion import MOST_CALLS, Call, Message, Piece, message_of

MOST_BYTES = 4 * 1024 * 1024  # some hundred for each word, and no more words than `LONGEST`
LONGEST = 64 * 1024  # characters of the words, and of one tool's arguments
LONGEST_LINE = 256 * 1024  # bytes
FIELD, DONE = b"data:", b"[DONE]"
THINKS = "<thinking>"


class _Function(Foreign):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class _Asked(Foreign):
    index: int | None = Field(None, ge=0)
    id: str | None = None
    function: _Function = _Function()


class _Delta(Foreign):
    content: str | list[Piece] | None = None
    tool_calls: list[_Asked] | None = None


class _Choice(Foreign):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Event(Foreign):
    choices: list[_Choice] | None = None
    error: Any = None


async def streamed(stream: Stream, show: Callable[[str], None]) -> Message:
    """The whole message; `show` is told of its words while they come. Raises `Malformed`, and `Unreachable` for half an answer."""
    try:
        if stream.mime == "application/json":
            return message_of(json_of(Answer(200, b"".join([chunk async for chunk in _bounded(stream.chunks)]))))
        growing = _Growing()
        async for data in _events(stream.chunks):
            if data == DONE:
                return growing.message()
            if growing.take(_event(data)):
                show(_without_thoughts(growing.message().text()))
        if not growing.finished:
            raise Unreachable("The robot's service broke off in the middle of its answer.")
        return growing.message()
    finally:
        if (close := getattr(stream.chunks, "aclose", None)) is not None:
            await close()  # nobody reads the rest


def _without_thoughts(text: str) -> str:
    """Nothing, as long as the model thinks, or may be about to."""
    return "" if text.startswith(("<think>", THINKS)) or THINKS.startswith(text) else text


class _Growing:
    """A message of which pieces have come."""

    def __init__(self) -> None:
        self.finished = False
        self._words = ""
        self._calls: dict[int, tuple[str, str, str]] = {}  # place → id, name, arguments

    def take(self, event: _Event) -> bool:
        """Whether there is something new to be read by people."""
        if event.error is not None:
            raise Unreachable("The robot's service broke off its answer with an error.")
        before = self._words
        for choice in (event.choices or ())[:1]:
            self.finished = self.finished or bool(choice.finish_reason)
            delta = choice.delta or _Delta()
            self._words += _text(delta.content)
            for asked in delta.tool_calls or ():
                self._ask(asked)
        if len(self._words) > LONGEST:
            raise Malformed(f"The model says more than {LONGEST:,} characters.")
        return self._words != before

    def _ask(self, asked: _Asked) -> None:
        """One tool's name comes in its first piece, its arguments in all of them. Without a number each piece is a tool."""
        place = len(self._calls) if asked.index is None else asked.index
        if place >= MOST_CALLS:
            return
        id, name, arguments = self._calls.get(place, ("", "", ""))
        given = asked.function.arguments or ""
        arguments += given if isinstance(given, str) else orjson.dumps(given).decode()
        if len(arguments) > LONGEST:
            raise Malformed(f"The model asks for a tool with more than {LONGEST:,} characters.")
        self._calls[place] = (id or asked.id or "", name or asked.function.name or "", arguments)

    def message(self) -> Message:
        calls = [
            Call.model_validate({"id": id, "function": {"name": name, "arguments": arguments}})
            for _, (id, name, arguments) in sorted(self._calls.items())
        ]
        return Message(content=self._words, tool_calls=calls)


def _text(content: str | list[Piece] | None) -> str:
    return content if isinstance(content, str) else "".join(piece.text for piece in content or ())


def _event(data: bytes) -> _Event:
    try:
        return _Event.model_validate(orjson.loads(data))
    except orjson.JSONDecodeError:
        raise Malformed("The robot's service streamed something that is not JSON.") from None
    except ValidationError as error:
        raise complaint(error) from None


async def _events(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The data of each event. Services put it on one line each."""
    rest = bytearray()
    async for chunk in _bounded(chunks):
        rest += chunk
        if len(rest) > LONGEST_LINE + len(chunk):
            raise Malformed(f"The robot's service streamed a line of more than {LONGEST_LINE:,} bytes.")
        if b"\n" in chunk:
            *lines, rest = rest.split(b"\n")
            for line in filter(None, map(_data, lines)):
                yield line
    if data := _data(rest):
        yield data


def _data(line: bytearray) -> bytes:
    return bytes(line[len(FIELD) :]).strip() if line.startswith(FIELD) else b""


async def _bounded(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    read = 0
    async for chunk in chunks:
        read += len(chunk)
        if read > MOST_BYTES:
            raise Malformed(f"The robot's service streamed more than {MOST_BYTES:,} bytes.")
        yield chunk
