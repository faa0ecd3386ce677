"""What is in a `winmail.dat`: the files and the words of a mail as Outlook packs them (TNEF). Pure, and linear in its length.

It is a sequence of attributes: a level, an id, a length, as many bytes, and a checksum. Two of them hold lists of properties, which
say the same with better names, and count where both say it. The checksum is not looked at: senders get it wrong, and there is no
better copy to be had. What cannot be read ends the reading, and what was found before it counts. No length is believed beyond what
is there.
https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxtnef/3193b9ff-7a82-4873-a3df-9d9d6f83fae4 (the format),
https://learn.microsoft.com/en-us/office/client-developer/outlook/mapi/tnef-stream-structure (the same for programmers)

Not read: words in RTF, and what Outlook's calendar has to say. Who needs those finds the `winmail.dat` itself among the files.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.email.mime import MOST_PARTS, Part
from adapters.email.properties import (
    MOST_NAME,
    OBJECT,
    STRING,
    UNICODE,
    Property,
    Unreadable,
    charset_of,
    number_in,
    properties,
    text_in,
)
from adapters.email.unpacked import Unpacked
from channels import Source
from channels.value import value

TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
MOST_STEPS = 50_000  # attributes and values that are looked at
MOST_WORDS = 4_000_000  # bytes of a text
DEEPEST = 3  # mails within mails

_OPENING = b"\x78\x9f\x3e\x22"
_FIRST = 6  # bytes of the signature, and of a key that is no use to us
_HEAD = struct.Struct("<BII")
_CHECKSUM = 2
_MESSAGE, _FILE = 1, 2  # levels
# https://learn.microsoft.com/en-us/office/client-developer/outlook/mapi/mapping-of-tnef-attributes-to-mapi-properties
_CODE_PAGE, _PROPERTIES = 0x00069007, 0x00069003
_BEGINS, _TITLE, _CONTENT, _FILE_PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
# https://learn.microsoft.com/en-us/office/client-developer/outlook/mapi/mapping-mapi-names-to-canonical-property-names
_CLASS, _PLAIN, _RICH, _HTML, _PAGE = 0x001A, 0x1000, 0x1009, 0x1013, 0x3FDE
_DISPLAYED, _CONTENT_TOO, _SHORT, _LONG, _TYPE, _CONTENT_ID = 0x3001, 0x3701, 0x3704, 0x3707, 0x370E, 0x3712
_AS_PROPERTIES = {0x00078008: _CLASS, 0x0002800C: _PLAIN}  # what attributes say that properties say as well
_NAMES = (_LONG, _SHORT, _TITLE, _DISPLAYED)  # of a file, the best one first
_SAID = frozenset({*_NAMES, _TYPE, _CONTENT_ID})

_MAIL = bytes.fromhex("0703020000000000c000000000000046")  # in front of an object: it is a mail, packed in the same way
_MIME = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
_KINDS = """
avif image/avif|bmp image/bmp|csv text/csv|doc application/msword|eml message/rfc822|gif image/gif|htm text/html|html text/html
ics text/calendar|jpeg image/jpeg|jpg image/jpeg|m4a audio/mp4|mov video/quicktime|mp3 audio/mpeg|mp4 video/mp4|ogg audio/ogg
pdf application/pdf|png image/png|ppt application/vnd.ms-powerpoint|rtf application/rtf|svg image/svg+xml|tif image/tiff
tiff image/tiff|txt text/plain|vcf text/vcard|wav audio/wav|webp image/webp|xls application/vnd.ms-excel|xml text/xml
zip application/zip
docx application/vnd.openxmlformats-officedocument.wordprocessingml.document
pptx application/vnd.openxmlformats-officedocument.presentationml.presentation
xlsx application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
"""
_BY_NAME = dict(kind.split() for kind in re.split(r"[|\n]", _KINDS.strip()))  # Outlook has a type for few of its files


@value
class Tnef:
    """What was found: files, and the words of the mail in up to two forms. `rich`: they are there in RTF. `whole`: all of it was read,
    and nothing is in it that is left out here."""

    files: tuple[Part, ...] = ()
    plain: Part | None = None
    html: Part | None = None
    rich: bool = False
    whole: bool = False


def is_packed(part: Part) -> bool:
    """Whether it says that it is one. Many are sent as any kind of file, and are known by their name."""
    return part.mime in TYPES or part.name.lower() == "winmail.dat"


def found_in(part: Part) -> Tnef:
    """What is in it; nothing if it is none. Its files are parts of their own, whose paths are `2:1`, `2:2` … if it is the part 2."""
    source = Unpacked(part)
    if source[: len(_OPENING)] != _OPENING:
        return Tnef()
    reading = _Reading(source, part.path or "0")
    reading.mail(0, len(source), 0)
    plain, html = (reading.text(kind) for kind in (_PLAIN, _HTML))
    return Tnef(tuple(reading.files), plain, html, reading.rich, reading.whole)


@dataclass(slots=True)
class _Attached:
    """A file as far as it is known: what is said of it by the id that says it, and where its bytes are."""

    said: dict[int, str] = field(default_factory=dict)
    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    is_mail: bool = False

    @property
    def name(self) -> str:
        name = next((self.said[each] for each in _NAMES if self.said.get(each)), "")
        return f"{name or 'mail'}.dat" if self.is_mail else name

    @property
    def mime(self) -> str:
        if self.is_mail:
            return "application/ms-tnef"
        mime = self.said.get(_TYPE, "").lower()
        kind = self.name.lower().rpartition(".")[2]
        return mime if _MIME.fullmatch(mime) else _BY_NAME.get(kind, "application/octet-stream")


class _Reading:
    """One `winmail.dat`, from the front to the back. `charset` is that of names without Unicode in the mail that is being read."""

    def __init__(self, source: Source, path: str) -> None:
        self.source, self.path, self.left = source, path, MOST_STEPS
        self.files: list[Part] = []
        self.words: dict[int, Property] = {}
        self.charset = self.html_charset = ""
        self.rich, self.whole = False, True

    def mail(self, start: int, end: int, depth: int) -> None:
        """The attributes of a mail, which may be one within another."""
        at, file = start + _FIRST, None
        while at < end and self.step():
            head = self.source[at : min(at + _HEAD.size, end)]
            if len(head) < _HEAD.size:
                break
            level, id, size = _HEAD.unpack(head)
            first, last = at + _HEAD.size, min(at + _HEAD.size + size, end)
            if level == _FILE:
                if file is None or id == _BEGINS:
                    self.keep(file)
                    file = _Attached()
                self.of_file(file, id, first, last, depth)
            elif level == _MESSAGE:
                self.of_mail(id, first, last, depth)
            else:
                break
            at = first + size + _CHECKSUM
        self.keep(file)
        self.whole = self.whole and at == end

    def step(self) -> bool:
        """Whether one more may be looked at: a million of them are only there to keep us busy."""
        self.left -= 1
        return self.left >= 0

    def of_mail(self, id: int, start: int, end: int, depth: int) -> None:
        if id == _CODE_PAGE:
            self.charset = charset_of(number_in(self.source[start : min(start + 4, end)]))
        elif depth:
            return  # what a mail within says is in its own file
        elif id in _AS_PROPERTIES:
            self.of_mail_too(Property(_AS_PROPERTIES[id], STRING, start, end))
        elif id == _PROPERTIES:
            for each in self.listed(start, end):
                self.of_mail_too(each)

    def of_mail_too(self, said: Property) -> None:
        if said.id in (_PLAIN, _HTML):
            self.words[said.id] = said
        elif said.id == _PAGE:
            self.html_charset = charset_of(number_in(self.source[said.start : said.end]))
        elif said.id == _CLASS:
            self.whole = self.whole and "schedule" not in self.said(said).lower()
        elif said.id == _RICH:
            self.rich = True

    def of_file(self, file: _Attached, id: int, start: int, end: int, depth: int) -> None:
        if id == _CONTENT:
            self.placed(file, id, start, end)
        elif id == _TITLE:
            file.said[id] = self.said(Property(id, STRING, start, end))
        elif id == _FILE_PROPERTIES:
            for each in self.listed(start, end):
                if each.id == _CONTENT_TOO:
                    self.of_content(file, each, depth)
                elif each.id in _SAID:
                    file.said[each.id] = self.said(each)

    def of_content(self, file: _Attached, said: Property, depth: int) -> None:
        """In front of an object stands what kind of object it is. Of a mail the files are shown as well."""
        if said.type != OBJECT:
            self.placed(file, said.id, said.start, said.end)
            return
        start = min(said.start + len(_MAIL), said.end)
        file.is_mail = self.source[said.start : start] == _MAIL
        self.placed(file, said.id, start, said.end)
        if file.is_mail and depth < DEEPEST and self.source[start : start + len(_OPENING)] == _OPENING:
            charset = self.charset
            self.mail(start, said.end, depth + 1)
            self.charset = charset

    def placed(self, file: _Attached, id: int, start: int, end: int) -> None:
        """A file is somewhere once; what is there besides can be had from the `winmail.dat` alone."""
        self.whole = self.whole and not file.places
        file.places.setdefault(id, (start, end))

    def keep(self, file: _Attached | None) -> None:
        if file is None:
            return
        if not file.places or len(self.files) >= MOST_PARTS:
            self.whole = False
            return
        start, end = file.places.get(_CONTENT_TOO) or file.places[_CONTENT]
        id = file.said.get(_CONTENT_ID, "").strip("<>")
        headers = (("content-id", f"<{id}>".encode()),) if id else ()
        path = f"{self.path}:{len(self.files) + 1}"
        self.files.append(Part(self.source, path, start, end, headers, file.mime, {"name": file.name}))

    def listed(self, start: int, end: int) -> Iterator[Property]:
        try:
            yield from properties(self.source, start, end, self.step)
        except Unreadable:
            self.whole = False

    def said(self, said: Property) -> str:
        raw = self.source[said.start : min(said.start + MOST_NAME, said.end)]
        return text_in(raw, "utf-16-le" if said.type == UNICODE else self.charset)

    def text(self, id: int) -> Part | None:
        """The words in this form, as a part."""
        said = self.words.get(id)
        if said is None or said.start == said.end:
            return None
        end = min(said.end, said.start + MOST_WORDS)
        self.whole = self.whole and end == said.end
        mime, charset = (
            ("text/html", self.html_charset or self.charset) if id == _HTML else ("text/plain", self.charset)
        )
        charset = "utf-16-le" if said.type == UNICODE else charset
        return Part(self.source, self.path, said.start, end, (), mime, {"charset": charset})
