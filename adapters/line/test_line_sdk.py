"""A second reader: whatever LINE's own SDK reads in our golden webhooks, we read the same; and what it cannot read is listed here.

The SDK (Apache-2.0) is for tests only. It believes a signature when LINE's algorithm says so, which makes it a judge of ours as well.
https://github.com/line/line-bot-sdk-python
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from linebot.v3 import WebhookParser
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.models import UnknownEvent

from adapters.line import test_line
from channels.events import (
    CustomerJoined,
    CustomerLeft,
    MessageEdited,
    MessageRecalled,
    MessageReceived,
    Tapped,
    Unknown,
)
from channels.kit import InboundCase
from channels.parts import Audio, File, Image, Location, Part, Sticker, Text, Video

KIT = test_line.TestLine()
CASES = {KIT.name_of(case).removeprefix("in/"): case for case in KIT.inbound()}
SDK = WebhookParser(test_line.SECRET)

# What the SDK makes nothing of, and why. Everything else it has to read.
UNREAD = {
    "message_new_kind": "a kind of message that LINE has not thought of yet",
    "new_event": "a kind of event that LINE has not thought of yet",
    "source_new_kind": "a kind of place that LINE has not thought of yet",
    "sticker_text": "a kind of sticker that LINE has not thought of yet",
    "no_source": "broken: there is nobody whom an answer could go to",
    "unreadable_place": "broken: a place without coordinates",
    "several": "the second of three is broken: a text without a text",
    "verify_old": "as the console sent it once, before there were tokens to quote with",
}
# The SDK's kinds of events and of messages, and ours. A kind that is missing here is one that we keep as `Unknown`.
EVENTS: dict[str, type[Any]] = {
    "MessageEvent": MessageReceived,
    "MessageEditedEvent": MessageEdited,
    "UnsendEvent": MessageRecalled,
    "PostbackEvent": Tapped,
    "FollowEvent": CustomerJoined,
    "JoinEvent": CustomerJoined,
    "UnfollowEvent": CustomerLeft,
    "LeaveEvent": CustomerLeft,
}
PARTS: dict[str, type[Part]] = {
    "TextMessageContent": Text,
    "ImageMessageContent": Image,
    "VideoMessageContent": Video,
    "AudioMessageContent": Audio,
    "FileMessageContent": File,
    "LocationMessageContent": Location,
    "StickerMessageContent": Sticker,
}
# What a part of ours says, and where the SDK has it.
SAID: dict[type[Part], Callable[[Any, Any], list[tuple[Any, Any]]]] = {
    Text: lambda part, message: [(part.text, message.text.replace("\r\n", "\n"))],
    Image: lambda part, message: [(part.media.key, _where(message))],
    Video: lambda part, message: [(part.media.key, _where(message)), (part.seconds, _seconds(message))],
    Audio: lambda part, message: [(part.media.key, _where(message)), (part.seconds, _seconds(message))],
    File: lambda part, message: [(part.name, message.file_name), (part.media.size, message.file_size)],
    Location: lambda part, message: [
        ((part.latitude, part.longitude), (message.latitude, message.longitude)),
        ((part.title, part.address), (message.title or "", message.address or "")),
    ],
    Sticker: lambda part, message: [(part.sticker, f"{message.package_id}/{message.sticker_id}")],
}


def read(case: InboundCase) -> list[Any]:
    request = KIT.request_of(case)
    found: list[Any] = SDK.parse(request.body.decode(), request.headers.get("x-line-signature", ""))
    return found


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.error])
def test_what_the_sdk_reads_we_read_the_same(name: str) -> None:
    case = CASES[name]
    theirs = read(case)
    assert len(theirs) == len(case.events)
    unread = [each for each in theirs if isinstance(each, UnknownEvent)]
    assert bool(unread) == (name in UNREAD), (
        "The golden bytes are not as LINE sends them, or UNREAD says so of too many."
    )
    for ours, event in zip(case.events, theirs, strict=True):
        if not isinstance(event, UnknownEvent):
            assert [pair for pair in _compared(ours, event) if pair[0] != pair[1]] == []


@pytest.mark.parametrize("name", ["signature_missing", "signature_wrong"])
def test_what_the_sdk_does_not_believe_we_do_not_believe(name: str) -> None:
    assert CASES[name].error == "Untrusted"
    with pytest.raises(InvalidSignatureError):
        read(CASES[name])


def _compared(ours: Any, event: Any) -> list[tuple[Any, Any]]:
    kind = EVENTS.get(type(event).__name__, Unknown)
    if event.mode == "standby" and kind is MessageReceived:
        kind = Unknown
    pairs: list[tuple[Any, Any]] = [
        (type(ours), kind),
        (ours.id, event.webhook_event_id),
        (_milliseconds(ours.at), event.timestamp),
        (ours.customer, _address(event.source)),
    ]
    if kind in (MessageReceived, MessageEdited):
        pairs += _said(ours, event.message)
    if kind is MessageRecalled:
        pairs.append((ours.message, event.unsend.message_id))
    if kind is Tapped:
        pairs += [(ours.payload, event.postback.data), (dict(ours.fields), event.postback.params or {})]
    if kind in (MessageReceived, Tapped, CustomerJoined):
        pairs.append((ours.reply_token.token if ours.reply_token else None, event.reply_token))
    return pairs


def _said(ours: Any, message: Any) -> list[tuple[Any, Any]]:
    (part,) = ours.parts
    kind = PARTS[type(message).__name__]
    quoted = getattr(message, "quoted_message_id", None) or ""
    pairs = [
        (type(part), kind),
        (ours.message, message.id),
        (ours.quote_token, getattr(message, "quote_token", None) or ""),
    ]
    return pairs + SAID[kind](part, message) + ([(ours.reply_to, quoted)] if isinstance(ours, MessageReceived) else [])


def _address(source: Any) -> str:
    found = getattr(source, "group_id", None) or getattr(source, "room_id", None) or getattr(source, "user_id", None)
    return str(found or "")


def _where(message: Any) -> str:
    provider = message.content_provider
    return str(provider.original_content_url if provider.type == "external" else message.id)


def _seconds(message: Any) -> float | None:
    return None if message.duration is None else message.duration / 1000


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
