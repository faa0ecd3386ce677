"""Voices that browsers do not play, made by the real program; and everything that may be wrong with one."""

from __future__ import annotations

import asyncio
import io
import math
import shutil
import stat
import struct
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cache import WEB, State, sniff
from cache import sound as sounds
from cache.sound import MP3, Studio
from channels.errors import Unreachable
from channels.wire import Stream
from tests.cache.test_media_cache import VOICE, kept, whole

FFMPEG = shutil.which("ffmpeg")
SAYS_NOTHING = b"\x02#!SILK_V3"
needs_ffmpeg = pytest.mark.skipif(FFMPEG is None, reason="ffmpeg is not installed: apt-get install ffmpeg")


@pytest.fixture
def studio() -> Studio:
    return Studio(Path(FFMPEG) if FFMPEG else None)


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    for place in range(0, len(content), 100):
        yield content[place : place + 100]


def program(folder: Path, text: str) -> Path:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@needs_ffmpeg
async def test_wechats_voice_can_be_heard(cache, catalog) -> None:
    item = await kept(cache, catalog, Stream(pieces(VOICE), "audio/amr", "voice.amr", len(VOICE)))
    assert (item.state, item.mime, item.seconds, item.shown) == (State.READY, "audio/amr", 1.0, WEB)
    made = await whole(await cache.read(item, WEB))
    assert item.renditions[WEB].mime == sniff(made, "", "").mime == MP3
    assert len(made) == item.renditions[WEB].size > 1000
    assert await whole(await cache.read(item)) == VOICE


def silk(seconds: int) -> bytes:
    """A tone, as WeChat's app would record it."""
    pysilk = pytest.importorskip("pysilk")
    tone = b"".join(struct.pack("<h", int(9000 * math.sin(at / 10))) for at in range(24_000 * seconds))
    recorded = io.BytesIO()
    pysilk.encode(io.BytesIO(tone), recorded, 24_000, 24_000)
    return recorded.getvalue()


@needs_ffmpeg
async def test_a_voice_of_wechats_app_can_be_heard(cache, catalog) -> None:
    voice = silk(2)
    item = await kept(cache, catalog, Stream(pieces(voice), "", "voice.silk", len(voice)))
    assert (item.state, item.mime, item.seconds) == (State.READY, "audio/silk", 2.0)
    made = await whole(await cache.read(item, WEB))
    assert sniff(made, "", "").mime == MP3
    assert 2 * 4000 <= len(made) < 3 * 4000  # two seconds of 32 kbit/s
    assert await whole(await cache.read(item)) == voice


@needs_ffmpeg
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"#!SILK_V3",
        SAYS_NOTHING,
        SAYS_NOTHING + b"\xfe\x7f" * 50,
        SAYS_NOTHING + bytes(5000),
        SAYS_NOTHING + b"\x05\x00a",
    ],
)
async def test_what_is_broken_silk_is_not_made(studio: Studio, content: bytes) -> None:
    pytest.importorskip("pysilk")
    assert await studio.make(pieces(content), "audio/silk") == b""


@needs_ffmpeg
async def test_a_broken_reader_of_silk_costs_only_the_voice(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads it is written in C, and dies in a process of its own."""
    monkeypatch.setattr(sounds, "UNSILK", (sys.executable, "-c", "import os; os.abort()"))
    assert await studio.make(pieces(SAYS_NOTHING), "audio/silk") == b""
    monkeypatch.setattr(sounds, "UNSILK", (sys.executable, "-c", "while True: print('a' * 65_536)"))
    monkeypatch.setattr(sounds, "MOST_SAMPLES", 100_000)
    assert await studio.make(pieces(SAYS_NOTHING), "audio/silk") == b""


def test_without_the_extra_silk_stays_as_it_came(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sounds, "find_spec", lambda name: None)
    assert not studio.can_make("audio/silk")


@needs_ffmpeg
async def test_a_long_recording_makes_nobody_wait(cache, catalog) -> None:
    long = VOICE + VOICE[6:] * sounds.LONGEST
    item = await kept(cache, catalog, Stream(pieces(long), "audio/amr", "voice.amr", len(long)))
    assert (item.state, item.seconds, dict(item.renditions)) == (State.READY, sounds.LONGEST + 1, {})


@needs_ffmpeg
@pytest.mark.parametrize("content", [b"#!AMR\n", b"#!AMR\n" + b"\xff" * 5000, b"", b"#EXTM3U\nfile:///etc/passwd\n"])
async def test_what_is_broken_is_not_made(studio: Studio, content: bytes) -> None:
    assert await studio.make(pieces(content), "audio/amr") == b""


@needs_ffmpeg
async def test_what_is_no_webm_is_not_read_as_something_else(studio: Studio) -> None:
    """It is told what it reads: a list of addresses, which ffmpeg would follow, stays a broken WebM."""
    assert await studio.make(pieces(b"ffconcat version 1.0\nfile /etc/hostname\n"), "audio/webm") == b""


async def test_without_the_program_a_voice_stays_as_it_came(cache, catalog, monkeypatch) -> None:
    monkeypatch.setattr(cache, "_studio", Studio(None))
    item = await kept(cache, catalog, Stream(pieces(VOICE), "audio/amr", "voice.amr", len(VOICE)))
    assert (item.state, dict(item.renditions)) == (State.READY, {})


async def test_a_program_that_is_gone_costs_nobody_a_file(tmp_path: Path) -> None:
    assert await Studio(tmp_path / "gone").make(pieces(VOICE), "audio/amr") == b""


async def test_a_program_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sounds, "WITHIN", 0.3)
    began = time.monotonic()
    assert await Studio(program(tmp_path, "exec sleep 60")).make(pieces(VOICE), "audio/amr") == b""
    assert time.monotonic() - began < 30


async def test_a_program_that_says_too_much_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sounds, "MOST", 100_000)
    assert await Studio(program(tmp_path, "exec cat /dev/zero")).make(pieces(VOICE), "audio/amr") == b""


async def test_a_program_may_not_write_files(tmp_path: Path) -> None:
    written = tmp_path / "written"
    studio = Studio(program(tmp_path, f"cat >/dev/null; echo x > {written}; echo done"))
    await studio.make(pieces(VOICE), "audio/amr")
    assert not written.exists() or written.read_bytes() == b""


async def test_a_disk_that_fails_is_said(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield VOICE
        raise Unreachable("The disk is gone.")

    with pytest.raises(Unreachable):
        await Studio(program(tmp_path, "exec cat")).make(broken(), "audio/amr")


@needs_ffmpeg
async def test_of_what_is_too_long_the_beginning_is_made(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder gives a little more than was asked for: that is not too much."""
    assert sounds.MOST > sounds.LONGEST * 4000 + 3 * 144  # three frames more
    short = tuple("2" if word == str(sounds.LONGEST) else word for word in sounds.AS_MP3)
    monkeypatch.setattr(sounds, "AS_MP3", short)
    monkeypatch.setattr(sounds, "MOST", sounds.MOST - (sounds.LONGEST - 2) * 4000)
    made = await studio.make(pieces(VOICE + VOICE[6:] * 9), "audio/amr")
    assert 2 * 4000 <= len(made) < 3 * 4000


@pytest.mark.parametrize("text", ["head -c 150000 /dev/zero", "exit 0", "exec sleep 60", "exec cat"])
def test_the_servers_own_loop_forgives_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """It raises where asyncio's says nothing: killing what has ended, and writing to what is closed."""
    uvloop = pytest.importorskip("uvloop")
    monkeypatch.setattr(sounds, "MOST", 60_000)
    monkeypatch.setattr(sounds, "WITHIN", 2.0)

    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(20):
            await asyncio.sleep(0.005)
            yield bytes(65_536)

    async def make() -> bytes:
        return await Studio(program(tmp_path, text)).make(slowly(), "audio/amr")

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(make()) == b""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are Linux's")
async def test_a_limit_that_is_lower_already_stays() -> None:
    """To raise one is a privilege, and whoever runs us may have set it."""
    import resource

    waits = "ulimit -t 7; echo; exec sleep 60"
    process = await asyncio.create_subprocess_exec("sh", "-c", waits, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    await process.stdout.readline()
    sounds._bound(process.pid)
    assert resource.prlimit(process.pid, resource.RLIMIT_CPU) == (7, 7)
    process.kill()
    await process.communicate()
