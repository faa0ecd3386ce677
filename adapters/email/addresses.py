"""Addresses in headers, as people and programs write them: which part is one, and which is only a name. Pure.

A name may hold anything, an address as well, and shows it: in quotes, in a comment, as an encoded word. So an address is looked for
outside of those, before anything is decoded; only a header that has none there is read as it is shown.
https://www.rfc-editor.org/rfc/rfc5322#section-3.4
"""

from __future__ import annotations

import re

from adapters.email.charset import decoded, header_text, one_line
from adapters.email.threads import canonical

ONE, ALL = 4000, 16_000  # bytes of a header that are looked at

_ADDRESS = re.compile(r"[^\s@<>\"(),;:\\\[\]]{1,64}@(?:[^\s@<>\"(),;:\\\[\]]{1,253}|\[[0-9A-Fa-f.:]{1,60}\])")
_ANGLED = re.compile(r"<\s*([^<>]{3,400})>")
_BESIDE = re.compile(r"\"(?:[^\"\\]|\\.)*\"|\((?:[^()\"\\]|\\.)*\)", re.DOTALL)
DEEPEST = 3  # comments in comments


def address_in(values: list[bytes]) -> tuple[str, str]:
    """The first address of a header, in one spelling, and the name beside it."""
    written = values[0][:ONE] if values else b""
    plain, shown = decoded(written), header_text(written)
    for text, names in ((_alone(plain), plain), (plain, plain), (shown, shown)):
        angled = _ANGLED.search(text)
        found = _ADDRESS.search(angled[1] if angled else text)
        if found is not None:
            return canonical(found[0]), _name(names[: angled.start()] if angled else "")
    return "", ""


def addresses_in(value: bytes) -> list[str]:
    """All addresses of a header, in lower case."""
    written = value[:ALL]
    found = _ADDRESS.findall(_alone(decoded(written))) or _ADDRESS.findall(header_text(written))
    return [address.lower() for address in found]


def _alone(text: str) -> str:
    """With signs that no address has in the place of all names that are marked as such."""
    for _ in range(DEEPEST):
        text = _BESIDE.sub(lambda beside: ";" * len(beside[0]), text)
    return text


def _name(written: str) -> str:
    return one_line(header_text(written.encode()).replace('\\"', '"').strip("\"' "), 100)
