"""Boxes that hold several kinds of things, told apart by what lies near their beginning.

Sound and film share their boxes (MP4, Matroska, Ogg), office documents share two (ZIP, OLE). Where the first bytes do not
say which, the declared type or the name may choose, but only among what that box can hold.
"""

from __future__ import annotations

import re
import struct

_OFFICE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "docm": "application/vnd.ms-word.document.macroenabled.12",
    "xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
    "pptm": "application/vnd.ms-powerpoint.presentation.macroenabled.12",
}
_OLE = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook",
}
# The four letters after `ftyp`: https://mp4ra.org/registered-types/brands
_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"hevc": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
}
_RIFF = {b"WAVE": "audio/wav", b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}
_OGG = {
    b"OpusHead": "audio/ogg",
    b"\x01vorbis": "audio/ogg",
    b"Speex   ": "audio/ogg",
    b"\x7fFLAC": "audio/ogg",
    b"\x80theora": "video/ogg",
}
_MIMETYPE = re.compile(rb"mimetype(application/(?:epub\+zip|vnd\.oasis\.opendocument\.[a-z-]{1,40}))")
_ISO_SOUND, _ISO_FILM = re.compile(rb"hdlr.{8}soun", re.DOTALL), re.compile(rb"hdlr.{8}vide", re.DOTALL)
_WEBM_SOUND, _WEBM_FILM = re.compile(rb"A_(?:OPUS|VORBIS)"), re.compile(rb"V_(?:VP8|VP9|AV1)")
_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
# https://www.datavoyage.com/mpgscript/mpeghdr.htm: kbit/s of layer III, MPEG 1 and MPEG 2
_BITRATES = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
)
_SAMPLE_RATES = {0: (11025, 12000, 8000), 2: (22050, 24000, 16000), 3: (44100, 48000, 32000)}


def mime_of(head: bytes, declared: str, name: str) -> str | None:
    """The type of what the box holds, or None if this is no box we know."""
    if head[4:8] == b"ftyp":
        return _iso_media(head, declared)
    if head[4:8] in (b"moov", b"wide") or (head[4:8] == b"mdat" and head[:1] == b"\0"):
        return "video/quicktime"
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "audio/aiff"
    if head[:4] == b"OggS":
        return next((mime for word, mime in _OGG.items() if word in head[:512]), "application/ogg")
    if head[:4] == b"\x1aE\xdf\xa3":
        return _matroska(head, declared)
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _zip(head, declared, name)
    if head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return _chosen(_OLE, declared, name) or "application/x-ole-storage"
    return _weak(head)


def _iso_media(head: bytes, declared: str) -> str:
    size = min(int.from_bytes(head[:4], "big"), 256)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size, 4))]
    named = _BRANDS.get(brands[0])
    if named == "image/heif":  # the general brand: a more exact one may follow
        return next((_BRANDS[brand] for brand in brands[1:] if brand in (b"heic", b"heix", b"avif")), named)
    if named is not None:
        return named
    box = "3gpp" if brands[0][:3] in (b"3gp", b"3g2", b"3ge") else "mp4"
    return f"{_sound_or_film(head, declared, sound=_ISO_SOUND, film=_ISO_FILM)}/{box}"


def _matroska(head: bytes, declared: str) -> str:
    if b"webm" not in head[:64]:
        return "video/x-matroska"
    return f"{_sound_or_film(head, declared, sound=_WEBM_SOUND, film=_WEBM_FILM)}/webm"


def _sound_or_film(head: bytes, declared: str, *, sound: re.Pattern[bytes], film: re.Pattern[bytes]) -> str:
    if film.search(head):
        return "video"
    if sound.search(head) or declared.startswith("audio/"):
        return "audio"
    return "video"


def _zip(head: bytes, declared: str, name: str) -> str:
    stated = _MIMETYPE.match(head, 30) if len(head) > 38 else None  # OpenDocument and EPUB say it first, uncompressed
    if stated is not None:
        return stated[1].decode()
    if b"AndroidManifest.xml" in head:
        return "application/vnd.android.package-archive"
    if b"META-INF/MANIFEST.MF" in head[:512]:
        return "application/java-archive"
    if b"[Content_Types].xml" in head or b"_rels/.rels" in head:
        found = _chosen(_OFFICE, declared, name)
        for folder, extension in ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx")):
            if folder in head:
                macro = _OFFICE[f"{extension[:3]}m"]
                return macro if found == macro else _OFFICE[extension]
        return found or "application/zip"
    return "application/zip"


def _chosen(table: dict[str, str], declared: str, name: str) -> str | None:
    if declared in table.values():
        return declared
    return table.get(name.rpartition(".")[2].lower())


def _weak(head: bytes) -> str | None:
    """Kinds whose first word is too short to be believed alone."""
    if head[:2] == b"BM" and len(head) >= 18 and struct.unpack_from("<I", head, 14)[0] in _BMP_HEADERS:
        return "image/bmp"
    if head[:2] == b"MZ" and len(head) >= 64:
        return "application/vnd.microsoft.portable-executable"
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return "video/mp2t"
    if len(head) > 7 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        return "audio/aac" if _repeats(head, length, mask=0xF6, sync=0xF0) else None
    if len(head) > 4 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:
        return "audio/mpeg" if _repeats(head, _layer3_length(head), mask=0xE6, sync=0xE2) else None
    return None


def _repeats(head: bytes, length: int, *, mask: int, sync: int) -> bool:
    """Whether a second frame follows the first: one sync word may be chance, two at the right distance are not."""
    return length > 7 and len(head) > length + 1 and head[length] == 0xFF and head[length + 1] & mask == sync


def _layer3_length(head: bytes) -> int:
    version = head[1] >> 3 & 3
    rates, rate = _SAMPLE_RATES.get(version), head[2] >> 2 & 3
    if rates is None or rate == 3:
        return 0
    kilobits = _BITRATES[0 if version == 3 else 1][head[2] >> 4]
    return (144 if version == 3 else 72) * kilobits * 1000 // rates[rate] + (head[2] >> 1 & 1)
