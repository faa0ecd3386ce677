"""HTML as strangers write it: made harmless (nh3), and as plain text. Pure.

What is kept is structure and looks without style sheets; what goes is all that runs, loads, posts or hides. Pictures are only those
that came with the mail: one from elsewhere tells its sender who looked, and when, so of it only the address stays, as `data-remote`
(`channels.parts.File`), and of one that nobody could see, not even that.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from html import escape, unescape
from urllib.parse import quote, unquote

import nh3

from adapters.email.charset import clean
from adapters.email.nesting import TooDeep, spelled

LIMIT = 1_000_000  # characters that are looked at
PICTURES = 4_000_000  # bytes of pictures that are put into one document

_KEPT = """
a abbr address b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div dl dt em figcaption figure font
h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strike strong sub summary sup table tbody td tfoot
th thead tr tt u ul var wbr
"""
_TAGS = frozenset(_KEPT.split())
_ATTRIBUTES = {
    "*": {"dir", "lang", "title", "align"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "size"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "valign", "bgcolor", "width"},
    "th": {"colspan", "rowspan", "valign", "bgcolor", "width"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor"},
}
_MARKED = {**_ATTRIBUTES, "div": {"class", "id"}, "blockquote": {"type", "class", "id"}, "hr": {"id"}}

_PICTURE = re.compile(r'<img([^>]*?) src="cid:([^">]{1,7000})"([^>]*)>')
_UNSEEN = re.compile(r' (?:width|height)="[01](?:px)?"')  # a picture that is only there to be loaded
_ELSEWHERE = "elsewhere,"  # how an address on the network is spelled between cleaning and showing
_ADDRESS = 2000  # characters of one
_LOOKS = """body{margin:12px;font:15px/1.5 system-ui,sans-serif;color:#16181d;background:#fff;overflow-wrap:anywhere}
img{max-width:100%;height:auto}table{max-width:100%}pre{white-space:pre-wrap}blockquote{margin:0 0 0 4px;padding-left:10px;
border-left:3px solid #cbd0d8;color:#4d5462}a{color:#1b5fc1}"""
_TOKEN = re.compile(r"<(/?)([a-z][a-z0-9]*)([^>]*)>|([^<]+)")
_HREF = re.compile(r' href="([^"]*)"')
_ALT = re.compile(r' alt="([^"]*)"')
_BLOCKS = "address blockquote br center dd div dl dt figure h1 h2 h3 h4 h5 h6 hr li ol p pre table tr ul"
_NEW_LINE = frozenset(_BLOCKS.split())
_OWN_PARAGRAPH = frozenset({"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "table", "ul", "ol"})
# Where mail programs begin the history of an answer: by class, by id, by the type of a quotation.
_CLASSES = (
    "gmail_quote|gmail_quote_container|yahoo_quoted|moz-cite-prefix|protonmail_quote|tutanota_quote|foxmail-quote"
)
_IDS = "divRplyFwdMsg|appendonsend|isReplyContent|OLK_SRC_BODY_SECTION|mail-editor-reference-message-container|origbody"
_HISTORY = re.compile(
    rf'<div (?:class="(?:{_CLASSES})[^"]*"|id="(?:{_IDS})")'
    r'|<blockquote (?:[^>]*type="cite"|[^>]*id="isReplyContent"|[^>]*class="(?:gmail_quote|protonmail_quote)[^"]*")'
)


def harmless(text: str, pictures: Mapping[str, tuple[str, bytes]] | None = None) -> str:
    """A whole document that may be shown. `pictures`: those of the mail by Content-ID, type and bytes, which are put into it."""
    body = _PICTURE.sub(_shown(pictures or {}), _cleaned(text, _ATTRIBUTES))
    return f'<!doctype html><meta charset="utf-8"><title>Mail</title><style>{_LOOKS}</style>\n{body}\n'


def text_of(text: str) -> str:
    """The document as plain text, its history cut off where the mail program marked it."""
    body = _cleaned(text, _MARKED)
    found = _HISTORY.search(body)
    if found and (new := _plain(body[: found.start()])):
        return new
    return _plain(body)


def has_history(text: str) -> bool:
    """Whether the mail program marked where the history begins."""
    return _HISTORY.search(_cleaned(text, _MARKED)) is not None


def _cleaned(text: str, attributes: Mapping[str, set[str]]) -> str:
    text = text[:LIMIT]
    try:
        text = spelled(text, _TAGS)
    except TooDeep:
        return f"<pre>{escape(re.sub(r'<[^<>]*>', '', text))}</pre>"
    return nh3.clean(
        text,
        tags=set(_TAGS),
        attributes=dict(attributes),
        attribute_filter=_no_trace,
        clean_content_tags={"script", "style", "title", "noscript", "template"},
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def _no_trace(tag: str, attribute: str, value: str) -> str | None:
    if tag != "img" or attribute != "src":
        return value
    if value.startswith("cid:"):
        return value.replace(f"cid:{_ELSEWHERE}", "cid:")
    address = value.strip()
    known = address.lower().startswith(("https://", "http://")) and len(address) <= _ADDRESS
    return f"cid:{_ELSEWHERE}{quote(address, safe='')}" if known else None


class _shown:  # noqa: N801  # called like the function that `re.sub` wants
    """Puts pictures in the place of their names, as long as there is room."""

    def __init__(self, pictures: Mapping[str, tuple[str, bytes]]) -> None:
        self.pictures = pictures
        self.left = PICTURES

    def __call__(self, found: re.Match[str]) -> str:
        before, name, after = found[1], unescape(found[2]), found[3]
        if name.startswith(_ELSEWHERE):
            if _UNSEEN.search(f"{before}{after}"):
                return ""
            return f'<img{before} data-remote="{escape(unquote(name.removeprefix(_ELSEWHERE)))}"{after}>'
        mime, content = self.pictures.get(name, ("", b""))
        if not content or len(content) > self.left:
            return f"<img{before}{after}>"
        self.left -= len(content)
        return f'<img{before} src="data:{mime};base64,{base64.b64encode(content).decode()}"{after}>'


def _plain(body: str) -> str:
    """Text of a cleaned document: nh3 closes every tag and escapes every stray sign, so this much parsing is enough."""
    said: list[str] = []
    links: list[tuple[str, int]] = []
    kept = 0  # how many <pre> we are in
    for close, name, attributes, text in _TOKEN.findall(body):
        if text:
            said.append(unescape(text if kept else re.sub(r"\s+", " ", text)))
        elif name == "a":
            _link(close, attributes, links, said)
        elif name == "img" and (alt := _ALT.search(attributes)) and alt[1].strip():
            said.append(f"[{unescape(alt[1]).strip()}]")
        elif name == "li" and not close:
            said.append("\n- ")
        elif name in ("td", "th") and close:
            said.append(" ")
        elif name in _NEW_LINE:
            kept += name == "pre" and (-1 if close else 1)
            said.append("\n\n" if name in _OWN_PARAGRAPH else "" if close and name == "div" else "\n")
    lines = [re.sub(r"(?<=\S) {2,}", " ", line).strip(" \u00a0") for line in clean("".join(said)).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _link(close: str, attributes: str, links: list[tuple[str, int]], said: list[str]) -> None:
    """A link's address follows its words, unless they are the address."""
    if not close:
        found = _HREF.search(attributes)
        links.append((unescape(found[1]) if found else "", len(said)))
    elif links:
        address, since = links.pop()
        words = "".join(said[since:]).strip()
        bare = address.partition(":")[2].lstrip("/").rstrip("/")
        if (
            address
            and words
            and words.rstrip("/") not in (address.rstrip("/"), bare, "https://" + bare, "http://" + bare)
        ):
            said.append(f" ({address})")


def escaped(text: str) -> str:
    """Plain text as HTML, its lines kept."""
    return escape(text).replace("\n", "<br>\n")
