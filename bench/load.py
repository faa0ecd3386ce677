"""A load generator: so many keep-alive connections, each sending its next request when the last was answered.

A hand-written protocol on uvloop, because a client library would cost more than the server that is measured. It runs in a
process of its own, on the other core: `python -m bench.load PORT CONNECTIONS SECONDS FILE` prints JSON. FILE holds ready-made
requests, each with its length in front of it (4 bytes).
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from functools import partial
from pathlib import Path
from typing import cast

import uvloop


class Connection(asyncio.Protocol):
    """Sends requests one after the other, and notes how long each took."""

    def __init__(self, requests: list[bytes], took: list[float], until: float, over: asyncio.Future[None]) -> None:
        self.requests, self.took, self.until, self.over = requests, took, until, over
        self.sent_at = 0.0
        self.failed = 0
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._next()

    def _next(self) -> None:
        now = time.perf_counter()
        if now >= self.until or not self.requests:
            self.transport.close()
            return
        self.sent_at = now
        self.transport.write(self.requests.pop())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        place = head.find(b"content-length:")
        length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
        if len(self.buffer) < end + 4 + length:
            return
        if not self.buffer.startswith(b"HTTP/1.1 20"):
            self.failed += 1
        self.buffer = b""
        self.took.append(time.perf_counter() - self.sent_at)
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(None)


async def drive(port: int, connections: int, seconds: float, requests: list[bytes]) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    took: list[float] = []
    shares = [requests[number::connections] for number in range(connections)]
    started = time.perf_counter()
    overs, protocols = [], []
    for share in shares:
        over: asyncio.Future[None] = loop.create_future()
        make = partial(Connection, share, took, started + seconds, over)
        _, protocol = await loop.create_connection(make, "127.0.0.1", port)
        overs.append(over)
        protocols.append(protocol)
    await asyncio.gather(*overs)
    passed = time.perf_counter() - started
    took.sort()
    return {
        "rate": len(took) / passed,
        "p50_ms": took[len(took) // 2] * 1000,
        "p99_ms": took[int(len(took) * 0.99)] * 1000,
        "failed": sum(protocol.failed for protocol in protocols),
        "left": sum(len(share) for share in shares),
        "answered": len(took),
    }


def read_requests(path: Path) -> list[bytes]:
    data, requests, place = path.read_bytes(), [], 0
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        requests.append(data[place + 4 : place + 4 + length])
        place += 4 + length
    return requests


def write_requests(path: Path, requests: list[bytes]) -> None:
    path.write_bytes(b"".join(struct.pack(">I", len(request)) + request for request in requests))


if __name__ == "__main__":
    port, connections, seconds, file = sys.argv[1:]
    print(json.dumps(uvloop.run(drive(int(port), int(connections), float(seconds), read_requests(Path(file))))))
