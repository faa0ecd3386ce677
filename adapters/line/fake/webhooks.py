"""LINE's side of a webhook: making events, signing bodies, delivering them as LINE does and as LINE may.

Nothing here answers calls; that is `server.py`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson

from adapters.line.fake.state import Content, Delivery, Gathering, Json, Person, ReplyToken
from channels.fake import numbers

# Events that can be answered; LINE leaves the reply token out of all others, and out of everything in standby.
ANSWERABLE = frozenset(
    {"message", "messageEdited", "follow", "join", "memberJoined", "postback", "videoPlayComplete", "beacon"}
    | {"accountLink", "membership"}
)
QUOTABLE = frozenset({"text", "image", "video", "sticker"})
PATIENCE = 2.0  # seconds until LINE calls it a time-out


def signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class Webhooks:
    """Everything LINE would tell the webhook of one official account. `clock` is LINE's clock."""

    def __init__(self, secret: str, destination: str, clock: Callable[[], datetime]) -> None:
        self.secret = secret
        self.destination = destination
        self.clock = clock
        self.reply_tokens: dict[str, ReplyToken] = {}
        self.read_tokens: dict[str, str] = {}  # token → message id
        self.quote_tokens: dict[str, str] = {}  # token → message id
        self.contents: dict[str, Content] = {}
        self.said: dict[str, Json] = {}  # message id → the event that told of it
        self._numbers = numbers()

    # -- events --------------------------------------------------------------------------------------------------------

    def event(self, kind: str, source: Json | None, *, standby: bool = False, **fields: Any) -> Json:
        """Any event: the envelope is LINE's, the rest is given. `reply_token=…` and `timestamp=…` may be given, too."""
        number = next(self._numbers)
        moment = fields.pop("timestamp", int(self.clock().timestamp() * 1000))
        event: Json = {"type": kind, **fields, "timestamp": moment}
        if source is not None:
            event["source"] = source
        if kind in ANSWERABLE and not standby and source is not None:
            token = event.pop("reply_token", f"{number:032x}")
            event["replyToken"] = token
            self._remember(token, source, moment)
        event["mode"] = "standby" if standby else "active"
        event["webhookEventId"] = f"01J{number:023d}"
        event["deliveryContext"] = {"isRedelivery": False}
        return event

    def message(self, sender: Person, kind: str, *, within: Gathering | None = None, **fields: Any) -> Json:
        """A customer sends something, alone with us or within a group."""
        number = next(self._numbers)
        standby = fields.pop("standby", False)
        message: Json = {"type": kind, "id": str(460_000_000_000_000_000 + number), **fields}
        if kind in QUOTABLE:
            message.setdefault("quoteToken", f"quote-{number}")
            self.quote_tokens[message["quoteToken"]] = message["id"]
        message.setdefault("markAsReadToken", f"read-{number}")
        self.read_tokens[message["markAsReadToken"]] = message["id"]
        source = within.source(sender.id) if within else sender.source
        event = self.said[message["id"]] = self.event("message", source, standby=standby, message=message)
        return event

    def text(self, sender: Person, text: str, **fields: Any) -> Json:
        return self.message(sender, "text", text=text, **fields)

    def media(self, sender: Person, kind: str, body: bytes, mime: str, *, pending: int = 0, **fields: Any) -> Json:
        """An image, video, audio or file whose bytes can be fetched from the data host."""
        if kind != "file":
            fields.setdefault("contentProvider", {"type": "line"})
        else:
            fields.setdefault("fileName", "report.pdf")
            fields.setdefault("fileSize", len(body))
        event = self.message(sender, kind, **fields)
        self.contents[event["message"]["id"]] = Content(kind, body, mime, pending=pending)
        return event

    def unsend(self, event: Json) -> Json:
        """The customer takes a message back: its content is gone from now on."""
        identity = event["message"]["id"]
        if identity in self.contents:
            self.contents[identity].gone = True
        return self.event("unsend", event["source"], unsend={"messageId": identity})

    def edit(self, event: Json, text: str) -> Json:
        message = {**event["message"], "text": text, "quoteToken": f"quote-{next(self._numbers)}"}
        self.quote_tokens[message["quoteToken"]] = message["id"]
        del message["markAsReadToken"]
        return self.event("messageEdited", event["source"], message=message)

    # -- deliveries ----------------------------------------------------------------------------------------------------

    async def deliver(self, url: str, *events: Json, forged: str | None = None, patience: float = PATIENCE) -> Delivery:
        """One POST with these events (none: what the console's Verify button sends). `forged` is a signature to send instead."""
        body = self.body(*events)
        for event in events:
            if token := self.reply_tokens.get(event.get("replyToken", "")):
                token.received_at = self.clock()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Line-Signature": signature(self.secret, body) if forged is None else forged,
            "User-Agent": "LineBotWebhook/2.0",
        }
        timeout = aiohttp.ClientTimeout(total=patience)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                status, answered = answer.status, await answer.read()
        except TimeoutError:
            return Delivery(0, failure="request_timeout")
        except aiohttp.ClientConnectionError:
            return Delivery(0, failure="could_not_connect")
        return Delivery(status, answered, "" if 200 <= status < 300 else "error_status_code")

    async def redeliver(self, url: str, *events: Json) -> Delivery:
        """The same events again, with nothing changed but `isRedelivery`."""
        again = deepcopy(events)
        for event in again:
            event["deliveryContext"]["isRedelivery"] = True
        return await self.deliver(url, *again)

    async def deliver_apart(self, url: str, *events: Json) -> list[Delivery]:
        """Each event in a POST of its own, all at once: in whatever order they come through."""
        return list(await asyncio.gather(*(self.deliver(url, event) for event in events)))

    def body(self, *events: Json) -> bytes:
        return orjson.dumps({"destination": self.destination, "events": list(events)})

    def _remember(self, token: str, source: Json, moment: int) -> None:
        to = source.get("groupId") or source.get("roomId") or source["userId"]
        happened_at = datetime.fromtimestamp(moment / 1000, UTC)
        self.reply_tokens[token] = ReplyToken(to, happened_at, self.clock())
