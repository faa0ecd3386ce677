"""A browser for the whole run, and a contact centre of its own for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.desk.scene import CHROMIUM, FLAGS, WITHIN, Centre, People

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[test]'")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on the PATH: apt-get install chromium")
    playwright.expect.set_options(timeout=WITHIN)
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as a first start leaves it: tables, passwords, settings. Making one takes longer than any other start."""
    first = Centre(tmp_path_factory.mktemp("founded"))
    first.start()
    first.stop()
    return first.data


@pytest.fixture
def centre(tmp_path: Path, founded: Path) -> Iterator[Centre]:
    centre = Centre(tmp_path)
    shutil.copytree(founded, centre.data)
    centre.start()
    yield centre
    centre.stop()


@pytest.fixture
def people(browser: Any, centre: Centre) -> Iterator[People]:
    people = People(browser, centre, playwright.expect)
    yield people
    people.leave()
