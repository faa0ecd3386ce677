"""A full disk: what cannot be written is refused and left to the sender to repeat; with room again, all goes on without a restart."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from channels.errors import Unavailable
from tests.docs.project import ROOT
from tests.runtime.conftest import Made
from tests.runtime.heard import assert_gap_free, heard, texts, timelines
from tests.runtime.world import World

LONG = "x" * 20_000


async def pages(world: World, most: int) -> None:
    """Let the database have so many pages at most."""

    def limit(connection: object) -> None:
        world.store._writer.exec_driver_sql(f"PRAGMA max_page_count={most}")  # type: ignore[union-attr]

    done = asyncio.get_running_loop().create_future()
    world.engine._thread.run(lambda: world.store.write(limit), lambda _, error: done.set_result(error))
    assert await done is None


async def test_no_room_is_refused_whole_and_over_as_soon_as_there_is_room(world_of: Made) -> None:
    world = await world_of()
    await world.engine.submit(heard("first", "ann"))
    await pages(world, 1)  # which it has already: not one more
    waiting = [world.engine.submit(heard(f"m{n}", f"c{n}", LONG)) for n in range(5)]
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 5
    assert list(world.engine.memory.lanes) == [("fake1", "ann")]
    assert len(await timelines(world)) == 1  # reading goes on
    await pages(world, 1_000_000)
    again = [world.engine.submit(heard(f"m{n}", f"c{n}", LONG)) for n in range(5)]
    assert [(await each)[0].again for each in again] == [False] * 5
    world = await world_of()
    for lines in (await timelines(world)).values():
        assert_gap_free(lines)
    assert len(world.engine.memory.contacts) == 6


async def test_a_real_limit_of_the_file_system(tmp_path: Path) -> None:
    """In a process of its own, for the limit is a process's."""
    if resource.getrlimit(resource.RLIMIT_FSIZE)[1] != resource.RLIM_INFINITY:
        pytest.skip("files are limited here already")
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.runtime.test_engine_disk", str(tmp_path)],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def largest_file(folder: Path) -> int:
    return max(path.stat().st_size for path in folder.glob("ucs.db*"))


async def fill_up(folder: Path) -> None:
    """Write until files may not grow any more, and then again when they may."""
    world = World(folder)
    await world.start()
    await world.engine.submit(heard("first", "ann"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file(folder) + 300_000, resource.RLIM_INFINITY))
    refused: list[int] = []
    for n in range(100):
        try:
            await world.engine.submit(heard(f"m{n}", "ann", f"{n} {LONG}"))
        except Unavailable:
            refused.append(n)
    assert 3 < refused[0] < 50, refused
    assert refused == list(range(refused[0], 100)), "it was refused, and then taken although nothing had changed"
    await asyncio.to_thread(world.store._closing.wait, 2.5)  # a checkpoint runs into the limit too, and lives
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    for n in refused:
        assert not (await world.engine.submit(heard(f"m{n}", "ann", f"{n} {LONG}")))[0].again
    (lines,) = (await timelines(world)).values()
    assert [text.split()[0] for text in texts(lines)[1:]] == [str(n) for n in range(100)]
    assert_gap_free(lines)
    checkpoints = world.store._checkpoints
    assert checkpoints is not None
    assert checkpoints.is_alive()
    await world.close()


if __name__ == "__main__":
    asyncio.run(fill_up(Path(sys.argv[1])))
