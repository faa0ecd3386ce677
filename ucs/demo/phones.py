"""The page on which anybody plays the customers of pretended platforms: one phone for each. On an address of its own, for these are
platforms and no part of our server.

It is for this machine alone: a request must name the address it was made to, and one from another page is refused.
"""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from socket import socket
from typing import Any

import orjson
from aiohttp import web
from pydantic import ValidationError

from channels.fake import Bubble, FakePlatform, Manners, Phone, Unable
from channels.parts import Button, Text, media_of, parts_from_json
from ucs.demo.played import (
    LARGEST,
    Behaviour,
    Edited,
    Following,
    NewCustomer,
    Pressed,
    Reacted,
    Recalled,
    Said,
    Spoiled,
    files_in,
)
from ucs.web.pages import HEADERS, STATIC, TYPES, answer, giving_file

WEB = STATIC.parent
PAGE = "phones/phones.html"
SHARED = (
    "desk/tokens.css",
    "desk/ui.js",
    "desk/icons.js",
    "desk/vendor/preact.js",
    "desk/vendor/hooks.js",
    "desk/vendor/htm.js",
)
SHOWN = ("image/", "audio/", "video/")
FILE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=3600",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Phones:
    """The page, what it asks, and the fakes behind it. `run` is for `Application.cleanup_ctx` of the demo's server."""

    def __init__(self, fakes: Mapping[str, FakePlatform], listening: socket, desk: str) -> None:
        self.fakes = fakes
        self.desk = desk  # where the other side of it is
        self._listening = listening
        self._host = "{}:{}".format(*listening.getsockname()[:2])

    @property
    def url(self) -> str:
        return f"http://{self._host}"

    async def run(self, _: web.Application) -> AsyncIterator[None]:
        runner = web.AppRunner(self.application(), access_log=None, handler_cancellation=False, shutdown_timeout=1.0)
        async with AsyncExitStack() as stack:
            for fake in self.fakes.values():
                await stack.enter_async_context(fake)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.SockSite(runner, self._listening).start()
            yield

    def application(self) -> web.Application:
        application = web.Application(client_max_size=LARGEST, middlewares=[self._guarded])
        files = {path.relative_to(WEB).as_posix() for path in (WEB / "phones").iterdir() if path.suffix in TYPES}
        for name in sorted({*files, *SHARED} - {PAGE}):
            application.router.add_get(f"/web/{name}", giving_file(name, (WEB / name).read_bytes()))
        application.router.add_get("/web/icon.svg", giving_file("icon.svg", (STATIC / "icon.svg").read_bytes()))
        application.router.add_get("/", giving_file(PAGE, (WEB / PAGE).read_bytes()))
        application.router.add_get("/state", self._state)
        application.router.add_get("/{platform}/file", self._file)
        posts: dict[str, Handler] = {
            "/{platform}/customers": self._join,
            "/{platform}/customers/{customer}/say": self._say,
            "/{platform}/customers/{customer}/files": self._say_files,
            "/{platform}/customers/{customer}/edit": self._edit,
            "/{platform}/customers/{customer}/recall": self._recall,
            "/{platform}/customers/{customer}/react": self._react,
            "/{platform}/customers/{customer}/press": self._press,
            "/{platform}/customers/{customer}/follow": self._follow,
            "/{platform}/manners": self._behave,
            "/{platform}/spoil": self._spoil,
        }
        for path, handler in posts.items():
            application.router.add_post(path, handler)
        return application

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """No other page, and no other name for this machine, plays here. What cannot be done is a sentence."""
        if request.host != self._host or request.headers.get("Origin", self.url) != self.url:
            return _trouble(403, f"This page is for this machine alone: open {self.url}.")
        try:
            return await handler(request)
        except ValidationError as error:
            return _trouble(400, f"{error.errors(include_url=False)[0]['msg']}.")
        except Unable as error:
            return _trouble(409, str(error))
        except web.HTTPRequestEntityTooLarge:
            return _trouble(413, f"Files here have {LARGEST // 1_000_000} MB at most.")

    # -- what the page asks --------------------------------------------------------------------------------------------

    async def _state(self, request: web.Request) -> web.Response:
        platforms = []
        for name, fake in self.fakes.items():
            fake.look()
            look = dict(zip(("accent", "ground", "mine"), fake.colours, strict=True))
            can = {"gives": sorted(fake.gives), "stickers": list(fake.stickers.items())}
            can |= {"reactions": list(fake.reactions), "quoting": sorted(fake.quoting)}
            turned = {"manners": dataclasses.asdict(fake.manners), "faults": list(fake.faults.items())}
            turned |= {"refusals": list(fake.refusals.items())}
            phones = [_phone(fake, phone) for phone in fake.phones.values()]
            platforms.append({"id": name, "title": fake.title, "look": look, "phones": phones} | can | turned)
        return answer(request, orjson.dumps({"platforms": platforms, "desk": self.desk}), "application/json")

    async def _file(self, request: web.Request) -> web.Response:
        kept = await self._fake(request).file(request.query.get("key", ""))
        if kept is None:
            return _trouble(404, "There is no such file.")
        mime = kept.mime.partition(";")[0].strip().lower()
        headers = FILE_HEADERS if mime.startswith(SHOWN) else {**FILE_HEADERS, "Content-Disposition": "attachment"}
        return web.Response(body=kept.body, content_type=mime or "application/octet-stream", headers=headers)

    # -- what customers do ---------------------------------------------------------------------------------------------

    async def _join(self, request: web.Request) -> web.Response:
        given = NewCustomer.model_validate_json(await request.read())
        phone = await self._fake(request).joins(given.name.strip() or "?")
        return _done(customer=phone.customer)

    async def _say(self, request: web.Request) -> web.Response:
        given = Said.model_validate_json(await request.read())
        (part,) = parts_from_json([given.part])
        if media_of(part):
            raise Unable("A file is sent as a file.")
        if isinstance(part, Text) and not part.text.strip():
            raise Unable("Nothing was written.")
        return _shown(await self._fake(request).says(_customer(request), part, quotes=given.quotes))

    async def _say_files(self, request: web.Request) -> web.Response:
        fake = self._fake(request)
        files = await files_in(request, fake.gives)
        if not files:
            raise Unable("A form with files in it was expected.")
        return _shown(*await fake.says_together(_customer(request), files))

    async def _edit(self, request: web.Request) -> web.Response:
        given = Edited.model_validate_json(await request.read())
        return _shown(await self._fake(request).edits(_customer(request), given.number, given.text))

    async def _recall(self, request: web.Request) -> web.Response:
        given = Recalled.model_validate_json(await request.read())
        return _shown(await self._fake(request).recalls(_customer(request), given.number))

    async def _react(self, request: web.Request) -> web.Response:
        given = Reacted.model_validate_json(await request.read())
        return _done(trouble=await self._fake(request).reacts(_customer(request), given.number, given.emoji))

    async def _press(self, request: web.Request) -> web.Response:
        given = Pressed.model_validate_json(await request.read())
        button = Button(given.label, given.payload)
        bubble = await self._fake(request).presses(_customer(request), given.number, button)
        return _done(told=bubble is not None)

    async def _follow(self, request: web.Request) -> web.Response:
        given = Following.model_validate_json(await request.read())
        return _done(trouble=await self._fake(request).follows(_customer(request), given.follows))

    # -- how the platform behaves --------------------------------------------------------------------------------------

    async def _behave(self, request: web.Request) -> web.Response:
        given = Behaviour.model_validate_json(await request.read())
        self._fake(request).manners = Manners(given.times, given.delay, given.reorder)
        return _done()

    async def _spoil(self, request: web.Request) -> web.Response:
        fake, fault = self._fake(request), Spoiled.model_validate_json(await request.read()).fault
        known = {**fake.faults, **fake.refusals}
        if fault not in known:
            raise Unable(f"One of these was expected: {', '.join(known)}.")
        fake.spoil(fault)
        return _done()

    def _fake(self, request: web.Request) -> FakePlatform:
        fake = self.fakes.get(request.match_info["platform"])
        if fake is None:
            raise Unable("There is no such platform here.")
        return fake


def _customer(request: web.Request) -> str:
    return request.match_info["customer"]


def _phone(fake: FakePlatform, phone: Phone) -> dict[str, Any]:
    told = {"customer": phone.customer, "name": phone.name, "follows": phone.follows, "writing": phone.writing}
    return told | {"bubbles": [dataclasses.asdict(bubble) | {"can": fake.can(bubble)} for bubble in phone.bubbles]}


def _shown(*bubbles: Bubble) -> web.Response:
    """What became of what was done; of several, the first thing that went wrong."""
    trouble = next((bubble.trouble for bubble in bubbles if bubble.trouble), "")
    return _done(number=bubbles[0].number, trouble=trouble)


def _done(**told: Any) -> web.Response:
    return web.Response(body=orjson.dumps(told), content_type="application/json")


def _trouble(status: int, sentence: str) -> web.Response:
    headers = {"Content-Security-Policy": HEADERS["Content-Security-Policy"], "X-Content-Type-Options": "nosniff"}
    return web.Response(
        status=status, body=orjson.dumps({"detail": sentence}), content_type="application/json", headers=headers
    )
