"""Names: a golden table, then what holds for every text."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cache.names import LONGEST, LONGEST_BYTES, clean_name, name_for, renamed

CLEAN = {
    "report.pdf": "report.pdf",
    "发票 2026.pdf": "发票 2026.pdf",
    "../../etc/passwd": "passwd",
    "..\\..\\boot.ini": "boot.ini",
    "/etc/passwd": "passwd",
    "C:\\Users\\me\\photo.jpg": "photo.jpg",
    "%2e%2e%2fetc%2Fpasswd": "passwd",
    "..%5cboot.ini": "boot.ini",
    "a%2\u200bfb": "b",  # would be a separator once the invisible space is gone
    "cod\u202egpj.exe": "codgpj.exe",
    "a\u2066b\u2069\u200e\u200f\ufeff.txt": "ab.txt",
    "a\0b.txt": "ab.txt",
    "a\r\nSet-Cookie: x=1": "aSet-Cookie_ x=1",
    "\x1b[31mred.txt": "[31mred.txt",
    "a\u2028b": "ab",
    "\ud800.txt": "txt",
    "": "file",
    ".": "file",
    "..": "file",
    "/": "file",
    "   ": "file",
    ".htaccess": "htaccess",
    "name. . .": "name",
    "a   b\t.txt": "a b.txt",
    "CON": "_CON",
    "con.txt": "_con.txt",
    "Aux .tar.gz": "_Aux .tar.gz",
    "LPT1": "_LPT1",
    "com¹.x": "_com¹.x",
    "console.txt": "console.txt",
    'a"b<c>d|e?f*g:h': "a_b_c_d_e_f_g_h",
    "👩\u200d🚀.png": "👩\u200d🚀.png",
    "e\u0301.txt": "é.txt",
    "a" * 5000 + ".jpeg": "a" * (LONGEST - 5) + ".jpeg",
    "a" * 500: "a" * LONGEST,
    "a." + "b" * 500: "a." + "b" * (LONGEST - 2),
}


@pytest.mark.parametrize("name", CLEAN, ids=ascii)
def test_clean(name):
    assert clean_name(name) == CLEAN[name]


@given(st.text())
@example("CON." * 40)
@example("con" + " " * 200 + ".txt")
@example("😀" * 70 + ".png")
@example("。." * 100)
@example("a" * 118 + "." + "b")
@example("x" * 114 + ". .jpeg")
@example("aux" + "." * 130 + "b")
def test_a_clean_name_is_harmless(name):
    clean = clean_name(name)
    assert 0 < len(clean) <= LONGEST + 1  # a device's name gets its underscore before it is cut
    assert len(clean.encode()) <= LONGEST_BYTES
    assert not set(clean) & set('/\\<>:"|?*\0\r\n')
    assert clean.strip(" .") == clean
    assert not any(
        unicodedata.category(letter) in ("Cc", "Cs") or letter in "\u202e\u202d\u2066\u2067" for letter in clean
    )
    assert clean.split(".")[0].strip().lower() not in ("con", "prn", "aux", "nul", "com1", "lpt1")
    assert clean_name(clean) == clean


@given(st.text(alphabet="./\\%2eEfF5cC\u200b\u202eCONcon aux", max_size=30))
def test_cleaning_is_done_once(name):
    assert clean_name(clean_name(name)) == clean_name(name)


FITTING = [
    ("photo.html", "image/png", "photo.html.png"),
    ("photo.PNG", "image/png", "photo.PNG"),
    ("photo.jpeg", "image/jpeg", "photo.jpeg"),
    ("photo", "image/jpeg", "photo.jpg"),
    ("photo.jpg.exe", "image/jpeg", "photo.jpg.exe.jpg"),
    ("cod\u202egpj.exe", "image/png", "codgpj.exe.png"),
    ("", "audio/amr", "file.amr"),
    ("voice.amr", "audio/silk", "voice.amr"),
    ("notes.html", "text/plain", "notes.html.txt"),
    ("notes.log", "text/plain", "notes.log"),
    ("page.html", "text/html", "page.html"),
    ("a.exe", "application/octet-stream", "a.exe.bin"),
    ("a.exe", "application/vnd.microsoft.portable-executable", "a.exe"),
    ("book.cbz", "application/zip", "book.cbz"),
    ("a.svg", "application/zip", "a.svg.bin"),
    ("bill.exe", "application/pdf", "bill.exe.pdf"),
]


@pytest.mark.parametrize(("name", "mime", "expected"), FITTING)
def test_the_name_follows_the_bytes(name, mime, expected):
    assert name_for(name, mime) == expected


@given(st.text(), st.sampled_from(["image/png", "text/plain", "application/octet-stream", "audio/amr"]))
def test_a_fitted_name_fits_and_is_clean(name, mime):
    fitted = name_for(name, mime)
    assert name_for(fitted, mime) == fitted == clean_name(fitted)


@pytest.mark.parametrize(
    ("name", "mime", "expected"),
    [("a.png", "image/jpeg", "a.jpg"), ("a", "image/png", "a.png"), ("x.html.bmp", "image/png", "x.html.png")],
)
def test_renditions_have_names_too(name, mime, expected):
    assert renamed(name, mime) == expected
