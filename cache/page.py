"""Messages that are HTML documents: which pictures from elsewhere one names, and the same with those pictures in it. Pure.

A document's author learns who reads it, and when, by the pictures that a browser loads. So an adapter leaves of such a picture only
its address, as `<img data-remote="ADDRESS">` (`channels.parts.File`), and what is put in its place here are pixels that we drew:
whoever sees the document asks nobody for anything.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from html import unescape

from cache.picture import Drawing

SHOWN_AS = "text/html"
MOST_PICTURES = 60
LARGEST = 12_000_000  # bytes of a document with its pictures

_REMOTE = re.compile(r' data-remote="(https?://[^"<>]{1,8000})"', re.IGNORECASE)

# What a frame lets a document do: open links, in tabs of their own. Everything else is off twice, here and by the frame's `sandbox`.
POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def remote_of(document: str) -> list[str]:
    """The addresses of pictures that lie elsewhere, each once; no more than are loaded."""
    return list(dict.fromkeys(unescape(found) for found in _REMOTE.findall(document)))[:MOST_PICTURES]


def with_pictures(document: str, pictures: Mapping[str, Drawing]) -> str:
    """The document with these pictures in it, by address, as long as there is room."""
    left = LARGEST - len(document)

    def shown(found: re.Match[str]) -> str:
        nonlocal left
        picture = pictures.get(unescape(found[1]))
        size = 0 if picture is None else len(picture.content) * 4 // 3 + 100
        if picture is None or size > left:
            return found[0]
        left -= size
        return f' src="data:{picture.mime};base64,{base64.b64encode(picture.content).decode()}"'

    return _REMOTE.sub(shown, document)
