"""Who may use a data folder, when two want to."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ucs.cli.folder import ADDRESS, InUse, announced, held

URL = "http://127.0.0.1:8080"


def hold(data: Path, patience: float = 10.0) -> float:
    """When it was ours."""
    with held(data, patience):
        return time.monotonic()


def test_who_holds_it_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    """`ucs apply` at the moment of a restart, or the server before this one, which still closes what it has open."""
    with ThreadPoolExecutor() as other, held(tmp_path):
        second = other.submit(hold, tmp_path)
        time.sleep(0.2)
        assert not second.done()
        let_go = time.monotonic()
    assert second.result() >= let_go


def test_but_a_server_that_runs_is_not(tmp_path: Path) -> None:
    with held(tmp_path), announced(tmp_path, URL), pytest.raises(InUse, match=URL):
        hold(tmp_path)


def test_nor_somebody_who_does_not_let_go(tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(InUse, match="ucs apply") as found:
        hold(tmp_path, 0.1)
    assert found.value.url == ""


def test_where_a_server_was_before_it_was_killed_is_forgotten(tmp_path: Path) -> None:
    """Whoever listens there now is not to get the operator's key."""
    (tmp_path / ADDRESS).write_text('{"url": "http://127.0.0.1:1"}')
    with held(tmp_path), pytest.raises(InUse) as found:
        hold(tmp_path, 0.1)
    assert found.value.url == ""


def test_a_disk_that_takes_nothing_any_more_does_not_make_the_end_a_failure(tmp_path: Path) -> None:
    with announced(tmp_path, URL):
        (tmp_path / ADDRESS).unlink()
        (tmp_path / ADDRESS).mkdir()  # cannot be unlinked, not even by root
