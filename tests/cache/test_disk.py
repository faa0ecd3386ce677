"""What only a real disk does: crash leftovers, links in the folder, no room, and memory that stays flat."""

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cache.blobs import StorageFull, StorageTrouble
from cache.disk import DiskBlobs
from channels.errors import NotFound, NotKept

HASH = hashlib.sha256(b"bytes").hexdigest()
FAR = datetime(2100, 1, 1, tzinfo=UTC)


async def put(blobs: DiskBlobs, content: bytes = b"bytes"):
    async def chunks():
        yield content

    return await blobs.put(chunks(), len(content))


def lying(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())


async def test_bytes_lie_under_their_hash_for_us_alone(blobs, tmp_path):
    await put(blobs)
    assert lying(tmp_path) == [f"blobs/{HASH[:2]}/{HASH}"]
    assert (tmp_path / "blobs" / HASH[:2] / HASH).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "blobs").stat().st_mode & 0o077 == 0


async def test_a_crash_while_writing_leaves_nothing_under_a_name(tmp_path, clock):
    code = f"""
import asyncio, os, pathlib, datetime
from cache.disk import DiskBlobs
async def chunks():
    yield b"x" * 3_000_000
    os._exit(9)
async def main():
    now = lambda: datetime.datetime.now(datetime.timezone.utc)
    await DiskBlobs(pathlib.Path({str(tmp_path / "blobs")!r}), now).put(chunks(), 10**9)
asyncio.run(main())
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == 9  # noqa: S603, ASYNC221 — our own interpreter
    (leftover,) = lying(tmp_path)
    assert leftover.startswith("blobs/incoming/")

    blobs = DiskBlobs(tmp_path / "blobs", clock)
    assert [sha256 async for sha256 in blobs.stored(FAR)] == []
    written = datetime.fromtimestamp((tmp_path / leftover).stat().st_mtime, UTC)
    assert await blobs.sweep(written - timedelta(seconds=1)) == 0, "it may still be under way"
    assert await blobs.sweep(written + timedelta(seconds=1)) == 1
    assert lying(tmp_path) == []
    await blobs.close()


async def test_a_half_file_under_a_name_is_replaced(blobs, tmp_path):
    # A disk that lost its tail after a power cut in spite of fsync.
    await put(blobs)
    (tmp_path / "blobs" / HASH[:2] / HASH).write_bytes(b"by")
    await put(blobs)
    assert (tmp_path / "blobs" / HASH[:2] / HASH).read_bytes() == b"bytes"


async def test_links_in_the_folder_are_not_followed(blobs, tmp_path):
    outside = tmp_path / "outside"
    outside.write_bytes(b"bytes of somebody else")
    place = tmp_path / "blobs" / HASH[:2] / HASH
    place.parent.mkdir()
    place.symlink_to(outside)

    for act in (blobs.size(HASH), anext(blobs.open(HASH))):
        with pytest.raises(NotFound):
            await act
    assert [sha256 async for sha256 in blobs.stored(FAR)] == []
    await put(blobs)
    assert not place.is_symlink()
    assert place.read_bytes() == b"bytes"
    assert outside.read_bytes() == b"bytes of somebody else"


@pytest.mark.parametrize("folder", [HASH[:2], "incoming"])
async def test_a_linked_folder_is_trouble(blobs, tmp_path, folder):
    (tmp_path / "outside").mkdir()
    (tmp_path / "blobs" / folder).symlink_to(tmp_path / "outside")
    with pytest.raises(StorageTrouble):
        await put(blobs)
    assert lying(tmp_path / "outside") == []


async def test_a_pipe_in_place_of_a_blob_holds_nobody(blobs, tmp_path):
    place = tmp_path / "blobs" / HASH[:2] / HASH
    place.parent.mkdir()
    os.mkfifo(place)
    with pytest.raises(NotFound):
        await anext(blobs.open(HASH))


async def test_a_root_that_went_away_is_trouble(blobs, tmp_path):
    (tmp_path / "blobs").rmdir()
    with pytest.raises(StorageTrouble, match=r"could not write a file|could not keep a file"):
        await put(blobs)


FULL = """
import asyncio, pathlib, datetime, resource, sys
from cache.blobs import StorageFull
from cache.disk import DiskBlobs
async def chunks(size):
    for _ in range(size // 100_000):
        yield b"x" * 100_000
async def main():
    root = pathlib.Path(sys.argv[1])
    blobs = DiskBlobs(root, lambda: datetime.datetime.now(datetime.timezone.utc))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, -1))
    try:
        await blobs.put(chunks(3_000_000), 10**9)
    except StorageFull as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
    assert not [path for path in root.rglob("*") if path.is_file()], "half a file stayed"
    print((await blobs.put(chunks(3_000_000), 10**9)).size)
asyncio.run(main())
"""


def test_a_full_disk_keeps_no_half_file_and_recovers(tmp_path):
    # A limit on the size of files stands for a full disk: the same `write` fails half-way, in the same place.
    ran = subprocess.run([sys.executable, "-c", FULL, tmp_path / "blobs"], capture_output=True, text=True, check=True)  # noqa: S603
    assert ran.stdout == "The media cache could not write a file: File too large.\n3000000\n"
    assert issubclass(StorageFull, StorageTrouble)
    assert not issubclass(StorageFull, NotKept), "a full disk is not the customer's fault"


MEMORY = """
import asyncio, pathlib, datetime, sys
from cache import DiskBlobs, Links, MediaCache, MemoryCatalog, Policy, random_id
from channels import Stream

def resident():  # bytes
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * 4096

most = 0
async def chunks(block):
    global most
    for number in range(3200):
        yield b"%08d" % number + block  # each a new object, as a socket gives them
        most = max(most, resident()) if number % 16 == 0 else most

async def main():
    global most
    now = lambda: datetime.datetime.now(datetime.timezone.utc)
    cache = MediaCache(DiskBlobs(pathlib.Path(sys.argv[1]), now), MemoryCatalog(), Links([b"k" * 32]),
                       policy_for=lambda tenant, channel: Policy(video="300 MB"), now=now, new_id=random_id)
    before = resident()
    item = await cache.keep(cache.expect("acme", mime="video/mp4"), Stream(chunks(bytes(65528))))
    assert (item.state, item.size) == ("ready", 3200 * 65536), item
    read = 0
    async for chunk in await cache.read(item):
        read += len(chunk)
        most = max(most, resident())
    assert read == item.size
    print(most - before)
asyncio.run(main())
"""


def test_a_large_upload_stays_out_of_memory(tmp_path):
    code = MEMORY.replace("Policy(video", "Policy(file='300 MB', video")
    ran = subprocess.run([sys.executable, "-c", code, tmp_path / "blobs"], capture_output=True, text=True, check=True)  # noqa: S603
    assert int(ran.stdout) < 20_000_000, "210 MB went in and out again"
