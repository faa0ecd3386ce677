"""What WeCom tells: a call that something is there, and the messages and events that are then asked for. Pure.

Both are read by `parse`, each asked-for message as a request of its own; so one that cannot be read costs no other, and its bytes are
kept. A customer's address is `ACCOUNT/CUSTOMER`, for the same person may write to several accounts.
https://developer.work.weixin.qq.com/document/path/94670
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from adapters._tencent.document import Push, moment_at, object_in, text_at, text_in, words
from adapters.wecom.config import WecomConfig
from adapters.wecom.content import parts_of
from adapters.wecom.refusals import FAILURES
from channels.errors import Malformed
from channels.events import (
    Announced,
    CustomerJoined,
    MessageRecalled,
    MessageReceived,
    Received,
    ReplyToken,
    Status,
    StatusReported,
    Tapped,
    Unknown,
)

WELCOME_FOR = timedelta(seconds=20)
OF_THE_CUSTOMER, OF_A_COLLEAGUE = "3", "5"  # `origin`


class Envelope(NamedTuple):
    """What every message and event has."""

    id: str
    at: datetime
    customer: str
    config: WecomConfig


def events_of(told: Push, config: WecomConfig) -> tuple[Received, ...]:
    """A call has `MsgType`, what is asked for has `msgtype`. Raises `Malformed` for anything else, and for what lacks what its kind
    cannot do without."""
    if text_in(told, "MsgType"):
        return (_announced(told, config),)
    kind = text_in(told, "msgtype")
    if not kind:
        raise Malformed("There is neither a call of WeCom's in it (`MsgType`) nor a message (`msgtype`).")
    if kind == "event":
        return _happened(told, config)
    envelope = _envelope(told, told, config)
    origin = text_in(told, "origin")
    if origin != OF_THE_CUSTOMER:
        who = "colleague" if origin == OF_A_COLLEAGUE else f"origin_{origin[:20]}"
        return (Unknown(envelope.id, envelope.at, envelope.customer, f"{who}.{kind}", told),)
    return (_said(kind, object_in(told, kind), envelope),)


def _announced(push: Push, config: WecomConfig) -> Received:
    """The call names an account, and has a token that is good for ten minutes."""
    at, event = moment_at(push, "CreateTime"), text_in(push, "Event")
    if at is None:
        raise Malformed(f"`CreateTime` is {str(push.get('CreateTime'))[:40]!r}, not seconds since 1970.")
    if event != "kf_msg_or_event":
        return Unknown("", at, text_in(push, "FromUserName"), f"push.{event or text_in(push, 'MsgType')}", push)
    account = text_at(push, "OpenKfId")
    if account not in config.accounts:
        return Unknown("", at, "", "other_account", push)
    return Announced("", at, hint=f"{account} {text_in(push, 'Token')}")


def _envelope(told: Push, where: Push, config: WecomConfig) -> Envelope:
    """`where` the people are named: in the message, or inside of an event."""
    at = moment_at(told, "send_time")
    if at is None:
        raise Malformed(f"`send_time` is {str(told.get('send_time'))[:40]!r}, not seconds since 1970.")
    customer = f"{text_at(where, 'open_kfid').strip()}/{text_at(where, 'external_userid').strip()}"
    return Envelope(text_at(told, "msgid"), at, customer, config)


def _said(kind: str, said: Push, envelope: Envelope) -> Received:
    """An answer picked in a menu of ours comes as a text that names what was picked."""
    id, at, customer, config = envelope
    if kind == "text" and (picked := text_in(said, "menu_id")):
        return Tapped(id, at, customer, picked, words(text_in(said, "content")))
    return MessageReceived(id, at, customer, parts_of(kind, said, config.map_datum), message=id)


def _happened(told: Push, config: WecomConfig) -> tuple[Received, ...]:
    event = object_in(told, "event")
    name = text_at(event, "event_type")
    reader = EVENTS.get(name)
    if reader is not None:
        return reader(event, _envelope(told, event, config))
    at = moment_at(told, "send_time")
    if at is None:
        raise Malformed(f"`send_time` is {str(told.get('send_time'))[:40]!r}, not seconds since 1970.")
    account, customer = text_in(event, "open_kfid"), text_in(event, "external_userid")
    address = f"{account}/{customer}" if account and customer else ""
    return (Unknown(text_in(told, "msgid"), at, address, f"event.{name}", told),)


def _entered(event: Push, envelope: Envelope) -> tuple[Received, ...]:
    """With the permission to say one thing at once, where the customer has not been welcomed lately. What opened the chat says where
    the customer comes from; taken for a tap, it opens a contact for a robot to greet in."""
    id, at, customer, config = envelope
    code = text_in(event, "welcome_code")
    token = ReplyToken(code, at + WELCOME_FOR) if code else None
    joined = CustomerJoined(id, at, customer, reply_token=token)
    if token is None or not config.entering_counts:
        return (joined,)
    scene = text_in(event, "scene_param") or text_in(event, "scene") or "enter_session"
    return (joined, Tapped(f"{id}.entered", at, customer, scene, reply_token=token))


def _failed(event: Push, envelope: Envelope) -> tuple[Received, ...]:
    """The only thing that WeCom says of a message that it has taken."""
    id, at, customer, _ = envelope
    code = text_in(event, "fail_type")
    reason = FAILURES.get(code, f"WeCom could not deliver it, for a reason that it calls {code or 'nothing'}.")
    return (StatusReported(id, at, customer, text_at(event, "fail_msgid"), Status.FAILED, reason, code),)


def _recalled(event: Push, envelope: Envelope) -> tuple[Received, ...]:
    id, at, customer, _ = envelope
    return (MessageRecalled(id, at, customer, text_at(event, "recall_msgid")),)


# Events that our vocabulary has a word for. All others are `Unknown` under WeCom's name: what agents do in WeCom itself
# (`servicer_status_change`, `session_status_change`, `servicer_recall_msg`; `reject_customer_msg_switch_change` when one does not want
# to hear from a customer), and whatever WeCom thinks of next.
EVENTS: dict[str, Callable[[Push, Envelope], tuple[Received, ...]]] = {
    "enter_session": _entered,
    "msg_send_fail": _failed,
    "user_recall_msg": _recalled,
}
