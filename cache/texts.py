"""What a person could read: whether it is text at all, and whether a browser would run it.

Text has no first word, so here, and only here, the declared type and the name count: among kinds that are all harmless.
Anything that looks like markup is `active`, whatever was declared: too many false alarms cost a click, one miss costs more.
"""

from __future__ import annotations

import re

ACTIVE = frozenset(
    {
        "text/html",
        "application/xhtml+xml",
        "image/svg+xml",
        "application/xml",
        "text/javascript",
        "application/x-sh",
    }
)

_PLAIN = "text/plain"
_HARMLESS = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "md": "text/markdown",
    "ics": "text/calendar",
    "vcf": "text/vcard",
    "eml": "message/rfc822",
}
_SCRIPTS = {
    "js": "text/javascript",
    "mjs": "text/javascript",
    "html": "text/html",
    "htm": "text/html",
    "xhtml": "application/xhtml+xml",
    "svg": "image/svg+xml",
    "xml": "application/xml",
    "sh": "application/x-sh",
}
_OTHER_NAMES = {
    "application/javascript": "text/javascript",
    "application/x-javascript": "text/javascript",
    "text/ecmascript": "text/javascript",
    "text/xml": "application/xml",
}
_SVG = re.compile(r"<(?:\w+:)?svg(?=[\s>/]|$)", re.IGNORECASE)
_HTML = re.compile(
    r"<!doctype html|<[a-z][a-z0-9:-]*(?=[\s>/]|$)", re.IGNORECASE
)  # any tag: browsers run unknown ones too
_XML = re.compile(r"<\?xml|<!doctype(?! html)|<!entity", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def mime_of(head: bytes, declared: str, name: str) -> tuple[str, bool] | None:
    """The type and whether there is markup in it, or None if these bytes are no text."""
    text = _decoded(head)
    if text is None:
        return None
    start = text.lstrip("\ufeff \t\r\n\f")
    if start.startswith("<"):
        if _SVG.match(start) or (_XML.match(start) and _SVG.search(text)):
            return "image/svg+xml", True
        if _HTML.match(start) or (start.startswith("<!--") and _HTML.search(text)):
            return "text/html", True
        if _XML.match(start):
            return "application/xml", True
    if start.startswith("#!"):
        return "application/x-sh", True
    return _declared(declared, name), _HTML.search(text) is not None


def _declared(declared: str, name: str) -> str:
    declared = _OTHER_NAMES.get(declared, declared)
    extension = name.rpartition(".")[2].lower()
    if declared in _SCRIPTS.values():  # to be called a script is enough to be treated as one
        return declared
    if extension in _SCRIPTS:
        return _SCRIPTS[extension]
    return declared if declared in _HARMLESS.values() else _HARMLESS.get(extension, _PLAIN)


def _decoded(head: bytes) -> str | None:
    """The text these bytes are the beginning of. The last character may have been cut in two."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    elif b"\0" in head:
        return None
    else:
        encodings = ("utf-8", "gb18030", "cp1252")
    for encoding in encodings:
        for cut in range(4):
            try:
                text = head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return None if _CONTROL.search(text) else text
    return None
