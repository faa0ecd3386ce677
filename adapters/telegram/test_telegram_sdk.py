"""A second reader: whatever python-telegram-bot reads in our golden updates, we read the same; and what it cannot read is listed here.

We read updates without it, because it fails where something is missing. Where nothing is missing it is the judge; where something is,
see `test_telegram_sdk_odd.py`. docs/decisions/0030
https://docs.python-telegram-bot.org/en/stable/telegram.update.html#telegram.Update.de_json
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from telegram import Message, Update

from adapters.telegram import test_telegram
from channels.events import (
    CustomerJoined,
    CustomerLeft,
    MessageEdited,
    MessageReceived,
    Reacted,
    Received,
    Tapped,
    Unknown,
)
from channels.kit import InboundCase
from channels.parts import Audio, ContactCard, File, Image, Location, Opaque, Part, Sticker, Text, Video

KIT = test_telegram.TestTelegram()
CASES = {KIT.name_of(case).removeprefix("in/"): case for case in KIT.inbound() if not case.error}

# What the SDK fails at, and why. Everything else it has to read.
UNREAD = {"no_date": "broken: a message without a date"}
# Where we know more than it, or less, on purpose.
OURS = {
    "no_chat": "broken: the SDK takes the message's number for granted, and who is answered as well",
    "message_new_kind": "the SDK leaves out what it does not know",
}
Pairs = list[tuple[Any, Any]]


def read(case: InboundCase) -> Update:
    found = Update.de_json(deepcopy(case.payload), None)
    assert found is not None
    return found


@pytest.mark.parametrize("name", [name for name in CASES if name not in UNREAD | OURS])
def test_what_the_sdk_reads_we_read_the_same(name: str) -> None:
    case, update = CASES[name], read(CASES[name])
    for place, ours in enumerate(case.events):
        suffix = f"/{place}" if place else ""
        pairs = [(ours.id, f"{update.update_id}{suffix}"), *compared(ours, update)]
        assert [pair for pair in pairs if pair[0] != pair[1]] == []


@pytest.mark.parametrize("name", UNREAD)
def test_what_the_sdk_fails_at_is_kept(name: str) -> None:
    with pytest.raises(KeyError):
        read(CASES[name])
    assert [type(event) for event in CASES[name].events] == [Unknown]


def compared(ours: Received, update: Update) -> Pairs:
    match ours:
        case MessageReceived():
            assert update.message is not None
            return [
                *_said(ours, update.message),
                (ours.at, update.message.date),
                (ours.reply_to, _quoted(update.message)),
                (ours.album, update.message.media_group_id or ""),
            ]
        case MessageEdited():
            assert update.edited_message is not None
            return [*_said(ours, update.edited_message), (ours.at, update.edited_message.edit_date)]
        case Tapped():
            query = update.callback_query
            assert query is not None
            number = query.message.message_id if query.message else ""
            return [(ours.payload, query.data), (ours.message, str(number)), (ours.customer, str(query.from_user.id))]
        case Reacted():
            reaction = update.message_reaction
            assert reaction is not None
            emoji = reaction.old_reaction if ours.removed else reaction.new_reaction
            shown = [getattr(each, "emoji", "") for each in emoji]
            return [
                (ours.message, str(reaction.message_id)),
                (ours.emoji in shown, True),
                (ours.at, reaction.date),
            ]
        case CustomerJoined() | CustomerLeft():
            return _membership(ours, update)
        case _:
            return _unknown(ours, update)


def _said(ours: MessageReceived | MessageEdited, message: Message) -> Pairs:
    (part,) = ours.parts
    return [
        (ours.message, str(message.message_id)),
        (ours.customer, _address(message)),
        *SAID[type(part)](part, message),
    ]


def _membership(ours: CustomerJoined | CustomerLeft, update: Update) -> Pairs:
    """Somebody pressed Start, or a chat let our bot in or out."""
    if update.message is not None:
        return [(type(ours), CustomerJoined), ((update.message.text or "")[:6], "/start")]
    changed = update.my_chat_member
    assert changed is not None
    gone = changed.new_chat_member.status in ("kicked", "left")
    return [(type(ours), CustomerLeft if gone else CustomerJoined), (ours.customer, str(changed.chat.id))]


def _unknown(ours: Received, update: Update) -> Pairs:
    """What we have no word for must be none of what we have a word for: no message with content, no tap, no reaction in emoji."""
    assert isinstance(ours, Unknown)
    message = update.message
    content = message is not None and any(getattr(message, kind, None) for kind in CONTENT)
    tapped = update.callback_query is not None and update.callback_query.data is not None
    edited = update.edited_message is not None
    return [(content or tapped or edited, False)]


def _file(kinds: str) -> Callable[[Any, Message], Pairs]:
    """The largest of a picture's sizes, or the one file, of the first kind that is there."""

    def compared(part: Any, message: Message) -> Pairs:
        found = next(value for kind in kinds.split() if (value := getattr(message, kind, None)))
        file = found[-1] if isinstance(found, tuple) else found
        caption = (message.caption or "",) if hasattr(part, "caption") else ("",)
        said = (part.caption,) if hasattr(part, "caption") else ("",)
        return [(part.media.key, file.file_id), (part.media.size, file.file_size), (said, caption)]

    return compared


def _text(part: Text, message: Message) -> Pairs:
    """Links behind words are written out by us; without those the text is the SDK's."""
    links = [entity.url for entity in message.entities if entity.type == "text_link"]
    bare = part.text
    for link in links:
        bare = bare.replace(f" ({link})", "")
    return [(bare, (message.text or "").replace("\r\n", "\n")), (all(str(link) in part.text for link in links), True)]


def _place(part: Location, message: Message) -> Pairs:
    assert message.location is not None
    venue = message.venue
    return [
        ((part.latitude, part.longitude), (message.location.latitude, message.location.longitude)),
        ((part.title, part.address), (venue.title, venue.address) if venue else ("", "")),
    ]


def _card(part: ContactCard, message: Message) -> Pairs:
    contact = message.contact
    assert contact is not None
    name = " ".join(filter(None, (contact.first_name, contact.last_name)))
    return [(part.name, name), (part.phones, (contact.phone_number,))]


def _sticker(part: Sticker, message: Message) -> Pairs:
    assert message.sticker is not None
    return [(part.sticker, message.sticker.file_id), (part.text, message.sticker.emoji or "")]


def _opaque(part: Opaque, message: Message) -> Pairs:
    return [(bool(getattr(message, part.kind, None)), True)]


SAID: dict[type[Part], Callable[[Any, Message], Pairs]] = {
    Text: _text,
    Image: _file("photo"),
    Video: _file("live_photo animation video_note video"),
    Audio: _file("audio voice"),
    File: _file("audio voice document"),
    Location: _place,
    ContactCard: _card,
    Sticker: _sticker,
    Opaque: _opaque,
}
CONTENT = frozenset(
    {"text", "photo", "live_photo", "animation", "video", "video_note", "audio", "voice", "document"}
    | {"sticker", "location", "venue", "contact", "poll"}
)


def _address(message: Message) -> str:
    topic = f"/{message.message_thread_id}" if message.is_topic_message else ""
    return f"{message.chat.id}{topic}"


def _quoted(message: Message) -> str:
    """A topic's first message is quoted by all that is said in it, and nobody did that."""
    quoted = message.reply_to_message
    return "" if quoted is None or quoted.forum_topic_created else str(quoted.message_id)
