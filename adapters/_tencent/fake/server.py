"""How a fake platform of Tencent's is called: every call is written down, and goes wrong where it was told to. Errors are 200, and
called text, as the real ones' are at times. What is answered, each platform says for itself.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

import orjson
from aiohttp import web

from adapters._tencent.fake.state import Fault, Json, Trouble
from channels.fake import FakePlatform
from channels.value import value

LARGEST = 30_000_000  # bytes of a call of ours
OK: Json = {"errcode": 0, "errmsg": "ok"}


@value
class Call:
    """One call, in the order they came. `code` is what was answered."""

    path: str
    query: dict[str, str]
    body: bytes
    code: int

    def json(self) -> Json:
        found: Json = orjson.loads(self.body)
        return found


def now() -> datetime:
    return datetime.now(UTC)


class TencentFake(FakePlatform):
    """`api_base` is where it listens, `asked` are our calls in order; `fail` makes the next ones go wrong. `codes` are its codes with
    its words for them, `often` the one for too many calls, `after` what stands behind the words of every refusal, `way_out` the path
    by which our messages go."""

    codes: ClassVar[Mapping[int, str]]
    often: ClassVar[int]
    after: ClassVar[str]
    way_out: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Call] = []
        self.slowness = 0.5  # seconds that a slow answer takes
        self._faults: list[tuple[Fault | int, str]] = []

    @abstractmethod
    def answered(self, request: web.Request, body: bytes, form: Mapping[str, Any]) -> web.Response:
        """Do what is asked. Raises `Trouble`."""

    @property
    def api_base(self) -> str:
        return self.address("api")

    def hosts(self) -> Mapping[str, web.Application]:
        application = web.Application(client_max_size=LARGEST)
        application.router.add_route("*", "/{path:.*}", self._answer)
        return {"api": application}

    def called(self, path: str) -> list[Call]:
        return [call for call in self.asked if call.path == path]

    def fail(self, *faults: Fault | int, path: str = "") -> None:
        """The next calls to a path that begins so go wrong like this, or are refused with this code, one after the other."""
        if unknown := [fault for fault in faults if not isinstance(fault, Fault) and fault not in self.codes]:
            raise ValueError(
                f"{self.title} has no code {unknown[0]}: one of {', '.join(map(str, self.codes))} was expected."
            )
        self._faults += [(fault, path) for fault in faults]

    def spoil(self, fault: str) -> None:
        self.fail(int(fault) if fault in self.refusals else Fault(fault), path=self.way_out)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        form = await request.post() if request.content_type == "multipart/form-data" else {}
        body = b"" if form else await request.read()
        fault = self._fault(request.path)
        code, answer = self._code(fault), web.Response()
        if fault is Fault.BROKEN:
            code, answer = 500, web.Response(status=500, text="<html>bad gateway</html>", content_type="text/html")
        elif code:
            answer = json_of({"errcode": code, "errmsg": f"{self.codes[code]}{self.after}"})
        elif fault is not Fault.LOST_REQUEST:
            try:
                answer = self.answered(request, body, form)
            except Trouble as trouble:
                code = trouble.code
                answer = json_of({"errcode": code, "errmsg": f"{trouble.words}{self.after}"}, "text/plain")
        self.asked.append(Call(request.path, dict(request.query), body, code))
        if fault in (Fault.LOST_ANSWER, Fault.LOST_REQUEST) and request.transport is not None:
            request.transport.abort()
        if fault is Fault.SLOW:
            await asyncio.sleep(self.slowness)
        return answer

    def _code(self, fault: Fault | int | None) -> int:
        """That it is refused with; 0 for none."""
        if isinstance(fault, int):
            return fault
        return {Fault.BUSY: -1, Fault.STALE: 42001, Fault.OFTEN: self.often}.get(fault, 0) if fault else 0

    def _fault(self, path: str) -> Fault | int | None:
        for index, (fault, prefix) in enumerate(self._faults):
            if path.startswith(prefix):
                del self._faults[index]
                return fault
        return None


def object_of(body: bytes) -> Json:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Trouble(47001, "data format error") from None
    if not isinstance(found, dict):
        raise Trouble(47001, "data format error")
    return found


def json_of(value: Json, mime: str = "application/json") -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type=mime)
