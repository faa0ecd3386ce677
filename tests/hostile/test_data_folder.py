"""Who else has an account on the machine reads nothing of ours: all that was said lies in one file."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ucs.cli.folder import held
from ucs.runtime.center.installation import own_secret


def by_holding(data: Path) -> None:
    with held(data):
        pass


@pytest.mark.parametrize("make", [own_secret, by_holding])
def test_a_data_folder_is_its_owners_alone(tmp_path: Path, make: Callable[[Path], object]) -> None:
    before = os.umask(0o022)  # as it usually is
    try:
        make(tmp_path / "data")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
