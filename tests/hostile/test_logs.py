"""What a stranger sends does not come to stand in the log."""

from __future__ import annotations

import asyncio
import logging

import pytest

from tests.api.house import House
from ucs.cli.logs import is_ours

TOKEN = "eyJhbGciOiJIUzI1NiJ9.secret"


@pytest.mark.parametrize(
    "request_line",
    [
        f"GET /health HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\0\r\n\r\n",
        f"GET /media/{TOKEN} HTTP/9.9\r\nHost: x\r\n\r\n",
        f"GET /media/{TOKEN}\1 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_an_unreadable_request_is_not_quoted(
    house: House, caplog: pytest.LogCaptureFixture, request_line: str
) -> None:
    reader, writer = await asyncio.open_connection(house.client.host, house.client.port)
    writer.write(request_line.encode())
    assert b" 400 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()
    records = [record for record in caplog.records if record.name == "aiohttp.server"]
    assert records  # aiohttp says something, and else this test would prove nothing
    assert not [record for record in records if is_ours(record)]


def test_a_bug_is_still_heard_of() -> None:
    try:
        raise ZeroDivisionError
    except ZeroDivisionError as error:
        told = (type(error), error, error.__traceback__)
    record = logging.LogRecord("aiohttp.server", logging.ERROR, "", 1, "Unhandled", None, told)
    assert is_ours(record)
    assert is_ours(logging.LogRecord("aiohttp.server", logging.ERROR, "", 1, "Unhandled", None, None))
