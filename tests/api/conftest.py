"""The running house, one for each test, from a founded one that is copied."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.api.house import PLUGINS, SECRETS, Clocks, House, found_house
from ucs.api.app import make_app
from ucs.runtime.center.installation import Installation
from ucs.runtime.runtime import Runtime

Build = Callable[..., Awaitable[House]]


@pytest.fixture(scope="session")
def secrets() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SECRETS.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory, secrets: None) -> Path:
    data = tmp_path_factory.mktemp("house") / "data"
    found_house(data)
    return data


@pytest.fixture
async def build(founded: Path, tmp_path: Path) -> AsyncIterator[Build]:
    """Open a house; `settings` are the installation's."""
    open_clients: list[TestClient[Any, Any]] = []

    async def make(**settings: Any) -> House:
        data = tmp_path / f"data{len(open_clients)}"
        shutil.copytree(founded, data)
        clocks = Clocks()
        runtime = Runtime(Installation(data=data, **settings), PLUGINS, now=clocks.now, clock=clocks.clock)
        client: TestClient[Any, Any] = TestClient(TestServer(make_app(runtime)))
        open_clients.append(client)
        await client.start_server()
        return House(client, runtime, clocks)

    yield make
    for client in open_clients:
        await client.close()


@pytest.fixture
async def house(build: Build) -> House:
    return await build()
