"""What a `MediaRef` of ours names, found again in the mail: one of its parts, or something that is made of all of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.email.content import content_of, file_name
from adapters.email.inbound import DOCUMENT, HISTORY, WHOLE, document_of
from adapters.email.mime import CHUNK, parsed
from channels import Source


@dataclass(frozen=True, slots=True)
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
    part = mail.at("" if what == "0" else what)
    return None if part is None else Found(part.chunks(), part.mime, file_name(part))
