"""A small writer of `winmail.dat`, after the standard, and what the tests have it write. `WINMAILS` is name -> bytes.
https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxtnef/7fdb64ee-7f63-4d95-9af1-c672e7475c3a (an example)"""

from __future__ import annotations

import struct

PDF, PNG = b"%PDF-1.4 made up", b"\x89PNG\r\n\x1a\n" + bytes(24)
CHINESE = "您好,我的腳踏車"
MAIL, STORAGE = (bytes.fromhex(f"{first}00000000c000000000000046") for first in ("07030200", "0b000000"))

LONG, UNICODE, STRING, BINARY, OBJECT = 0x0003, 0x001F, 0x001E, 0x0102, 0x000D
BODY, HTML, RTF, HTML_PAGE, CLASS = 0x1000, 0x1013, 0x1009, 0x3FDE, 0x001A
CONTENT, SHORT_NAME, LONG_NAME, MIME, CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712


def attribute(level: int, id: int, said: bytes, checksum: int | None = None) -> bytes:
    total = sum(said) % 65536 if checksum is None else checksum
    return struct.pack("<BII", level, id, len(said)) + said + struct.pack("<H", total)


def tnef(*attributes: bytes, page: int = 1252) -> bytes:
    first = attribute(1, 0x00089006, struct.pack("<I", 0x00010000)) + attribute(
        1, 0x00069007, struct.pack("<II", page, 0)
    )
    return b"\x78\x9f\x3e\x22\x01\x00" + first + b"".join(attributes)


def long_one(type: int, id: int, *values: bytes) -> bytes:
    """A property whose values have lengths of their own."""
    each = (struct.pack("<I", len(value)) + value + bytes(-len(value) % 4) for value in values)
    return struct.pack("<HHI", type, id, len(values)) + b"".join(each)


def words(id: int, said: str) -> bytes:
    return long_one(UNICODE, id, (said + "\0").encode("utf-16-le"))


def number(id: int, said: int) -> bytes:
    return struct.pack("<HHI", LONG, id, said)


NAMED = (
    struct.pack("<HH", UNICODE, 0x8001)
    + bytes(16)
    + struct.pack("<II", 1, 10)
    + "Name\0".encode("utf-16-le")
    + bytes(2)
)
# One property of each kind that has to be stepped over: two bytes, several of two bytes, named ones, several texts, a moment, an id.
STRANGE = (
    struct.pack("<HHI", 0x000B, 0x0E01, 1),
    struct.pack("<HHI", 0x1002, 0x0E02, 3) + bytes(8),
    NAMED + struct.pack("<II", 1, 4) + "x\0".encode("utf-16-le"),
    struct.pack("<HH", LONG, 0x8002) + bytes(16) + struct.pack("<III", 0, 0x8501, 15),
    long_one(0x1000 | UNICODE, 0x0E03, "a\0".encode("utf-16-le"), "bc\0".encode("utf-16-le")),
    struct.pack("<HHQ", 0x0040, 0x0E06, 0x01D00000),
    struct.pack("<HH", 0x0048, 0x0E07) + bytes(16),
)


def listed(*properties: bytes) -> bytes:
    return struct.pack("<I", len(properties)) + b"".join(properties)


def said(*properties: bytes) -> bytes:
    """What is said of the mail as properties."""
    return attribute(1, 0x00069003, listed(*properties))


def file(title: bytes, content: bytes | None, *properties: bytes) -> bytes:
    """A file as Outlook packs it."""
    rest = attribute(2, 0x00018010, title + b"\0") if title else b""
    rest += b"" if content is None else attribute(2, 0x0006800F, content)
    rest += attribute(2, 0x00069005, listed(*properties)) if properties else b""
    return attribute(2, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 32, 32, 0)) + rest


def within(title: bytes, mail: bytes, kind: bytes = MAIL) -> bytes:
    """An object as a file: a mail unless it is of another kind."""
    return file(title, None, long_one(OBJECT, CONTENT, kind + mail))


def nested(depth: int) -> bytes:
    mail = tnef(file(b"deep.pdf", PDF))
    for level in range(depth):
        mail = tnef(file(f"level{level}.pdf".encode(), PDF), within(f"mail{level}".encode(), mail))
    return mail


BILL = file(b"BILL~1.PDF", PDF, words(LONG_NAME, "Bill of March.pdf"), words(MIME, "application/pdf"))
PHOTO = file(b"bike.png", PNG, words(CONTENT_ID, "i1@x"))
PAGE = '<p>See <img src="cid:i1@x" alt="bike"> grün</p><script>alert(1)</script>'

WINMAILS: dict[str, bytes] = {
    "files": tnef(said(*STRANGE, words(BODY, "the same once more")), BILL, PHOTO),
    "names_of_a_code_page": tnef(file("文件.pdf".encode("gbk"), PDF), page=936),
    "names_in_unicode_count": tnef(file(b"?????.pdf", PDF, *STRANGE, words(LONG_NAME, "文件.pdf")), page=936),
    "no_code_page": b"\x78\x9f\x3e\x22\x01\x00" + file("für.pdf".encode(), PDF),
    "name_with_folders": tnef(file(b"x", PDF, words(LONG_NAME, "..\\..\\etc/pass\x07wd.pdf"))),
    "name_endless": tnef(file(b"n" * 100_000 + b".pdf", PDF)),
    "name_missing": tnef(file(b"", PDF)),
    "type_that_is_none": tnef(file(b"a.png", PNG, words(MIME, "bad type\r\nX: y"))),
    "content_as_a_property": tnef(file(b"a.pdf", None, long_one(BINARY, CONTENT, PDF))),
    "object_of_a_program": tnef(within(b"sheet.xls", b"\xd0\xcf\x11\xe0", STORAGE)),
    "mail_within": tnef(within(b"Re: bike", tnef(said(words(BODY, "inner")), BILL, page=936)), PHOTO),
    "mails_within_mails": nested(6),
    "checksums_wrong": tnef(
        attribute(2, 0x00069002, bytes(14), 7),
        attribute(2, 0x00018010, b"a.pdf\0", 0),
        attribute(2, 0x0006800F, PDF, 1),
    ),
    "content_twice": tnef(file(b"a.pdf", PDF) + attribute(2, 0x0006800F, PNG)),
    "no_beginning": tnef(attribute(2, 0x00018010, b"a.pdf\0"), attribute(2, 0x0006800F, PDF)),
    "calendar": tnef(attribute(1, 0x00078008, b"IPM.Microsoft Schedule.MtgReq\0"), BILL),
    "by_reference": tnef(BILL, file(b"elsewhere.pdf", None, words(0x3708, "\\\\server\\x.pdf"))),
    "type_unknown": tnef(file(b"a.pdf", PDF, struct.pack("<HH", 0x0FFF, 0x0E01), words(LONG_NAME, "never read.pdf"))),
    "cut": tnef(BILL, file(b"b.pdf", PDF))[:-9],
    "length_that_lies": tnef(BILL) + struct.pack("<BII", 2, 0x0006800F, 0xFFFFFFF0) + b"rest",
    "level_that_is_none": tnef(BILL) + b"\x07" + BILL,
    "count_that_lies": tnef(BILL, attribute(1, 0x00069003, struct.pack("<I", 0xFFFFFFFF) + words(BODY, "x"))),
    "a_hundred_thousand_attributes": tnef(BILL) + attribute(1, 0x0006800D, b"") * 100_000,
    "a_hundred_thousand_properties": tnef(BILL, said(*[struct.pack("<HHI", 0x1002, 0x0E01, 0)] * 100_000)),
    "more_files_than_are_shown": tnef(*[file(b"a.pdf", PDF)] * 120),
    "nothing_in_it": tnef(),
    "signature_alone": b"\x78\x9f\x3e\x22",
}
# In a mail that says nothing itself.
SILENT: dict[str, bytes] = {
    "words": tnef(said(words(BODY, "Grüße 你好")), BILL),
    "words_as_an_attribute": tnef(attribute(1, 0x0002800C, CHINESE.encode("big5") + b"\0"), page=950),
    "words_of_a_code_page": tnef(said(long_one(STRING, BODY, CHINESE.encode("big5") + b"\0")), page=950),
    "page": tnef(said(words(BODY, "See grün"), long_one(BINARY, HTML, PAGE.encode()), number(HTML_PAGE, 65001)), PHOTO),
    "page_alone": tnef(said(words(HTML, PAGE)), PHOTO),
    "rtf_alone": tnef(said(long_one(BINARY, RTF, b"LZFu")), BILL),
    "files_alone": tnef(BILL),
    "words_endless": tnef(said(words(BODY, "word " * 450_000))),
}
