"""What every WebSocket of ours does: say who you are in the first frame, then frames both ways, and a sign of life in time.

The client sends `{"type": "hello", "token": …, "last": {contact: seq}}`; the server answers `hello`, then every line after `last`, then what
is new. Either side closes a socket on which it has heard nothing for `SILENCE`; the server sends a `ping` every `PING_EVERY`.
One ticker serves all sockets, for a task or timer each would cost more than the socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from ucs.api.live import Outlet

PING_EVERY = 20.0  # seconds
SILENCE = 50.0  # seconds
HELLO_WITHIN = 10.0  # seconds
FRAME_LIMIT = 65_536  # bytes
UNTRUSTED, SILENT, BAD_FRAME, MOVED = 4401, 4408, 4400, 4409  # close codes, of the private range 4000-4999


class Sockets:
    """All sockets of this process."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.open: set[Outlet] = set()
        self._call: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._call = asyncio.get_running_loop().call_later(PING_EVERY, self._tick)

    async def close(self) -> None:
        """The server goes: clients come back to the next one and resume."""
        if self._call is not None:
            self._call.cancel()
        await asyncio.gather(*(outlet.socket.close(code=1012, message=b"restarting") for outlet in list(self.open)))

    def _tick(self) -> None:
        now = self.clock()
        for outlet in list(self.open):
            if now - outlet.heard_at > SILENCE:
                asyncio.get_running_loop().create_task(outlet.socket.close(code=SILENT, message=b"silent for too long"))
            else:
                outlet.push(b'{"type":"ping"}')
        self._call = asyncio.get_running_loop().call_later(PING_EVERY, self._tick)

    async def accept(self, request: web.Request) -> Outlet:
        """An open socket. Compression stays off: its buffers would cost 180 KB a connection."""
        socket = web.WebSocketResponse(compress=False, max_msg_size=FRAME_LIMIT, autoping=True)
        await socket.prepare(request)
        outlet = Outlet(socket, self.clock())
        self.open.add(outlet)
        return outlet

    async def hello(self, outlet: Outlet) -> dict[str, Any] | None:
        """The first frame; None if the client said nothing that makes sense in time."""
        try:
            async with asyncio.timeout(HELLO_WITHIN):
                message = await outlet.socket.receive()
        except TimeoutError:
            return None
        frame = read_frame(message.data) if message.type is WSMsgType.TEXT else None
        return frame if frame is not None and frame.get("type") == "hello" else None

    async def listen(
        self, outlet: Outlet, act: Callable[[dict[str, Any]], None], alive: Callable[[], None] | None = None
    ) -> None:
        """Hand every frame to `act` until the socket closes; pings are answered here. `alive` hears of every sign of life."""
        async for message in outlet.socket:
            outlet.heard_at = self.clock()
            if alive is not None:
                alive()
            if message.type is not WSMsgType.TEXT:
                continue
            frame = read_frame(message.data)
            if frame is None:
                await outlet.socket.close(code=BAD_FRAME, message=b"a frame is a JSON object with a type")
                return
            if frame["type"] == "ping":
                outlet.push(b'{"type":"pong"}')
            elif frame["type"] != "pong":
                act(frame)

    def drop(self, outlet: Outlet) -> None:
        self.open.discard(outlet)


def read_frame(text: str) -> dict[str, Any] | None:
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return frame if isinstance(frame, dict) and isinstance(frame.get("type"), str) else None


def numbers(value: object) -> dict[str, int]:
    """`last` of a hello: contact → number of the newest line the client has. What is not that is left out."""
    if not isinstance(value, dict) or len(value) > 500:
        return {}
    return {key: number for key, number in value.items() if isinstance(number, int) and number >= 0}
