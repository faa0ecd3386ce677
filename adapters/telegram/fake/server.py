"""The fake Telegram as an aiohttp application: whose token it is, what is read and answered, and what customers do.

What a call must look like is in `checking.py`, what comes of it in `methods.py`, and the updates of what people do in `people.py`.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import unquote

import aiohttp
import orjson
from aiohttp import BodyPartReader, web

from adapters.telegram.fake.methods import Answered, refused
from adapters.telegram.fake.people import People, chat_of
from adapters.telegram.fake.phones import FAULTS, GIVES, MEDIA, REACTIONS, STICKERS, TOGETHER, content_of, parts_of
from adapters.telegram.fake.state import REFUSALS, Call, Fault, Json, Kept
from adapters.telegram.inbound import READERS
from channels.fake import Arrival, Bubble, FakePlatform, Ties
from channels.fake import Kept as Shown
from channels.parts import Audio, Button, File, Image, MediaRef, Part, Text, Video

TOKEN = "7000000001:AAfakeFAKEfakeFAKEfakeFAKEfakeFAKE0"
SECRET_TOKEN = "fake-telegram-secret-token"
PATIENCE = 20.0  # seconds; Telegram waits longer
LONGEST_PAUSE = 3600.0  # seconds that we may ask it to wait
PATH = re.compile(r"/bot([^/]+)/(\w+)")
FILE_PATH = re.compile(r"/file/bot([^/]+)/(.+)")
SHOWN = {name: words for name, (_, words) in REFUSALS.items() if not name.startswith("409")}  # which are about updates
SHAPE = re.compile(r"[0-9]+:[A-Za-z0-9_-]{30,}")
STRUCTURED = ("reply_markup", "reply_parameters", "link_preview_options", "entities", "allowed_updates", "media")


def _now() -> datetime:
    return datetime.now(UTC)


class FakeTelegram(People, FakePlatform):
    """One bot and the world around it. Use it as `async with FakeTelegram() as telegram`.

    `base` is where it listens; `writes`, `rewords` and `taps` are what customers do, `deliver` brings that to the webhook; `sent` is
    what reached them, `calls` all calls in order. `fail` makes the next calls go wrong.
    """

    title = "Telegram"
    colours = ("#2aabee", "#bdd6a8", "#effedd")
    gives = GIVES
    stickers = STICKERS
    faults = FAULTS
    refusals = SHOWN
    reactions = REACTIONS
    quoting = GIVES
    quoted = GIVES
    together = TOGETHER

    def __init__(self, token: str = TOKEN, *, clock: Callable[[], datetime] = _now) -> None:
        People.__init__(self, token, clock)
        FakePlatform.__init__(self)
        self.calls: list[Call] = []
        self.retry_after = 1
        self.slowness = 0.5  # seconds that a slow answer takes
        self.retries: tuple[float, ...] = (0.0,)  # seconds before each; real ones go on, doubling, for a day
        self._faults: list[tuple[Fault | str, str]] = []
        self._shown = 0
        self._asked_to_wait = 0.0
        self._chats: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    def fail(self, *faults: Fault | str, method: str = "") -> None:
        """The next calls (of a method whose name begins so) go wrong like this, or are refused as one of `REFUSALS`, one after the
        other."""
        self._faults += [(fault, method.lower()) for fault in faults]

    # -- life ----------------------------------------------------------------------------------------------------------

    @property
    def base(self) -> str:
        return self.address("api")

    def hosts(self) -> Mapping[str, web.Application]:
        application = web.Application(client_max_size=60_000_000)
        application.router.add_route("*", "/{path:.*}", self._answer)
        return {"api": application}

    async def deliver(self) -> list[int]:
        """Bring what waits to the webhook, in order, each once what was before it was taken; the statuses of the answers. What is
        not taken stays."""
        statuses: list[int] = []
        while self.fresh():
            statuses.append(await self._post(self.pending[0]))
            if not 200 <= statuses[-1] < 300:
                break
            self.pending.pop(0)
        return statuses

    async def _tell(self, update: Json) -> int:
        """Again as long as it is not taken, and when we say so. https://core.telegram.org/bots/api#setwebhook"""
        status = await self._post(update)
        for pause in self.retries:
            if 200 <= status < 300:
                break
            await asyncio.sleep(self._asked_to_wait or pause)
            status = await self._post(update)
        return status

    async def _post(self, update: Json) -> int:
        """The answer may be a call itself, of a method that tells us nothing. 0 if there was no answer."""
        self._asked_to_wait = 0.0
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret} if self.secret else {}
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        origin = "/".join(self.webhook.split("/")[:3])
        address = self.reached.get(origin, origin) + self.webhook[len(origin) :]
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(address, json=update, headers=headers) as answer,
            ):
                if 200 <= answer.status < 300 and answer.content_type == "application/json":
                    inside = await answer.json()
                    await self.call(inside.pop("method"), inside, {})
                if not 200 <= answer.status < 300:
                    words = f"Wrong response from the webhook: {answer.status} {answer.reason}"
                    self.failure = {"last_error_date": int(time.time()), "last_error_message": words}
                    asked = answer.headers.get("Retry-After", "")
                    self._asked_to_wait = min(float(asked), LONGEST_PAUSE) if asked.isdecimal() else 0.0
                return answer.status
        except (TimeoutError, aiohttp.ClientConnectionError):
            return 0

    # -- the customers' side -------------------------------------------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        self.secret = self.secret or SECRET_TOKEN
        return {"mode": "webhook", "token": self.token, "secret_token": self.secret, "api_base": self.base}

    def enter(self, hook: str) -> None:
        super().enter(hook)
        self.webhook, self.allowed_updates = hook, list(READERS)

    def settle(self, name: str) -> tuple[str, object]:
        chat = self.person(name)
        return str(chat.id), self.writes(
            chat, text="/start", entities=[{"type": "bot_command", "offset": 0, "length": 6}]
        )

    def say(self, customer: str, part: Part, body: bytes, ties: Ties) -> tuple[object, Part, str]:
        chat, file = self.chats[int(customer)], {}
        if isinstance(part, Image | Video | Audio | File) and isinstance(part.media, MediaRef):
            name = part.name if isinstance(part, File) else part.media.name
            identity = f"AgACAgIAAxkBAAFAKEFAKEFAKEFAKE{len(self.kept):04}"
            path = f"{MEDIA[type(part)]}s/file_{len(self.kept)}"
            file = self.keeps(identity, body, part.media.mime, path)
            file |= {"file_name": name, "mime_type": part.media.mime} if isinstance(part, File) else {}
            part = replace(part, media=MediaRef(identity, name, part.media.mime, len(body)))
        tied: Json = {"media_group_id": ties.album} if ties.album else {}
        tied |= {"reply_to_message": self.quotable(chat, int(ties.quotes))} if ties.quotes else {}
        update = self.writes(chat, **content_of(part, file), **tied)
        return update, part, str(update["message"]["message_id"])

    def edit(self, customer: str, bubble: Bubble, part: Part) -> object:
        words = {"text": part.text} if isinstance(part, Text) else {"caption": getattr(part, "caption", "")}
        return self.rewords(self.chats[int(customer)], int(bubble.key), **words)

    def react(self, customer: str, bubble: Bubble, emoji: str) -> object | None:
        return self.reacts_to(self.chats[int(customer)], int(bubble.key), bubble.reaction, emoji)

    def press(self, customer: str, bubble: Bubble, button: Button) -> object | None:
        sent = next(each for each in self.sent if (str(each.chat), str(each.id)) == (customer, bubble.key))
        if not button.payload:
            return None
        return self.taps(self.chats[sent.chat], sent.id, button.payload, sent.given["reply_markup"])

    def follow(self, customer: str, follows: bool) -> object:
        """https://core.telegram.org/bots/api#chatmemberupdated"""
        chat = self.chats[int(customer)]
        chat.blocked = not follows
        kicked = {"status": "kicked", "user": self.account, "until_date": 0}
        member = {"status": "member", "user": self.account}
        old, new = (kicked, member) if follows else (member, kicked)
        change = {"chat": chat.json, "from": chat.user, "date": self.now}
        return self.queue(my_chat_member=change | {"old_chat_member": old, "new_chat_member": new})

    async def tell(self, push: object, *, again: bool) -> str:
        """What happens in a chat is told in order, each once what was before it has been taken or given up."""
        update = cast(Json, push)
        if update in self.pending:
            self.pending.remove(update)
        async with self._chats[chat_of(update)]:
            status = await self._tell(update)
        if 200 <= status < 300:
            return ""
        return f"Wrong response from the webhook: {status}" if status else "Connection failed"

    def spoil(self, fault: str) -> None:
        self.fail(fault if fault in REFUSALS else Fault(fault), method="send")

    def arrivals(self) -> Iterator[Arrival]:
        for sent in self.sent[self._shown :]:
            self._shown += 1
            quotes = sent.given.get("reply_parameters", {}).get("message_id", "")
            yield Arrival(str(sent.chat), parts_of(sent), str(sent.id), quotes=str(quotes))

    def removed(self) -> Iterator[tuple[str, str]]:
        return ((str(chat), str(number)) for chat, number in self.deleted)

    def writing(self) -> Iterator[tuple[str, datetime]]:
        return ((str(chat), until) for chat, until in self.typing_until.items() if until > self.clock())

    async def file(self, key: str) -> Shown | None:
        if key in self.kept:
            return Shown(self.kept[key].body, self.kept[key].mime)
        chat, _, rest = key.partition("/")
        number, _, field = rest.partition("/")
        found = next((each for each in self.sent if (str(each.chat), str(each.id)) == (chat, number)), None)
        kept = found.files.get(field) if found else None
        return Shown(kept.body, kept.mime, kept.name) if kept else None

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
        if fault is Fault.SLOW:
            await asyncio.sleep(self.slowness)
        if fault is Fault.GARBLED:
            return web.Response(text="<html>Hello</html>", content_type="text/html")
        return web.json_response(body=orjson.dumps(answered.body), status=answered.status, headers=answered.headers)

    async def _answered(
        self, token: str, method: str, given: Json, files: dict[str, Kept], fault: Fault | str | None
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
        if fault is not None and fault in REFUSALS:
            return refused(*REFUSALS[fault])
        return await self.call(method, given, files)

    def _file(self, token: str, path: str) -> web.Response:
        kept = next((each for each in self.kept.values() if each.path == path), None)
        if token != self.token or kept is None:
            return web.json_response(refused(404, "Not Found").body, status=404)
        return web.Response(body=kept.body, content_type=kept.mime)

    def _fault(self, method: str) -> Fault | str | None:
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
            if not isinstance(part, BodyPartReader):
                continue  # a form within a form, which nobody sends
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
