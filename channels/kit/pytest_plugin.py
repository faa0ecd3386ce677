"""What pytest needs to know of the kit: the option `--update-cases`. The kit works without it."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases",
        action="store_true",
        dest="update_cases",
        help="rewrite the expected results in adapters' case files with what really happened",
    )
