"""`FakePlatform`: what every fake has in common, which is that customers can be played on it.

A fake says what its platform does (`say`, `press`, `follow`, `tell`, `read`, `file`); here is what comes of it: screens, and the
manners in which webhooks are brought. Its servers listen on 127.0.0.1, on ports of their own.
"""

from __future__ import annotations

import asyncio
import socket
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any, ClassVar, Self

import aiohttp
from aiohttp import web

from channels.fake.phone import Bubble, Kept, Manners, Phone, Unable
from channels.parts import Button, Part, Parts, Text

HOST = "127.0.0.1"
FETCHED_WITHIN = 10.0  # seconds for a file of ours
HELD_FOR = 2.0  # seconds that a webhook waits at most for a later one to overtake it


class FakePlatform(ABC):
    """One account on the platform and the world around it. Use it as `async with`.

    `title` is what the platform calls itself, `gives` the types of parts that its customers can send, `faults` what can be made to
    go wrong with the next message of ours, each with a sentence; `colours` its own, the ground it writes on, and the bubbles of who
    holds the phone (dark words must be readable on the last two). A push is what the platform tells us once, in its own form.
    """

    title: ClassVar[str]
    gives: ClassVar[frozenset[str]]
    faults: ClassVar[Mapping[str, str]]
    colours: ClassVar[tuple[str, str, str]] = ("#2d5bd7", "#e8ebf1", "#cfe0ff")
    stickers: ClassVar[Mapping[str, str]] = {}  # id → what it means, as an emoji

    def __init__(self) -> None:
        self.phones: dict[str, Phone] = {}
        self.manners = Manners()
        self.hook = ""  # where webhooks go; see `enter`
        self.names: dict[str, str] = {}  # addresses as we tell them → where that is on this machine
        self._sockets: dict[str, socket.socket] = {}
        self._runners: list[web.AppRunner] = []
        self._overtaken: asyncio.Event | None = None

    def enter(self, hook: str) -> None:
        """The account's owner enters where webhooks go, as on the platform's own page."""
        self.hook = hook

    # -- what each platform says for itself ----------------------------------------------------------------------------

    @abstractmethod
    def applications(self) -> Mapping[str, web.Application]:
        """Its hosts, by name."""

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """The `config` of a channel that talks with this account. It must be bound."""

    @abstractmethod
    def settle(self, name: str) -> tuple[str, object | None]:
        """A new customer's id, and what the platform tells us about that, if anything."""

    @abstractmethod
    def say(self, customer: str, part: Part, body: bytes) -> tuple[object, Part, str]:
        """A customer sends something; `body` are a file's bytes. The push, the part as the customer sees it, and the message's id."""

    @abstractmethod
    def press(self, customer: str, bubble: Bubble, button: Button) -> object | None:
        """A customer presses a button of ours. None if the platform tells us nothing about that."""

    @abstractmethod
    def follow(self, customer: str, follows: bool) -> object | None:
        """A customer adds the account, or blocks it. None if the platform tells us nothing about that."""

    @abstractmethod
    async def tell(self, push: object, *, again: bool) -> str:
        """Bring a push to `hook`, once, perhaps `again`. What the platform notes if we do not take it; empty if we do."""

    @abstractmethod
    def spoil(self, fault: str) -> None:
        """The next message of ours goes wrong like this, which is one of `faults`."""

    @abstractmethod
    def arrivals(self) -> Iterable[tuple[str, Parts, str, str]]:
        """What has arrived since the last time: for whom, what it looks like, its id, and why it is not seen (empty: it is)."""

    @abstractmethod
    async def file(self, key: str) -> Kept | None:
        """A file that is on a screen."""

    async def fetched(self, url: str) -> Kept | None:
        """A file that we gave a link to, if the link begins with one of `names`: nothing else is ever fetched."""
        here = next((at + url.removeprefix(name) for name, at in self.names.items() if url.startswith(f"{name}/")), "")
        if not here:
            return None
        timeout = aiohttp.ClientTimeout(total=FETCHED_WITHIN)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(here) as answer:
                return Kept(await answer.read(), answer.content_type) if answer.status == 200 else None
        except (TimeoutError, aiohttp.ClientError):
            return None

    def removed(self) -> Iterable[tuple[str, str]]:
        """Messages that we have taken back: for whom, and their ids."""
        return ()

    def writing(self) -> Iterable[tuple[str, datetime]]:
        """Who is shown now that we write, on platforms that have a sign for it, and until when."""
        return ()

    # -- life ----------------------------------------------------------------------------------------------------------

    def bind(self) -> None:
        """Take the addresses. Done at the start; earlier where somebody must know them before."""
        for name in self.applications():
            if name not in self._sockets:
                self._sockets[name] = socket.create_server((HOST, 0))

    def address(self, host: str) -> str:
        return f"http://{HOST}:{self._sockets[host].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self.bind()
        for name, application in self.applications().items():
            runner = web.AppRunner(application, access_log=None)
            await runner.setup()
            self._runners.append(runner)
            await web.SockSite(runner, self._sockets[name]).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for runner in self._runners:
            await runner.cleanup()
        for listening in self._sockets.values():
            listening.close()

    # -- what customers do ---------------------------------------------------------------------------------------------

    async def joins(self, name: str) -> Phone:
        """Somebody new, who finds the account and adds it."""
        customer, push = self.settle(name)
        phone = self.phones[customer] = Phone(customer, name)
        if push is not None:
            await self._bring(push)
        return phone

    async def says(self, customer: str, part: Part, body: bytes = b"") -> Bubble:
        """Raises `Unable`."""
        phone = self._present(customer)
        if part.type not in self.gives:
            raise Unable(f"Customers of {self.title} cannot send this kind of thing ({part.type}).")
        push, shown, key = self.say(customer, part, body)
        return await self._bring_for(phone.add("customer", (shown,), key), push)

    async def presses(self, customer: str, number: int, button: Button) -> Bubble | None:
        """The button of the bubble of this number. Raises `Unable`."""
        phone = self._present(customer)
        bubble = next((each for each in phone.bubbles if each.number == number and each.side == "account"), None)
        if bubble is None:
            raise Unable("That message is no longer on the screen.")
        push = self.press(customer, bubble, button)
        if push is None:
            return None
        return await self._bring_for(phone.add("customer", (Text(button.label),)), push)

    async def follows(self, customer: str, follows: bool) -> str:
        """Adds the account or blocks it; what became of the webhook. Raises `Unable`."""
        phone = self.phones.get(customer)
        if phone is None or phone.follows == follows:
            raise Unable("That is how it is already.")
        phone.follows = follows
        push = self.follow(customer, follows)
        return "" if push is None else await self._bring(push)

    def look(self) -> None:
        """Put what has arrived on the screens, and the sign that we write, which a message ends."""
        arrived: set[str] = set()
        for customer, parts, key, trouble in self.arrivals():
            if phone := self.phones.get(customer):
                phone.add("account", parts, key, trouble)
                arrived.add(customer)
        signs = dict(self.writing())
        for customer, phone in self.phones.items():
            sign = signs.get(customer)
            phone.passed = sign if customer in arrived else phone.passed
            phone.writing = sign is not None and sign != phone.passed
        for customer, key in self.removed():
            bubble = self.phones[customer].bubble(key) if customer in self.phones else None
            if bubble is not None:
                bubble.removed = True

    def _present(self, customer: str) -> Phone:
        phone = self.phones.get(customer)
        if phone is None:
            raise Unable("There is no such customer here.")
        if not phone.follows:
            raise Unable(f"{phone.name} has left the account: follow it again first.")
        return phone

    # -- how we are told -----------------------------------------------------------------------------------------------

    async def _bring_for(self, bubble: Bubble, push: object) -> Bubble:
        bubble.on_its_way = True
        try:
            bubble.trouble = await self._bring(push)
        finally:
            bubble.on_its_way = False
        return bubble

    async def _bring(self, push: object) -> str:
        """In the manners of the moment. What is held to be overtaken goes as soon as another has gone."""
        manners = self.manners
        await asyncio.sleep(manners.delay)
        overtakes = self._overtaken
        if manners.reorder and overtakes is None:
            self._overtaken = asyncio.Event()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._overtaken.wait(), HELD_FOR)
            self._overtaken = None
        found = [await self.tell(push, again=count > 0) for count in range(manners.times)]
        if overtakes is not None:
            overtakes.set()
        return found[0]
