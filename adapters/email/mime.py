"""A mail as a tree of parts over its own bytes. Pure, and linear in the mail's length whatever is in it.

Not the standard library's parser: that one copies each level, recurses as deep as the mail says, and turns a mail within a mail into
something whose bytes cannot be had back. Here a part is a stretch of the original bytes, which may be a file and never in memory as a
whole: headers are read, and boundaries looked for; decoding happens when somebody asks.
https://www.rfc-editor.org/rfc/rfc2045 and https://www.rfc-editor.org/rfc/rfc2046
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import field
from urllib.parse import unquote_to_bytes

from adapters.email.charset import NO_LETTERS, decoded, from_base64, header_text, one_line
from channels import Source
from channels.value import value

MOST_PARTS = 1000
DEEPEST = 50
HEAD_LIMIT = 256 * 1024  # bytes of headers that are looked at
MOST_HEADERS = 1000
VALUE_LIMIT = 64 * 1024
CHUNK = 57 * 1024
PADDING = 250  # spaces after a boundary

_HEADER = re.compile(rb"([!-9;-~]{1,100})[ \t]*:[ \t]*([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)")
_LINE = re.compile(rb"[^\n]*\n?")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
_TYPE = re.compile(r"\s*([A-Za-z0-9!#$&^_.+-]{1,100})/([A-Za-z0-9!#$&^_.+-]{1,100})")
_PARAMETER = re.compile(r';\s*([A-Za-z0-9_.-]{1,60}(?:\*\d{1,3})?\*?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))')
_FIRST_BOUNDARY = re.compile(rb"\s*--([^\s]{1,200})[ \t]*\r?\n")
_AFTER_BOUNDARY = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")
_MAILBOX_LINE = re.compile(rb">?From [^\n]*\n")


@value
class Part:
    """One node: `path` is its place in the tree (`2.1`, the root is empty), `body` where its bytes are in `raw`."""

    raw: Source = field(repr=False, compare=False)
    path: str
    start: int
    end: int
    headers: tuple[tuple[str, bytes], ...]
    mime: str
    parameters: dict[str, str] = field(hash=False)
    parts: tuple[Part, ...] = ()
    defects: tuple[str, ...] = ()

    def all(self, name: str) -> list[bytes]:
        """Every header of this name, from the top, as bytes on one line."""
        return [value for known, value in self.headers if known == name]

    def header(self, name: str) -> str:
        """The first header of this name as people read it; empty if there is none."""
        found = self.all(name)
        return header_text(found[0]) if found else ""

    @property
    def body(self) -> bytes:
        """The bytes as they are in the mail."""
        return self.raw[self.start : self.end]

    @property
    def disposition(self) -> str:
        return self.header("content-disposition").partition(";")[0].strip().lower()

    @property
    def name(self) -> str:
        """The file's name, without folders, from whichever header has one and in whichever spelling."""
        said = _parameters(self.header("content-disposition")).get("filename") or self.parameters.get("name", "")
        said = header_text(said.encode("utf-8", "surrogateescape")) if "=?" in said else said
        return one_line(re.split(r"[/\\]", said)[-1].strip(". "), 150)

    @property
    def text(self) -> str:
        """The content as text, in the charset that it most probably has."""
        return decoded(self.content(), self.parameters.get("charset", ""))

    def content(self) -> bytes:
        """The content, its transfer encoding undone."""
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """The content piece by piece, so that a large file is never in memory twice."""
        way = self.header("content-transfer-encoding").strip().lower()
        if way == "base64":
            yield from _base64(self.raw, self.start, self.end)
        elif way == "quoted-printable":
            yield from (binascii.a2b_qp(self.raw[first:last]) for first, last in self._lines())
        elif way in ("x-uuencode", "uuencode", "x-uue", "uue"):
            yield _from_uu(self.body)
        else:
            yield from (self.raw[at : min(at + CHUNK, self.end)] for at in range(self.start, self.end, CHUNK))

    def _lines(self) -> Iterator[tuple[int, int]]:
        """Stretches of whole lines."""
        start = self.start
        while start < self.end:
            found = self.raw.find(b"\n", min(start + CHUNK, self.end), self.end)
            last = found + 1 if found >= 0 else self.end
            yield start, last
            start = last

    def leaves(self) -> Iterator[Part]:
        """Every part that has no parts, in the order of the mail."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            if part.parts:
                waiting.extend(reversed(part.parts))
            else:
                yield part

    def at(self, path: str) -> Part | None:
        """The part at this place."""
        return next((part for part in self.leaves() if part.path == path), None)


def parsed(raw: Source) -> Part:
    """The tree of a mail. Nothing makes it raise; `defects` of the parts say what was guessed."""
    if raw.find(b"\n") < 0 <= raw.find(b"\r"):
        raw = raw[:].replace(b"\r", b"\n")
    found = _MAILBOX_LINE.match(raw[:VALUE_LIMIT])
    return _Reading(raw).part("", found.end() if found else 0, len(raw), 0, "text/plain")


class _Reading:
    """How many parts were made so far: beyond `MOST_PARTS` the rest of a mail is one file."""

    def __init__(self, raw: Source) -> None:
        self.raw = raw
        self.made = 0

    def part(self, path: str, start: int, end: int, depth: int, default: str) -> Part:
        self.made += 1
        headers, body, odd = _head(self.raw, start, end)
        said = header_text(next((value for name, value in headers if name == "content-type"), b""))
        found = _TYPE.match(said)
        mime = f"{found[1]}/{found[2]}".lower() if found else default
        parameters = _parameters(said)
        defects = [odd] if odd else []
        parts: tuple[Part, ...] = ()
        if mime.startswith("multipart/"):
            if depth >= DEEPEST:
                defects.append("its parts are nested too deeply")
            else:
                parts = self._parts(path, body, end, depth, mime, parameters.get("boundary", ""))
            if self.made >= MOST_PARTS and not path:
                defects.append("it has too many parts")
            if not parts:
                defects.append("its parts cannot be told apart")
                mime = "text/plain" if depth < DEEPEST else "application/octet-stream"
        return Part(self.raw, path, body, end, headers, mime, parameters, parts, tuple(defects))

    def _parts(self, path: str, start: int, end: int, depth: int, mime: str, boundary: str) -> tuple[Part, ...]:
        mark = boundary.strip().encode("utf-8", "surrogateescape")[:200]
        if not mark:
            found = _FIRST_BOUNDARY.match(self.raw[start : min(start + VALUE_LIMIT, end)])
            mark = found[1] if found else b""
        if not mark:
            return ()
        default = "message/rfc822" if mime == "multipart/digest" else "text/plain"
        return tuple(
            self.part(f"{path}.{number}".lstrip("."), first, last, depth + 1, default)
            for number, (first, last) in enumerate(self._stretches(start, end, mark), 1)
        )

    def _stretches(self, start: int, end: int, mark: bytes) -> Iterator[tuple[int, int]]:
        """From one boundary to the next; the last may be missing."""
        since = -1
        line, at = b"--" + mark, start
        while (found := self.raw.find(line, at, end)) >= 0:
            at = found + len(line)
            rest = self._rest(at, end)
            if rest is None or (found > start and self.raw[found - 1 : found] != b"\n"):
                continue
            if since >= 0:
                yield since, max(since, found - (2 if self.raw[found - 2 : found] == b"\r\n" else 1))
            if rest[1] is not None:
                return
            since = at = at + rest.end()
            if self.made >= MOST_PARTS:
                break
        if since >= 0:
            yield since, end

    def _rest(self, at: int, end: int) -> re.Match[bytes] | None:
        """What follows a boundary on its line, if that is nothing."""
        last = min(at + PADDING, end)
        rest = _AFTER_BOUNDARY.match(self.raw[at:last])
        return rest if rest and (rest[0].endswith(b"\n") or at + rest.end() == end) else None


def _head(raw: Source, start: int, end: int) -> tuple[tuple[tuple[str, bytes], ...], int, str]:
    """Headers with lower-case names, where the body begins, and what was odd."""
    head = raw[start : min(start + HEAD_LIMIT + 4, end)]
    if head[:2] == b"\r\n" or head[:1] == b"\n":
        return (), start + (2 if head[:1] == b"\r" else 1), ""
    found = _EMPTY_LINE.search(head)
    stop, body = (start + found.start(), start + found.end()) if found else _end_of_head(raw, start, end)
    limit = min(stop - start, HEAD_LIMIT)
    odd = "its headers are too long" if limit < stop - start else ""
    headers: list[tuple[str, bytes]] = []
    at = 0
    while at < limit and len(headers) < MOST_HEADERS:
        match = _HEADER.match(head, at, limit)
        if match:
            headers.append((match[1].decode("ascii").lower(), _FOLD.sub(b"", match[2][:VALUE_LIMIT])))
            at = match.end()
            at += 2 if head[at : at + 2] == b"\r\n" else 1
            continue
        line = _LINE.match(head, at, limit)
        if not headers and not odd:  # no header at all: all of it is what was said
            return (), start, "it has no headers"
        odd = odd or "one of its headers cannot be read"
        at = line.end() if line and line.end() > at else limit
    return tuple(headers), body, odd


def _end_of_head(raw: Source, start: int, end: int) -> tuple[int, int]:
    """Where headers end that are too long to be read, and their body begins; all of it if there is no empty line."""
    ends = ((raw.find(line, start, end), len(line)) for line in (b"\n\r\n", b"\n\n"))
    at, length = min(((at, length) for at, length in ends if at >= 0), default=(end, 0))
    return (at - (raw[at - 1 : at] == b"\r") if length else end), at + length


def _parameters(value: str) -> dict[str, str]:
    """Parameters by lower-case name, the pieces of RFC 2231 put together. https://www.rfc-editor.org/rfc/rfc2231"""
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for found in _PARAMETER.finditer(value[:VALUE_LIMIT]):
        name = found[1].lower()
        said = re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else found[3] or ""
        stem, star, number = name.rstrip("*").partition("*")
        if not star and not name.endswith("*"):
            plain.setdefault(stem, said)
        else:
            pieces.setdefault(stem, {})[int(number or 0)] = (said, name.endswith("*"))
    return plain | {stem: _joined(found) for stem, found in pieces.items()}


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    charset, held = "utf-8", b""
    for place, (number, (said, encoded)) in enumerate(sorted(pieces.items())):
        if encoded and place == 0 and number == 0 and said.count("'") >= 2:
            charset, _, said = said.split("'", 2)
        raw = said.encode("utf-8", "surrogateescape")
        held += unquote_to_bytes(raw) if encoded else raw
    return decoded(held, charset)


def _base64(raw: Source, start: int, end: int) -> Iterator[bytes]:
    kept = b""
    for at in range(start, end, CHUNK):
        letters = kept + raw[at : min(at + CHUNK, end)].translate(None, NO_LETTERS)
        whole = len(letters) - len(letters) % 4
        kept = letters[whole:]
        if whole:
            yield binascii.a2b_base64(letters[:whole])
    if len(kept) > 1:
        yield from_base64(kept)


def _from_uu(body: bytes) -> bytes:
    lines = body.splitlines()
    first = next((number for number, line in enumerate(lines) if line.startswith(b"begin ")), -1)
    content = []
    for line in lines[first + 1 :]:
        if line.strip() in (b"end", b"`", b""):
            break
        try:
            content.append(binascii.a2b_uu(line))
        except binascii.Error:
            break
    return b"".join(content)
