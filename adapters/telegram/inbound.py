"""What an update of Telegram's means. Pure: an update and the time in, events out. The way out is `outbound.py`.

Telegram adds kinds of updates and messages with every release, so nothing here insists on more than it uses. An update that we have
no word for (a poll, a channel's post, a business account's message) is `Unknown` under Telegram's own name, one that lacks what its
kind cannot do without is `Unknown` as `unreadable.KIND`, and what a group tells of itself is `Unknown` as `service.KIND`.

Plain dictionary reads with type checks, and not the SDK's `Update.de_json`: that makes objects of everything, takes longer than a
whole webhook may, and fails on an update where anything is missing. It judges us in tests. docs/decisions/0030
https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from adapters.telegram.content import Json, name_of, parts_of
from channels.errors import Malformed
from channels.events import (
    Author,
    CustomerJoined,
    CustomerLeft,
    MessageEdited,
    MessageReceived,
    Reacted,
    Received,
    Tapped,
    Unknown,
)
from channels.parts import Text

# Seconds since 1970 that are a time at all: from 2001 to 2100.
FIRST_MOMENT, LAST_MOMENT = 10**9, 4_102_444_800

# In such a place nobody answers: what a channel posts is not said to us.
ONE_WAY = "channel"

GONE = frozenset({"left", "kicked"})


class Spot(NamedTuple):
    """Where something was said: the address that answers go to, `CHAT` or `CHAT/TOPIC`, and how it is called there."""

    customer: str
    chat: Json
    private: bool

    @property
    def name(self) -> str:
        return name_of(self.chat)


def read(update: Any, at: datetime) -> list[Received]:
    """What one update means; `at` is now. Raises `Malformed` only for what is no update at all."""
    identity = update.get("update_id") if type(update) is dict else None
    if type(identity) is not int or not 0 <= identity < 2**53:
        raise Malformed("An object with a number under `update_id` was expected, which every update of Telegram's has.")
    id = str(identity)
    kind = next((key for key in update if key in READERS), "") or next(
        (key for key in update if key != "update_id"), ""
    )
    content = update.get(kind)
    reader = READERS.get(kind)
    if reader is None:
        return [Unknown(id, at, "", kind or "nothing", update)]
    try:
        if type(content) is not dict:
            raise Malformed(f"`{kind}` is not an object.")
        return reader(id, content, at)
    except Malformed as error:
        raw = {"why": str(error), "update": update}
        return [Unknown(id, _time(content, "date") or at, "", f"unreadable.{kind}", raw)]


def callback_of(update: Any) -> str:
    """The id of the press that an update tells of, which the customer's program wants to hear about; empty for none."""
    query = update.get("callback_query") if type(update) is dict else None
    identity = query.get("id") if type(query) is dict else None
    return (
        identity if type(identity) is str and identity.isascii() and identity.isalnum() and len(identity) <= 64 else ""
    )


def _message(id: str, message: Json, at: datetime) -> list[Received]:
    spot = _spot(message)
    moment = _moment(message, "date")
    if service := next((kind for kind in SERVICE if kind in message), ""):
        return [Unknown(id, moment, spot.customer, f"service.{service}", message)]
    parts, fields = parts_of(message), {}
    if spot.private and isinstance(parts[0], Text) and parts[0].text.startswith("/start"):
        command, _, payload = parts[0].text.partition(" ")
        if command == "/start" and not payload:  # the button that everybody presses first
            return [CustomerJoined(id, moment, spot.customer, spot.name)]
        fields = {"start": payload} if command == "/start" else {}
    album = message.get("media_group_id")
    return [
        MessageReceived(
            id,
            moment,
            spot.customer,
            parts,
            _number(message, "message_id"),
            None if spot.private else _author(message),
            _quoted(message),
            name=spot.name,
            album=album if type(album) is str else "",
            fields=fields,
        )
    ]


def _edited(id: str, message: Json, at: datetime) -> list[Received]:
    """Telegram also calls it an edit when a live location moves on."""
    spot, number = _spot(message), _number(message, "message_id")
    moment = _time(message, "edit_date") or _moment(message, "date")
    return [MessageEdited(id, moment, spot.customer, number, parts_of(message))]


def _tapped(id: str, query: Json, at: datetime) -> list[Received]:
    """A press has no time of its own. https://core.telegram.org/bots/api#callbackquery"""
    payload, message = query.get("data"), query.get("message")
    if type(payload) is not str or not payload or type(message) is not dict:
        return [Unknown(id, at, "", "callback_query", query)]
    label = _label(message, payload)
    return [Tapped(id, at, _spot(message).customer, payload, label, _number(message, "message_id"))]


def _reacted(id: str, reaction: Json, at: datetime) -> list[Received]:
    """What there was before and what there is now: the difference is what the customer did."""
    spot, moment, number = _spot(reaction), _moment(reaction, "date"), _number(reaction, "message_id")
    before, now = _emoji(reaction.get("old_reaction")), _emoji(reaction.get("new_reaction"))
    changes = [(emoji, True) for emoji in before if emoji not in now]
    changes += [(emoji, False) for emoji in now if emoji not in before]
    if not changes:
        return [Unknown(id, moment, spot.customer, "message_reaction", reaction)]
    return [
        Reacted(f"{id}/{place}" if place else id, moment, spot.customer, number, emoji, removed)
        for place, (emoji, removed) in enumerate(changes)
    ]


def _membership(id: str, change: Json, at: datetime) -> list[Received]:
    """Of our bot: blocked and unblocked by a customer, added to a group and thrown out of it."""
    spot, moment = _spot(change), _moment(change, "date")
    before, now = _status(change.get("old_chat_member")), _status(change.get("new_chat_member"))
    if now in GONE:
        return [CustomerLeft(id, moment, spot.customer, now)]
    if now and before in GONE:
        return [CustomerJoined(id, moment, spot.customer, spot.name)]
    return [Unknown(id, moment, spot.customer, "my_chat_member", change)]


# Kinds of updates that our vocabulary has a word for, and that Telegram is asked for.
READERS: dict[str, Callable[[str, Json, datetime], list[Received]]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _tapped,
    "message_reaction": _reacted,
    "my_chat_member": _membership,
}

# What a chat tells of itself in the form of a message that nobody said.
SERVICE = (
    "new_chat_members",
    "left_chat_member",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "group_chat_created",
    "supergroup_chat_created",
    "channel_chat_created",
    "message_auto_delete_timer_changed",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
    "pinned_message",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "video_chat_scheduled",
    "video_chat_started",
    "video_chat_ended",
    "video_chat_participants_invited",
    "boost_added",
    "chat_background_set",
    "write_access_allowed",
    "users_shared",
    "chat_shared",
    "proximity_alert_triggered",
)


def _spot(holder: Json) -> Spot:
    """A topic of a forum is a place of its own: an answer has to go where the question stands."""
    chat = holder.get("chat")
    number = chat.get("id") if type(chat) is dict else None
    if type(chat) is not dict or type(number) is not int or not -(2**53) < number < 2**53 or not number:
        raise Malformed("There is no `chat` that an answer could go to.")
    if chat.get("type") == ONE_WAY:
        raise Malformed("It was said in a channel, where nobody is answered.")
    topic = holder.get("message_thread_id")
    in_topic = holder.get("is_topic_message") is True and type(topic) is int and 0 < topic < 2**53
    return Spot(f"{number}/{topic}" if in_topic else str(number), chat, chat.get("type") == "private")


def _author(message: Json) -> Author | None:
    """Who wrote in a group: a member, or a chat in whose name an administrator writes."""
    for key in ("sender_chat", "from"):
        writer = message.get(key)
        number = writer.get("id") if type(writer) is dict else None
        if type(number) is int:
            return Author(str(number), name_of(writer))
    return None


def _quoted(message: Json) -> str:
    """In a topic every message that answers nothing answers the topic's first one, in Telegram's words."""
    quoted = message.get("reply_to_message")
    number = quoted.get("message_id") if type(quoted) is dict else None
    if type(quoted) is not dict or type(number) is not int:
        return ""
    if "forum_topic_created" in quoted or number == message.get("message_thread_id"):
        return ""
    return str(number)


def _label(message: Json, payload: str) -> str:
    """What stood on the button that carries this."""
    markup = message.get("reply_markup")
    rows = markup.get("inline_keyboard") if type(markup) is dict else None
    for row in rows if type(rows) is list else ():
        for button in row if type(row) is list else ():
            if type(button) is dict and button.get("callback_data") == payload and type(button.get("text")) is str:
                return str(button["text"])
    return ""


def _emoji(reactions: Any) -> list[str]:
    found = [each for each in reactions if type(each) is dict] if type(reactions) is list else []
    return list(dict.fromkeys(each["emoji"] for each in found if type(each.get("emoji")) is str and each["emoji"]))


def _status(member: Any) -> str:
    status = member.get("status") if type(member) is dict else None
    return status if type(status) is str else ""


def _moment(holder: Json, key: str) -> datetime:
    moment = _time(holder, key)
    if moment is None:
        raise Malformed(f"The `{key}` is {holder.get(key)!r}, not seconds since 1970.")
    return moment


def _time(holder: Any, key: str) -> datetime | None:
    seconds = holder.get(key) if type(holder) is dict else None
    if type(seconds) is not int or not FIRST_MOMENT < seconds < LAST_MOMENT:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _number(holder: Json, key: str) -> str:
    value = holder.get(key)
    if type(value) is not int or not 0 < value < 2**53:
        raise Malformed(f"There is no number under `{key}`.")
    return str(value)
