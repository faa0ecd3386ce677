"""What the bytes are: a golden table of heads, then properties."""

import gzip
import io
import struct
import time
import wave
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.kind import Family, Kind, sniff

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNKNOWN = "application/octet-stream"


def zipped(*names: str, stored: bytes | None = None) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as box:
        for name in names:
            box.writestr(name, stored or b"<x/>")
    return target.getvalue()


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


def iso(major: bytes, *others: bytes, handler: bytes = b"") -> bytes:
    moov = box(b"moov", box(b"hdlr", bytes(8) + handler + bytes(12))) if handler else b""
    return box(b"ftyp", major + bytes(4) + b"".join(others)) + moov


def matroska(kind: bytes, codec: bytes = b"") -> bytes:
    return b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84" + kind + bytes(20) + codec


def ogg(codec: bytes) -> bytes:
    return b"OggS\x00\x02" + bytes(20) + b"\x01\x13" + codec + bytes(11)


def wav() -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(320))
    return target.getvalue()


MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(413)  # 128 kbit/s, 44.1 kHz: 417 bytes
AAC_FRAME = b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(9)  # 16 bytes

# bytes, declared, name, what they are
GOLDEN: dict[str, tuple[bytes, str, str, str]] = {
    "amr": (b"#!AMR\n" + b"\x3c" * 32, "", "", "audio/amr audio"),
    "amr wide band": (b"#!AMR-WB\n" + bytes(9), "", "", "audio/amr-wb audio"),
    "silk": (b"#!SILK_V3" + bytes(9), "audio/amr", "voice.amr", "audio/silk audio"),
    "silk of WeChat": (b"\x02#!SILK_V3" + bytes(9), "", "", "audio/silk audio"),
    "opus": (ogg(b"OpusHead"), "", "", "audio/ogg audio"),
    "vorbis": (ogg(b"\x01vorbis"), "video/ogg", "", "audio/ogg audio"),
    "theora": (ogg(b"\x80theora"), "audio/ogg", "", "video/ogg video"),
    "ogg of nothing known": (ogg(b"????????"), "audio/ogg", "", "application/ogg file"),
    "m4a": (iso(b"M4A ", b"mp42", b"isom"), "", "", "audio/mp4 audio"),
    "mp4 film": (iso(b"isom", b"mp41", handler=b"vide"), "audio/mp4", "", "video/mp4 video"),
    "mp4 sound": (iso(b"isom", b"mp42", handler=b"soun"), "", "", "audio/mp4 audio"),
    "mp4, index at the end": (iso(b"mp42"), "", "", "video/mp4 video"),
    "mp4, index at the end, called sound": (iso(b"mp42"), "audio/mp4; codecs=aac", "", "audio/mp4 audio"),
    "mp4 called a page": (iso(b"mp42"), "text/html", "x.html", "video/mp4 video"),
    "3gp": (iso(b"3gp4", handler=b"vide"), "", "", "video/3gpp video"),
    "quicktime": (iso(b"qt  "), "", "", "video/quicktime video"),
    "old quicktime": (box(b"moov", bytes(20)), "", "", "video/quicktime video"),
    "heic": (iso(b"heic", b"mif1", b"heic"), "", "", "image/heic image"),
    "heic under the general brand": (iso(b"mif1", b"mif1", b"heic"), "", "", "image/heic image"),
    "avif": (iso(b"avif", b"mif1"), "", "", "image/avif image"),
    "webm film": (matroska(b"webm", b"V_VP8 A_OPUS"), "audio/webm", "", "video/webm video"),
    "webm sound": (matroska(b"webm", b"A_OPUS"), "", "", "audio/webm audio"),
    "matroska": (matroska(b"matr"), "", "", "video/x-matroska video"),
    "wav": (wav(), "", "", "audio/wav audio"),
    "mp3": (MP3_FRAME * 2, "", "", "audio/mpeg audio"),
    "mp3 with tags": (b"ID3\x04" + bytes(20), "", "", "audio/mpeg audio"),
    "one sync word is no mp3": (MP3_FRAME + bytes(10), "audio/mpeg", "a.mp3", f"{UNKNOWN} file"),
    "aac": (AAC_FRAME * 2, "", "", "audio/aac audio"),
    "flac": (b"fLaC" + bytes(30), "", "", "audio/flac audio"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "image/png", "a.png", "application/pdf file"),
    "zip": (zipped("a.txt"), "", "", "application/zip file"),
    "zip, empty": (zipped(), "", "", "application/zip file"),
    "docx": (zipped("[Content_Types].xml", "word/document.xml"), "", "", f"{DOCX} file"),
    "docx called a sheet": (zipped("[Content_Types].xml", "word/document.xml"), XLSX, "a.xlsx", f"{DOCX} file"),
    "xlsx": (zipped("_rels/.rels", "xl/workbook.xml"), "", "", f"{XLSX} file"),
    "office, undecided, by name": (zipped("[Content_Types].xml"), "", "a.xlsx", f"{XLSX} file"),
    "zip called a document": (zipped("a.txt"), DOCX, "a.docx", "application/zip file"),
    "open document": (
        zipped("mimetype", stored=b"application/vnd.oasis.opendocument.text"),
        "",
        "",
        "application/vnd.oasis.opendocument.text file",
    ),
    "zip that says it is a page": (zipped("mimetype", stored=b"application/xhtml+xml"), "", "", "application/zip file"),
    "apk": (zipped("AndroidManifest.xml"), "", "", "application/vnd.android.package-archive file active"),
    "jar": (zipped("META-INF/MANIFEST.MF"), "image/png", "", "application/java-archive file active"),
    "old word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), "", "a.doc", "application/msword file"),
    "old office of no name": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50),
        "",
        "a.exe",
        "application/x-ole-storage file",
    ),
    "gzip bomb, not opened": (gzip.compress(bytes(10**6)), "", "", "application/gzip file"),
    "program called a picture": (
        b"MZ\x90\x00" + bytes(70),
        "image/png",
        "a.png",
        "application/vnd.microsoft.portable-executable file active",
    ),
    "elf": (b"\x7fELF\x02\x01\x01" + bytes(9), "", "", "application/x-executable file active"),
    "photoshop": (b"8BPS\x00\x01" + bytes(20), "", "", "image/vnd.adobe.photoshop file"),
    "gif and script": (b"GIF89a/*\x00\x00" + b"*/=1;alert(1)//", "text/javascript", "a.js", "image/gif image"),
    "bmp": (b"BM" + bytes(12) + b"\x28\x00\x00\x00" + bytes(36), "", "", "image/bmp image"),
    "text that begins like a bmp": (b"BMW is a car maker in Munich.", "", "", "text/plain file"),
    "text": ("Grüße, 你好".encode(), "", "", "text/plain file"),
    "text in Chinese of old": ("你好，世界".encode("gb18030"), "", "a.txt", "text/plain file"),
    "text in sixteen bits": ("hello".encode("utf-16"), "", "", "text/plain file"),
    "text called a picture": (b"hello", "image/png", "a.png", "text/plain file"),
    "csv by type": (b"a;b\n1;2\n", "text/csv", "", "text/csv file"),
    "csv by name": (b"a;b\n1;2\n", "text/plain", "A.CSV", "text/csv file"),
    "json by name": (b'{"a": 1}', "", "a.json", "application/json file"),
    "page": (b"\xef\xbb\xbf \n<!DOCTYPE html><p>hi", "text/plain", "a.txt", "text/html file active"),
    "page without a head": (b"<script>alert(1)</script>", "image/png", "a.png", "text/html file active"),
    "page in a comment": (b"<!-- x --><body onload=alert(1)>", "", "", "text/html file active"),
    "page in sixteen bits": ("<html><script>1</script>".encode("utf-16"), "", "", "text/html file active"),
    "tags within text": (b"hello <img src=x onerror=alert(1)>", "", "a.txt", "text/plain file active"),
    "svg": (
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "image/png",
        "a.png",
        "image/svg+xml file active",
    ),
    "svg, as short as can be": (b"<svg/>", "", "", "image/svg+xml file active"),
    "svg in a page": (b"<!doctype HTML><svg/onload=1>", "", "", "text/html file active"),
    "a tag of no name": (b"<x onclick=alert(1)>", "", "", "text/html file active"),
    "an address is no tag": (b"Ann <ann@example.org> wrote: 1 < 2, a<b.", "", "", "text/plain file"),
    "svg after xml": (b"<?xml version='1.0'?><!-- --><svg onload='1'>", "", "", "image/svg+xml file active"),
    "svg with a prefix": (b"<x:svg xmlns:x='http://www.w3.org/2000/svg'>", "", "", "image/svg+xml file active"),
    "xml": (b"<?xml version='1.0'?><a/>", "", "", "application/xml file active"),
    "xml with entities": (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "", "", "application/xml file active"),
    "script by name": (b"alert(1)", "text/plain", "a.js", "text/javascript file active"),
    "script by type": (b"alert(1)", "application/javascript", "a.txt", "text/javascript file active"),
    "shell": (b"#!/bin/sh\nrm -rf /", "image/jpeg", "a.jpg", "application/x-sh file active"),
    "text called a page": (b"hello", "text/html", "", "text/html file active"),
    "nothing": (b"", "image/png", "a.png", "text/plain file"),
    "noise": (b"\x00\x01\x02\x03" * 9, "image/png", "a.png", f"{UNKNOWN} file"),
    "noise called sound": (b"\x93\x01\x02\x03" * 9, "audio/mpeg", "a.mp3", f"{UNKNOWN} file"),
}


@pytest.mark.parametrize("case", GOLDEN)
def test_golden(case):
    content, declared, name, expected = GOLDEN[case]
    kind = sniff(content, declared, name)
    assert f"{kind.mime} {kind.family}{' active' if kind.active else ''}" == expected


@pytest.mark.parametrize(
    ("format", "mime"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("TIFF", "image/tiff"),
        ("BMP", "image/bmp"),
        ("AVIF", "image/avif"),
    ],
)
@pytest.mark.parametrize("name", ["photo.html", "photo.jpg.exe", "cod\u202egpj.exe", ""])
def test_a_real_picture_is_one_whatever_it_is_called(picture, format, mime, name):
    assert sniff(picture(format), "text/html", name) == Kind(mime, Family.IMAGE)


@given(
    st.binary(max_size=200),
    st.sampled_from(["", "image/png", "audio/ogg", "video/mp4", "text/html", "nonsense"]),
    st.text(max_size=10),
)
def test_anything_is_something(head, declared, name):
    kind = sniff(head, declared, name)
    assert kind.mime.count("/") == 1
    assert not (kind.active and kind.family is not Family.FILE), "what could run is never shown"


@given(st.text(max_size=100), st.sampled_from(["image/png", "audio/mpeg", "video/mp4"]))
def test_a_claim_never_makes_text_a_picture(text, declared):
    head = b"Dear all, " + text.encode("utf-8", "ignore")
    assert sniff(head, declared, "a.png").family is Family.FILE


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_only_the_head_counts(start, tail):
    head = start.ljust(8192, b"x")
    assert sniff(head + tail) == sniff(head)


@pytest.mark.parametrize(
    "pump", [b"<" * 50_000, b"<!--" * 12_000, b" " * 50_000 + b"x", b"<a" * 25_000, b"#!" * 25_000]
)
def test_no_text_makes_it_slow(pump):
    before = time.process_time()
    assert sniff(pump).family is Family.FILE
    assert time.process_time() - before < 0.05
