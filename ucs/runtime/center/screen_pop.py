"""A screen pop: the address of the tenant's own page about a customer, as a template with blanks for what a contact says.

    https://crm.example.com/find?name={name}&order={field.order}

Only `https`, a page of this installation (`/…`), or `http` to a host that the installation allows. The blanks come after the host, and
what fills them is percent-encoded: a customer's name can become no other host, no other parameter and no script.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

WORDS = ("contact", "customer", "name", "address", "channel", "queue", "agent")
LONGEST = 2_000  # characters of a template
_ORIGIN = re.compile(r"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::([0-9]{1,5}))?(?=[/?#]|$)")
_OWN = re.compile(r"/(?![/\\])")
_REST = re.compile(r"[!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~{}]*")
_BLANK = re.compile(r"\{([^{}]*)\}")


def checked(template: str) -> str:
    """The template, if it is one. Raises `ValueError` with what was expected."""
    origin = _ORIGIN.match(template) or _OWN.match(template)
    if not template:
        return template
    if origin is None or len(template) > LONGEST:
        raise ValueError(
            "an address https://HOST/…, or /… for a page of this installation, with its blanks after the host"
        )
    if not _REST.fullmatch(template, origin.end()) or not _BLANK.sub("", template).isascii():
        raise ValueError("an address of printable ASCII: percent-encode anything else")
    wrong = [word for word in _BLANK.findall(template) if word not in WORDS and not word.startswith("field.")]
    if wrong or "{" in _BLANK.sub("", template) or "}" in _BLANK.sub("", template):
        known = ", ".join(f"{{{word}}}" for word in (*WORDS, "field.ID"))
        raise ValueError(f"blanks among {known}, not {{{(wrong or ['...'])[0]}}}")
    return template


def origin_of(template: str) -> str:
    """Where the page comes from, as a content policy says it; `'self'` for a page of this installation."""
    found = _ORIGIN.match(template)
    return "'self'" if found is None else found[0]


def is_allowed(template: str, allow: Sequence[str]) -> bool:
    """Plain `http` only to a host and port that the operator has allowed."""
    found = _ORIGIN.match(template)
    return found is None or found[1] == "https" or f"{found[2]}:{found[3] or 80}" in allow


def filled(template: str, values: Mapping[str, str]) -> str:
    """The address for one contact. A blank without a value stays empty, and so does one whose value is nothing but dots: in a path
    those lead upwards, encoded or not."""

    def fill(blank: re.Match[str]) -> str:
        value = values.get(blank[1], "")
        return quote(value, safe="") if value.strip(".") else ""

    return _BLANK.sub(fill, template)
