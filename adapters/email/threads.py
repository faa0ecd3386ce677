"""Which mail answers which: ids in headers, and an address of ours that only mails of ours name. Pure.

Each mail of ours has a *mark*: the key of the call that sent it and a signature over key and receiver. It is the left half of its
Message-ID, and where the mailbox can be written to with a `+`, part of the address that an answer goes to. So an answer names our
mail even if the client drops every header.

A mark says which mail, and never who writes: whoever gets a copy sees it, and so does everybody to whom the customer sends their
answer. Who writes is what the trusted server has found out (`trust.py`, `docs/decisions/0029`).
"""

from __future__ import annotations

import base64
import hmac
import re
import uuid
from collections.abc import Iterable

from adapters.email.mime import Part

MOST_IDS = 20
HEADER = 900  # bytes of References; a line of a mail has at most 998
LOCAL_PART = 64
FORWARDED = "forwarded: "  # no address has a space in it, so no signature over one is that of an answer

_ID = re.compile(r"<[^<>\s]{1,900}>")
_MARK = re.compile(r"\+([a-z2-7]{26})-([a-z2-7]{16})@", re.IGNORECASE)
_MARKED_ID = re.compile(r"<([a-z2-7]{26})-([a-z2-7]{16})@[^<>\s]{1,253}>", re.IGNORECASE)
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to", "cc")


def mark_of(key: str, customer: str, secret: str) -> str:
    """The mark of our mail with this key to this customer."""
    name = base64.b32encode(uuid.uuid5(uuid.NAMESPACE_URL, key).bytes).decode().rstrip("=").lower()
    return f"{name}-{_signature(name, customer, secret)}"


def forward_mark_of(key: str, customer: str, secret: str) -> str:
    """The mark of a mail that brings this customer's words to others. It is no mark of a mail to the customer: an answer to it, or a
    report on it, is about something that the customer never saw."""
    return mark_of(key, f"{FORWARDED}{customer}", secret)


def holds_forward(message: str, customer: str, secret: str) -> bool:
    """Whether this is the Message-ID of a mail of ours that brought this customer's words to others."""
    return holds(message, f"{FORWARDED}{customer}", secret)


def message_id(mark: str, own_address: str) -> str:
    return f"<{mark}@{own_address.rpartition('@')[2]}>"


def reply_address(mark: str, own_address: str) -> str:
    """The address with the mark in it; empty where it would be longer than an address may be."""
    local, _, domain = own_address.rpartition("@")
    marked = f"{local}+{mark}"
    return f"{marked}@{domain}" if len(marked) <= LOCAL_PART else ""


def ids_in(values: Iterable[str]) -> list[str]:
    """Message ids in their order, each once."""
    return list(dict.fromkeys(found for value in values for found in _ID.findall(value[:64_000])))


def answered(mail: Part, own_address: str, sender: str, secret: str) -> str:
    """The Message-ID of the mail that is answered: of ours to this sender if one is named, else of whichever is; empty if none is."""
    answers = ids_in(_headers(mail, "in-reply-to"))
    chain = list(reversed(ids_in(_headers(mail, "references"))))
    for found in dict.fromkeys(answers + chain):
        if (mark := _MARKED_ID.fullmatch(found)) and _holds(mark, sender, secret):
            return found
    domain = own_address.rpartition("@")[2]
    for address in _headers(mail, *_DELIVERED):
        for mark in _MARK.finditer(address[:8000]):
            if _holds(mark, sender, secret):
                return f"<{mark[1].lower()}-{mark[2].lower()}@{domain}>"
    return next(iter(answers + chain), "")


def references(known: Iterable[str], last: str) -> str:
    """The References of an answer: the first of the thread, and as many of the latest as there is room for."""
    ids = list(dict.fromkeys([*known, *([last] if last else [])]))
    kept = ids[:1] + ids[1:][-(MOST_IDS - 1) :]
    while len(kept) > 1 and len(" ".join(kept)) > HEADER:
        del kept[1 if len(kept) > 2 else 0]
    return " ".join(kept)


def holds(message: str, customer: str, secret: str) -> bool:
    """Whether this is the Message-ID of a mail of ours to this customer."""
    found = _MARKED_ID.fullmatch(message)
    return found is not None and _holds(found, customer, secret)


def canonical(address: str) -> str:
    """An address as one spelling: in lower case, its host in the letters that mail servers know. A bounce names it so."""
    local, _, host = address.lower().rpartition("@")
    if host.isascii():
        return address.lower()
    try:
        return f"{local}@{host.encode('idna').decode()}"
    except UnicodeError:
        return address.lower()


def _headers(mail: Part, *names: str) -> list[str]:
    return [value.decode("utf-8", "replace") for name in names for value in mail.all(name)]


def _holds(mark: re.Match[str], sender: str, secret: str) -> bool:
    return hmac.compare_digest(_signature(mark[1].lower(), sender, secret), mark[2].lower())


def _signature(name: str, customer: str, secret: str) -> str:
    said = f"{name}\n{canonical(customer)}".encode("utf-8", "replace")
    return base64.b32encode(hmac.digest(secret.encode(), said, "sha256")[:10]).decode().lower()
