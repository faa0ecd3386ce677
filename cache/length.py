"""How long sound and film last, by what the file itself says.

Only its own index is read, a few kilobytes wherever it lies, and nothing is decoded; voice notes (AMR, Silk) have no index
and are short, so their frames are counted. Where the answer is not to be had cheaply (MP3, ADTS) it is None.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Awaitable, Callable

Read = Callable[[int, int], Awaitable[bytes]]  # (start, end): the bytes between, fewer at the end of the file

_NEAR = 8192
_FAR = 65_536  # the largest page of Ogg is 65,307 bytes
_COUNTED = 8_000_000  # bytes: more than an hour of AMR
_MOST_FRAMES = 200_000  # also more than an hour; counting them holds up everybody else for 30 ms
_LONGEST = 7 * 24 * 3600.0
_BOXES = 64  # boxes looked at before giving up

# https://www.rfc-editor.org/rfc/rfc4867#section-5.3: bytes of a frame behind its first, by frame type; 20 ms each
_AMR = (12, 13, 15, 17, 19, 20, 26, 31, 5, 0, 0, 0, 0, 0, 0, 0)
_AMR_WB = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, 0, 0, 0, 0, 0, 0)
_FRAME = 0.02


async def seconds_of(mime: str, size: int, read: Read) -> float | None:
    """The length in seconds, or None if the file does not say."""
    ask = _ASKED.get(mime)
    try:
        seconds = await ask(size, read) if ask is not None else None
    except (struct.error, ArithmeticError):
        return None
    return seconds if seconds is not None and 0 < seconds <= _LONGEST else None


async def _iso_media(size: int, read: Read) -> float | None:
    at = 0
    for _ in range(_BOXES):
        head = await read(at, at + 16)
        if len(head) < 8:
            return None
        length = int.from_bytes(head[:4], "big")
        length = int.from_bytes(head[8:16], "big") if length == 1 else length or size - at
        if head[4:8] == b"moov":
            return _movie_header(await read(at, at + _NEAR))
        if length < 8:
            return None
        at += length
    return None


def _movie_header(moov: bytes) -> float | None:
    at = moov.find(b"mvhd")
    if at < 0:
        return None
    scale, duration = struct.unpack_from(">IQ" if moov[at + 4] else ">II", moov, at + (24 if moov[at + 4] else 16))
    return float(duration / scale)


async def _ogg(size: int, read: Read) -> float | None:
    head, tail = await read(0, 512), await read(max(0, size - _FAR), size)
    last = tail.rfind(b"OggS")
    if last < 0:
        return None
    samples = struct.unpack_from("<q", tail, last + 6)[0]
    if (opus := head.find(b"OpusHead")) >= 0:  # https://www.rfc-editor.org/rfc/rfc7845#section-5.1: always 48 kHz
        return float((samples - struct.unpack_from("<H", head, opus + 10)[0]) / 48_000)
    if (vorbis := head.find(b"\x01vorbis")) >= 0:
        return float(samples / struct.unpack_from("<I", head, vorbis + 12)[0])
    return None


async def _wav(size: int, read: Read) -> float | None:
    head = await read(0, _NEAR)
    at, rate = 12, 0
    while at + 8 <= len(head):
        length = struct.unpack_from("<I", head, at + 4)[0]
        if head[at : at + 4] == b"fmt ":
            rate = struct.unpack_from("<I", head, at + 16)[0]
        if head[at : at + 4] == b"data":
            return float(min(length, size - at - 8) / rate)
        at += 8 + length + length % 2
    return None


async def _flac(size: int, read: Read) -> float | None:
    packed = int.from_bytes((await read(18, 26)).ljust(8, b"\0"), "big")  # rate 20 bits, 8 of shape, samples 36
    return (packed & (1 << 36) - 1) / (packed >> 44)


async def _webm(size: int, read: Read) -> float | None:
    """`Duration` in the first kilobytes; what a browser records while it goes has none."""
    head = await read(0, _NEAR)
    found = re.search(rb"\x44\x89(?:\x84(.{4})|\x88(.{8}))", head, re.DOTALL)
    if found is None:
        return None
    ticks = struct.unpack(">f", found[1])[0] if found[1] else struct.unpack(">d", found[2])[0]
    scale = re.search(rb"\x2a\xd7\xb1[\x83\x84](.{3})", head, re.DOTALL)
    nanoseconds = int.from_bytes(scale[1], "big") if scale else 1_000_000
    return float(ticks * nanoseconds / 1e9)


async def _amr(size: int, read: Read) -> float | None:
    return await _counted(size, read, b"#!AMR\n", _AMR)


async def _amr_wb(size: int, read: Read) -> float | None:
    return await _counted(size, read, b"#!AMR-WB\n", _AMR_WB)


async def _counted(size: int, read: Read, magic: bytes, lengths: tuple[int, ...]) -> float | None:
    if size > _COUNTED:
        return None
    content = await read(0, size)
    at, frames = len(magic), 0
    while at < len(content) and frames <= _MOST_FRAMES:
        at += 1 + lengths[content[at] >> 3 & 15]
        frames += 1
    return _length_of(frames)


def _length_of(frames: int) -> float | None:
    """A file may be made of frames without sound, each a byte or two: what has too many is nobody's voice."""
    return frames * _FRAME if frames <= _MOST_FRAMES else None


async def _silk(size: int, read: Read) -> float | None:
    if size > _COUNTED:
        return None
    content = await read(0, size)
    at, frames = content.find(b"#!SILK_V3") + 9, 0
    while at + 2 <= len(content) and (length := struct.unpack_from("<H", content, at)[0]) != 0xFFFF:
        at += 2 + length
        frames += 1
        if frames > _MOST_FRAMES:
            break
    return _length_of(frames)


_ASKED: dict[str, Callable[[int, Read], Awaitable[float | None]]] = {
    "audio/mp4": _iso_media,
    "video/mp4": _iso_media,
    "audio/3gpp": _iso_media,
    "video/3gpp": _iso_media,
    "video/quicktime": _iso_media,
    "audio/ogg": _ogg,
    "audio/wav": _wav,
    "audio/flac": _flac,
    "audio/webm": _webm,
    "video/webm": _webm,
    "audio/amr": _amr,
    "audio/amr-wb": _amr_wb,
    "audio/silk": _silk,
}
