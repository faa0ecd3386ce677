"""What a `MediaRef` of ours names, found again in the mail: one of its parts, or something that is made of all of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.email import tnef
from adapters.email.content import content_of, file_name, file_size
from adapters.email.inbound import ALL_OF_IT, DOCUMENT, HISTORY, WHOLE, document_of
from adapters.email.mime import CHUNK, Part, parsed
from channels import Source
from channels.parts import MediaRef
from channels.value import value

_PATH = re.compile(r"(\d{1,4}(?:\.\d{1,4}){0,60})(?::\d{1,4})?")


@value
class Found:
    """A file: its bytes, and what the mail says of it."""

    chunks: Iterator[bytes]
    mime: str
    name: str


def content_at(raw: Source, key: str) -> Found | None:
    """The file of this key (`UIDVALIDITY.UID/WHAT`); None if the mail has nothing of the kind."""
    mail, what = parsed(raw), key.rpartition("/")[2]
    if what == WHOLE:
        return Found((raw[at : at + CHUNK] for at in range(0, len(raw), CHUNK)), "message/rfc822", "mail.eml")
    if what == DOCUMENT:
        return Found(iter((document_of(mail).encode(),)), "text/html", "mail.html")
    if what == HISTORY:
        return Found(iter((content_of(mail).text.encode(),)), "text/plain", "history.txt")
    path, _, number = what.partition(":")
    part = _within(mail.at("" if path == ALL_OF_IT else path), number)
    return None if part is None else Found(part.chunks(), part.mime, file_name(part))


def part_named(media: MediaRef) -> str:
    """The part that may be asked for without the rest of the mail; empty if it is not one, or not known well enough to be told from
    another. For a file in a `winmail.dat`, that is the part in which it is."""
    found = _PATH.fullmatch(media.key.rpartition("/")[2])
    return found[1] if found and found[1] != ALL_OF_IT and media.size is not None else ""


def content_alone(raw: Source, media: MediaRef) -> Found | None:
    """The file out of its part alone; None unless the server's part is what was read as that part. In broken mails servers find
    boundaries elsewhere than we do, and then theirs has another name, kind or size."""
    whole = parsed(raw)
    part = None if whole.parts else _within(whole, media.key.rpartition("/")[2].partition(":")[2])
    if part is None or (file_name(part), part.mime, file_size(part)) != (media.name, media.mime, media.size):
        return None
    return Found(part.chunks(), part.mime, file_name(part))


def _within(part: Part | None, number: str) -> Part | None:
    """The file of this number in a `winmail.dat`; without a number, the part itself."""
    if part is None or not number:
        return part
    files = tnef.found_in(part).files
    return files[int(number) - 1] if number.isdecimal() and 0 < int(number) <= len(files) else None
