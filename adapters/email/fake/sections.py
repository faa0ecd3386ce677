"""What a FETCH tells of a mail, and its parts as IMAP names them, cut out of its bytes.
https://www.rfc-editor.org/rfc/rfc3501#section-6.4.5
"""

from __future__ import annotations

import re
from email import policy
from email.parser import BytesHeaderParser

from adapters.email.fake.folders import Stored
from adapters.email.fake.imap_words import Bad, moment

WHOLE = ("BODY[]", "BODY.PEEK[]")
_BODY = re.compile(r"BODY(?:\.PEEK)?\[(?P<path>|\d+(?:\.\d+)*(?:\.MIME)?)\](?:<(?P<at>\d+)\.(?P<most>[1-9]\d*)>)?")


def described(item: str, uid: int, mail: Stored, *, seen: bool) -> bytes:
    """One item, which is asked for in upper case. Raises `Bad` for what cannot be asked for."""
    match item:
        case "UID":
            return f"UID {uid}".encode()
        case "RFC822.SIZE":
            return f"RFC822.SIZE {len(mail.content)}".encode()
        case "INTERNALDATE":
            return f"INTERNALDATE {moment(mail.at)}".encode()
        case "FLAGS":
            return b"FLAGS (\\Seen)" if seen else b"FLAGS ()"
    found = _BODY.fullmatch(item)
    if found is None:
        raise Bad(f"{item} cannot be fetched")
    content = section(mail.content, found["path"])
    name = f"BODY[{found['path']}]" + (f"<{found['at']}>" if found["at"] else "")
    if content is None:
        return f"{name} NIL".encode()
    if found["at"]:
        content = content[int(found["at"]) : int(found["at"]) + int(found["most"])]
    return f"{name} {{{len(content)}}}\r\n".encode() + content


def section(content: bytes, path: str) -> bytes | None:
    """`""` is all of it, `2.1` a part without its headers, `2.1.MIME` its headers. None if there is no such part."""
    if not path:
        return content
    headers, body = b"", content
    for number, step in enumerate(map(int, path.removesuffix(".MIME").split("."))):
        parts = _parts(body if not number else headers + body)
        if not parts and step == 1 and not number:
            headers, body = _cut(content)  # what has no parts is its own first
        elif step > len(parts):
            return None
        else:
            headers, body = _cut(parts[step - 1])
    return headers if path.endswith(".MIME") else body


def _cut(part: bytes) -> tuple[bytes, bytes]:
    """Headers, with the empty line after them, and what follows."""
    if part.startswith(b"\r\n"):
        return b"\r\n", part[2:]
    end = part.find(b"\r\n\r\n")
    return (part, b"") if end < 0 else (part[: end + 4], part[end + 4 :])


def _parts(content: bytes) -> list[bytes]:
    """What stands between the boundaries. https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1"""
    headers, body = _cut(content)
    boundary = BytesHeaderParser(policy=policy.default).parsebytes(headers).get_boundary()
    if not boundary:
        return []
    mark = b"\r\n--" + boundary.encode()
    whole, _, _ = (b"\r\n" + body).partition(mark + b"--")
    return [part.partition(b"\r\n")[2] for part in whole.split(mark)[1:]]
