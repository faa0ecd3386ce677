"""The way out that every robot here is handed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ucs.runtime.http.channel_http import ChannelHttp, Network
from ucs.runtime.http.guard import Guard

SECRET = "a secret of the robot tests"


@pytest.fixture
async def http() -> AsyncIterator[ChannelHttp]:
    network = Network(Guard.allowing(["127.0.0.0/8"]))
    yield ChannelHttp(network, "website", (SECRET,))
    await network.close()
