"""What takes longest begins first: whole servers and browsers. The thousands of short tests then fill what is left beside them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.served import own_port

LONG = ("tests/web/", "tests/e2e/", "tests/cli/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(
        key=lambda item: next((at for at, folder in enumerate(LONG) if item.nodeid.startswith(folder)), len(LONG))
    )


@pytest.fixture
def unused_tcp_port() -> Iterator[int]:
    """Where nobody listens, and nobody will: another test's server gets no such port by chance."""
    bound, port = own_port()
    yield port
    bound.close()
