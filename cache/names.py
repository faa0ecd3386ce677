"""What a file is called: a stranger's text made fit to show, to log and to save under.

No name is ever a path of ours: bytes lie under their hash. This keeps the name from harming the people who read it or save
it. What the file *is* says `cache.kind`; here only the name follows from that.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 120  # characters
LONGEST_BYTES = 240  # of UTF-8: file systems stop at 255
NAMELESS = "file"
_READ = 4096  # characters; a longer name is an attack, and its end is what matters

_SEPARATOR = re.compile(r"[/\\]|%2f|%5c", re.IGNORECASE)  # also as a careless client would decode it once more
_FORBIDDEN = re.compile(r'[<>:"|?*]')  # what Windows refuses in a name, and what breaks out of an HTML attribute
_SPACES = re.compile(r"\s+")
_JOINERS = "\u200c\u200d"  # needed to write Persian and many emoji; every other invisible character goes
_INVISIBLE = frozenset(
    {"Cc", "Cf", "Cs", "Zl", "Zp"}
)  # controls, bidi overrides and zero widths, surrogates, line ends

# https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"]
)

EXTENSIONS: dict[str, tuple[str, ...]] = {  # the first is the one we give
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png", "apng"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/bmp": ("bmp", "dib"),
    "image/tiff": ("tiff", "tif", "dng"),
    "image/heic": ("heic", "heif"),
    "image/heif": ("heif", "heic"),
    "image/avif": ("avif",),
    "audio/amr": ("amr",),
    "audio/amr-wb": ("awb", "amr"),
    "audio/silk": ("silk", "slk", "amr"),  # WeChat calls its Silk files .amr
    "audio/ogg": ("ogg", "oga", "opus", "spx"),
    "audio/mp4": ("m4a", "mp4", "m4b", "aac", "3gp"),
    "audio/mpeg": ("mp3", "mpga"),
    "audio/aac": ("aac",),
    "audio/wav": ("wav", "wave"),
    "audio/flac": ("flac",),
    "audio/webm": ("weba", "webm"),
    "audio/3gpp": ("3gp", "3gpp", "3ga"),
    "video/mp4": ("mp4", "m4v"),
    "video/webm": ("webm",),
    "video/ogg": ("ogv", "ogg"),
    "video/quicktime": ("mov", "qt"),
    "video/3gpp": ("3gp", "3gpp", "3g2"),
    "video/x-matroska": ("mkv",),
    "video/x-msvideo": ("avi",),
    "application/pdf": ("pdf",),
}
# Extensions that make a double click run something: bytes that turned out to be something else do not keep them.
_RUNNABLE = """
    html htm xhtml xht shtml mht mhtml svg svgz xml xsl xslt js mjs jse vbs vbe wsf wsh hta url lnk scf bat cmd com exe scr
    pif msi ps1 psm1 jar reg chm cpl inf app command sh desktop
"""
ACTIVE = frozenset(_RUNNABLE.split())
_ACTIVE_MIMES = frozenset(
    {"text/html", "application/xhtml+xml", "image/svg+xml", "application/xml", "text/javascript", "application/x-sh"}
)


def clean_name(name: str) -> str:
    """The name without path, control and direction characters, device names and excess length; never empty.

    Cleaning a clean name changes nothing.
    """
    end = name[-_READ:]
    visible = "".join(letter for letter in end if letter in _JOINERS or unicodedata.category(letter) not in _INVISIBLE)
    last = _SEPARATOR.split(unicodedata.normalize("NFC", visible))[-1]
    cleaned = _trim(_SPACES.sub(" ", _FORBIDDEN.sub("_", last)))
    if cleaned.split(".")[0].strip().lower() in _DEVICES:
        cleaned = f"_{cleaned}"
    return _shorten(cleaned) or NAMELESS


def name_for(name: str, mime: str) -> str:
    """The clean name of a file that turned out to be of this type: `photo.html` that is a PNG is `photo.html.png`."""
    cleaned = clean_name(name)
    stem, dot, extension = cleaned.rpartition(".")
    extension = extension.lower() if dot and stem else ""
    known = EXTENSIONS.get(mime)
    if known is not None:
        return cleaned if extension in known else _with(cleaned, known[0])
    if extension in ACTIVE and not _means_it(mime):
        return _with(cleaned, "txt" if mime.startswith("text/") else "bin")
    return cleaned


def renamed(name: str, mime: str) -> str:
    """The name of another rendition of the file: `photo.png` as a JPEG is `photo.jpg`."""
    stem, dot, _ = name.rpartition(".")
    extensions = EXTENSIONS.get(mime, ("bin",))
    return name_for(f"{stem}.{extensions[0]}" if dot and stem else name, mime)


def _means_it(mime: str) -> bool:
    return mime in _ACTIVE_MIMES or mime.startswith("application/vnd.microsoft") or mime == "application/java-archive"


def _with(name: str, extension: str) -> str:
    return _shorten(f"{name}.{extension}")


def _trim(name: str) -> str:
    return name.strip(" .")


def _shorten(name: str) -> str:
    """At most `LONGEST` characters and `LONGEST_BYTES` bytes; a short extension survives."""
    stem, dot, extension = name.rpartition(".")
    if not dot or not extension.isascii() or len(extension) > 10:
        stem, extension = name, ""
    tail = f".{extension}" if extension else ""
    room, room_bytes = LONGEST - len(tail), LONGEST_BYTES - len(tail.encode())
    short = stem[:room].encode()[:room_bytes].decode(errors="ignore")
    return _trim(_trim(short) + tail)
