"""`winmail.dat`: what is within, what a second reader finds there, and that nothing is lost whatever is done to it.

The second reader is tnefparse (LGPL-3.0), for tests only. https://github.com/koodaamo/tnefparse
"""

from __future__ import annotations

import base64
import struct
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tnefparse import TNEF

from adapters.email.content import content_of, file_name
from adapters.email.fetching import content_alone, content_at, part_named
from adapters.email.inbound import document_of
from adapters.email.mails_of_the_tests import MAILS, packed
from adapters.email.mime import MOST_PARTS, Part, parsed
from adapters.email.properties import charset_of
from adapters.email.test_email_corpus import Lying, events_of
from adapters.email.tnef import found_in
from adapters.email.unpacked import Unpacked
from adapters.email.winmails_of_the_tests import (
    BILL,
    PDF,
    PHOTO,
    PNG,
    SILENT,
    STRANGE,
    WINMAILS,
    attribute,
    file,
    said,
    tnef,
    within,
    words,
)
from channels.events import MessageReceived
from channels.parts import MediaRef, Text, media_of

ALL = WINMAILS | SILENT
# What the second reader makes nothing of, or something else, and why. All else it has to read as we do.
UNREAD = {
    "mail_within": "it gives the names of a mail within, and not what is in it",
    "mails_within_mails": "the same",
    "object_of_a_program": "it leaves the kind of an object in front of it",
    "content_twice": "it takes the last",
    "names_of_a_code_page": "it takes the name in an attribute for UTF-8",
    "no_beginning": "it wants one",
    "by_reference": "a file that is not there is an empty one to it",
    "cut": "it gives what is left of an attribute, and takes its last bytes for the checksum",
    "length_that_lies": "it makes a file of what is left",
    "name_with_folders": "it keeps the folders",
    "name_endless": "it keeps the whole name",
    "name_missing": "it gives an empty name",
    "signature_alone": "it raises",
    "count_that_lies": "it counts to the end",
}
SLOW = {"count_that_lies", "a_hundred_thousand_attributes", "a_hundred_thousand_properties"}  # for the second reader


def winmail(raw: bytes) -> Part:
    """The part of a mail that it is sent in."""
    return parsed(b"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\n" + raw)


def files_in(raw: bytes) -> list[tuple[str, bytes]]:
    return [(file_name(each), each.content()) for each in found_in(winmail(raw)).files]


@pytest.mark.parametrize("name", [name for name in ALL if name not in {*UNREAD, *SLOW}])
def test_a_second_reader_finds_the_same(name: str) -> None:
    theirs = TNEF(ALL[name], do_checksum=False)
    assert files_in(ALL[name]) == [(each.long_filename(), bytes(each.data)) for each in theirs.attachments]


@pytest.mark.parametrize("name", [name for name in UNREAD if name not in SLOW])
def test_what_the_second_reader_reads_in_another_way_is_so(name: str) -> None:
    try:
        theirs = [(each.long_filename(), bytes(each.data)) for each in TNEF(ALL[name], do_checksum=False).attachments]
    except (ValueError, UnboundLocalError, struct.error):
        return
    assert theirs != files_in(ALL[name])


@pytest.mark.parametrize(
    "name", [name for name in ALL if name not in {"checksums_wrong", "level_that_is_none", *UNREAD, *SLOW}]
)
def test_what_we_write_is_right_to_a_second_reader(name: str) -> None:
    assert all(each.good_checksum for each in TNEF(ALL[name], do_checksum=True).objects)


EXPECTED = [
    ("files", [("Bill of March.pdf", PDF), ("bike.png", PNG)]),
    ("content_as_a_property", [("a.pdf", PDF)]),
    ("object_of_a_program", [("sheet.xls", b"\xd0\xcf\x11\xe0")]),
    ("content_twice", [("a.pdf", PDF)]),
    ("no_beginning", [("a.pdf", PDF)]),
    ("no_code_page", [("für.pdf", PDF)]),
    ("type_unknown", [("a.pdf", PDF)]),
    ("cut", [("Bill of March.pdf", PDF), ("b.pdf", PDF[:-7])]),
    ("length_that_lies", [("Bill of March.pdf", PDF)]),
    ("level_that_is_none", [("Bill of March.pdf", PDF)]),
    ("signature_alone", []),
]


@pytest.mark.parametrize(("name", "files"), EXPECTED, ids=[name for name, _ in EXPECTED])
def test_each_file_has_its_bytes_and_its_best_name(name: str, files: list[tuple[str, bytes]]) -> None:
    assert files_in(WINMAILS[name]) == files


def test_a_mail_within_is_a_file_that_can_be_read_itself() -> None:
    (bill, inner, photo) = found_in(winmail(WINMAILS["mail_within"])).files
    assert [each.name for each in (bill, inner, photo)] == ["Bill of March.pdf", "Re: bike.dat", "bike.png"]
    assert files_in(inner.content()) == [("Bill of March.pdf", PDF)]


def test_a_page_has_its_pictures_in_it() -> None:
    document = document_of(parsed(MAILS["winmail_in_silence_page"]))
    assert f"data:image/png;base64,{base64.b64encode(PNG).decode()}" in document
    assert "grün" in document
    assert "script" not in document


def test_an_empty_file_is_a_file() -> None:
    assert files_in(tnef(file(b"empty.txt", b""), PHOTO)) == [("empty.txt", b""), ("bike.png", PNG)]


@pytest.mark.parametrize(
    "page", [0, 1, 437, 874, 932, 936, 949, 950, 1200, 1250, 1258, 20127, 28591, 50220, 51949, 65001]
)
def test_code_pages_have_a_charset(page: int) -> None:
    "".encode(charset_of(page) or "utf-8")


def test_a_code_page_that_nobody_has_is_guessed_at() -> None:
    assert files_in(tnef(file("für.pdf".encode(), PDF), page=4_000_000_000)) == [("für.pdf", PDF)]


FIRST, SHORT = len(tnef(said(*STRANGE, words(0x1000, "Hello")))), len(file(b"BILL~1.PDF", PDF))
SMALL = tnef(said(*STRANGE, words(0x1000, "Hello")), BILL, PHOTO)
# Cut here it is a shorter one and no broken one: after the words, a file's content, or all that is said of it.
SHORTER = {FIRST, FIRST + SHORT, FIRST + len(BILL), FIRST + len(BILL) + len(file(b"bike.png", PNG)), len(SMALL)}


def test_cut_at_any_byte_it_is_a_shorter_one_or_stays_a_file() -> None:
    for end in range(len(SMALL) + 1):
        files = content_of(parsed(packed(SMALL[:end]))).files
        assert any(":" not in each.path for each in files) is (end not in SHORTER), end
        contents = [each.content() for each in files]
        assert (PDF in contents) is (end >= FIRST + SHORT - 2)
        assert (PNG in contents) is (end >= FIRST + len(BILL) + len(file(b"bike.png", PNG)) - 2)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(["files", "mail_within", "cut", "page", "words"]),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=6),
)
def test_whatever_its_bytes_are_every_file_can_be_had(name: str, changes: list[tuple[int, int]]) -> None:
    raw = bytearray(ALL[name])
    for place, byte in changes:
        raw[place % len(raw)] = byte
    mail = packed(bytes(raw))
    (event,) = events_of(mail)
    assert isinstance(event, MessageReceived)
    assert event.parts
    for media in (media for part in event.parts for media in media_of(part)):
        assert isinstance(media, MediaRef)
        found = content_at(mail, media.key)
        assert found is not None
        size = sum(len(chunk) for chunk in found.chunks)
        assert size == media.size or ":" not in media.key


@pytest.mark.parametrize("name", [name for name in MAILS if name.startswith("winmail")])
def test_a_file_within_is_the_same_out_of_its_part_alone(name: str) -> None:
    mail = parsed(MAILS[name])
    for each in content_of(mail).files:
        media = MediaRef(f"7.12/{each.path}", file_name(each), each.mime, each.end - each.start)
        if ":" not in each.path or not (path := part_named(media)):
            continue
        part = mail.at(path)
        assert part is not None
        alone = b"".join(b"%s: %s\r\n" % (key.encode(), value) for key, value in part.headers) + b"\r\n" + part.body
        found = content_alone(alone, media)
        assert found is not None
        assert b"".join(found.chunks) == each.content()
        assert content_alone(alone, MediaRef(media.key, media.name, media.mime, 5)) is None


@pytest.mark.parametrize("what", ["2:0", "2:3", "2:x", "2:", "2:-1", "1:1", "9:1", "2:1:1", "2:99999"])
def test_a_number_that_is_none_names_nothing(what: str) -> None:
    found = content_at(MAILS["winmail_files"], f"7.12/{what}")
    assert found is None or what == "2:"


def test_a_large_one_is_never_in_memory_as_a_whole() -> None:
    content = bytes(range(256)) * 16_000
    letters = base64.encodebytes(tnef(file(b"film.mp4", content), PHOTO))
    head = b"From: ann@mail.example\r\nContent-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    mail = Lying(head + letters)
    del letters
    tracemalloc.start()
    files = content_of(parsed(mail)).files
    found = content_at(mail, "7.12/0:1")
    assert found is not None
    size = sum(len(chunk) for chunk in found.chunks)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [(each.name, each.mime) for each in files] == [("film.mp4", "video/mp4"), ("bike.png", "image/png")]
    assert size == len(content)
    assert most < 1_500_000


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 150_000), st.integers(0, 150_000)), max_size=5), st.integers(0, 149_990))
def test_unpacked_bytes_can_be_looked_into_anywhere(places: list[tuple[int, int]], sought: int) -> None:
    raw = b"".join(b"%d," % number for number in range(22_000))
    part = parsed(b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(raw))
    source = Unpacked(part)
    assert len(source) == len(raw)
    assert all(source[first:last] == raw[first:last] for first, last in places)
    word = raw[sought % len(raw) :][:40]
    assert (source.find(word), source.find(word, 9), source.find(b"no")) == (raw.find(word), raw.find(word, 9), -1)


HOSTILE = {
    "attributes": lambda: tnef(BILL) + attribute(1, 0x0006800D, b"") * 1_000_000,
    "properties": lambda: tnef(BILL, said(*[struct.pack("<HHI", 0x1002, 0x0E01, 0)] * 1_000_000)),
    "lists": lambda: tnef(BILL, *[said(words(0x1000, "x"))] * 200_000),
    "levels": lambda: _deep(300),
    "files": lambda: tnef(*[file(b"a" * 8_000, PDF)] * 1_500),
}


def _deep(levels: int) -> bytes:
    mail = tnef(BILL)
    for _ in range(levels):
        mail = tnef(within(b"mail", mail))
    return mail


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_meant_to_keep_us_busy_does_not(name: str) -> None:
    part = winmail(HOSTILE[name]())
    started = time.process_time()
    found = found_in(part)
    assert time.process_time() - started < 2.0
    assert 0 < len(found.files) <= MOST_PARTS
    assert found.whole is (name == "levels")


def test_words_of_the_mail_itself_count() -> None:
    mail = packed(SILENT["words"], b"Content-Type: text/plain\r\n\r\nBesides")
    (event,) = events_of(mail)
    assert isinstance(event, MessageReceived)
    assert [part.text for part in event.parts if isinstance(part, Text)] == ["Besides"]
