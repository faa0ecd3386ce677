"""HTML as strangers write it, spelled so that there is one way to read it: known tags, each closed, and none too deep. Pure.

A parser that keeps to the standard takes time that grows with the square of the depth, and how deep it gets cannot be counted from
outside: closing tags in quotes, in comments and where they do not belong are none. Hence nothing of that is left for it to find.
"""

from __future__ import annotations

import re
from collections.abc import Set

DEEPEST = 250  # elements within elements

_TAG = re.compile(r"""<(?:!--|[!?][^<>]*>?|(/?)([a-zA-Z][^\s/<>]*)((?:[^<>"']|"[^"<]*"|'[^'<]*')*|[^<>]*)>)""")
_ATTRIBUTE = re.compile(
    r"""(?<![\w:.-])([a-z][\w:.-]*)\s*=\s*("[^"<]*"|'[^'<]*'|[^\s"'<>]+)""", re.IGNORECASE | re.ASCII
)
# What is between these is never shown, and read by other rules.
_UNSEEN = "script style title noscript template textarea xmp iframe noembed noframes select svg math"
_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])[^<>]*>?", re.IGNORECASE) for name in _UNSEEN.split()}
_END_OF_COMMENT = re.compile("-->")
_VOID = frozenset({"br", "hr", "img", "col", "wbr"})
_TABLE = frozenset({"table"})
_BLOCK_NAMES = """
address blockquote caption center dd details div dl dt figure figcaption h1 h2 h3 h4 h5 h6 li ol p pre summary table tbody td tfoot th
thead tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
# A tag that opens → what it closes, unless one of the others is open inside of that.
_CLOSES: dict[str, tuple[Set[str], Set[str]]] = {
    **dict.fromkeys([*_BLOCKS, "hr"], (frozenset({"p"}), _BLOCKS)),
    "li": (frozenset({"li"}), frozenset({"ul", "ol", "table"})),
    **dict.fromkeys(("dd", "dt"), (frozenset({"dd", "dt"}), frozenset({"dl", "table"}))),
    **dict.fromkeys(("td", "th"), (frozenset({"td", "th"}), _TABLE)),
    "tr": (frozenset({"tr"}), _TABLE),
    **dict.fromkeys(("tbody", "thead", "tfoot"), (frozenset({"tbody", "thead", "tfoot"}), _TABLE)),
}


class TooDeep(Exception):
    """There is no such mail, but for those that are meant to keep us busy."""


def spelled(text: str, known: Set[str]) -> str:
    """The same document, of these tags alone. Raises `TooDeep`."""
    said: list[str] = []
    open_: list[str] = []
    at = 0
    while found := _TAG.search(text, at):
        said.append(text[at : found.start()].replace("<", "&lt;"))
        at = found.end()
        name = (found[2] or "").lower()
        if found[0] == "<!--":
            at = _after(text, _END_OF_COMMENT, found.start() + 2)  # `<!-->` is a whole one
        elif name in _ENDS and not found[1]:
            at = _after(text, _ENDS[name], at)
        elif name in known:
            _close(open_, said, name) if found[1] else _open(open_, said, name, found[3])
    said.append(text[at:].replace("<", "&lt;"))
    said += [f"</{name}>" for name in reversed(open_)]
    return "".join(said)


def _open(open_: list[str], said: list[str], name: str, attributes: str) -> None:
    if name in _CLOSES:
        ended, within = _CLOSES[name]
        for there in reversed(open_):
            if there in ended:
                _close(open_, said, there)
            if there in ended or there in within:
                break
    given = "".join(f' {key}="{_value(value)}"' for key, value in _ATTRIBUTE.findall(attributes))
    said.append(f"<{name}{given}>")
    if name not in _VOID:
        open_.append(name)
        if len(open_) > DEEPEST:
            raise TooDeep


def _close(open_: list[str], said: list[str], name: str) -> None:
    """With all that is open inside of it. What is not open, or only around the table that we are in, is not closed."""
    if name not in open_:
        return
    for place in range(len(open_) - 1, -1, -1):
        if open_[place] == name:
            said += [f"</{inner}>" for inner in reversed(open_[place:])]
            del open_[place:]
            return
        if open_[place] in _TABLE:
            return


def _value(written: str) -> str:
    bare = written[1:-1] if written[0] in "\"'" else written
    return bare.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def _after(text: str, end: re.Pattern[str], at: int) -> int:
    found = end.search(text, at)
    return found.end() if found else len(text)  # without an end, all of the rest is within
