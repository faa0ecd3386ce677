"""Bytes into text, whatever they are said to be: character sets that lie, header words, and what no database takes. Pure.

A charset that a mail names is a hint. Clients write `gb2312` and mean GB 18030, `iso-8859-1` and mean Windows' own, `us-ascii` and
mean UTF-8; some name sets that nobody has. Nothing here raises: the worst that comes out has a few replacement characters in it.
"""

from __future__ import annotations

import binascii
import codecs
import re

# What is written -> the larger set that holds all of it, as mail programs use the name. https://encoding.spec.whatwg.org/#names-and-labels
_MEANT = {
    **dict.fromkeys(
        ("gb2312", "gb-2312", "gb_2312-80", "gbk", "x-gbk", "cp936", "ms936", "euc-cn", "gb18030"), "gb18030"
    ),
    **dict.fromkeys(("ks_c_5601-1987", "ks_c_5601", "ksc5601", "euc-kr", "korean"), "cp949"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji"), "cp932"),
    **dict.fromkeys(("big5", "big5-hkscs", "x-x-big5", "cn-big5"), "big5hkscs"),
    **dict.fromkeys(("iso-8859-1", "latin1", "iso8859-1"), "cp1252"),
    **dict.fromkeys(
        ("us-ascii", "ascii", "", "default", "unknown-8bit", "x-unknown", "utf8", "unicode", "8bit"), "utf-8"
    ),
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "iso-2022-jp": "iso2022_jp_2",
    "hz-gb-2312": "hz",
    "unicode-1-1-utf-7": "utf-7",
}
# Python has these for its own purposes: some take quadratic time, none is a character set of a mail.
_NOT_A_CHARSET = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_GUESSES = ("utf-8", "gb18030", "big5hkscs")
_FEW = 200  # one unreadable character in so many is a slip, and no sign of another charset

# What does not belong into base64, and is passed over. https://www.rfc-editor.org/rfc/rfc2045#section-6.8
NO_LETTERS = re.sub(rb"[A-Za-z0-9+/]", b"", bytes(range(256)))
_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"[ \t\r\n]*")
_NOT_KEPT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\ud800-\udfff]")


def clean(text: str) -> str:
    """Without what no database and no reader takes: NUL, control characters, halves of characters. Line ends are `\\n`."""
    return _NOT_KEPT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, most: int = 1000) -> str:
    """For names and subjects: a single line of at most so many characters."""
    return " ".join(clean(text[: 4 * most]).split())[:most]


def decoded(raw: bytes, charset: str = "") -> str:
    """The text that these bytes most probably are."""
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return clean(raw.decode(name, "replace"))
    name = _known(charset)
    if name == "cp1252" and (text := _strictly(raw, "utf-8")) is not None:
        return clean(text)  # no word of a Latin language happens to be UTF-8 with an umlaut in it
    if name and (text := _strictly(raw, name)) is not None:
        return clean(text)
    if name:
        text = raw.decode(name, "replace")
        if text.count("\ufffd") * _FEW <= len(text) + _FEW:
            return clean(text)
    found = next((text for text in (_strictly(raw, guess) for guess in _GUESSES) if text is not None), None)
    return clean(raw.decode("cp1252", "replace") if found is None else found)


def header_text(value: bytes) -> str:
    """An unstructured header as people read it: encoded words decoded, raw bytes guessed. https://www.rfc-editor.org/rfc/rfc2047

    Neighbours of one charset are joined as bytes before they are decoded: many clients cut in the middle of a character."""
    text = value.decode("ascii", "surrogateescape")
    said: list[str] = []
    end, charset, held = 0, "", b""
    for found in _WORD.finditer(text):
        between = text[end : found.start()]
        joined = bool(held) and _BETWEEN.fullmatch(between) is not None
        if not joined or found[1].lower() != charset:
            said.append(decoded(held, charset) if held else "")
            held = b""
        if not joined:
            said.append(_plain(between))
        charset, end = found[1].lower(), found.end()
        held += _word_bytes(found[2], found[3])
    said.append(decoded(held, charset) if held else "")
    said.append(_plain(text[end:]))
    return clean("".join(said))


def _plain(text: str) -> str:
    return text if text.isascii() else decoded(text.encode("ascii", "surrogateescape"))


def _word_bytes(way: str, text: str) -> bytes:
    raw = text.encode("ascii", "surrogateescape")
    if way in "qQ":
        return binascii.a2b_qp(raw, header=True)
    return from_base64(raw)


def from_base64(raw: bytes) -> bytes:
    """What can be read of it: padding that is missing and letters that do not belong are no reason to give up."""
    letters = raw.translate(None, NO_LETTERS)
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _strictly(raw: bytes, name: str) -> str | None:
    try:
        return raw.decode(name)
    except (UnicodeError, ValueError):
        return None


def _known(charset: str) -> str:
    """Python's name of the charset that is meant; empty if there is none of that name."""
    wanted = charset.strip().strip("\"'").lower()
    name = _MEANT.get(wanted, wanted)
    try:
        found = codecs.lookup(name)
        "".encode(found.name)
    except (LookupError, ValueError, UnicodeError):
        return ""
    return "" if found.name.replace("-", "_") in _NOT_A_CHARSET else found.name
