"""What every `Blobs` promises. A new one is added to `KINDS` and passes, or is not one."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.blobs import Blobs
from cache.disk import BLOCK, DiskBlobs
from channels.errors import NotFound, NotKept, Unreachable

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at


KINDS: dict[str, Callable[[Path, Clock], Blobs]] = {
    "disk": lambda folder, clock: DiskBlobs(folder / "blobs", clock),
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=sorted(KINDS))
async def blobs(request, tmp_path, clock) -> AsyncIterator[Blobs]:
    blobs = KINDS[request.param](tmp_path, clock)
    yield blobs
    await blobs.close()


async def chunked(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]
        await asyncio.sleep(0)


async def whole(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def names(blobs: Blobs) -> list[str]:
    return sorted([sha256 async for sha256 in blobs.stored(NOON + 1000 * HOUR)])


LARGE = bytes(range(256)) * (BLOCK // 256 * 2 + 7)


@pytest.mark.parametrize("content", [b"", b"a", b"hello" * 300, LARGE], ids=["empty", "one", "small", "large"])
async def test_what_was_put_comes_back(blobs, content):
    stored = await blobs.put(chunked(content, 65_536), len(content))
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert stored.size == len(content) == await blobs.size(stored.sha256)
    assert await whole(blobs.open(stored.sha256)) == content


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (0, 1),
        (1, 2),
        (999, 1001),
        (0, None),
        (len(LARGE) - 1, None),
        (BLOCK - 1, BLOCK + 1),
        (5, 5),
        (9, 3),
        (0, 10**12),
        (len(LARGE), None),
        (10**12, None),
    ],
)
async def test_any_span_can_be_read(blobs, start, end):
    stored = await blobs.put(chunked(LARGE, 65_536), len(LARGE))
    assert await whole(blobs.open(stored.sha256, start, end)) == LARGE[start:end]


@given(content=st.binary(max_size=50), start=st.integers(0, 60), end=st.none() | st.integers(0, 60))
async def test_spans_are_slices(tmp_path_factory, content, start, end):
    for make in KINDS.values():
        blobs = make(tmp_path_factory.mktemp("blobs"), Clock())
        stored = await blobs.put(chunked(content, 7), 50)
        assert await whole(blobs.open(stored.sha256, start, end)) == content[start:end]
        await blobs.close()


async def test_one_byte_too_many_keeps_nothing(blobs):
    with pytest.raises(NotKept, match=r"larger than the 1 kB"):
        await blobs.put(chunked(b"x" * 1001), 1000)
    assert await names(blobs) == []
    assert await blobs.sweep(NOON + 10**6 * HOUR) == 0, "nothing was left behind"


async def test_an_endless_stream_is_stopped_at_the_limit(blobs):
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1000
            yield b"x" * 1000

    with pytest.raises(NotKept):
        await blobs.put(endless(), 5_000)
    assert given == 6_000


async def test_a_stream_that_breaks_keeps_nothing_and_says_why(blobs):
    async def broken() -> AsyncIterator[bytes]:
        yield LARGE
        raise Unreachable("The platform hung up.")

    with pytest.raises(Unreachable):
        await blobs.put(broken(), 10**9)
    assert await names(blobs) == []
    assert await blobs.sweep(NOON + 10**6 * HOUR) == 0


async def test_a_cancelled_put_keeps_nothing(blobs):
    started = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield LARGE
        started.set()
        await asyncio.Event().wait()

    putting = asyncio.create_task(blobs.put(stuck(), 10**9))
    await started.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert await names(blobs) == []
    assert await blobs.sweep(NOON + 10**6 * HOUR) == 0


async def test_the_same_bytes_at_once_are_one_blob(blobs):
    stored = await asyncio.gather(*(blobs.put(chunked(LARGE, 100_000 + number), 10**9) for number in range(8)))
    assert len(set(stored)) == 1
    assert await names(blobs) == [stored[0].sha256]
    assert await whole(blobs.open(stored[0].sha256)) == LARGE
    assert await blobs.sweep(NOON + 10**6 * HOUR) == 0


async def test_deleted_bytes_are_gone_and_may_come_again(blobs):
    stored = await blobs.put(chunked(b"bytes"), 10)
    assert await blobs.delete(stored.sha256, NOON + HOUR)
    assert await names(blobs) == []
    with pytest.raises(NotFound):
        await blobs.size(stored.sha256)
    with pytest.raises(NotFound):
        await whole(blobs.open(stored.sha256))
    assert await blobs.delete(stored.sha256, NOON + HOUR), "twice is no error"
    assert await blobs.put(chunked(b"bytes"), 10) == stored


async def test_bytes_put_again_meanwhile_are_not_deleted(blobs, clock):
    stored = await blobs.put(chunked(b"bytes"), 10)
    clock.at = NOON + 2 * HOUR
    await blobs.put(chunked(b"bytes"), 10)
    assert not await blobs.delete(stored.sha256, NOON + HOUR)
    assert await whole(blobs.open(stored.sha256)) == b"bytes"
    assert [sha256 async for sha256 in blobs.stored(NOON + HOUR)] == []


async def test_a_reader_keeps_what_it_began_to_read(blobs):
    stored = await blobs.put(chunked(LARGE, 65_536), len(LARGE))
    reading = blobs.open(stored.sha256)
    first = await anext(reading)
    await blobs.delete(stored.sha256, NOON + HOUR)
    assert first + await whole(reading) == LARGE


async def test_a_reader_may_stop_early(blobs):
    stored = await blobs.put(chunked(LARGE, 65_536), len(LARGE))
    reading = blobs.open(stored.sha256)
    await anext(reading)
    await reading.aclose()


@pytest.mark.parametrize(
    "sha256",
    [
        "",
        "ab",
        "../../etc/passwd",
        "A" * 64,
        "a" * 63 + "/",
        "a" * 65,
        "a" * 64 + "\n",
        "a" * 63 + "\0",
        "%2e" * 21 + "a",
    ],
)
async def test_only_a_hash_is_a_name(blobs, sha256):
    for act in (blobs.size(sha256), blobs.delete(sha256, NOON), anext(blobs.open(sha256))):
        with pytest.raises(ValueError, match="not a SHA-256"):
            await act
