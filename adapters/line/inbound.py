"""What a LINE webhook means. Pure: a request in, events out. The way out is `outbound.py`.

LINE adds event types, properties and values without notice, so nothing here insists on more than it uses. An event we have
no word for (a beacon, a membership, a finished video) is `Unknown` under LINE's own name; one that lacks what its kind
cannot do without is `Unknown` as `unreadable.KIND`, with the reason next to the raw event. Neither loses the others.

Plain dictionary reads with type checks, no models: this runs for every message of every customer.
https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from adapters.line.content import album_of, part_of, text_at
from channels import Request
from channels.errors import Malformed
from channels.events import (
    Author,
    CustomerJoined,
    CustomerLeft,
    MessageEdited,
    MessageRecalled,
    MessageReceived,
    Received,
    ReplyToken,
    Tapped,
    Unknown,
)

# However often an event is redelivered, LINE takes its reply token for so long after it happened.
TOKEN_LIFE = timedelta(minutes=20)

# The console's "Verify" button once sent two made-up messages with these tokens. Nobody said them.
VERIFY_TOKENS = frozenset({"0" * 32, "f" * 32})

# Milliseconds since 1970 that are a time at all: from 2001 to 2100.
FIRST_MOMENT, LAST_MOMENT = 10**12, 4_102_444_800_000


class Envelope(NamedTuple):
    """What every event has: its id, its time, the address that answers go to, who wrote (in a group), and the free answer."""

    id: str
    at: datetime
    customer: str
    author: Author | None
    reply_token: ReplyToken | None


def read(request: Request, token_for: timedelta) -> list[Received]:
    """All events of one webhook, in its order. Raises `Malformed` only if there is no list of events to be found.

    A reply token is good for `token_for` after *this* delivery, which is how LINE counts it for a repeated one, too.
    """
    body = request.json()
    events = body.get("events") if type(body) is dict else None
    if type(events) is not list:
        raise Malformed("The body has no list under `events`, which every LINE webhook has.")
    until = request.at + token_for
    received: list[Received] = []
    for event in events:
        try:
            received.append(_event(event, until))
        except Malformed as error:
            received.append(_unreadable(event, str(error), request.at))
    return received


def _event(event: Any, until: datetime) -> Received:
    if type(event) is not dict:
        raise Malformed(f"An event is an object, not {type(event).__name__}.")
    kind = event.get("type")
    if type(kind) is not str:
        raise Malformed("The event has no `type`.")
    envelope = _envelope(event, until)
    if event.get("mode") == "standby" and kind not in HEARD_IN_STANDBY:
        return Unknown(envelope.id, envelope.at, envelope.customer, f"standby.{kind}", event)
    if envelope.reply_token is not None and envelope.reply_token.token in VERIFY_TOKENS:
        return Unknown(envelope.id, envelope.at, envelope.customer, f"verify.{kind}", event)
    reader = READERS.get(kind)
    if reader is None:
        return Unknown(envelope.id, envelope.at, envelope.customer, kind, event)
    if not envelope.customer:
        raise Malformed("The event has no `source` that an answer could go to.")
    return reader(event, envelope)


def _envelope(event: dict[str, Any], until: datetime) -> Envelope:
    at = _moment(event)
    if at is None:
        raise Malformed(f"The event's `timestamp` is {event.get('timestamp')!r}, not milliseconds since 1970.")
    customer, user = _source(event.get("source"))
    token = event.get("replyToken")
    reply_token = None
    if type(token) is str and token:
        delivery = event.get("deliveryContext")
        if type(delivery) is dict and delivery.get("isRedelivery") is True:
            until = min(until, at + TOKEN_LIFE)
        reply_token = ReplyToken(token, until)
    identity = event.get("webhookEventId")
    author = Author(user) if user and user != customer else None
    return Envelope(identity if type(identity) is str else "", at, customer, author, reply_token)


def _moment(event: dict[str, Any]) -> datetime | None:
    moment = event.get("timestamp")
    if type(moment) is not int or not FIRST_MOMENT < moment < LAST_MOMENT:
        return None
    return datetime.fromtimestamp(moment / 1000, UTC)


def _source(source: Any) -> tuple[str, str]:
    """Where an answer goes (a group, a room, else the user), and which user it was, if LINE says."""
    if type(source) is not dict:
        return "", ""
    user = source.get("userId")
    user = user if type(user) is str else ""
    place = source.get("groupId") or source.get("roomId")
    return (place if type(place) is str else user), user


def _unreadable(event: Any, why: str, received_at: datetime) -> Unknown:
    """An event with a time keeps it, so that its repetition is known again."""
    raw = {"why": why, "event": event}
    if type(event) is not dict:
        return Unknown("", received_at, "", "unreadable", raw)
    identity, kind = event.get("webhookEventId"), event.get("type")
    identity = identity if type(identity) is str else ""
    name = f"unreadable.{kind}" if type(kind) is str else "unreadable"
    return Unknown(identity, _moment(event) or received_at, _source(event.get("source"))[0], name, raw)


def _message(event: dict[str, Any], envelope: Envelope) -> Received:
    message = _object(event, "message")
    identity = text_at(message, "id")
    read_token, quoted, quote_token = (message.get(key) for key in ("markAsReadToken", "quotedMessageId", "quoteToken"))
    return MessageReceived(
        envelope.id,
        envelope.at,
        envelope.customer,
        (part_of(message),),
        identity,
        envelope.author,
        quoted if type(quoted) is str else "",
        envelope.reply_token,
        read_token if type(read_token) is str else "",
        "",
        album_of(message["imageSet"]) if "imageSet" in message else "",
        quote_token if type(quote_token) is str else "",
    )


def _edited(event: dict[str, Any], envelope: Envelope) -> Received:
    message = _object(event, "message")
    identity, token = text_at(message, "id"), message.get("quoteToken")
    quote_token = token if type(token) is str else ""
    return MessageEdited(envelope.id, envelope.at, envelope.customer, identity, (part_of(message),), quote_token)


def _recalled(event: dict[str, Any], envelope: Envelope) -> Received:
    return MessageRecalled(envelope.id, envelope.at, envelope.customer, text_at(_object(event, "unsend"), "messageId"))


def _tapped(event: dict[str, Any], envelope: Envelope) -> Received:
    postback = _object(event, "postback")
    params = postback.get("params")
    picked = {key: str(value) for key, value in params.items()} if type(params) is dict else {}
    token = envelope.reply_token
    return Tapped(
        envelope.id, envelope.at, envelope.customer, text_at(postback, "data"), reply_token=token, fields=picked
    )


def _joined(event: dict[str, Any], envelope: Envelope) -> Received:
    return CustomerJoined(envelope.id, envelope.at, envelope.customer, reply_token=envelope.reply_token)


def _left(event: dict[str, Any], envelope: Envelope) -> Received:
    return CustomerLeft(envelope.id, envelope.at, envelope.customer, event["type"])


# LINE's event types that our vocabulary has a word for. All others are `Unknown` under LINE's name: memberJoined, memberLeft,
# videoPlayComplete, beacon, accountLink, membership, module, activated, deactivated, botSuspended, botResumed, delivery,
# and whatever LINE thinks of next. (Members come and go inside a group; the group, which is our customer, stays.)
READERS: dict[str, Callable[[dict[str, Any], Envelope], Received]] = {
    "message": _message,
    "messageEdited": _edited,
    "unsend": _recalled,
    "postback": _tapped,
    "follow": _joined,
    "join": _joined,
    "unfollow": _left,
    "leave": _left,
}

# In standby another module of the official account answers, and we are to keep silent. What the customer says is therefore
# kept whole but as `Unknown`: as a message it would wake a robot. What takes something back is heard at any time.
HEARD_IN_STANDBY = frozenset({"unsend", "unfollow", "leave"})


def _object(event: dict[str, Any], key: str) -> dict[str, Any]:
    value = event.get(key)
    if type(value) is not dict:
        raise Malformed(f"The event has no object under `{key}`.")
    return value
