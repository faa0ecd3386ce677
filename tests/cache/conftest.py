"""What the cache's tests share: a clock, ids in order, small real pictures, and a cache on a real disk."""

import io
import itertools
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from cache import DiskBlobs, Links, MediaCache, MemoryCatalog, Policy
from cache.sound import Studio
from channels import Stream


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def later(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """A small real picture: left half red, right half blue, in the format asked for."""

    def make(format: str = "PNG", size: tuple[int, int] = (8, 4), mode: str = "RGB", **how: object) -> bytes:
        image = Image.new("RGB", size, "red")
        image.paste("blue", (size[0] // 2, 0, *size))
        target = io.BytesIO()
        image.convert(mode).save(target, format, **how)
        return target.getvalue()

    return make


@pytest.fixture
def streamed() -> Callable[..., Stream]:
    """Bytes as an adapter's `fetch` gives them."""

    def stream(content: bytes, chunk: int = 4096, **said: object) -> Stream:
        async def chunks() -> AsyncIterator[bytes]:
            for at in range(0, len(content), chunk):
                yield content[at : at + chunk]

        return Stream(chunks(), **said)

    return stream


@pytest.fixture
def links() -> Links:
    return Links([b"k" * 32])


@pytest.fixture
async def blobs(tmp_path, clock) -> AsyncIterator[DiskBlobs]:
    blobs = DiskBlobs(tmp_path / "blobs", clock)
    yield blobs
    await blobs.close()


@pytest.fixture
def catalog() -> MemoryCatalog:
    return MemoryCatalog()


@pytest.fixture
def new_id() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"{next(numbers):022d}"


@pytest.fixture
def policies() -> dict[tuple[str, str], Policy]:
    """By tenant and channel; who is not in it has the default."""
    return {}


@pytest.fixture
def studio() -> Studio:
    """As where no ffmpeg is named."""
    return Studio(None)


@pytest.fixture
async def cache(blobs, catalog, links, clock, new_id, policies, studio) -> AsyncIterator[MediaCache]:
    cache = MediaCache(
        blobs,
        catalog,
        links,
        policy_for=lambda tenant, channel: policies.get((tenant, channel), Policy()),
        now=clock,
        new_id=new_id,
        studio=studio,
    )
    yield cache
    await cache.close()
