"""How files leave: ranges, conditions, and headers that trust nothing."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.item import ORIGINAL, PREVIEW, WEB, Item, Rendition, State
from cache.serve import disposition, serve
from channels.errors import NotFound, Refused

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HASH, DRAWN = "a" * 64, "b" * 64
FILM = Item("i" * 22, "acme", NOON, NOON, State.READY, name="film.mp4", mime="video/mp4", size=1000, sha256=HASH)
PICTURE = replace(
    FILM,
    name="photo.bmp",
    mime="image/bmp",
    renditions={WEB: Rendition(DRAWN, 500, "image/png"), PREVIEW: Rendition(DRAWN, 5, "image/jpeg")},
)

RANGES = [  # header, status, first byte, end, Content-Range
    ("", 200, 0, 1000, None),
    ("bytes=0-", 206, 0, 1000, "bytes 0-999/1000"),
    ("bytes=0-0", 206, 0, 1, "bytes 0-0/1000"),
    ("bytes=999-", 206, 999, 1000, "bytes 999-999/1000"),
    ("bytes=10-19", 206, 10, 20, "bytes 10-19/1000"),
    ("bytes=10-5000", 206, 10, 1000, "bytes 10-999/1000"),
    ("bytes=-10", 206, 990, 1000, "bytes 990-999/1000"),
    ("bytes=-5000", 206, 0, 1000, "bytes 0-999/1000"),
    ("BYTES= 1 - 2 ", 206, 1, 3, "bytes 1-2/1000"),
    ("bytes=1000-", 416, 0, 0, "bytes */1000"),
    ("bytes=1000-2000", 416, 0, 0, "bytes */1000"),
    ("bytes=-0", 416, 0, 0, "bytes */1000"),
    ("bytes=" + "9" * 60 + "-", 416, 0, 0, "bytes */1000"),
    ("bytes=1-" + "9" * 60, 206, 1, 1000, "bytes 1-999/1000"),
    ("bytes=" + "9" * 6000 + "-", 200, 0, 1000, None),
    ("bytes=5-4", 200, 0, 1000, None),
    ("bytes=-", 200, 0, 1000, None),
    ("bytes=a-b", 200, 0, 1000, None),
    ("bytes=--5", 200, 0, 1000, None),
    ("bytes=1-2,5-6", 200, 0, 1000, None),
    ("bytes=" + "0-," * 5000, 200, 0, 1000, None),
    ("bytes=¹-٢", 200, 0, 1000, None),
    ("items=0-1", 200, 0, 1000, None),
]


@pytest.mark.parametrize(("header", "status", "start", "end", "span"), RANGES, ids=lambda value: str(value)[:20])
def test_ranges(header, status, start, end, span):
    served = serve(FILM, ORIGINAL, {"range": header})
    assert (served.status, served.start, served.end) == (status, start, end)
    assert served.headers.get("Content-Range") == span
    assert served.headers["Content-Length"] == str(end - start)
    assert served.headers["Accept-Ranges"] == "bytes"


@given(st.integers(0, 20), st.none() | st.integers(0, 30), st.none() | st.integers(0, 30))
def test_a_range_is_never_outside(size, first, last):
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    served = serve(replace(FILM, size=size), ORIGINAL, {"range": header})
    assert 0 <= served.start <= served.end <= size
    assert served.status in (200, 206, 416)
    assert (served.status == 206) <= (served.start < served.end)
    assert served.end - served.start == int(served.headers["Content-Length"])


@given(st.text(max_size=40))
def test_any_header_is_answered(text):
    assert serve(FILM, ORIGINAL, {"range": text, "if-range": text, "if-none-match": text}).status in (
        200,
        206,
        304,
        416,
    )


CONDITIONS = [
    ({"if-none-match": f'"{HASH}"'}, 304),
    ({"if-none-match": f'"x", W/"{HASH}"'}, 304),
    ({"if-none-match": "*"}, 304),
    ({"if-none-match": f'"{DRAWN}"'}, 200),
    ({"if-none-match": HASH}, 200),
    ({"if-none-match": f'"{HASH}"', "range": "bytes=0-1"}, 304),
    ({"if-range": f'"{HASH}"', "range": "bytes=0-1"}, 206),
    ({"if-range": f'W/"{HASH}"', "range": "bytes=0-1"}, 200),
    ({"if-range": f'"{DRAWN}"', "range": "bytes=0-1"}, 200),
    ({"if-range": "Thu, 01 Jan 2026 12:00:00 GMT", "range": "bytes=0-1"}, 200),
]


@pytest.mark.parametrize(("headers", "status"), CONDITIONS)
def test_conditions(headers, status):
    served = serve(FILM, ORIGINAL, headers)
    assert served.status == status
    assert served.headers["ETag"] == f'"{HASH}"'


@pytest.mark.parametrize("headers", [{}, {"range": "bytes=0-1"}, {"range": "bytes=1000-"}, {"if-none-match": "*"}])
def test_every_answer_is_guarded(headers):
    sent = serve(FILM, ORIGINAL, headers).headers
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert sent["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert sent["Referrer-Policy"] == "no-referrer"
    assert sent["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert sent["Cache-Control"].startswith("private")


SHOWN = [  # type of the original, what is asked for, type sent, inline
    ("image/png", ORIGINAL, "image/png", False),
    ("image/svg+xml", ORIGINAL, "application/octet-stream", False),
    ("text/html", ORIGINAL, "application/octet-stream", False),
    ("application/xml", ORIGINAL, "application/octet-stream", False),
    ("text/javascript", ORIGINAL, "application/octet-stream", False),
    ("application/pdf", ORIGINAL, "application/pdf", False),
    ("text/plain", ORIGINAL, "text/plain", False),
    ("application/octet-stream", ORIGINAL, "application/octet-stream", False),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ORIGINAL, None, False),
    ("audio/amr", ORIGINAL, "audio/amr", False),
    ("audio/ogg", ORIGINAL, "audio/ogg", True),
    ("video/mp4", ORIGINAL, "video/mp4", True),
    ("image/png", WEB, "image/png", True),
    ("image/bmp", PREVIEW, "image/jpeg", True),
]


@pytest.mark.parametrize(("mime", "rendition", "sent", "inline"), SHOWN)
def test_only_what_we_drew_and_what_plays_is_inline(mime, rendition, sent, inline):
    headers = serve(replace(PICTURE, mime=mime), rendition, {}).headers
    assert headers["Content-Type"] == (sent or mime)
    assert headers["Content-Disposition"].startswith("inline;" if inline else "attachment;")


def test_a_rendition_has_its_own_bytes_and_name():
    served = serve(PICTURE, PREVIEW, {"range": "bytes=-2"})
    assert (served.sha256, served.start, served.end) == (DRAWN, 3, 5)
    assert 'filename="photo.jpg"' in served.headers["Content-Disposition"]
    assert 'filename="photo.png"' in serve(PICTURE, WEB, {}).headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a b.pdf", "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf"),
        ("发票.pdf", "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf"),
        (
            'x"; filename="y.exe',
            "attachment; filename=\"x__ filename=_y.exe\"; filename*=UTF-8''x_%3B%20filename%3D_y.exe",
        ),
        ("x\r\nSet-Cookie: a=b", "attachment; filename=\"xSet-Cookie_ a=b\"; filename*=UTF-8''xSet-Cookie_%20a%3Db"),
    ],
)
def test_names_in_headers(name, header):
    assert disposition("attachment", name) == header


@given(st.text())
def test_no_name_breaks_out_of_its_header(name):
    header = disposition("attachment", name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert "/" not in unquote(header)


def test_what_is_not_ready_is_not_served():
    with pytest.raises(Refused, match="still being fetched"):
        serve(replace(FILM, state=State.PENDING), ORIGINAL, {})
    with pytest.raises(NotFound, match="The picture is damaged"):
        serve(replace(FILM, state=State.FAILED, reason="The picture is damaged."), ORIGINAL, {})
    with pytest.raises(NotFound, match="no rendition 'web'"):
        serve(FILM, WEB, {})
