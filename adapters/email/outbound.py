"""Our parts as one mail: bytes that every server and client takes. Pure; the files are read elsewhere (`files.py`), while it goes out.

Written by hand, for two reasons. The bytes must be the same whenever the same call is made, boundaries included; and the standard
library's policies fold a long Message-ID in References into an encoded word, after which no client finds the thread.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape
from urllib.parse import quote

import orjson

from adapters.email.config import EmailConfig
from adapters.email.threads import ids_in, mark_of, message_id, references, reply_address
from channels import Copies, Forward, MediaLink, Outbound
from channels.errors import Rejected
from channels.parts import Audio, File, Image, Part, Text, Video, plain_text
from channels.value import value

LINE = 76
BASE64 = "Content-Transfer-Encoding: base64\r\n\r\n"
WORD = 39  # bytes of one encoded word: https://www.rfc-editor.org/rfc/rfc2047#section-2 allows lines of 76 characters with one in it
SUBJECT = 200
# So that no machine answers ours: https://www.rfc-editor.org/rfc/rfc3834#section-5, and what Exchange wants in its place.
AUTOMATIC = (("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All"))

_ADDRESS = re.compile(r"[^\s@<>\"(),;:\\\[\]\x00-\x20\x7f]{1,64}@[^\s@<>\"(),;:\\\[\]\x00-\x20\x7f]{1,253}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_TOKEN = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")


@value
class Attached:
    """A file of ours, of so many bytes. In a mail it stands for them, in lines of Base64."""

    name: str
    mime: str
    size: int
    id: str = ""

    @property
    def packed_size(self) -> int:
        """Bytes of these lines with their ends; nothing at all is an empty line."""
        letters = -(-self.size // 3) * 4
        return letters + 2 * max(1, -(-letters // LINE))


@value
class Draft:
    """A mail before its files are read: to whom, under which id, and what it says."""

    recipients: tuple[str, ...]  # the customer, then those who get copies
    message: str
    headers: tuple[tuple[str, str], ...]
    text: str
    boundary: str

    @property
    def subject(self) -> str:
        return dict(self.headers)["Subject"]

    def written(self, files: Sequence[Attached]) -> list[bytes | Attached]:
        """The whole mail piece by piece, each line ended by CRLF and no longer than 998 bytes."""
        head = "".join(_header(name, value) for name, value in self.headers) + "MIME-Version: 1.0\r\n"
        words = _multipart(
            "alternative", f"{self.boundary}-a", [_words("plain", self.text), _words("html", _html(self.text))]
        )
        if not files:
            return [head.encode() + words]
        boundary = f"{self.boundary}-m"
        mark = f"--{boundary}"
        begin = head.encode() + _opened("mixed", boundary) + f"{mark}\r\n".encode() + words
        pieces: list[bytes | Attached] = [begin]
        for file in files:
            pieces += [f"{mark}\r\n{_attachment(file)}".encode(), file]
        return [*pieces, f"{mark}--\r\n".encode()]


def recipient_of(customer: str) -> str:
    """The address, checked, its host in the letters that mail servers know."""
    if _ADDRESS.fullmatch(customer) is None:
        raise Rejected(f"{customer[:100]!r} is not an address that a mail can be sent to.", code="553")
    local, _, host = customer.rpartition("@")
    try:
        return customer if host.isascii() else f"{local}@{host.encode('idna').decode()}"
    except UnicodeError:
        raise Rejected(f"{host[:100]!r} is not the name of a host.", code="553") from None


def attachments_of(
    message: Outbound | Forward, config: EmailConfig
) -> tuple[dict[str, MediaLink], tuple[MediaLink, ...]]:
    """Files that travel in the mail, by their id, and those for which there is no more room: they go as links."""
    room = config.attachment_limit
    inside: dict[str, MediaLink] = {}
    outside: list[MediaLink] = []
    for part in message.parts:
        media = getattr(part, "media", None)
        if not isinstance(media, str) or (link := message.media.get(media)) is None:
            continue
        if link.size <= room:
            inside[media] = link
            room -= link.size
        else:
            outside.append(link)
    return inside, tuple(outside)


def draft_of(message: Outbound, config: EmailConfig, links: Iterable[MediaLink]) -> Draft:
    """What the mail says. Its Message-ID follows from the call's key, so it is known before anything is sent."""
    if message.automatic and _thread(message.thread).get("list"):
        raise Rejected("The customer's mail has what lists write, and no machine answers a list. An agent can.")
    mark = mark_of(message.key, message.customer, config.mark_secret.get_secret_value())
    own, recipient = message_id(mark, config.address), recipient_of(message.customer)
    copies = message.copies or Copies()
    cc, bcc = (tuple(recipient_of(each) for each in some) for some in (copies.cc, copies.bcc))
    headers = [
        ("From", mailbox(config.name, config.address)),
        ("To", f"<{recipient}>"),
        *([("Cc", ", ".join(f"<{each}>" for each in cc))] if cc else []),
        ("Subject", _subject(message.thread, config)),
        ("Date", date_line(message.at)),
        ("Message-ID", own),
    ]
    answer = reply_address(mark, config.address) if config.plus_address else ""
    headers += [("Reply-To", mailbox(config.name, answer))] if answer else []
    headers += _thread_headers(message)
    headers += AUTOMATIC if message.automatic else ()
    headers.append(("X-UCS-Loop", config.address))
    text = _text(message.parts, links, config.signature)
    recipients = tuple(dict.fromkeys((recipient, *cc, *bcc)))
    return Draft(recipients, own, tuple(headers), text, f"={mark[:26]}")


def _thread_headers(message: Outbound) -> list[tuple[str, str]]:
    thread = _thread(message.thread)
    last = next(iter(ids_in([message.reply_to])), "") or next(iter(ids_in([thread.get("message", "")])), "")
    known = ids_in([thread.get("references", "")])
    found = references(known, last)
    return [*([("In-Reply-To", last)] if last else []), *([("References", found)] if found else [])]


def _thread(token: str) -> dict[str, str]:
    """What came in with the customer's mail; nothing for what cannot be read."""
    try:
        said = orjson.loads(token) if token else {}
    except orjson.JSONDecodeError:
        return {}
    return {name: value for name, value in said.items() if isinstance(value, str)} if isinstance(said, dict) else {}


def about_of(token: str) -> str:
    """What the customer's mail is about, without what answers and forwards put in front."""
    return _CONTROL.sub(" ", _thread(token).get("subject", "")).strip()


def _subject(token: str, config: EmailConfig) -> str:
    about = about_of(token)
    return f"Re: {about}"[:SUBJECT] if about else config.subject


def words_of(parts: Iterable[Part], links: Iterable[MediaLink]) -> str:
    """What these parts say, and where the files are that do not travel in the mail."""
    said = [words for part in parts if (words := _said(part))]
    return "\n\n".join([*said, *(f"{link.name or 'File'}: {link.url}" for link in links)])


def _text(parts: Iterable[Part], links: Iterable[MediaLink], signature: str) -> str:
    text = words_of(parts, links)
    return f"{text}\n\n-- \n{signature}" if signature else text


def _said(part: Part) -> str:
    match part:
        case Text():
            return part.text
        case Image() | Video() | File():
            return part.caption
        case Audio():
            return ""
        case _:
            return plain_text(part)


def _html(text: str) -> str:
    """The same words with their lines and links."""
    body, at = "", 0
    for found in _LINK.finditer(text):
        address = escape(found[0])
        body += f'{escape(text[at : found.start()])}<a href="{address}">{address}</a>'
        at = found.end()
    body += escape(text[at:])
    paragraphs = "".join(f"<p>{each}</p>\n" for each in body.split("\n\n")).replace("\n</p>", "</p>")
    lines = re.sub(r"(?<!</p>)\n", "<br>\n", paragraphs)
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body>\n{lines}</body></html>\n'


# -- how it is written ---------------------------------------------------------------------------------------------------


def _header(name: str, value: str) -> str:
    """One header, folded at its spaces; all but the subject are of words that need no encoding any more. https://www.rfc-editor.org/rfc/rfc5322#section-2.2.3"""
    lines, line = [], f"{name}:"
    for word in _words_of(value) if name == "Subject" else _CONTROL.sub(" ", value).split(" "):
        if len(line) + 1 + len(word) > LINE and line != f"{name}:":
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line]) + "\r\n"


def _words_of(value: str) -> list[str]:
    value = _CONTROL.sub(" ", value)
    if value.isascii() and "=?" not in value and max(map(len, value.split(" ")), default=0) < 900:
        return value.split(" ")
    words, held = [], b""
    for letter in value:
        raw = letter.encode("utf-8", "replace")
        if len(held) + len(raw) > WORD:
            words.append(held)
            held = b""
        held += raw
    return [f"=?utf-8?B?{base64.b64encode(word).decode()}?=" for word in [*words, held] if word]


def mailbox(name: str, address: str) -> str:
    if not name:
        return f"<{address}>"
    if name.isascii():
        escaped = re.sub(r'([\\"])', r"\\\1", _CONTROL.sub(" ", name))
        return f'"{escaped}" <{address}>'
    return f"{' '.join(_words_of(name))} <{address}>"


def date_line(at: datetime) -> str:
    return format_datetime(at)


def _opened(kind: str, boundary: str) -> bytes:
    return f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n'.encode()


def _multipart(kind: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    mark = f"--{boundary}".encode()
    body = b"".join(mark + b"\r\n" + part.removesuffix(b"\r\n") + b"\r\n" for part in parts)
    return _opened(kind, boundary) + body + mark + b"--\r\n"


def _words(kind: str, text: str) -> bytes:
    head = f"Content-Type: text/{kind}; charset=utf-8\r\n{BASE64}"
    return head.encode() + packed(text.replace("\n", "\r\n").encode("utf-8", "replace"))


def _attachment(file: Attached) -> str:
    """What stands above it. The name in both spellings: https://www.rfc-editor.org/rfc/rfc2231, and for clients that do not know
    it."""
    mime = file.mime if _TOKEN.fullmatch(file.mime) and not file.mime.startswith(("multipart/", "message/")) else ""
    name = _CONTROL.sub("", file.name)[:150] or "file"
    plain = re.sub(r'[^ -~]|["\\]', "_", name)
    head = f"Content-Type: {mime or 'application/octet-stream'}\r\n"
    head += f'Content-Disposition: attachment; filename="{plain}"'
    if plain != name:
        pieces = re.findall(r"(?:%..|[^%]){1,20}", quote(name, safe="", errors="replace"))
        for number, piece in enumerate(pieces):
            head += f";\r\n filename*{number}*=" + (piece if number else f"utf-8''{piece}")
    return f"{head}\r\n{BASE64}"


def packed(content: bytes) -> bytes:
    """Lines of Base64; what fills them is packed the same piece by piece."""
    letters = base64.b64encode(content)
    return b"\r\n".join(letters[at : at + LINE] for at in range(0, len(letters), LINE)) + b"\r\n"
