"""What the bytes are. The first 8 KiB decide, never the name; what was declared only chooses between equals.

This is not a decoder: nothing is unpacked, so no bomb can go off here. Tables first: `_MAGIC` for files that begin with a
fixed word; `cache.containers` for boxes that hold several kinds of things; `cache.texts` for what a person could read.
"""

from __future__ import annotations

from enum import StrEnum

from cache import containers, texts
from channels.value import value

HEAD = 8192  # bytes that are enough to decide
UNKNOWN = "application/octet-stream"


class Family(StrEnum):
    """How a file is shown: as one of the four parts of a message that carry media."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    FILE = "file"


@value
class Kind:
    """`active`: opening it may run something, so it is never shown, only handed over to be saved."""

    mime: str
    family: Family
    active: bool = False


# (offset, bytes, type). Longer words stand before shorter ones that they begin with.
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"8BPS", "image/vnd.adobe.photoshop"),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (0, b"#!AMR-WB\n", "audio/amr-wb"),  # https://www.rfc-editor.org/rfc/rfc4867#section-5.1
    (0, b"#!AMR\n", "audio/amr"),
    (0, b"#!SILK_V3", "audio/silk"),
    (0, b"\x02#!SILK_V3", "audio/silk"),  # the spelling of WeChat and QQ
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"MThd", "audio/midi"),
    (0, b"caff", "audio/x-caf"),
    (0, b"FLV\x01", "video/x-flv"),
    (0, b"\x00\x00\x01\xba", "video/mpeg"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"%!PS", "application/postscript"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\x00", "application/x-xz"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (257, b"ustar", "application/x-tar"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xca\xfe\xba\xbe", "application/x-mach-binary"),  # or Java byte code: both run
    (0, b"\x00asm", "application/wasm"),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"),
    (0, b"SQLite format 3\x00", "application/vnd.sqlite3"),
)

ACTIVE = frozenset(
    {
        *texts.ACTIVE,
        "application/postscript",
        "application/x-executable",
        "application/x-mach-binary",
        "application/wasm",
        "application/x-ms-shortcut",
        "application/vnd.microsoft.portable-executable",
        "application/java-archive",
        "application/vnd.android.package-archive",
    }
)
_NOT_PICTURES = frozenset({"image/svg+xml", "image/vnd.adobe.photoshop"})


def sniff(head: bytes, declared: str = "", name: str = "") -> Kind:
    """What a file is that begins with `head` (its first `HEAD` bytes, or all of it)."""
    head = head[:HEAD]
    declared = declared.split(";")[0].strip().lower()
    mime = _magic(head) or containers.mime_of(head, declared, name)
    if mime is not None:
        return _kind(mime, active=mime in ACTIVE or mime.endswith("macroenabled.12"))
    text = texts.mime_of(head, declared, name)
    if text is None:
        return _kind(UNKNOWN, active=False)
    mime, tags = text
    return _kind(mime, active=tags or mime in ACTIVE)


def _magic(head: bytes) -> str | None:
    return next((mime for offset, word, mime in _MAGIC if head.startswith(word, offset)), None)


def _kind(mime: str, *, active: bool) -> Kind:
    top = mime.partition("/")[0]
    shown = top in ("image", "audio", "video") and mime not in _NOT_PICTURES
    return Kind(mime, Family(top) if shown else Family.FILE, active)
