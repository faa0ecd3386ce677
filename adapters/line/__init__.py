"""LINE, through its Messaging API. https://developers.line.biz/en/docs/messaging-api/

This file is the adapter: what LINE can show, and when we answer freely and when we pay. `inbound.py` reads webhooks,
`outbound.py` writes messages, `health.py` looks after the account, `refusals.py` is the table of errors, `api.py` makes the calls.

Three things LINE does not give: receipts for what we sent, a way to take it back, and a message for files other than
pictures, films and sounds (those go out as links). Quoting takes the token that came with the quoted message and not its id,
so `Outbound.quote_token` is used and `reply_to` is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import quote

from adapters.line.api import Api
from adapters.line.config import LineConfig
from adapters.line.health import found_in
from adapters.line.inbound import read
from adapters.line.outbound import Json, messages_of
from adapters.line.refusals import CODES, NO_TRANSCODING, TOO_LATE, refusal_of, says
from channels import (
    Adapter,
    Answer,
    ButtonLimit,
    Checkup,
    FileLimit,
    Health,
    Http,
    Manifest,
    NotYet,
    Outbound,
    Pace,
    Profile,
    Receipt,
    Request,
    Sends,
    Stream,
    Unit,
)
from channels.errors import DeliveryError, Rejected, Uncertain, Unreachable, Untrusted, WindowClosed
from channels.events import Received
from channels.parts import MediaRef
from channels.signatures import require_hmac

__all__ = ["Line", "LineConfig"]

MEGABYTE = 1_000_000

# A user, a group (C), a room (R), or a member of one of the latter two.
ADDRESS = re.compile(r"(U\w+)|([CR]\w+)(?:/(U\w+))?", re.ASCII)


class Line(Adapter[LineConfig]):
    """One LINE official account."""

    manifest = Manifest(
        name="line",
        title="LINE",
        documentation="https://developers.line.biz/en/docs/messaging-api/",
        sends=Sends(
            text=4900,  # LINE takes 5000; the rest is for what fitting may add
            unit=Unit.UTF16,
            image=FileLimit(10 * MEGABYTE, ("image/jpeg", "image/png")),
            audio=FileLimit(200 * MEGABYTE, ("audio/mpeg", "audio/mp4", "audio/m4a", "audio/x-m4a")),
            video=FileLimit(200 * MEGABYTE, ("video/mp4",)),
            location=True,
            sticker=True,
            card=ButtonLimit(count=10, label=40),
            carousel=12,
            choices=ButtonLimit(count=13, label=20),
            list_choices=ButtonLimit(count=13, label=20),
            batch=5,
        ),
        answers_within=timedelta(seconds=2),
        # A redelivered webhook is the same in everything but one flag: same id, same time.
        keeps_time=True,
        # One call reaches the customer once, however often it is made: a reply token works once, and a push carries a retry
        # key. What would deliver twice is a push after a reply whose answer was lost; `send` refuses to do that.
        resend_safe=True,
        errors=CODES,
        # LINE allows 2000 calls a second for each endpoint and account, and an unstated few to one customer.
        pace=Pace(account=1000.0, customer=5.0, burst=20),
    )

    def verify(self, request: Request) -> None:
        """https://developers.line.biz/en/reference/messaging-api/#signature-validation"""
        secret = self.config.channel_secret.get_secret_value()
        require_hmac(secret, request.body, request.headers.get("x-line-signature"), encoding="base64")
        if self.config.destination:
            self._check_destination(request)

    def _check_destination(self, request: Request) -> None:
        body = request.json()
        destination = body.get("destination") if type(body) is dict else None
        if destination != self.config.destination:
            raise Untrusted(f"The webhook is for {destination!r}, not for {self.config.destination!r}.")

    def parse(self, request: Request) -> Iterable[Received]:
        return read(request, self.config.reply_token_max_age)

    async def send(self, message: Outbound, http: Http) -> Receipt:
        """Freely with the reply token while it is fresh, else as a push, which LINE charges for."""
        messages, api = messages_of(message, self.config.video_preview), Api(self.config, http)
        token = message.reply_token
        if token is not None and message.at < token.until:
            receipt = await _reply(api, token.token, messages)
            if receipt is not None:
                return receipt
        if token is not None and message.uncertain:
            # Either the token ran out, or the lost attempt used it and the customer has read this already. Nobody can know.
            raise Uncertain("LINE never answered the first attempt, and its reply token is no longer valid.")
        if not self.config.push:
            raise WindowClosed(
                "The time to answer freely is over, and this channel may not send what LINE charges for."
            )
        try:
            return await _push(api, message.customer, messages, message.key)
        except DeliveryError as error:
            error.token_refused = token is not None  # by LINE or for its age: from here on the key alone decides
            raise

    async def fetch(self, media: MediaRef, http: Http) -> Stream | NotYet:
        """https://developers.line.biz/en/reference/messaging-api/#get-content"""
        if media.key.startswith(("https://", "http://")):
            return await _fetch_elsewhere(media.key, http)
        api, path = Api(self.config, http), f"/v2/bot/message/{quote(media.key, safe='')}/content"
        answer, stream = await api.stream_content(path)
        if answer.status == 202:
            async for _ in stream.chunks:  # it is empty; read to its end so that the connection can be used again
                pass
            return await _preparing(api, path)
        if answer.status != 200:
            raise refusal_of(answer)
        return stream

    async def profile(self, customer: str, http: Http) -> Profile:
        """Of a user, of a group, or of a member of one, whom we write `GROUP/USER`. LINE tells nothing of people who have
        blocked us or do not agree, and rooms have no name: an empty profile.

        https://developers.line.biz/en/reference/messaging-api/#get-profile
        https://developers.line.biz/en/reference/messaging-api/#get-group-summary
        https://developers.line.biz/en/reference/messaging-api/#get-group-member-profile
        https://developers.line.biz/en/reference/messaging-api/#get-room-member-profile
        """
        path = _profile_path(customer)
        if not path:
            return Profile()
        answer = await Api(self.config, http).get(path)
        if answer.status == 404:
            return Profile()
        if answer.status != 200:
            raise refusal_of(answer)
        told = answer.json()
        return Profile(
            name=_said(told, "displayName") or _said(told, "groupName"),
            language=_said(told, "language"),
            picture=_said(told, "pictureUrl"),
        )

    async def typing(self, customer: str, http: Http) -> None:
        """LINE animates dots, in one-to-one chats only; in groups we keep quiet.

        https://developers.line.biz/en/reference/messaging-api/#display-a-loading-indicator
        """
        if not customer.startswith("U"):
            return
        seconds = int(self.config.loading_for.total_seconds())
        body = {"chatId": customer, "loadingSeconds": seconds}
        answer = await Api(self.config, http).post("/v2/bot/chat/loading/start", body)
        if answer.status != 202:
            raise refusal_of(answer)

    async def mark_read(self, customer: str, token: str, http: Http) -> None:
        """https://developers.line.biz/en/reference/messaging-api/#mark-as-read"""
        answer = await Api(self.config, http).post("/v2/bot/chat/markAsRead", {"markAsReadToken": token})
        if answer.status != 200:
            raise refusal_of(answer)

    async def health(self, asked: Checkup, http: Http) -> Health:
        """The token, the webhook, and what is left of the month's messages."""
        return Health(tuple([finding async for finding in found_in(self.config, asked, http)]))


async def _reply(api: Api, token: str, messages: list[Json]) -> Receipt | None:
    """None if LINE no longer takes the token. Must not carry a retry key: LINE refuses one here.

    https://developers.line.biz/en/reference/messaging-api/#send-reply-message
    """
    answer = await api.post("/v2/bot/message/reply", {"replyToken": token, "messages": messages})
    if answer.status == 200:
        return _receipt(answer)
    if says(answer, TOO_LATE):
        return None
    raise refusal_of(answer)


async def _push(api: Api, customer: str, messages: list[Json], key: str) -> Receipt:
    """The retry key makes a repeated push one push, for 24 hours. LINE then answers 409 and says what it did the first time.

    https://developers.line.biz/en/reference/messaging-api/#send-push-message
    https://developers.line.biz/en/docs/messaging-api/retrying-api-request/
    """
    body = {"to": customer, "messages": messages}
    answer = await api.post("/v2/bot/message/push", body, {"X-Line-Retry-Key": key})
    if answer.status == 200 or (answer.status == 409 and "x-line-accepted-request-id" in answer.headers):
        return _receipt(answer)
    raise refusal_of(answer)


def _receipt(answer: Answer) -> Receipt:
    """LINE took it, and that is all we ever learn: it says the same of customers who have blocked us."""
    try:
        body = answer.json()
    except Unreachable:  # 200 and unreadable: it is delivered, and we do without the ids
        return Receipt()
    sent = body.get("sentMessages") if type(body) is dict else None
    if type(sent) is not list:
        return Receipt()
    known = [each for each in sent if type(each) is dict and "id" in each]
    tokens = {str(each["id"]): str(each["quoteToken"]) for each in known if each.get("quoteToken")}
    return Receipt(tuple(str(each["id"]) for each in known), quote_tokens=tokens)


async def _preparing(api: Api, path: str) -> NotYet:
    """https://developers.line.biz/en/reference/messaging-api/#verify-video-or-audio-preparation-status"""
    answer = await api.get_content(f"{path}/transcoding")
    if says(answer, NO_TRANSCODING):
        return NotYet()
    if answer.status != 200:
        raise refusal_of(answer)
    if _said(answer.json(), "status") == "failed":
        raise Rejected("LINE could not prepare the customer's file; it is lost.", code="transcoding failed")
    return NotYet()


async def _fetch_elsewhere(url: str, http: Http) -> Stream:
    """What was sent through LIFF lies with whoever wrote the LIFF app. Our token is none of their business."""
    answer, stream = await http.stream("GET", url, stranger=True)
    # A stranger's 401 or 429 says nothing about LINE: it must neither park our channel nor slow it down.
    if answer.status >= 500 or answer.status == 429:
        raise Unreachable(f"The host of the customer's file answered {answer.status}.", code=str(answer.status))
    if answer.status != 200:
        raise Rejected(f"The host of the customer's file answered {answer.status}.", code=str(answer.status))
    return stream


def _profile_path(customer: str) -> str:
    found = ADDRESS.fullmatch(customer)
    if found is None:
        raise Rejected(f"{customer!r} is no LINE user, group or room.")
    user, place, member = found.groups()
    if user:
        return f"/v2/bot/profile/{user}"
    kind = "group" if place.startswith("C") else "room"
    if member:
        return f"/v2/bot/{kind}/{place}/member/{member}"
    return f"/v2/bot/group/{place}/summary" if kind == "group" else ""


def _said(told: object, key: str) -> str:
    value = told.get(key) if isinstance(told, dict) else None
    return value if isinstance(value, str) else ""
