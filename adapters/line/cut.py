"""Cutting short texts (labels, titles) to LINE's two measures. Long texts are split before they get here, by the fitting.

LINE counts action labels in grapheme clusters, what a reader calls characters, and nearly all else in UTF-16 code units.
https://developers.line.biz/en/docs/messaging-api/text-character-count/
"""

from __future__ import annotations

import regex

ELLIPSIS = "…"
CLUSTER = regex.compile(r"\X")


def graphemes(text: str, limit: int) -> str:
    """The first `limit` graphemes; the last of them is an ellipsis if something was cut off."""
    clusters: list[str] = CLUSTER.findall(text)
    return text if len(clusters) <= limit else "".join(clusters[: limit - 1]) + ELLIPSIS


def units(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units, cut between graphemes and ended by an ellipsis."""
    if length(text) <= limit:
        return text
    kept, room = [], limit - len(ELLIPSIS)
    for cluster in CLUSTER.findall(text):
        room -= length(cluster)
        if room < 0:
            break
        kept.append(cluster)
    return "".join(kept) + ELLIPSIS


def length(text: str) -> int:
    """How many UTF-16 code units a text has: most emoji count two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
