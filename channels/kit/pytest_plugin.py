"""What pytest needs to know of the kit: the option `--update-cases`, and which checks say something of a plugin. It comes with the
package, as an entry point."""

from __future__ import annotations

from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases",
        action="store_true",
        dest="update_cases",
        help="rewrite the expected results in adapters' case files with what really happened",
    )


def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, name: str, obj: object) -> list[Any] | None:
    """No check, where a contract says that it has nothing to look at: that is no skip, for nothing was left out."""
    contract = getattr(collector.obj, "has_nothing_for", None) if isinstance(collector, pytest.Class) else None
    if contract is None or not name.startswith("test_") or not callable(obj):
        return None
    return [] if collector.obj().has_nothing_for(obj) else None
