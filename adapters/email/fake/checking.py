"""What a mail must be like to be taken. Read with the standard library's parser, whose every complaint counts.

https://www.rfc-editor.org/rfc/rfc5322#section-3.6 for the headers, https://www.rfc-editor.org/rfc/rfc2045 and
https://www.rfc-editor.org/rfc/rfc2046 for the parts.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

from adapters.email.fake.mails import read
from adapters.email.fake.smtp import Refused

NEEDED = ("from", "date", "message-id", "to", "subject", "mime-version")
ONCE = (*NEEDED, "sender", "reply-to", "cc", "in-reply-to", "references", "content-type")
NEVER = (
    "bcc",
    "return-path",
    "received",
    "authentication-results",
    "delivered-to",
)  # which only servers write, or nobody
ENCODED = 76  # characters: https://www.rfc-editor.org/rfc/rfc2047#section-2

_ID = re.compile(r"<[^<>\s@]{1,120}@[^<>\s@]{1,253}>")
_IDS = re.compile(rf"{_ID.pattern}(?:\s+{_ID.pattern})*")


def checked(content: bytes, sender: str) -> EmailMessage:
    """The mail. Raises `Refused` with all that is wrong with it."""
    mail = read(content)
    if wrong := [*_headers(content, mail), *_sender(mail, sender), *_parts(mail)]:
        raise Refused(f"554 5.6.0 {'; '.join(wrong)}"[:500])
    return mail


def _headers(content: bytes, mail: EmailMessage) -> Iterator[str]:
    head = content.partition(b"\r\n\r\n")[0]
    if not head.isascii():
        yield "letters beyond ASCII in a header"
    names = [name.lower() for name, _ in mail.items()]
    yield from (f"there is no {name}" for name in NEEDED if name not in names)
    yield from (f"{name} stands there twice" for name in ONCE if names.count(name) > 1)
    yield from (f"{name} is not for you to say" for name in NEVER if name in names)
    for name, value in mail.items():
        yield from (f"{name}: {type(defect).__name__}" for defect in value.defects)
    if any(len(line) > ENCODED and b"=?" in line for line in head.split(b"\r\n")):
        yield "a line with an encoded word is longer than 76 characters"
    for name, shape in (("message-id", _ID), ("in-reply-to", _ID), ("references", _IDS)):
        if name in names and not shape.fullmatch(" ".join(str(mail[name]).split())):
            yield f"{name} is no id in angle brackets"
    if "date" in names and mail["date"].datetime is None:
        yield "date is none"


def _sender(mail: EmailMessage, sender: str) -> Iterator[str]:
    written: Any = mail["from"]
    addresses = [] if written is None else [address.addr_spec.lower() for address in written.addresses]
    if addresses != [sender]:
        yield f"from is not {sender}"


def _parts(mail: EmailMessage) -> Iterator[str]:
    for part in mail.walk():
        yield from (f"{part.get_content_type()}: {type(defect).__name__}" for defect in part.defects)
        if part.is_multipart():
            continue
        encoding = str(part.get("content-transfer-encoding", "7bit")).lower()
        written = str(part.get_payload())
        if encoding == "base64" and not _is_base64(written):
            yield "Base64 that is none, or in lines longer than 76"
        if encoding == "7bit" and not written.isascii():
            yield "8 bits where 7 were announced"


def _is_base64(written: str) -> bool:
    lines = written.split()
    try:
        base64.b64decode("".join(lines), validate=True)
    except (binascii.Error, ValueError):
        return False
    return max(map(len, lines), default=0) <= 76
