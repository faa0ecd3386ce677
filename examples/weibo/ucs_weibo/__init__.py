"""Weibo's fans service (粉丝服务平台), by which a verified account talks with whoever writes to it.

From the top: how a channel is configured, what Weibo's refusals mean, the class `Weibo`, and then the two things it leans on:
what arrives, and what we say. Not here, because Weibo documents none of it: video, files and stickers, receipts, taking a message
back, showing that we write. Weibo must push JSON; its XML, which imitates another platform, is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, Field, SecretStr, StringConstraints, ValidationError

from channels import (
    Adapter,
    Answer,
    ButtonLimit,
    Config,
    FileLimit,
    Http,
    Manifest,
    MediaLink,
    Outbound,
    Pace,
    Profile,
    Receipt,
    Request,
    Response,
    Sends,
    Stream,
)
from channels.errors import (
    DeliveryError,
    Malformed,
    Rejected,
    Throttled,
    Unauthorized,
    Uncertain,
    Unreachable,
    Untrusted,
    WindowClosed,
)
from channels.events import CustomerJoined, CustomerLeft, MessageReceived, Received, Tapped, Unknown
from channels.parts import Audio, Card, Carousel, Image, Location, MediaRef, Opaque, Part, Text
from channels.signatures import require_fresh, require_sorted_sha1

WebAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+\S*$")]


class WeiboConfig(Config):
    """One verified account and the app that speaks for it, as on the account's page 粉丝服务 → 高级功能 → 开发模式."""

    app_secret: SecretStr = Field(min_length=1, description="App Secret of the app; Weibo signs with it.")
    access_token: SecretStr = Field(min_length=1, description="Shown there once the account has authorised the app.")
    reply_url: WebAddress = "https://m.api.weibo.com/2/messages/reply.json"
    media_url: WebAddress = "https://upload.api.weibo.com/2/mss/msget"
    profile_url: WebAddress = "https://api.weibo.com/2/eps/user/info.json"


# https://open.weibo.com/wiki/Error_code, as far as something other than giving up helps.
ERRORS: dict[str, type[DeliveryError]] = {
    **dict.fromkeys(("10001", "10002", "10003", "10009", "10010", "10011"), Unreachable),  # busy, or broken
    **dict.fromkeys(("10022", "10023", "10024"), Throttled),  # this hour's calls of our IP, user, interface are used up
    **dict.fromkeys(("21301", "21314", "21315", "21316", "21317", "21327", "21332"), Unauthorized),  # the token
    "10004": Unauthorized,  # our IP may not call: nothing gets through until an admin has seen to it
    "26403": WindowClosed,  # seen in public code where nothing more may be said; the documentation is silent about it
}
STATUSES: dict[int, type[DeliveryError]] = {401: Unauthorized, 429: Throttled}
REASONS: dict[type[DeliveryError], str] = {
    Unreachable: "Weibo has a problem of its own",
    Throttled: "Weibo asks us to slow down",
    Unauthorized: "Weibo does not let us in, see to the access token and the app's rights",
    WindowClosed: "Weibo takes no more answers to what this customer wrote",
    Rejected: "Weibo refused it",
}


def refusal(answer: Answer) -> DeliveryError | None:
    """The error that says what to do next; None if it is no refusal. What Weibo says itself stands in the reason."""
    told = object_in(answer.body)
    code = str(told.get("error_code") or "")  # a number or a text
    if answer.status < 300 and not code and "error" not in told:
        return None
    kind = ERRORS.get(code) or STATUSES.get(answer.status) or (Unreachable if answer.status >= 500 else Rejected)
    return kind(f"{REASONS[kind]}: {told.get('error') or answer.status}", code=code or str(answer.status))


def object_in(body: bytes) -> dict[str, Any]:
    """The JSON object that a body is; an empty one if it is something else."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


class Weibo(Adapter[WeiboConfig]):
    """One verified Weibo account."""

    manifest = Manifest(
        name="weibo",
        title="Weibo",
        documentation="https://open.weibo.com/wiki/Receive_General_Message",
        sends=Sends(
            text=280,  # Weibo takes fewer than 300
            image=FileLimit(10_000_000, ("image/jpeg", "image/png", "image/gif"), captioned=True),  # our own figure
            location=True,
            card=ButtonLimit(count=3, label=40),
            carousel=8,
        ),
        reply_window=timedelta(hours=48),
        keeps_time=True,  # a push is repeated as it was, `created_at` and all
        errors=ERRORS,
        pace=Pace(account=10.0),  # the commercial interface allows 50,000 calls an hour
    )

    def verify(self, request: Request) -> None:
        """https://open.weibo.com/wiki/Verify_Message_Authenticity

        The signature does not cover the body, so a URL that was once seen must not be good for ever.
        """
        timestamp, nonce = request.query.get("timestamp", ""), request.query.get("nonce", "")
        secret = self.config.app_secret.get_secret_value()
        require_sorted_sha1((secret, timestamp, nonce), request.query.get("signature"))
        if not re.fullmatch(r"[0-9]{10}([0-9]{3})?", timestamp):
            raise Untrusted("The timestamp is neither seconds nor milliseconds since 1970.")
        require_fresh(datetime.fromtimestamp(int(timestamp[:10]), UTC), request.at, timedelta(minutes=10))

    def answer(self, request: Request) -> Response:
        """When the address is entered on Weibo's page, what Weibo wants to hear back; nothing at any other time."""
        return Response(body=request.query.get("echostr", "").encode())

    def parse(self, request: Request) -> Iterable[Received]:
        if request.method == "GET":  # Weibo looks whether we are there
            return ()
        try:
            return (received(Push.model_validate(request.json())),)
        except ValidationError as error:
            wrong = ", ".join(".".join(map(str, each["loc"])) or "the whole" for each in error.errors())
            raise Malformed(f"A push of Weibo's was expected; this one cannot be read: {wrong}.") from None

    async def send(self, message: Outbound, http: Http) -> Receipt:
        """https://open.weibo.com/wiki/Send_Customer_Service_Message"""
        kind, data = said(message.parts[0], message.media)
        form = {"type": kind, "receiver_id": message.customer, "data": orjson.dumps(data).decode()}
        answer = await http.request("POST", self.config.reply_url, form=form | self._token())
        if error := refusal(answer):
            raise error
        if object_in(answer.body).get("result") is not True:
            raise Uncertain("Weibo did not say whether it took the message.")
        return Receipt()

    async def fetch(self, media: MediaRef, http: Http) -> Stream:
        """A picture or a voice. Weibo may answer 200 to what it refuses, with JSON where the file should be.

        https://open.weibo.com/wiki/index.php?title=上传下载多媒体文件
        """
        answer, stream = await http.stream("GET", self.config.media_url, query={"fid": media.key} | self._token())
        if stream.mime == "application/json":
            answer = replace(answer, body=b"".join([chunk async for chunk in stream.chunks]))
            raise refusal(answer) or Rejected("Weibo sent JSON where a file was expected.")
        if error := refusal(answer):
            raise error
        return stream

    async def profile(self, customer: str, http: Http) -> Profile:
        """Of those who follow us. Of others Weibo says nothing but that they do not.

        https://open.weibo.com/wiki/2/eps/user/info
        """
        answer = await http.request("GET", self.config.profile_url, query={"uid": customer} | self._token())
        if error := refusal(answer):
            raise error
        name, language, picture = map(object_in(answer.body).get, ("nickname", "language", "headimgurl"))
        return Profile(str(name or ""), str(language or ""), str(picture or ""))

    def _token(self) -> dict[str, str]:
        return {"access_token": self.config.access_token.get_secret_value()}


def moment(text: object) -> object:
    """`Wed Jan 01 08:00:00 +0800 2025`. What is no text is left to pydantic to refuse."""
    return datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y") if isinstance(text, str) else {}


class Push(BaseModel):
    """What Weibo sends, one at a time. https://open.weibo.com/wiki/Receive_General_Message

    There is no id in it, so our events have none and the service recognises a repeated one by all that it says.
    """

    type: str
    sender_id: Annotated[int, Field(gt=0, lt=2**63)]
    created_at: Annotated[datetime, BeforeValidator(moment)]
    text: str = ""
    data: dict[str, Any] = {}


class Happening(BaseModel, coerce_numbers_to_str=True):
    """`data` of an event. https://open.weibo.com/wiki/Receive_Event_Push"""

    subtype: str
    key: str = ""


class Place(BaseModel):
    """`data` of a position: numbers, written as texts. Weibo does not say by which datum; we take them for WGS 84."""

    longitude: Annotated[float, Field(ge=-180, le=180)]
    latitude: Annotated[float, Field(ge=-90, le=90)]


class Recording(BaseModel, coerce_numbers_to_str=True):
    """`data` of a picture or a voice: the file's id for its receiver, which we are. (`vfid` is the sender's.)"""

    tovfid: str = Field(min_length=1)


def received(push: Push) -> Received:
    """The event that a push is. Raises pydantic's `ValidationError` if its `data` is not what its kind needs."""
    at, customer = push.created_at, str(push.sender_id)
    if push.type != "event":
        return MessageReceived("", at, customer, (part_of(push),))
    happening = Happening.model_validate(push.data)
    match happening.subtype:
        case "follow" | "subscribe":
            return CustomerJoined("", at, customer)
        case "unfollow" | "unsubscribe":
            return CustomerLeft("", at, customer, happening.subtype)
        case "click" | "scan" | "scan_follow":
            return Tapped("", at, customer, payload=happening.key)
        case other:  # also `view`: opening a link of our menu is nothing that wants an answer
            return Unknown("", at, customer, f"event.{other}", push.data)


def part_of(push: Push) -> Part:
    """What a customer said. A kind that we do not know yet was said all the same, so the agent sees that there was something."""
    match push.type:
        case "text" | "mention":
            return Text(push.text.replace("\r\n", "\n").replace("\r", "\n"))
        case "position":
            place = Place.model_validate(push.data)
            return Location(place.latitude, place.longitude, title=push.text)
        case "image":  # its text is always the same sentence of Weibo's
            return Image(MediaRef(Recording.model_validate(push.data).tovfid))
        case "voice":
            return Audio(MediaRef(Recording.model_validate(push.data).tovfid))
        case _:
            return Opaque(push.type, push.text, push.data)


def said(part: Part, links: Mapping[str, MediaLink]) -> tuple[str, dict[str, Any]]:
    """`type` and `data` of a reply. A picture has no type of its own: it is an article that shows it and opens it."""
    match part:
        case Text():
            return "text", {"text": part.text}
        case Location():  # a pin has no name
            return "position", {"longitude": f"{part.longitude:.6f}", "latitude": f"{part.latitude:.6f}"}
        case Image(media=str(media)):
            picture = Card(part.caption or links[media].name, media=media, url=links[media].url)
            return "articles", {"articles": [article(picture, links)]}
        case Card():
            return "articles", {"articles": [article(part, links)]}
        case Carousel():
            return "articles", {"articles": [article(card, links) for card in part.cards]}
        case _:
            raise Rejected(f"Weibo has no message for a part of type {part.type!r}.")


def article(card: Card, links: Mapping[str, MediaLink]) -> dict[str, str]:
    """A card as Weibo shows one. It has no buttons: they are lines of its text, and what stands there can be typed."""
    buttons = (" ".join(filter(None, (button.label, button.url, button.phone))) for button in card.buttons)
    found = {"display_name": card.title, "summary": "\n".join(filter(None, (card.text, *buttons))), "url": card.url}
    if isinstance(card.media, str):
        found["image"] = links[card.media].preview or links[card.media].url
    return found
