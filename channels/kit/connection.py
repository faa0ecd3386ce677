"""`FakeConnection`: the other side of a dialogue, answering from a case.

A dialogue is lines as people write them down: `S: ` what the server says, `C: ` what we say, `TLS` where encryption begins. What the
server says after something of ours is heard only when we have said something.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from channels.connection import MINUTE
from channels.errors import Unreachable

SERVER, CLIENT, TLS = "S: ", "C: ", "TLS"


class Unspoken(AssertionError):
    """The adapter said something that the case does not have."""


@dataclass(slots=True)
class Exchange:
    """What we say, line by line, and what the server says to it."""

    said: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)


def exchanges_of(dialogue: Sequence[str]) -> list[Exchange]:
    """A dialogue as exchanges; the first one may begin with the server. Raises `ValueError` for a line that is neither's."""
    found = [Exchange()]
    for line in dialogue:
        if line == TLS or line.startswith(CLIENT):
            if found[-1].heard:
                found.append(Exchange())
            found[-1].said.append(line)
        elif line.startswith(SERVER):
            found[-1].heard.append(line.removeprefix(SERVER))
        else:
            raise ValueError(f"{line[:60]!r}: a line of a dialogue begins with 'S: ' or 'C: ', or is 'TLS'")
    return found


def ending(dialogue: Sequence[str], after: int, lines: Iterable[str]) -> list[str]:
    """A dialogue up to what is said after so many exchanges, to which the server says these lines in place of its own."""
    found = exchanges_of(dialogue)
    before = [line for each in found[:after] for line in (*each.said, *(SERVER + line for line in each.heard))]
    return [*before, *found[after].said, *(SERVER + line for line in lines)]


class FakeConnection:
    """A `Connection` for tests. `strict`: what we say must be what the dialogue has. `until`: after so many exchanges the server
    hangs up. `spoken` is the dialogue as it went."""

    def __init__(self, dialogue: Sequence[str], *, strict: bool = False, until: int | None = None) -> None:
        self._exchanges = exchanges_of(dialogue)
        self._strict = strict
        self._until = len(self._exchanges) if until is None else until
        self._at = -1
        self._held = b""
        self._unfinished = b""
        self._said: list[str] = []
        self.spoken: list[str] = []
        self.closed = False

    @property
    def finished(self) -> bool:
        """Whether all of the dialogue was played."""
        return self._at + 1 >= self._until

    async def line(self, *, limit: int = 65_536, within: timedelta = MINUTE) -> bytes:
        while b"\n" not in self._held:
            self._more()
        line, _, self._held = self._held.partition(b"\n")
        return line.removesuffix(b"\r")

    async def exactly(self, size: int, *, within: timedelta = MINUTE) -> bytes:
        while len(self._held) < size:
            self._more()
        block, self._held = self._held[:size], self._held[size:]
        return block

    async def heard(self, within: timedelta) -> bool:
        if not self._held and self._answers():
            self._more()
        return bool(self._held)

    async def write(self, said: bytes, *, within: timedelta = MINUTE) -> None:
        *lines, self._unfinished = (self._unfinished + said).split(b"\n")
        texts = [line.removesuffix(b"\r").decode("utf-8", "backslashreplace") for line in lines]
        self._say(f"{CLIENT}{text}" for text in texts)

    async def start_tls(self) -> None:
        self._say([TLS])

    async def aclose(self) -> None:
        self.closed = True
        self._compare()

    def _say(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._said.append(line)
            self.spoken.append(line)

    def _answers(self) -> bool:
        """Whether the server has something to say now: at the beginning, and after we have said something."""
        following = self._at + 1
        return following < self._until and (bool(self._said) or (self._at < 0 and not self._exchanges[0].said))

    def _more(self) -> None:
        if not self._answers():
            raise Unreachable("The server says nothing more.")
        self._compare()
        self._at += 1
        self._said = []
        heard = self._exchanges[self._at].heard
        self.spoken.extend(f"{SERVER}{line}" for line in heard)
        self._held += "".join(f"{line}\r\n" for line in heard).encode()

    def _compare(self) -> None:
        following = self._at + 1
        wanted = self._exchanges[following].said if following < len(self._exchanges) else []
        if self._strict and self._said != wanted:
            raise Unspoken(f"said:     {self._said}\nexpected: {wanted}")
