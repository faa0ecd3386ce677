"""What a mail is about; and the answer that names no mail, but says `Re:` and what ours was about. Pure, and linear in the length.

Such an answer is known by a *name* that ours has besides its Message-ID: a signature over its subject and the fortnight. It is worked
out from either mail alone, so nobody has to remember subjects; and it is looked for, as every name of a mail of ours, among what was
said to this very sender and to nobody else (`docs/decisions/0029`).
"""

from __future__ import annotations

import base64
import hmac
import re
import unicodedata
from datetime import datetime, timedelta

LOOKED_AT = 400  # characters in which there may be prefixes
COMPARED = 100  # characters of a subject: clients cut long ones
PERIOD = timedelta(days=14)

# What clients put in front of an answer's subject; and of what is forwarded, or may be either (`VS` is an answer in Finnish only).
ANSWERS = frozenset({
    "re", "aw", "antw", "sv", "res", "odp", "ynt", "rif", "vá", "bls", "απ", "σχετ", "отв", "ответ", "השב", "رد", "trả lời",
    "ตอบ", "ตอบกลับ", "회신", "답장", "返信", "回复", "回覆", "答复", "答覆", "回信",
})  # fmt: skip
FORWARDS = frozenset({
    "fw", "fwd", "wg", "vs", "vb", "vl", "tr", "rv", "enc", "pd", "ref", "הועבר", "전달", "転送", "转发", "转寄", "轉寄", "轉發",
})  # fmt: skip

_WORDS = "|".join(sorted(map(re.escape, ANSWERS | FORWARDS), key=len, reverse=True))
_PREFIX = re.compile(rf"({_WORDS})(?:\[\d{{1,3}}\]|\(\d{{1,3}}\)|\^\d{{1,3}})?\s*[:：]\s*", re.IGNORECASE)


def bare_subject(subject: str) -> str:
    """Without what answers and forwards put in front, once or stacked."""
    return _split(subject)[1]


def names_by_subject(subject: str, at: datetime, secret: str) -> tuple[str, ...]:
    """How a mail of ours may be spoken of by its subject: in the fortnight in which it is sent, and in the next one."""
    said = _compared(bare_subject(subject))
    period = _period(at)
    return tuple(_name(said, each, secret) for each in (period, period + 1)) if said else ()


def answered_by_subject(subject: str, at: datetime, secret: str) -> str:
    """The name of the mail of ours that this is the subject of an answer to; empty if it is no answer's. In doubt it is none: with a
    forward among its prefixes it answers something else."""
    prefixes, bare = _split(subject)
    said = _compared(bare)
    return _name(said, _period(at), secret) if said and prefixes and prefixes <= ANSWERS else ""


def _split(subject: str) -> tuple[set[str], str]:
    """What stands in front, and what is left."""
    head = subject[:LOOKED_AT]
    at = len(head) - len(head.lstrip())
    prefixes: set[str] = set()
    while found := _PREFIX.match(head, at):
        prefixes.add(found[1].lower())
        at = found.end()
    return prefixes, subject[at:].strip()


def _compared(bare: str) -> str:
    """Without what clients change on the way: capital letters, spaces, wide letters, all that is too long."""
    return unicodedata.normalize("NFKC", " ".join(bare.split())[:COMPARED]).casefold().strip()


def _period(at: datetime) -> int:
    return int(at.timestamp() // PERIOD.total_seconds())


def _name(said: str, period: int, secret: str) -> str:
    """No id in a header has this form, so nobody can write it there."""
    signed = hmac.digest(secret.encode(), f"about\n{period}\n{said}".encode("utf-8", "replace"), "sha256")
    return f"about {base64.b32encode(signed[:15]).decode().lower()}"
