"""How long sound and film last: files made by hand, whose length is known."""

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.length import seconds_of


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


def mvhd(scale: int, duration: int, version: int = 0) -> bytes:
    times = struct.pack(">QQIQ", 0, 0, scale, duration) if version else struct.pack(">IIII", 0, 0, scale, duration)
    return box(b"moov", box(b"mvhd", bytes([version, 0, 0, 0]) + times + bytes(80)))


FTYP = box(b"ftyp", b"isom" + bytes(12))
MDAT = box(b"mdat", bytes(100_000))
LARGE_MDAT = struct.pack(">I4sQ", 1, b"mdat", 100_016) + bytes(100_000)


def page(granule: int, content: bytes = b"") -> bytes:
    return b"OggS\0\0" + struct.pack("<q", granule) + bytes(13) + content


def opus(seconds: float, skip: int = 312) -> bytes:
    head = b"OpusHead\x01\x01" + struct.pack("<HIHB", skip, 16000, 0, 0)
    return page(0, head) + bytes(90_000) + page(int(seconds * 48_000) + skip, b"x" * 200)


def vorbis(seconds: float) -> bytes:
    return page(0, b"\x01vorbis" + struct.pack("<IBI", 0, 1, 44_100)) + page(int(seconds * 44_100))


def wav(seconds: float) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(int(seconds * 16_000)))
    return target.getvalue()


def flac(seconds: int) -> bytes:
    return b"fLaC\0\0\0\x22" + bytes(10) + (44_100 << 44 | 15 << 36 | seconds * 44_100).to_bytes(8, "big") + bytes(16)


def amr(frames: int) -> bytes:
    return b"#!AMR\n" + (b"\x3c" + bytes(31)) * frames + b"\x44" + bytes(5)  # and one of comfort noise


LENGTHS = {
    "mp4": ("video/mp4", FTYP + mvhd(1000, 12_500) + MDAT, 12.5),
    "mp4, index at the end": ("audio/mp4", FTYP + MDAT + mvhd(44_100, 441_000), 10.0),
    "mp4, large": ("video/mp4", FTYP + LARGE_MDAT + mvhd(600, 900, version=1), 1.5),
    "mp4 in pieces, length unknown": ("video/mp4", FTYP + mvhd(1000, 0), None),
    "mp4, cut": ("video/mp4", FTYP + MDAT[:500], None),
    "mp4, no scale": ("video/mp4", FTYP + mvhd(0, 5), None),
    "mp4, box of no length": ("video/mp4", FTYP + b"\0\0\0\x02junk" + bytes(50), None),
    "mp4, header cut": ("video/mp4", FTYP + (FTYP + mvhd(1, 1))[len(FTYP) :][:20], None),
    "opus": ("audio/ogg", opus(3.25), 3.25),
    "vorbis": ("audio/ogg", vorbis(2), 2.0),
    "ogg, page cut": ("audio/ogg", opus(3)[:-215], None),
    "wav": ("audio/wav", wav(1.5), 1.5),
    "wav, cut": ("audio/wav", wav(1.5)[: 44 + 8000], 0.5),
    "flac": ("audio/flac", flac(90), 90.0),
    "flac, cut": ("audio/flac", b"fLaC", None),
    "webm": ("video/webm", b"\x2a\xd7\xb1\x83\x0f\x42\x40" + b"\x44\x89\x88" + struct.pack(">d", 4200.0), 4.2),
    "webm, short number": ("audio/webm", b"\x44\x89\x84" + struct.pack(">f", 1500.0), 1.5),
    "webm of a recorder": ("audio/webm", b"\x1aE\xdf\xa3" + bytes(90), None),
    "webm, not a number": ("audio/webm", b"\x44\x89\x84\x7f\xc0\0\0", None),
    "amr": ("audio/amr", amr(149), 3.0),
    "amr wide band": ("audio/amr-wb", b"#!AMR-WB\n" + (b"\x44" + bytes(60)) * 50, 1.0),
    "silk": ("audio/silk", b"\x02#!SILK_V3" + (b"\x03\0abc") * 25 + b"\xff\xff", 0.5),
    "amr, an hour": ("audio/amr", b"#!AMR\n" + b"\x78" * 180_000, 3600.0),
    "amr of nothing but empty frames": ("audio/amr", b"#!AMR\n" + b"\x78" * 7_000_000, None),
    "silk of nothing but empty frames": ("audio/silk", b"#!SILK_V3" + bytes(7_000_000), None),
    "mp3": ("audio/mpeg", b"ID3" + bytes(50), None),
    "nothing": ("audio/amr", b"", None),
}


async def length(mime: str, content: bytes) -> float | None:
    async def read(start: int, end: int) -> bytes:
        return content[start:end]

    return await seconds_of(mime, len(content), read)


@pytest.mark.parametrize("case", LENGTHS)
async def test_lengths(case):
    mime, content, expected = LENGTHS[case]
    assert await length(mime, content) == (None if expected is None else pytest.approx(expected))


@given(st.sampled_from(sorted(LENGTHS)), st.integers(0, 10**6), st.binary(min_size=1, max_size=9))
async def test_no_file_breaks_it(case, place, noise):
    mime, content, _ = LENGTHS[case]
    place %= len(content) + 1
    found = await length(mime, content[:place] + noise + content[place + len(noise) :])
    assert found is None or found > 0
