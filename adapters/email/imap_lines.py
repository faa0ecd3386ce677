"""The lines of IMAP: a command goes out under a tag, and what comes back is read to the line that has the tag. Answers are read in
full before anybody looks at them; a literal's size is judged before it is read. https://www.rfc-editor.org/rfc/rfc3501#section-2.2

What is said, and what the answers mean, is in `imap.py`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

from adapters.email.imap_words import said_of
from channels import Connection
from channels.errors import Rejected, Unreachable
from channels.value import value

LINE_LIMIT = 1_000_000
PIECE = 64 * 1024
BRIEF = timedelta(seconds=30)
LONG = timedelta(minutes=5)

_LITERAL = re.compile(rb"\{(\d{1,12})\+?\}\Z")
_NEWS = re.compile(rb"\* \d{1,10} EXISTS", re.IGNORECASE)
_CODE = re.compile(r"\[([A-Z][A-Z-]{1,40})")


@value
class Answer:
    """What came before the last line of an answer, each with its literals taken out."""

    lines: tuple[tuple[bytes, tuple[bytes, ...]], ...]
    text: str


class Exchange:
    """Both directions of a connection, one command at a time."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.news = False  # since the last list a server has told of a mail, which it does once, in an answer to whatever we say
        self._number = 0

    async def command(self, said: str, *, within: timedelta = BRIEF, most: int = LINE_LIMIT) -> Answer:
        """Say it and read to its end, if its literals have no more bytes than that. Raises `Rejected` where the server says no."""
        return await self.rest(await self.say(said), within, most)

    async def say(self, said: str) -> bytes:
        """Say it, and go on; the tag that its answer will have, with the space behind it."""
        self._number += 1
        tag = f"a{self._number}"
        await self.connection.write(f"{tag} {said}\r\n".encode())
        return tag.encode() + b" "

    async def rest(self, tag: bytes, within: timedelta, most: int = LINE_LIMIT) -> Answer:
        """What is still to come of the answer with this tag."""
        lines: list[tuple[bytes, tuple[bytes, ...]]] = []
        while True:
            line, blocks = await self._whole_line(within, most)
            most -= sum(map(len, blocks))
            if line.startswith(tag):
                return Answer(tuple(lines), self.judged(line.removeprefix(tag)))
            if line.startswith(
                b"+"
            ):  # more is wanted; after a refused token, nothing: https://www.rfc-editor.org/rfc/rfc3501#section-7.5
                await self.connection.write(b"\r\n")
            elif line[:6].upper() == b"* BYE " and tag != b"":
                raise Unreachable(f"The mail server hangs up: {said_of(line[6:])}", code="BYE")
            else:
                self.note(line)
                lines.append((line, blocks))

    def note(self, line: bytes) -> None:
        """Whatever is read may tell of a new mail."""
        self.news = self.news or _NEWS.match(line) is not None

    async def _whole_line(self, within: timedelta, most: int) -> tuple[bytes, tuple[bytes, ...]]:
        """A line, the literals within it taken out one after the other."""
        line = await self.connection.line(limit=LINE_LIMIT, within=within)
        blocks: list[bytes] = []
        while found := _LITERAL.search(line):
            size = _allowed(int(found[1]), most - sum(map(len, blocks)))
            blocks.append(await self.connection.exactly(size, within=within))
            line = line[: found.start()] + b"{}" + await self.connection.line(limit=LINE_LIMIT, within=within)
            if len(blocks) > 100:
                raise Unreachable("The mail server answers with too many blocks in one line.", code="literal")
        return line, tuple(blocks)

    def judged(self, line: bytes) -> str:
        """The text of an OK; anything else is raised."""
        word, _, rest = line.partition(b" ")
        said = said_of(rest)
        found = _CODE.search(said)
        code = found[1] if found else word.decode("ascii", "replace").upper()[:10]
        if word.upper() == b"OK":
            return said
        if code in ("UNAVAILABLE", "INUSE", "SERVERBUG", "LIMIT"):
            raise Unreachable(f"The mail server cannot do it now: {said}", code=code)
        raise Rejected(f"The mail server refuses: {said}", code=code)

    async def literals(self, said: str, most: int) -> AsyncIterator[tuple[bytes, bytes]]:
        """The literals of an answer piece by piece, with the line above each; and each line that has none, with nothing."""
        most += LINE_LIMIT  # servers count as they like, and headers come besides
        tag = await self.say(said)
        line = await self.connection.line(limit=LINE_LIMIT)
        while not line.startswith(tag):
            if line[:6].upper() == b"* BYE ":
                raise Unreachable(f"The mail server hangs up: {said_of(line[6:])}", code="BYE")
            self.note(line)
            found = _LITERAL.search(line)
            left = _allowed(int(found[1]), most) if found else 0
            most -= left
            if not found:
                yield line, b""
            while left:
                piece = await self.connection.exactly(min(left, PIECE), within=LONG)
                left -= len(piece)
                yield line, piece
            line = await self.connection.line(limit=LINE_LIMIT)
        self.judged(line.removeprefix(tag))


def _allowed(size: int, most: int) -> int:
    if size > most:
        raise Unreachable(
            f"The mail server sends {size:,} bytes where at most {most:,} were asked for.", code="literal"
        )
    return size
