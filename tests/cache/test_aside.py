"""What was put aside is looked into as if it were in memory, and is gone when nobody looks any more."""

from __future__ import annotations

import errno
import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cache.aside
from cache.aside import BLOCK, Aside, FileSource, pieces_of
from cache.blobs import StorageTrouble

LETTERS = st.binary(max_size=300).map(lambda raw: bytes(b"ab\n-"[byte % 4] for byte in raw))
PLACES = st.integers(0, 320)


async def chunks(*given: bytes) -> AsyncIterator[bytes]:
    for chunk in given:
        yield chunk


def descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache.aside, "BLOCK", 7)


@pytest.mark.usefixtures("small_blocks")
@settings(max_examples=300)
@given(
    whole=LETTERS,
    asked=st.lists(
        st.tuples(PLACES, PLACES, st.sampled_from([b"\n", b"a", b"--", b"ab\n", b"-ab-ab-ab-ab"])), max_size=8
    ),
)
def test_it_answers_as_bytes_do(whole: bytes, asked: list[tuple[int, int, bytes]]) -> None:
    file = os.memfd_create("aside")
    source = FileSource(file)
    source.append(whole)
    assert len(source) == len(whole)
    for start, end, sought in asked:
        assert source[start:end] == whole[start:end]
        assert source.find(sought, start, end) == whole.find(sought, start, end)
    assert source[:] == whole
    source.close()


async def test_it_is_there_while_somebody_looks_and_then_gone(tmp_path: Path) -> None:
    before = descriptors()
    async with Aside(tmp_path / "aside").hold(chunks(b"one", b"", b"x" * BLOCK, b"two")) as source:
        assert len(source) == BLOCK + 6
        assert source[:3] + source[-3:] == b"onetwo"
        assert source.find(b"two") == BLOCK + 3
        assert b"".join([piece async for piece in pieces_of(source)]) == b"one" + b"x" * BLOCK + b"two"
        assert list((tmp_path / "aside").iterdir()) == []  # it has no name that could be left behind
    assert descriptors() == before


def test_what_nobody_closed_is_closed() -> None:
    before = descriptors()
    source = FileSource(os.memfd_create("aside"))
    source.append(b"one")
    del source
    gc.collect()
    assert descriptors() == before


async def test_a_stream_that_breaks_off_and_a_disk_without_room(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"one"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        async with Aside(tmp_path).hold(broken()):
            raise AssertionError("it is not whole")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageTrouble, match="put something aside"):
        async with Aside(tmp_path / "file").hold(chunks(b"one")):
            raise AssertionError("there is no such folder")
    full = os.open("/dev/full", os.O_RDWR)
    source = FileSource(full)
    with pytest.raises(StorageTrouble, match=os.strerror(errno.ENOSPC)):
        source.append(b"one")
    source.close()
