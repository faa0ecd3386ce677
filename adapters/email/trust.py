"""Whether the sender is who the mail says: what our own mail server found out, and nobody else's word. Pure.

The receiving server checks DKIM, SPF and DMARC and writes an `Authentication-Results` header on top. Anybody can write such a header
further down; so it counts only under the name that the channel's settings trust, and only before another server's hop.
https://www.rfc-editor.org/rfc/rfc8601
"""

from __future__ import annotations

import re

from adapters.email.mime import Part

LIMIT = 8000
_SIGNS = re.compile(r"\\.?|[()\"]|[^\\()\"]+", re.DOTALL)
_NOT_IN_VALUES = re.compile(r"[^\w.@+-]")
_RESULT = re.compile(r"\s*([a-z0-9-]{1,20})(?:/\d{1,3})?\s*=\s*([a-z]{1,20})(.*)", re.IGNORECASE | re.DOTALL)
_PROPERTY = re.compile(r"\b(header\.(?:d|i|from)|smtp\.(?:mailfrom|helo))\s*=\s*\"?([^\s;\"]{1,320})", re.IGNORECASE)


def proven(mail: Part, sender: str, trusted: str) -> bool:
    """The trusted server vouches for the domain of `sender`: DMARC passed, or DKIM or SPF did for that very domain."""
    domain = sender.rpartition("@")[2].lower()
    if not trusted or not domain or len(mail.all("from")) != 1:
        return False
    return any(_vouches(result, domain) for result in _results(mail, trusted.lower()))


def _results(mail: Part, trusted: str) -> list[str]:
    """The results of the trusted server: the topmost block of such headers, with at most one hop (into the mailbox) above it.
    What stands further down may have come with the mail."""
    found: list[str] = []
    hops, begun = 0, False
    for name, value in mail.headers:
        hops += name == "received"
        if hops > 1 or (begun and name == "received"):
            break
        if name == "authentication-results":
            begun = True
            server, _, rest = _bare(value[:LIMIT].decode("utf-8", "replace")).partition(";")
            if server.lower().split(maxsplit=1)[:1] == [trusted]:
                found.extend(rest.split(";"))
    return found


def _bare(text: str) -> str:
    """Without comments, and with nothing in quotes that could be taken for a result: a sender's own address stands there, and it may
    hold any sign. For the same reason encoded words stay as they are. What does not end is not looked at."""
    said: list[str] = []
    depth, quoted = 0, False
    for sign in _SIGNS.findall(text):
        if sign == '"' and not depth:
            quoted = not quoted
        elif sign == "(" and not quoted:
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
        elif not depth:
            said.append(_NOT_IN_VALUES.sub("_", sign) if quoted else sign)
    return "" if depth or quoted else "".join(said)


def _vouches(result: str, domain: str) -> bool:
    found = _RESULT.match(result)
    if found is None or found[2].lower() != "pass":
        return False
    method = found[1].lower()
    about: dict[str, str] = {
        name.lower(): value.rpartition("@")[2].lower() for name, value in reversed(_PROPERTY.findall(found[3]))
    }
    match method:
        case "dmarc":
            return about.get("header.from") == domain
        case "dkim":
            return _aligned(about.get("header.d") or about.get("header.i", ""), domain)
        case "spf":
            return about.get("smtp.mailfrom", "") == domain
        case _:
            return False


def _aligned(signer: str, domain: str) -> bool:
    """A signature of the domain itself, or of a domain above it that is more than a top-level one."""
    return signer == domain or ("." in signer and domain.endswith("." + signer))
