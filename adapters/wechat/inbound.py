"""What a push means. Pure: a push in, events out. What a message says is in `content.py`, the way out is `outbound.py`.

Messages have an id, events have none: the runtime then knows a repetition by all that it says. A push that lacks what its kind
cannot do without is `Unknown` as `unreadable.KIND`, with the reason next to it: refusing it would tell the customer that
the account is out of order. https://developers.weixin.qq.com/doc/service/Account_Management/Wechat_Accreditation_Event_Push.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from adapters._tencent.document import Push, moment_at, object_in, text_at, text_in, words
from adapters.wechat.config import WechatConfig
from adapters.wechat.content import parts_of, place_of
from channels.errors import Malformed
from channels.events import (
    CustomerJoined,
    CustomerLeft,
    MessageReceived,
    Received,
    ReplyToken,
    Status,
    StatusReported,
    Tapped,
    Unknown,
)

SCENE = "qrscene_"  # stands before what a QR code carries when scanning it made the customer follow us


class Envelope(NamedTuple):
    """What every push has: when, who (an openid), and the answer that may go back in the response."""

    at: datetime
    customer: str
    reply_token: ReplyToken | None
    config: WechatConfig


def events_of(push: Push, received_at: datetime, config: WechatConfig) -> tuple[Received, ...]:
    """Raises `Malformed` only if it cannot be seen what kind of push it is."""
    kind = text_in(push, "MsgType")
    if not kind:
        why = "it is encrypted, so set the channel's mode" if "Encrypt" in push else "every push of WeChat's has one"
        raise Malformed(f"The push has no `MsgType`: {why}.")
    try:
        envelope = _envelope(push, received_at, config)
        return _happened(push, envelope) if kind == "event" else (_said(push, envelope),)
    except Malformed as error:
        raw = {"why": str(error), "push": push}
        event = f"event.{text_in(push, 'Event')}" if kind == "event" else kind
        return (
            Unknown(
                "",
                moment_at(push, "CreateTime") or received_at,
                text_in(push, "FromUserName"),
                f"unreadable.{event}",
                raw,
            ),
        )


def _envelope(push: Push, received_at: datetime, config: WechatConfig) -> Envelope:
    at, customer = moment_at(push, "CreateTime"), text_at(push, "FromUserName").strip()
    if at is None:
        raise Malformed(f"`CreateTime` is {str(push.get('CreateTime'))[:40]!r}, not seconds since 1970.")
    if not customer:
        raise Malformed("`FromUserName` is blank.")
    token = None
    if config.passive_for:
        name = text_in(push, "MsgId") or f"{customer}-{int(at.timestamp())}-{text_in(push, 'Event')}"
        token = ReplyToken(f"{text_in(push, 'ToUserName')}/{name}", received_at + config.passive_for)
    return Envelope(at, customer, token, config)


def _said(push: Push, envelope: Envelope) -> Received:
    """A tap on a menu of ours comes as a text that names what was tapped."""
    identity, tapped = text_in(push, "MsgId"), text_in(push, "bizmsgmenuid")
    at, customer, token, config = envelope
    if tapped:
        return Tapped(identity, at, customer, tapped, words(text_in(push, "Content")), reply_token=token)
    parts = parts_of(push, config.map_datum)
    return MessageReceived(identity, at, customer, parts, message=identity, reply_token=token)


def _happened(push: Push, envelope: Envelope) -> tuple[Received, ...]:
    name = text_at(push, "Event")
    reader = EVENTS.get(name.lower())
    return reader(push, envelope) if reader else (_unknown(push, envelope),)


def _unknown(push: Push, envelope: Envelope) -> Received:
    return Unknown("", envelope.at, envelope.customer, f"event.{text_in(push, 'Event')}", push)


def _joined(push: Push, envelope: Envelope) -> tuple[Received, ...]:
    """Who followed us by a QR code has come for what the code stands for, as if it had been scanned by a follower. Following alone
    opens no contact, so nobody will answer it."""
    at, customer, token, _ = envelope
    scene = text_in(push, "EventKey").removeprefix(SCENE)
    joined = CustomerJoined("", at, customer)
    return (joined, Tapped("", at, customer, scene, reply_token=token)) if scene else (joined,)


def _left(push: Push, envelope: Envelope) -> tuple[Received, ...]:
    return (CustomerLeft("", envelope.at, envelope.customer, "unsubscribe"),)


def _tapped(push: Push, envelope: Envelope) -> tuple[Received, ...]:
    """A menu's button, or a scanned code: both say what we have written on them. A scanner's find and a picked place go along."""
    at, customer, token, config = envelope
    fields = {key: text_in(found, key) for found in (object_in(push, "ScanCodeInfo"),) for key in sorted(found)}
    if picked := object_in(push, "SendLocationInfo"):
        place = place_of(picked, config.map_datum)
        fields = {"latitude": f"{place.latitude:.6f}", "longitude": f"{place.longitude:.6f}"}
        fields |= {"title": place.title} if place.title else {}
        fields |= {"address": place.address} if place.address else {}
    fields = {key: value for key, value in fields.items() if value}
    return (Tapped("", at, customer, text_at(push, "EventKey"), reply_token=token, fields=fields),)


def _moved(push: Push, envelope: Envelope) -> tuple[Received, ...]:
    """Where the customer's phone is, every five seconds while the chat is open. Nobody said it to us: it is not kept."""
    return ()


def _template(push: Push, envelope: Envelope) -> tuple[Received, ...]:
    """What became of a template: `success`, or `failed` and a reason, with or without a space between them."""
    said = text_at(push, "Status")
    code = "0" if said == "success" else said.partition(":")[2].strip() or said
    return (_report(envelope, text_in(push, "MsgID") or text_at(push, "MsgId"), code, code),)


def _notices(push: Push, envelope: Envelope) -> tuple[Received, ...]:
    """What became of subscription notices: each in the list has a code, 0 for success."""
    found = object_in(push, "SubscribeMsgSentEvent").get("List", push.get("List"))
    items = found if type(found) is list else [found]
    reports = [
        _report(envelope, text_in(item, "MsgID"), text_in(item, "ErrorStatus"), text_in(item, "ErrorCode"))
        for item in items
        if type(item) is dict and text_in(item, "MsgID")
    ]
    return tuple({report.message: report for report in reports}.values()) or (_unknown(push, envelope),)


def _report(envelope: Envelope, message: str, said: str, code: str) -> StatusReported:
    at, customer = envelope.at, envelope.customer
    if code == "0":
        return StatusReported("", at, customer, message, Status.DELIVERED)
    reason = FAILURES.get(code, f"WeChat could not deliver it: {said or code or 'no explanation'}.")
    return StatusReported("", at, customer, message, Status.FAILED, reason, code)


FAILURES = {
    "user block": "The customer does not want messages like this one.",
    "system failed": "WeChat could not deliver it.",
    "freq limit": "The customer has had too many messages like this one.",
    "43101": "The customer has not agreed to this kind of notice.",
}

# Events that our vocabulary has a word for, by their name in lower case, for WeChat writes some in capitals. All others are
# `Unknown` under WeChat's name: opened links (`VIEW`, `view_miniprogram`), pictures picked in a menu (they come as messages,
# too), what became of a mass message, sessions of WeChat's own agents (`kf_…`), and whatever WeChat thinks of next.
EVENTS: dict[str, Callable[[Push, Envelope], tuple[Received, ...]]] = {
    "subscribe": _joined,
    "unsubscribe": _left,
    "scan": _tapped,
    "click": _tapped,
    "scancode_push": _tapped,
    "scancode_waitmsg": _tapped,
    "location_select": _tapped,
    "location": _moved,
    "templatesendjobfinish": _template,
    "subscribe_msg_sent_event": _notices,
}
