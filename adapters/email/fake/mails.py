"""What people write and see, as mails: composed and read with the standard library, as a mail program does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime

from adapters.email.fake.state import CUSTOMERS, OWN, PROVIDER
from channels.fake import Kept
from channels.parts import Audio, File, Image, MediaRef, Part, Parts, Text, Video
from channels.value import value

GIVES = frozenset({"text", "image", "video", "audio", "file"})
SUBJECT = 60  # characters of the words that a customer begins with
Media = Image | Video | Audio | File

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
_KINDS: Mapping[str, type[Image | Video | Audio]] = {"image": Image, "video": Video, "audio": Audio}


@value
class Letter:
    """What is behind a mail: who writes, when, what it is called, which mail it answers, and the subject."""

    name: str
    address: str
    at: datetime
    id: str
    subject: str
    answers: EmailMessage | None = None


def written(letter: Letter, parts: Sequence[tuple[Part, bytes]]) -> bytes:
    """A customer's mail with these parts, the answered one quoted below its words, as it lies in our mailbox."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = Address(letter.name, addr_spec=letter.address)
    mail["To"] = Address("", addr_spec=OWN)
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.at)
    mail["Message-ID"] = letter.id
    if letter.answers is not None:
        answered = letter.answers["Message-ID"]
        mail["In-Reply-To"] = answered
        mail["References"] = " ".join([*str(letter.answers.get("References", "")).split(), answered])
    said = [words for part, _ in parts if (words := words_of(part))]
    if said or letter.answers is not None:
        mail.set_content("\n\n".join(said) + (_quoted(letter.answers) if letter.answers is not None else ""))
    for part, body in parts:
        if isinstance(part, Media) and isinstance(part.media, MediaRef):
            main, _, sub = _mime(part.media.mime).partition("/")
            mail.add_attachment(body, maintype=main, subtype=sub, filename=part.media.name or "file")
    return stamped(mail.as_bytes(), letter.address, letter.at)


def words_of(part: Part) -> str:
    return part.text if isinstance(part, Text) else getattr(part, "caption", "")


def subject_of(parts: Iterable[Part]) -> str:
    """As people write one who are asked for it: how the matter begins."""
    for part in parts:
        words = words_of(part) or (
            part.media.name if isinstance(part, Media) and isinstance(part.media, MediaRef) else ""
        )
        if line := next((line.strip() for line in words.splitlines() if line.strip()), ""):
            return line[:SUBJECT]
    return ""


def _quoted(answered: EmailMessage) -> str:
    """https://www.rfc-editor.org/rfc/rfc3676#section-4.5 has the sign; the line above it is each program's own."""
    lines = "\n".join(f"> {line}".rstrip() for line in _text(answered).split("\n"))
    return f"\n\nOn {answered['Date']}, {OWN} wrote:\n{lines}"


def _mime(written: str) -> str:
    """As it was said, where it is a type that a file can have."""
    mime = written.lower()
    return (
        "application/octet-stream" if mime.startswith(("multipart/", "message/")) or not _TYPE.fullmatch(mime) else mime
    )


def stamped(content: bytes, sender: str, at: datetime) -> bytes:
    """As the provider delivers it: with its results on top, under its hop. https://www.rfc-editor.org/rfc/rfc8601#section-4"""
    domain = sender.rpartition("@")[2]
    hop = f"Received: from mx.{domain} by {PROVIDER} with ESMTPS; {format_datetime(at)}\r\n"
    results = f"Authentication-Results: {PROVIDER};\r\n dmarc=pass header.from={domain}\r\n"
    return f"Return-Path: <{sender}>\r\n{hop}{results}".encode() + content


def bounce(content: bytes, recipient: str, code: str, why: str, id: str, at: datetime) -> bytes:
    """The report that a mail of ours has not arrived. https://www.rfc-editor.org/rfc/rfc3464, https://www.rfc-editor.org/rfc/rfc6522"""
    headers = content.partition(b"\r\n\r\n")[0].decode("ascii")
    report = f"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@{CUSTOMERS}>
To: <{OWN}>
Subject: Undelivered Mail Returned to Sender
Date: {format_datetime(at)}
Message-ID: {id}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="report"

--report
Content-Type: text/plain; charset=us-ascii

Your mail could not be delivered to {recipient}: {why}

--report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.{CUSTOMERS}

Final-Recipient: rfc822; {recipient}
Action: failed
Status: {code}
Diagnostic-Code: smtp; 552 {code} {why}

--report
Content-Type: text/rfc822-headers

"""
    return f"{report}".replace("\n", "\r\n").encode() + f"{headers}\r\n\r\n--report--\r\n".encode()


def read(content: bytes) -> EmailMessage:
    return BytesParser(_class=EmailMessage, policy=policy.SMTP).parsebytes(content)


def shown(mail: EmailMessage, key: str) -> tuple[Parts, dict[str, Kept]]:
    """A mail of ours on a customer's screen, and its files by their keys, which begin with `key`."""
    parts: list[Part] = [Text(text)] if (text := _text(mail)) else []
    files: dict[str, Kept] = {}
    for number, part in enumerate(mail.iter_attachments()):
        body = part.get_payload(decode=True)
        name, mime = part.get_filename("file"), part.get_content_type()
        media = MediaRef(f"{key}/{number}", name, mime, len(body) if isinstance(body, bytes) else 0)
        kind = _KINDS.get(part.get_content_maintype())
        parts.append(kind(media) if kind else File(media, name))
        files[media.key] = Kept(body if isinstance(body, bytes) else b"", mime, name)
    return tuple(parts), files


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return "" if body is None else str(body.get_content()).replace("\r\n", "\n").strip("\n")


def keyed(part: Part, key: str, body: bytes) -> Part:
    """A file of a customer's under the key that its bytes are kept under."""
    if isinstance(part, Media) and isinstance(part.media, MediaRef):
        return replace(part, media=replace(part.media, key=key, size=len(body)))
    return part
