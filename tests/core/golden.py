"""Golden tables as text: one cell under each title, readable in a review, rewritten by `pytest --update-cases` or `UPDATE_CASES=1`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

FOLDER = Path(__file__).parent / "golden"
Cells = Mapping[str, Callable[[], str]]


@cache
def read(name: str) -> dict[str, str]:
    """Title → what the file says under it."""
    path = FOLDER / name
    found: dict[str, str] = {}
    for block in path.read_text(encoding="utf-8").split("\n\n") if path.exists() else ():
        title, _, cell = block.strip("\n").partition("\n")
        found[title.strip("[]")] = cell
    return found


def check_titles(name: str, cells: Cells, request: pytest.FixtureRequest) -> None:
    """The file has exactly these cells; it is written first if the run was asked to."""
    if request.config.getoption("update_cases", default=False) or os.environ.get("UPDATE_CASES"):
        FOLDER.mkdir(exist_ok=True)
        text = "\n\n".join(f"[{title}]\n{cell()}" for title, cell in cells.items())
        (FOLDER / name).write_text(text + "\n", encoding="utf-8")
        read.cache_clear()
    assert list(read(name)) == list(cells), f"{name}: run pytest with UPDATE_CASES=1, and look at what that changed."


def spell(value: Any, start: datetime) -> str:
    """A value as the table shows it: times as seconds from `start`, everything else as JSON."""

    def plain(inner: Any) -> Any:
        if isinstance(inner, datetime):
            return f"{(inner - start).total_seconds():+g}s"
        if isinstance(inner, timedelta):
            return f"{inner.total_seconds():g}s"
        if isinstance(inner, Enum):
            return inner.value
        if isinstance(inner, Mapping):
            return {key: plain(item) for key, item in inner.items()}
        if isinstance(inner, frozenset):
            return sorted(inner)
        if isinstance(inner, list | tuple):
            return [plain(item) for item in inner]
        fields = getattr(inner, "__dataclass_fields__", None)
        return inner if fields is None else {name: plain(getattr(inner, name)) for name in fields}

    simple = plain(value)
    return simple if isinstance(simple, str) and simple else orjson.dumps(simple).decode()
