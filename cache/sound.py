"""Sound that not every browser plays, made into MP3, which all of them do: AMR and Silk, in which phones record voices, for an agent,
and a browser's own recording for an iPhone or a platform that takes no WebM.

The work is ffmpeg's, a program of its own that an operator names (`ffmpeg` in `ucs.toml`); without it sounds stay as they came. Silk,
which it does not know, is made into samples for it before (`silk.py`), where the extra of that name is installed. What they
are given was written by strangers, so they are told what to read and never guess, they reach no file and no network, and time, memory
and what comes out are bounded. What they cannot read is not shown to be broken: the original is there.
https://ffmpeg.org/ffmpeg.html
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import structlog

from cache.silk import RATE

log = structlog.get_logger("cache.sound")
MP3 = "audio/mpeg"
SILK = "audio/silk"
SAMPLES = ("s16le", "-ar", str(RATE), "-ac", "1")
# MIME type → what ffmpeg calls it
READ_AS = {"audio/amr": ("amr",), "audio/amr-wb": ("amr",), "audio/webm": ("matroska",), SILK: SAMPLES}
WITHIN = 60.0  # seconds for one file
LONGEST = 600  # seconds of sound that are made, for all voices wait for one another; what is known to be longer stays as it is
MOST = (LONGEST + 60) * 32_000 // 8  # bytes of it: an encoder adds a little at both ends
MOST_SAMPLES = (LONGEST + 60) * RATE * 2  # bytes
GONE_WITHIN = 1.0  # seconds that a program which was ended may keep its pipe open
MEMORY = 1024 * 1024 * 1024  # bytes of address space, most of which are the program itself
QUIETLY = ("-nostdin", "-hide_banner", "-loglevel", "quiet", "-threads", "1", "-protocol_whitelist", "pipe")
PLAIN = ("-map", "0:a:0", "-map_metadata", "-1", "-write_xing", "0", "-id3v2_version", "0", "-t", str(LONGEST))
AS_MP3 = (*PLAIN, "-ac", "1", "-ar", "16000", "-b:a", "32k", "-f", "mp3")
UNSILK = (sys.executable, "-I", "-B", str(Path(__file__).with_name("silk.py")))


class Studio:
    """Makes one sound at a time."""

    def __init__(self, ffmpeg: Path | None) -> None:
        self._ffmpeg = ffmpeg
        self._free = asyncio.Lock()

    def can_make(self, mime: str) -> bool:
        return self._ffmpeg is not None and mime in READ_AS and (mime != SILK or find_spec("pysilk") is not None)

    async def make(self, chunks: AsyncIterator[bytes], mime: str) -> bytes:
        """The sound as MP3; empty if it could not be made. What `chunks` raises passes through."""
        async with self._free:
            if mime == SILK:
                samples = await _through(UNSILK, chunks, MOST_SAMPLES)
                if not samples:
                    return b""
                chunks = _at_once(samples)
            as_what = READ_AS[mime]
            return await _through(
                (str(self._ffmpeg), *QUIETLY, "-f", *as_what, "-i", "pipe:0", *AS_MP3, "pipe:1"), chunks, MOST
            )


async def _through(command: Sequence[str], chunks: AsyncIterator[bytes], most: int) -> bytes:
    """What this program makes of them; empty if it fails, or makes more than `most` bytes."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
        )
    except OSError:
        log.exception("a program for sounds cannot be started", program=command[0])
        return b""
    hearing = asyncio.create_task(_read(process, most))
    try:
        _bound(process.pid)
        async with asyncio.timeout(WITHIN):
            await _write(process, chunks)
            await asyncio.wait((hearing,))
            made = hearing.result()
            return made if await process.wait() == 0 and len(made) <= most else b""
    except TimeoutError:
        return b""
    finally:
        await _end(process, hearing)


async def _at_once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _write(process: asyncio.subprocess.Process, chunks: AsyncIterator[bytes]) -> None:
    assert process.stdin is not None  # noqa: S101  # it was asked for
    try:
        async for chunk in chunks:
            if process.stdin.is_closing():
                break
            process.stdin.write(chunk)
            await process.stdin.drain()
    except ConnectionError:  # it has read enough, or does not like what it reads
        pass
    finally:
        process.stdin.close()


async def _read(process: asyncio.subprocess.Process, most: int) -> bytes:
    assert process.stdout is not None  # noqa: S101  # it was asked for
    made = bytearray()
    while chunk := await process.stdout.read(65_536):
        if len(made) <= most:
            made += chunk
        else:  # what is still in the pipe is read, or it would stay open
            _kill(process)
    return bytes(made)


async def _end(process: asyncio.subprocess.Process, hearing: asyncio.Task[bytes]) -> None:
    """No process, no pipe and no task is left, however it went."""
    _kill(process)
    await asyncio.wait((hearing,), timeout=GONE_WITHIN)
    hearing.cancel()
    await process.wait()


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


def _bound(pid: int) -> None:
    """It may not write files, nor take more memory or time than a sound needs. A limit that is lower already stays."""
    if sys.platform == "linux":
        import resource

        for kind, most in (
            (resource.RLIMIT_AS, MEMORY),
            (resource.RLIMIT_CPU, int(WITHIN)),
            (resource.RLIMIT_FSIZE, 0),
        ):
            with contextlib.suppress(ProcessLookupError):
                _, hard = resource.prlimit(pid, kind)
                least = most if hard == resource.RLIM_INFINITY else min(most, hard)
                resource.prlimit(pid, kind, (least, least))
