"""What every WebSocket of ours does: say who you are in the first frame, then frames both ways, and a sign of life in time.

The client sends `{"type": "hello", "token": …, "last": {contact: seq}}`; the server answers `hello`, then every line after `last`,
then what is new. Either side closes a socket on which it has heard nothing for `SILENCE`; the server sends a `ping` every
`PING_EVERY`, and answers the client's. One ticker serves all sockets, for a task or timer each would cost more than the socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from channels.errors import TooMany
from ucs.api.live import CLOSED_WITHIN, Outlet
from ucs.runtime.limits import Limit

PING_EVERY = 20.0  # seconds
SILENCE = 50.0  # seconds
HELLO_WITHIN = 10.0  # seconds
FRAME_LIMIT = 65_536  # bytes
MOST_NUMBERS = 500  # contacts that a client may resume
# Close codes of the private range 4000-4999; see also `live.MOVED`.
BAD_FRAME, FORBIDDEN, SILENT, TOO_FAST = 4400, 4403, 4408, 4429
RESTARTING = 1012  # https://www.iana.org/assignments/websocket/websocket.xhtml


class Sockets:
    """All sockets of this process."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.open: set[Outlet] = set()
        self._frames = Limit("socket", 20, 100, clock)
        self._call: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._call = asyncio.get_running_loop().call_later(PING_EVERY, self._again)

    async def close(self) -> None:
        """The server goes: clients come back to the next one and resume."""
        if self._call is not None:
            self._call.cancel()
        closing = (outlet.close(RESTARTING, "restarting") for outlet in list(self.open))
        await asyncio.gather(*closing, return_exceptions=True)

    def _again(self) -> None:
        self.tick()
        self._call = asyncio.get_running_loop().call_later(PING_EVERY, self._again)

    def tick(self) -> None:
        """A ping for every socket, except for those that have been silent for too long: they are closed."""
        now = self.clock()
        for outlet in list(self.open):
            if now - outlet.heard_at > SILENCE:
                outlet.close_soon(SILENT, "silent for too long")
            else:
                outlet.ping()

    async def accept(self, request: web.Request) -> Outlet:
        """An open socket. Compression stays off: its buffers would cost 180 KB a connection."""
        socket = web.WebSocketResponse(compress=False, max_msg_size=FRAME_LIMIT, timeout=CLOSED_WITHIN)
        await socket.prepare(request)
        outlet = Outlet(socket, self.clock(), request.transport)
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
        return frame if frame is not None and frame["type"] == "hello" else None

    async def listen(
        self,
        outlet: Outlet,
        act: Callable[[dict[str, Any]], None],
        alive: Callable[[], None] | None = None,
        arrived: Callable[[str, int], None] | None = None,
    ) -> None:
        """Hand every frame to `act` until the socket closes; pings are answered here. `alive` hears of every sign of life, `arrived`
        of the lines that the client has been asked for and has."""
        async for message in outlet.socket:
            outlet.heard_at = self.clock()
            try:
                self._frames.take(id(outlet))
            except TooMany as error:
                await outlet.close(TOO_FAST, str(error))
                return
            if alive is not None:
                alive()
            frame = read_frame(message.data) if message.type is WSMsgType.TEXT else None
            if frame is None:
                await outlet.close(BAD_FRAME, "a frame is a JSON object with a type")
                return
            if frame["type"] == "ping":
                outlet.push(b'{"type":"pong"}')
            elif frame["type"] != "pong":
                act(frame)
            elif arrived is not None:
                for contact, seq in outlet.ponged():
                    arrived(contact, seq)

    def drop(self, outlet: Outlet) -> None:
        self.open.discard(outlet)
        self._frames.forget(id(outlet))  # the next socket may get the same


def read_frame(text: str) -> dict[str, Any] | None:
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return frame if isinstance(frame, dict) and isinstance(frame.get("type"), str) else None


def numbers(value: object) -> dict[str, int]:
    """`last` of a hello: contact → number of the newest line the client has. What is not that is left out."""
    if not isinstance(value, dict) or len(value) > MOST_NUMBERS:
        return {}
    return {key: number for key, number in value.items() if type(number) is int and 0 <= number < 2**31}
