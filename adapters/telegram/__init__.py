"""Telegram, through its Bot API. https://core.telegram.org/bots/api

This file is the adapter: what Telegram can show, and how it is called or asked. `inbound.py` reads updates, `content.py` what one
message says. `saying.py` says a message of ours, `outbound.py` and `album.py` its parts, through the SDK over `sdk.py`. `api.py` asks
without the SDK, `health.py` looks after the bot, and `refusals.py` is the table of errors.

The SDK (python-telegram-bot) is only imported where something is sent: an installation without a bot does without it.

Three things Telegram does not give bots: receipts for what we sent, word of what a customer deleted, and a way to say that we
have read. And it knows no key for a call, so a message whose answer was lost is uncertain and not sent again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from adapters.telegram.api import ask, file_url
from adapters.telegram.config import TelegramConfig
from adapters.telegram.content import name_of
from adapters.telegram.health import found_in
from adapters.telegram.inbound import READERS, callback_of, read
from adapters.telegram.refusals import CODES, refusal_of
from channels import (
    Adapter,
    Answer,
    Batch,
    ButtonLimit,
    Checkup,
    FileLimit,
    Health,
    Http,
    Manifest,
    Outbound,
    Pace,
    Profile,
    Receipt,
    Request,
    Response,
    Sends,
    Stream,
    Unit,
)
from channels.errors import Malformed, Rejected, Unreachable
from channels.events import Received, Unknown
from channels.parts import MediaRef
from channels.signatures import require_token

__all__ = ["Telegram", "TelegramConfig"]

MEGABYTE = 1_000_000
CAPTION = 1024
WEBHOOK_ONLY = frozenset({"verify", "answer", "parse"})
ADDRESS = re.compile(r"(-?[0-9]{1,16})(?:/([0-9]{1,16}))?")
MOST_AT_ONCE = 100
EARLIEST = datetime(2001, 9, 10, tzinfo=UTC)  # before anything that Telegram can tell of


class Telegram(Adapter[TelegramConfig]):
    """One Telegram bot."""

    manifest = Manifest(
        name="telegram",
        title="Telegram",
        documentation="https://core.telegram.org/bots/api",
        sends=Sends(
            text=4000,  # Telegram takes 4096; the rest is for what fitting may add
            unit=Unit.UTF16,
            image=FileLimit(
                10 * MEGABYTE, ("image/jpeg", "image/png", "image/webp", "image/gif"), captioned=True, caption=CAPTION
            ),
            audio=FileLimit(50 * MEGABYTE, ("audio/ogg", "audio/mpeg", "audio/mp4", "audio/m4a", "audio/x-m4a")),
            video=FileLimit(50 * MEGABYTE, ("video/mp4",), captioned=True, caption=CAPTION),
            file=FileLimit(50 * MEGABYTE, captioned=True, caption=CAPTION),
            location=True,
            contact_card=True,
            sticker=True,
            card=ButtonLimit(count=8, label=64, phones=False, payload=64),
            choices=ButtonLimit(count=20, label=64, phones=False, payload=64),
            list_choices=ButtonLimit(count=20, label=64, phones=False, payload=64),
            batch=10,
        ),
        errors=CODES,
        # Telegram names 30 messages a second for a bot, one a second for a chat and 20 a minute for a group, and means them softly:
        # what counts is the `retry_after` that it answers with.
        pace=Pace(account=30.0, customer=1.0, burst=5),
    )

    @property
    def powers(self) -> frozenset[str]:
        """Either Telegram calls us or we ask: while one is set up, the other is refused."""
        return super().powers - ({"poll"} if self.config.mode == "webhook" else WEBHOOK_ONLY)

    def verify(self, request: Request) -> None:
        """https://core.telegram.org/bots/api#setwebhook"""
        secret = self.config.secret_token
        expected = secret.get_secret_value() if secret is not None else ""
        require_token(expected, request.headers.get("x-telegram-bot-api-secret-token"))

    def answer(self, request: Request) -> Response:
        """To a pressed button, that it was heard: else it goes on turning in the customer's hand. To all else nothing.

        https://core.telegram.org/bots/api#making-requests-when-getting-updates
        """
        try:
            pressed = callback_of(request.json())
        except Malformed:
            pressed = ""
        if not pressed:
            return Response()
        body = {"method": "answerCallbackQuery", "callback_query_id": pressed}
        return Response(body=orjson.dumps(body), content_type="application/json")

    def parse(self, request: Request) -> Iterable[Received]:
        return read(request.json(), request.at)

    async def send(self, message: Outbound, http: Http) -> Receipt:
        """Pictures and films that stand together go as an album, everything else by itself, in order."""
        from adapters.telegram.saying import Saying

        chat, topic = _address(message.customer)
        return await Saying(self.config, message, chat, topic, http).all()

    async def fetch(self, media: MediaRef, http: Http) -> Stream:
        """A file has an address for an hour, which has to be asked for. https://core.telegram.org/bots/api#getfile"""
        file, _ = await ask(self.config, http, "getFile", {"file_id": media.key})
        path = file.get("file_path") if type(file) is dict else None
        if type(path) is not str or not path:
            raise Unreachable("Telegram does not say where the customer's file lies.")
        if path.startswith("/") or ".." in path.split("/"):
            raise Rejected(
                "The Bot API server keeps files on its own disk (--local); run it without, so that they can be had."
            )
        url = file_url(self.config, path)  # https://core.telegram.org/bots/api#file
        answer, stream = await http.stream("GET", url)
        if answer.status == 404:
            raise Rejected("The customer's file is no longer there.", code="404 file")
        if answer.status != 200:
            raise refusal_of(answer)
        return stream

    async def profile(self, customer: str, http: Http) -> Profile:
        """A name. The picture's address would have the bot's token in it. https://core.telegram.org/bots/api#getchat"""
        chat, _ = await ask(self.config, http, "getChat", {"chat_id": _address(customer)[0]})
        return Profile(name=name_of(chat))

    async def typing(self, customer: str, http: Http) -> None:
        """Shown for five seconds, or until a message arrives. https://core.telegram.org/bots/api#sendchataction"""
        from adapters.telegram.sdk import Wire, carried_out, sdk_over

        chat, topic = _address(customer)
        sdk = sdk_over(Wire(self.config, http))
        await carried_out(sdk.send_chat_action(chat_id=chat, action="typing", message_thread_id=topic))

    async def recall(self, customer: str, message: str, http: Http) -> None:
        """Within 48 hours. https://core.telegram.org/bots/api#deletemessage"""
        from adapters.telegram.sdk import Wire, carried_out, sdk_over

        if not (message.isascii() and message.isdecimal()):
            raise Rejected(f"{message[:40]!r} is not the id of a message of Telegram's.")
        sdk = sdk_over(Wire(self.config, http))
        await carried_out(sdk.delete_message(chat_id=_address(customer)[0], message_id=int(message)))

    async def poll(self, cursor: str, http: Http, hints: tuple[str, ...] = ()) -> AsyncIterator[Batch]:
        """Asking for an update makes Telegram forget those before it, so that is done once they are on disk, and once only: after
        a quiet week Telegram counts on from any number, and one below what we ask for would be forgotten unread. Without, it
        begins with the earliest that we have not had, or says what we had again. https://core.telegram.org/bots/api#getupdates"""
        wait = self.config.poll_for
        form = {"timeout": str(int(wait.total_seconds())), "limit": str(MOST_AT_ONCE)}
        form["allowed_updates"] = orjson.dumps(list(READERS)).decode()
        taken = ""
        while True:
            asked = form | ({"offset": taken} if taken else {})
            updates, answer = await ask(self.config, http, "getUpdates", asked, wait + timedelta(seconds=15))
            if type(updates) is not list:
                raise Unreachable("Telegram's answer to getUpdates is no list of updates.")
            numbers = [
                each["update_id"] for each in updates if type(each) is dict and type(each.get("update_id")) is int
            ]
            if not updates:
                taken = ""
                yield Batch((), cursor)
                continue
            if not numbers:  # to ask again would bring the same, at once and for ever
                raise Unreachable("Telegram's answer to getUpdates holds no update with a number.")
            taken = cursor = str(max(numbers) + 1)
            yield Batch(tuple(_events(updates, _now(answer))), taken)
            await asyncio.gather(*(self._heard(pressed, http) for pressed in map(callback_of, updates) if pressed))

    async def health(self, asked: Checkup, http: Http) -> Health:
        """The token, and the webhook, which is set where it is not as it should be."""
        return Health(tuple([finding async for finding in found_in(self.config, asked, http)]))

    async def _heard(self, pressed: str, http: Http) -> None:
        """A press that is older than Telegram remembers is refused, and nobody waits for it.

        https://core.telegram.org/bots/api#answercallbackquery
        """
        with suppress(Rejected):
            await ask(self.config, http, "answerCallbackQuery", {"callback_query_id": pressed})


def _address(customer: str) -> tuple[str, int | None]:
    """Chat and topic of `CHAT` or `CHAT/TOPIC`."""
    found = ADDRESS.fullmatch(customer)
    if found is None:
        raise Rejected(
            f"{customer[:40]!r} is not an address of Telegram's: a chat's number was expected, or CHAT/TOPIC."
        )
    return found[1], int(found[2]) if found[2] else None


def _events(updates: list[Any], now: datetime) -> Iterable[Received]:
    for update in updates:
        try:
            yield from read(update, now)
        except Malformed as error:
            yield Unknown("", now, "", "unreadable", {"why": str(error), "update": update})


def _now(answer: Answer) -> datetime:
    """Telegram's clock, for what has no time of its own."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return EARLIEST
