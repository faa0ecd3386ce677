"""What a mail says: its words, its files, its invitation. Pure.

The tree is walked once. Of alternatives the plain text is read and the HTML is kept; text that a client cut in pieces around its
pictures is put together again; a mail within a mail stays a file. Of what Outlook packs (`tnef.py`) the files are shown, and the words
if the mail has no others. Nothing is left out: what cannot be shown is in a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from adapters.email import html, tnef
from adapters.email.charset import one_line
from adapters.email.mime import Part
from channels.value import value

TEXT_LIMIT = 100_000  # characters that are shown; all of it is in the mail itself
MOST_FILES = 100

_CONTAINERS = frozenset({"message/rfc822", "message/global"})
_UNFOLD = re.compile(r"\n[ \t]")
_CALENDAR = re.compile(r"([A-Z-]{1,40})(?:;[^:\n]{0,300})?:([^\n]{0,2000})")
_EXTENSIONS = {"message/rfc822": "mail.eml", "message/global": "mail.eml", "text/calendar": "invitation.ics"}
_METHODS = {"REQUEST": "Invitation", "CANCEL": "Cancelled", "REPLY": "Answer to an invitation", "PUBLISH": "Event"}


@value
class Piece:
    """A stretch of words, in one form or two."""

    plain: str = ""
    html: str = ""


@dataclass(slots=True)
class Content:
    """What was found. `cut`: words or files that are only in the mail itself."""

    pieces: list[Piece] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    cut: bool = False

    @property
    def has_html(self) -> bool:
        return any(piece.html for piece in self.pieces)

    @property
    def text(self) -> str:
        """All words as plain text, written by the client where it did, else made of its HTML."""
        return "\n".join(filter(None, (piece.plain.strip("\n") or html.text_of(piece.html) for piece in self.pieces)))

    @property
    def shown(self) -> str:
        """As much of the text as is shown."""
        return self.text[:TEXT_LIMIT]

    @property
    def document(self) -> str:
        """All words as one HTML document, as they came."""
        return "\n".join(piece.html or f"<p>{html.escaped(piece.plain)}</p>" for piece in self.pieces)


def content_of(mail: Part) -> Content:
    """What is in a mail, in its order."""
    content = Content()
    content.pieces = _walk(mail, content)
    if any(map(tnef.is_packed, content.files)):
        _unpack(content)
    content.cut = content.cut or sum(len(piece.plain) for piece in content.pieces) > TEXT_LIMIT
    return content


def file_name(part: Part) -> str:
    """The name that it has, or one after what it is."""
    if part.name:
        return part.name
    if part.mime in _CONTAINERS:
        return _EXTENSIONS[part.mime]
    kind = part.mime.partition("/")[2].split("+")[0].removeprefix("x-")[:10]
    return _EXTENSIONS.get(part.mime, f"file.{kind}" if kind.isalnum() and kind != "octet" else "file")


def file_size(part: Part) -> int:
    """How long it is, as far as can be told without decoding it."""
    size = part.end - part.start
    return size * 3 // 4 if part.header("content-transfer-encoding").strip().lower() == "base64" else size


def content_id(part: Part) -> str:
    return one_line(part.header("content-id").strip(), 300).strip("<>")


def invitation(part: Part) -> str:
    """A calendar entry in a few lines: what, when, where, from whom. https://www.rfc-editor.org/rfc/rfc5545"""
    said: dict[str, str] = {}
    lines = _UNFOLD.sub("", part.text[:200_000])
    inside = lines.partition("BEGIN:VEVENT")[2].partition("END:VEVENT")[0]
    for name, said_of_it in _CALENDAR.findall(inside):
        said.setdefault(name, re.sub(r"\\([,;\\])", r"\1", said_of_it.replace("\\n", " ")).strip())
    if not said:
        return ""
    method = (
        part.parameters.get("method") or (re.search(r"^METHOD:(\w+)", lines, re.MULTILINE) or ["", ""])[1]
    ).upper()
    rows = [
        f"{_METHODS.get(method, 'Event')}: {said.get('SUMMARY', '')}".rstrip(": "),
        " – ".join(filter(None, (_when(said.get("DTSTART", "")), _when(said.get("DTEND", ""))))),
        said.get("LOCATION", ""),
        said.get("ORGANIZER", "").removeprefix("mailto:").removeprefix("MAILTO:"),
    ]
    return "\n".join(one_line(row, 300) for row in rows if row.strip())


def _when(value: str) -> str:
    found = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?", value)
    if found is None:
        return value
    day = f"{found[1]}-{found[2]}-{found[3]}"
    return f"{day} {found[4]}:{found[5]}{' UTC' if found[6] else ''}" if found[4] else day


def _walk(part: Part, content: Content) -> list[Piece]:
    content.defects.extend(part.defects)
    if part.parts:
        found = [_walk(each, content) for each in part.parts]
        if part.mime == "multipart/alternative":
            return _best(found)
        return [piece for pieces in found for piece in pieces]
    if _is_words(part):
        return [Piece(html=part.text)] if part.mime == "text/html" else [Piece(plain=part.text)]
    if len(content.files) < MOST_FILES:
        content.files.append(part)
    else:
        content.cut = True
    return []


def _unpack(content: Content) -> None:
    """Put what is in a `winmail.dat` into its place. It stays a file itself unless all of it is shown. Its words are those of the mail
    once more, and are shown only if the mail says nothing itself."""
    packed, content.files = content.files, []
    silent, said = not any(map(_says_something, content.pieces)), list[Piece]()
    for part in packed:
        found = tnef.found_in(part) if tnef.is_packed(part) else tnef.Tnef((part,), whole=True)
        words = _words_of(found) if silent else []
        said += words
        unsaid = silent and found.rich and not words
        kept = () if found.whole and (found.files or words) and not unsaid else (part,)
        room = MOST_FILES - len(content.files)
        content.files += (*found.files, *kept)[:room]
        content.cut = content.cut or len(found.files) + len(kept) > room
    content.pieces = said or content.pieces


def _words_of(found: tnef.Tnef) -> list[Piece]:
    piece = Piece(found.plain.text if found.plain else "", found.html.text if found.html else "")
    return [piece] if _says_something(piece) else []


def _says_something(piece: Piece) -> bool:
    return bool(piece.plain.strip() or piece.html.strip())


def _is_words(part: Part) -> bool:
    return part.mime in ("text/plain", "text/html") and part.disposition != "attachment" and not part.name


def _best(found: list[list[Piece]]) -> list[Piece]:
    """One thing in several forms: the plain words of one, the HTML of another."""
    plain = next((pieces for pieces in found if any(piece.plain.strip() for piece in pieces)), [])
    rich = next((pieces for pieces in reversed(found) if any(piece.html.strip() for piece in pieces)), [])
    words = "\n".join(piece.plain for piece in plain)
    marked = "\n".join(piece.html or f"<p>{html.escaped(piece.plain)}</p>" for piece in rich)
    return [Piece(words, marked)] if words.strip() or marked.strip() else []
