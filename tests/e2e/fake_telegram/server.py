"""The fake Telegram as an aiohttp application: whose token it is, what is read and answered, and what customers do.

What a call must look like is in `checking.py`, what comes of it in `methods.py`.
"""

from __future__ import annotations

import itertools
import re
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

import aiohttp
import orjson
from aiohttp import BodyPartReader, web

from tests.e2e.fake_telegram.methods import Answered, Methods, refused
from tests.e2e.fake_telegram.state import Call, Chat, Fault, Json, Kept

TOKEN = "7000000001:AAfakeFAKEfakeFAKEfakeFAKEfakeFAKE0"
PATH = re.compile(r"/bot([^/]+)/(\w+)")
FILE_PATH = re.compile(r"/file/bot([^/]+)/(.+)")
SHAPE = re.compile(r"[0-9]+:[A-Za-z0-9_-]{30,}")
STRUCTURED = ("reply_markup", "reply_parameters", "link_preview_options", "entities", "allowed_updates", "media")


class FakeTelegram(Methods):
    """One bot and the world around it. Use it as `async with FakeTelegram() as telegram`.

    `base` is where it listens; `says`, `presses` and `joins` are what customers do, `deliver` brings that to the webhook; `sent` is
    what reached them, `calls` all calls in order. `fail` makes the next calls go wrong.
    """

    def __init__(self, token: str = TOKEN) -> None:
        super().__init__(token)
        self.base = ""
        self.calls: list[Call] = []
        self.retry_after = 1
        self._faults: list[tuple[Fault, str]] = []
        self._numbers = itertools.count(5001)
        self._runner: web.AppRunner | None = None

    # -- people --------------------------------------------------------------------------------------------------------

    def person(self, name: str = "Ann", **fields: Any) -> Chat:
        chat = Chat(next(self._numbers), "private", name, **fields)
        self.chats[chat.id] = chat
        return chat

    def group(self, name: str = "Friends", *, id: int = -1001, kind: str = "supergroup") -> Chat:
        self.chats[id] = Chat(id, kind, name)
        return self.chats[id]

    def says(self, who: Chat, where: Chat | None = None, **content: Any) -> Json:
        chat = where or who
        message = {"message_id": chat.next_message(), "date": self.now, "chat": chat.json, "from": who.user, **content}
        return self.queue(message=message)

    def edits(self, who: Chat, said: Json, **content: Any) -> Json:
        kept = {key: said["message"][key] for key in ("message_id", "date", "chat", "from")}
        return self.queue(edited_message={**kept, "edit_date": self.now + 5, **content})

    def presses(self, who: Chat, number: int, data: str, markup: Json) -> Json:
        """A button under the message of this number."""
        query = f"77{len(self.pressed) + len(self.heard)}"
        self.pressed.append(query)
        message = {"message_id": number, "date": self.now, "chat": who.json, "reply_markup": markup}
        return self.queue(
            callback_query={"id": query, "from": who.user, "message": message, "chat_instance": "1", "data": data}
        )

    def keeps(self, file_id: str, body: bytes, mime: str, path: str, size: int = 0) -> Json:
        """A file that a customer sent, as it stands in a message."""
        self.kept[file_id] = Kept(body, mime, "", path, size)
        return {"file_id": file_id, "file_unique_id": file_id[:8], "file_size": size or len(body)}

    def fail(self, *faults: Fault, method: str = "") -> None:
        """The next calls (of a method whose name begins so) go wrong like this, one after the other."""
        self._faults += [(fault, method.lower()) for fault in faults]

    # -- life ----------------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=60_000_000)
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def deliver(self) -> list[int]:
        """Bring what waits to the webhook, in order, each once what was before it was taken; the statuses of the answers. What is
        not taken stays. The answer may be a call itself, of a method that tells us nothing."""
        statuses: list[int] = []
        async with aiohttp.ClientSession() as session:
            while self.pending:
                headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret} if self.secret else {}
                async with session.post(self.webhook, json=self.pending[0], headers=headers) as answer:
                    statuses.append(answer.status)
                    if not 200 <= answer.status < 300:
                        return statuses
                    if answer.content_type == "application/json":
                        inside = await answer.json()
                        await self.call(inside.pop("method"), inside, {})
                self.pending.pop(0)
        return statuses

    # -- answering -----------------------------------------------------------------------------------------------------

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if found := FILE_PATH.fullmatch(request.path):
            return self._file(unquote(found[1]), unquote(found[2]))
        found = PATH.fullmatch(request.path)
        given, files = await _read(request)
        method = found[2] if found else ""
        fault = self._fault(method.lower())
        if fault is Fault.LOST_REQUEST:
            return self._hang_up(request)
        if fault is Fault.BROKEN:
            self._log(method, given, 502, request)
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        answered = await self._answered(found[1] if found else "", method, given, files, fault)
        self._log(method, given, answered.status, request)
        if fault is Fault.LOST_ANSWER:
            return self._hang_up(request)
        if fault is Fault.GARBLED:
            return web.Response(text="<html>Hello</html>", content_type="text/html")
        return web.json_response(body=orjson.dumps(answered.body), status=answered.status, headers=answered.headers)

    async def _answered(
        self, token: str, method: str, given: Json, files: dict[str, Kept], fault: Fault | None
    ) -> Answered:
        if not token:
            return refused(404, "Not Found")
        if not SHAPE.fullmatch(token):
            return refused(401, "Unauthorized: invalid token specified")
        if token != self.token:
            return refused(401, "Unauthorized")
        if fault is Fault.RATE_LIMIT:
            wait = self.retry_after
            return refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        return await self.call(method, given, files)

    def _file(self, token: str, path: str) -> web.Response:
        kept = next((each for each in self.kept.values() if each.path == path), None)
        if token != self.token or kept is None:
            return web.json_response(refused(404, "Not Found").body, status=404)
        return web.Response(body=kept.body, content_type=kept.mime)

    def _fault(self, method: str) -> Fault | None:
        for index, (fault, prefix) in enumerate(self._faults):
            if method.startswith(prefix):
                del self._faults[index]
                return fault
        return None

    def _log(self, method: str, given: Json, status: int, request: web.Request) -> None:
        self.calls.append(Call(method, given, status, "Transfer-Encoding" in request.headers))

    def _hang_up(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


async def _read(request: web.Request) -> tuple[Json, dict[str, Kept]]:
    """Parameters of the query and of the body, which may be a form, a form with files, or JSON."""
    given: Json = dict(request.query)
    files: dict[str, Kept] = {}
    if request.content_type == "application/json":
        given |= orjson.loads(await request.read())
    elif request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            body = bytes(await part.read())
            if part.filename is None:
                given[part.name or ""] = body.decode()
            else:
                files[part.name or ""] = Kept(body, part.headers.get("Content-Type", ""), part.filename)
    else:
        given |= {name: str(value) for name, value in (await request.post()).items()}
    for name in STRUCTURED:
        if isinstance(given.get(name), str):
            given[name] = orjson.loads(given[name])
    return given, files
