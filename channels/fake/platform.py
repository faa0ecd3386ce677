"""`FakePlatform`: what every fake has in common, which is that customers can be played on it.

A fake says what its platform does (`say`, `press`, `follow`, `tell`, `file`, and what else its customers can do); here is what comes
of it: screens, and the manners in which webhooks are brought. Where it listens is in `hosts.py`.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from channels.fake.hosts import Hosts
from channels.fake.numbers import numbers
from channels.fake.phone import Arrival, Bubble, Kept, Manners, Phone, Ties, Unable
from channels.parts import Button, File, Image, Part, Text, Video

HELD_FOR = 2.0  # seconds that a webhook waits at most for a later one to overtake it
MOST_TOGETHER = 10  # files that are chosen at once
DEEDS = ("edit", "recall", "react")  # what a customer can do with a message where the fake has the method


class FakePlatform(Hosts):
    """One account on the platform and the world around it. Use it as `async with`.

    `title` is what the platform calls itself, `gives` the types of parts that its customers can send, `faults` what can be made to
    go wrong with the next message of ours, each with a sentence, and `refusals` how it can be made to be refused, with the platform's
    words; `colours` its own, the ground it writes on, and the bubbles of who
    holds the phone (dark words must be readable on the last two). `quoting` are the types of parts that can answer a message, `quoted`
    those of a customer's that can be answered, `together` those that make an album when they are chosen at once, with the kind of
    album. A push is what the platform tells us once, in its own form.
    """

    title: ClassVar[str]
    gives: ClassVar[frozenset[str]]
    faults: ClassVar[Mapping[str, str]]
    refusals: ClassVar[Mapping[str, str]] = {}
    colours: ClassVar[tuple[str, str, str]] = ("#2d5bd7", "#e8ebf1", "#cfe0ff")
    stickers: ClassVar[Mapping[str, str]] = {}  # id → what it means, as an emoji
    reactions: ClassVar[tuple[str, ...]] = ()  # emoji
    quoting: ClassVar[frozenset[str]] = frozenset()
    quoted: ClassVar[frozenset[str]] = frozenset()
    together: ClassVar[Mapping[str, str]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.phones: dict[str, Phone] = {}
        self.manners = Manners()
        self.hook = ""  # where webhooks go; see `enter`
        self._albums = numbers()
        self._overtaken: asyncio.Event | None = None

    def enter(self, hook: str) -> None:
        """The account's owner enters where webhooks go, as on the platform's own page."""
        self.hook = hook

    # -- what each platform says for itself ----------------------------------------------------------------------------

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """The `config` of a channel that talks with this account. It must be bound."""

    @abstractmethod
    def settle(self, name: str) -> tuple[str, object | None]:
        """A new customer's id, and what the platform tells us about that, if anything."""

    @abstractmethod
    def say(self, customer: str, part: Part, body: bytes, ties: Ties) -> tuple[object, Part, str]:
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
        """The next message of ours goes wrong like this, which is one of `faults` or `refusals`."""

    @abstractmethod
    def arrivals(self) -> Iterable[Arrival]:
        """What has arrived since the last time."""

    @abstractmethod
    async def file(self, key: str) -> Kept | None:
        """A file that is on a screen."""

    def edit(self, customer: str, bubble: Bubble, part: Part) -> object | None:
        """A customer changes a message, to `part`. None if the platform tells us nothing about that; so with all that follows."""
        raise Unable(f"Nobody changes a message on {self.title}.")

    def recall(self, customer: str, bubble: Bubble) -> object | None:
        """A customer takes a message back."""
        raise Unable(f"Who takes a message back on {self.title} does so unheard.")

    def react(self, customer: str, bubble: Bubble, emoji: str) -> object | None:
        """A customer puts an emoji on a message, in the place of the bubble's `reaction`; an empty one takes that off."""
        raise Unable(f"There are no reactions on {self.title}.")

    def removed(self) -> Iterable[tuple[str, str]]:
        """Messages that we have taken back: for whom, and their ids."""
        return ()

    def writing(self) -> Iterable[tuple[str, datetime]]:
        """Who is shown now that we write, on platforms that have a sign for it, and until when."""
        return ()

    # -- what customers do ---------------------------------------------------------------------------------------------

    async def joins(self, name: str) -> Phone:
        """Somebody new, who finds the account and adds it."""
        customer, push = self.settle(name)
        phone = self.phones[customer] = Phone(customer, name)
        if push is not None:
            await self._bring(push)
        return phone

    async def says(self, customer: str, part: Part, body: bytes = b"", quotes: int = 0) -> Bubble:
        """It may answer the bubble of a number. Raises `Unable`."""
        phone = self._present(customer)
        ties = Ties(self._quoted(phone, part, quotes) if quotes else "")
        return await self._bring_for(*self._said(phone, part, body, ties))

    async def says_together(self, customer: str, files: Sequence[tuple[Part, bytes]]) -> list[Bubble]:
        """Files that are chosen at once; their pushes go out together. Raises `Unable`."""
        phone = self._present(customer)
        if len(files) > MOST_TOGETHER:
            raise Unable(f"{MOST_TOGETHER} files at once are the most.")
        return list(await asyncio.gather(*(self._bring_for(*each) for each in self._said_together(phone, files))))

    async def edits(self, customer: str, number: int, words: str) -> Bubble:
        """The words of a message of theirs, or those beside its file. Raises `Unable`."""
        bubble = self._able(customer, number, "edit")
        match bubble.parts[0]:
            case Text():
                part: Part = Text(words)
            case Image() | Video() | File() as before:
                part = replace(before, caption=words)
            case before:
                raise Unable(f"There are no words to change in it ({before.type}).")
        if part == bubble.parts[0]:
            raise Unable("That is what it says already.")
        push = self.edit(customer, bubble, part)
        bubble.parts, bubble.edited = (part,), True
        return await self._bring_for(bubble, push)

    async def recalls(self, customer: str, number: int) -> Bubble:
        """Raises `Unable`."""
        bubble = self._able(customer, number, "recall")
        push = self.recall(customer, bubble)
        bubble.removed = True
        return await self._bring_for(bubble, push)

    async def reacts(self, customer: str, number: int, emoji: str) -> str:
        """With one of `reactions`; the same again takes it off. What became of the webhook. Raises `Unable`."""
        bubble = self._able(customer, number, "react")
        if emoji not in self.reactions:
            raise Unable(f"One of these was expected: {' '.join(self.reactions)}")
        emoji = "" if emoji == bubble.reaction else emoji
        push = self.react(customer, bubble, emoji)
        bubble.reaction = emoji
        return "" if push is None else await self._bring(push)

    def can(self, bubble: Bubble) -> list[str]:
        """What a customer can do with a message: `edit`, `recall`, `react`, `quote`."""
        if not bubble.key or bubble.removed:
            return []
        mine, part = bubble.side == "customer", bubble.parts[0]
        able = [deed for deed in DEEDS if getattr(type(self), deed) is not getattr(FakePlatform, deed)]
        possible = {"react": True, "recall": mine, "edit": mine and isinstance(part, Text | Image | Video | File)}
        quote = self.quoting and (not mine or part.type in self.quoted)
        return [deed for deed in able if possible[deed]] + (["quote"] if quote else [])

    async def presses(self, customer: str, number: int, button: Button) -> Bubble | None:
        """The button of the bubble of this number. Raises `Unable`."""
        phone = self._present(customer)
        bubble = phone.numbered(number)
        if bubble.side != "account":
            raise Unable("There are buttons only on messages of ours.")
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
        for new in self.arrivals():
            if phone := self.phones.get(new.customer):
                phone.add("account", new.parts, new.key, new.trouble, new.quotes)
                arrived.add(new.customer)
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

    def _able(self, customer: str, number: int, deed: str) -> Bubble:
        bubble = self._present(customer).numbered(number)
        if deed not in self.can(bubble):
            raise Unable(f"That cannot be done with this message on {self.title} ({deed}).")
        return bubble

    def _quoted(self, phone: Phone, part: Part, number: int) -> str:
        """The id of a message that is answered with this part."""
        if part.type not in self.quoting:
            raise Unable(f"On {self.title} no message is answered with this kind of thing ({part.type}).")
        return self._able(phone.customer, number, "quote").key

    def _said(self, phone: Phone, part: Part, body: bytes, ties: Ties) -> tuple[Bubble, object]:
        if part.type not in self.gives:
            raise Unable(f"Customers of {self.title} cannot send this kind of thing ({part.type}).")
        push, shown, key = self.say(phone.customer, part, body, ties)
        return phone.add("customer", (shown,), key, quotes=ties.quotes, album=ties.album), push

    def _said_together(self, phone: Phone, files: Sequence[tuple[Part, bytes]]) -> list[tuple[Bubble, object]]:
        """Those that make an album are told with its name, each in a push of its own."""
        of = Counter(self.together.get(part.type, "") for part, _ in files)
        albums, places = {kind: str(next(self._albums)) for kind in of}, Counter[str]()
        said = []
        for part, body in files:
            kind = self.together.get(part.type, "")
            places[kind] += 1
            ties = Ties(album=albums[kind], place=places[kind], of=of[kind]) if kind and of[kind] > 1 else Ties()
            said.append(self._said(phone, part, body, ties))
        return said

    # -- how we are told -----------------------------------------------------------------------------------------------

    async def _bring_for(self, bubble: Bubble, push: object | None) -> Bubble:
        if push is None:
            return bubble
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
